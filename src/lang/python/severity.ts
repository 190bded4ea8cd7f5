/** How bad a finding is, given how surely its code runs. */
import type { Severity } from '../../types.js'
import type { Run } from './types.js'

const lower: Readonly<Record<Severity, Severity>> = { blocks: 'breaks', breaks: 'degrades', degrades: 'advice', advice: 'advice' }

/** What is reached only by a guess never blocks; what hangs on a flag nobody here can decide is one step milder. */
export function severityFor(run: Run, base: Severity): Severity {
  const certain = run.weak && base === 'blocks' ? 'breaks' : base
  return run.conditional ? lower[certain] : certain
}
