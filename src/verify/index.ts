/** Runs the app in an emulated serverless cell and says what it did there. */
import { UserError } from '../errors.js'
import type { App, Verification } from '../types.js'
import { verifyPython, type VerifyInput } from './python.js'

export { verifyPython, type VerifyInput } from './python.js'
export { needsNetwork } from './explain.js'
export type { Probe } from './probe.js'

export const hasCell = (app: App): boolean => app.language === 'python'

/** Throws a UserError where there is no cell for the app's language. */
export function requireCell(app: App): void {
  if (!hasCell(app)) throw new UserError('there is no emulated cell for Node yet, so nothing was booted.', 2, 'Try it with `vercel build` and `vercel dev`.')
}

/** Boots the app in the cell of its language. Throws as `requireCell` does. */
export async function verifyApp(input: VerifyInput): Promise<Verification> {
  requireCell(input.app)
  return verifyPython(input)
}
