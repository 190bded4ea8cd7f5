/** How a finding's severity follows from the way its code runs. */
import type { Reach, Severity } from '../types.js'
import type { Run } from './runs.js'

/** What a site of any language says of itself here. */
type Site<Fn> = { readonly runs: readonly Run[]; readonly fn: Fn | undefined; readonly handled: boolean }

const steps: readonly Severity[] = ['blocks', 'breaks', 'degrades', 'advice']

/** `by` steps milder; 'advice' is the mildest. */
export function milder(severity: Severity, by = 1): Severity {
  return steps[Math.min(steps.length - 1, steps.indexOf(severity) + by)] ?? 'advice'
}
/** The milder of the two. */
export function atMost(severity: Severity, limit: Severity): Severity {
  return steps.indexOf(severity) < steps.indexOf(limit) ? limit : severity
}
/** `base`, as far as the run bears it out: only a sure run in the foreground blocks the start, and a test that nobody here can decide takes one step off. */
export function severityFor(run: Run, base: Severity): Severity {
  const bound = run.weak || run.background || (run.when !== 'import' && run.when !== 'startup') ? atMost(base, 'breaks') : base
  return run.conditional ? milder(bound) : bound
}
/** The run that is surest to happen, and of those the earliest: a guess that something runs at import says less than a route that calls it. */
export function surestRun(site: { readonly runs: readonly Run[] }): Run {
  return site.runs.find((run) => !run.weak && (run.when === 'import' || run.when === 'startup' || run.when === 'request')) ?? (site.runs[0] as Run)
}
/** Is a failure at the site caught on every way by which it is reached at this time: there, or around a call that leads to it? */
export function isCaught<Fn>(program: { callers(fn: Fn): readonly Site<Fn>[] }, site: Site<Fn>, when: Reach, depth = 0): boolean {
  if (site.handled) return true
  if (!site.fn || depth > 4) return false
  const callers = program.callers(site.fn).filter((call) => call.runs.some((run) => run.when === when && !run.weak))
  return callers.length > 0 && callers.every((call) => isCaught(program, call, when, depth + 1))
}
