/** What reach analysis produces for each unit of code, and what it asks of the program. */
import type { CallSite } from './arguments.js'
import type { Guards } from './guards.js'
import type { Knowledge } from './knowledge.js'
import type { Place } from './scan.js'
import type { Seed } from './seeds.js'
import type { ModuleIndex } from './scope.js'
import type { PyFunction, PyModule, PyNode, PyScope, Run } from './types.js'
import type { Resolver } from './values.js'

export type Reached = {
  readonly key: PyNode
  readonly fn: PyFunction | undefined
  readonly index: ModuleIndex
  readonly places: readonly Place[]
  readonly runs: Run[]
}
export type ReachHost = {
  readonly resolver: Resolver
  readonly guards: Guards
  readonly knowledge: Required<Knowledge>
  indexOf(module: PyModule): ModuleIndex | undefined
  /** Files an import statement loads, packages above included, in order. */
  loads(written: string, member: string | undefined, from: PyModule): readonly PyModule[]
  lineOf(module: PyModule, node: PyNode): number
  /** Python files of the repo that a call runs as programs: `subprocess.run(['python', 'job.py'])`. */
  scripts(call: PyNode, scope: PyScope): readonly PyModule[]
  /** Code that the framework loads by name, given what is reached so far; may repeat itself. */
  seeds(modules: ReadonlySet<PyModule>): Iterable<Seed>
  recordCall(fn: PyFunction, site: CallSite): void
  recordDecorated(decorator: PyFunction, fn: PyFunction): void
}
