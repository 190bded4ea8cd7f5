import type { Target, TargetId } from '../src/types.js'
import { hybrid } from './hybrid/target.js'
import { render } from './render/target.js'
import { vercel } from './vercel/target.js'

/** What each platform offers and the files it wants; a new one is a folder and a line here. */
export const targets: Readonly<Record<TargetId, Target>> = { vercel, render, hybrid }
