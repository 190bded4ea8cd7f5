/** Runs the app in an emulated serverless cell and says what it did there. */
export { verifyPython, type VerifyInput } from './python.js'
export { needsNetwork } from './explain.js'
export type { Probe } from './probe.js'
