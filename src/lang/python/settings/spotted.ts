/** The fields of a problem that follow from its place in the code. */
import type { Problem, Severity } from '../../../types.js'
import { severityFor } from '../severity.js'
import type { PythonProgram } from '../program.js'
import type { PyNode, PySite } from '../types.js'

export type Spotted = Pick<Problem, 'path' | 'range' | 'when' | 'trace'> & { readonly severity: Severity }

/** Where a node of a reached site stands and when it first runs; undefined for code that only a local start or a build runs. */
export function spotted(program: PythonProgram, site: PySite, node: PyNode, note: string, base: Severity): Spotted | undefined {
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
