/** Whole apps for Node, before the platform's own build and launcher; see golden/whole-app.ts. */
import { wholeApps } from './golden/whole-app.js'

wholeApps(({ framework }) => framework === 'express')
