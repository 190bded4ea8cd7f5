/** The fields of a problem that follow from its place in the code; one for all languages. */
import type { Problem, Range, Severity, Trace } from '../types.js'
import type { Run } from './runs.js'
import { severityFor } from './severity.js'

export type Spotted = Pick<Problem, 'path' | 'range' | 'when' | 'trace'> & { readonly severity: Severity }
type Site<Node, Fn> = { readonly module: { readonly path: string }; readonly node: Node; readonly fn: Fn | undefined; readonly runs: readonly Run[]; readonly handled: boolean }

/** Where a node of a reached site stands and when it first runs; undefined for code that only a local start or a build runs. */
export function spotted<Node extends Range, Fn, S extends Site<Node, Fn>>(program: { first(site: S): Run; trace(site: S, note: string, run?: Run): Trace }, site: S, node: Node, note: string, base: Severity): Spotted | undefined {
  const run = program.first(site)
  if (run.when === 'main' || run.when === 'never' || run.when === 'build') return undefined
  return {
    path: site.module.path,
    range: { start: node.start, end: node.end },
    when: run.when,
    trace: program.trace({ ...site, node }, note, run),
    severity: severityFor(run, base),
  }
}
