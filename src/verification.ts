/** What `verify` found: the seam between the emulated cell and the reports. */
import type { Path } from './types.js'

/** One thing the emulated cell saw, placed in the app's own code where the stack allows it. */
export type Observation = {
  readonly what: 'thread' | 'write' | 'connect' | 'subprocess' | 'env' | 'listen'
  readonly when: 'import' | 'request'
  readonly file: Path
  readonly line: number
  readonly detail: string
}
export type ProbedRoute = {
  readonly method: string
  readonly path: string
  readonly before?: { readonly status: number }
  readonly after?: { readonly status: number }
  readonly same: boolean
  readonly note?: string
}
export type Verification = {
  readonly schemaVersion: 1
  readonly entry: string
  readonly ok: boolean
  readonly host: string
  readonly import: { readonly ms: number; readonly peakMb: number }
  readonly observed: readonly Observation[]
  readonly routes: readonly ProbedRoute[]
  readonly notRun: readonly { readonly what: string; readonly why: string }[]
  /** What the framework's own check says of the migrated app, where it has one. */
  readonly checks?: readonly { readonly title: string; readonly ok: boolean; readonly detail: string }[]
  /** One sentence when `ok` is false. */
  readonly failure?: string
}
