/** Whole apps in Python, before the platform's own build and runtime; see golden/whole-app.ts. */
import { wholeApps } from './golden/whole-app.js'

wholeApps(({ framework }) => framework !== 'express')
