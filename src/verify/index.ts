/** Runs the app in an emulated serverless cell and says what it did there. */
import { UserError } from '../errors.js'
import type { Verification } from '../types.js'
import { verifyPython, type VerifyInput } from './python.js'

export { verifyPython, type VerifyInput } from './python.js'
export { needsNetwork } from './explain.js'
export type { Probe } from './probe.js'

/** Boots the app in the cell of its language. Throws a UserError where there is none. */
export async function verifyApp(input: VerifyInput): Promise<Verification> {
  if (input.app.language === 'python') return verifyPython(input)
  throw new UserError('there is no emulated cell for Node yet, so nothing was booted.', 2, 'Try it with `vercel build` and `vercel dev`.')
}
