/** Ways of coming to run: how they combine and which is the strongest. */
import type { Evidence, Reach } from '../types.js'

/** One way in which the served app comes to run a piece of code. */
export type Run = {
  readonly when: Reach
  /** Runs beside the requests: a thread, timer, job or task. Its failure does not fail the import; its loops do not hold a request. */
  readonly background: boolean
  /** Under a test that can't be decided from the repo (a user flag, DEBUG): the finding's severity drops by one. */
  readonly conditional: boolean
  /** Reached only by a guess (a method name alone, a function stored for later): never `blocks`. */
  readonly weak: boolean
  readonly trace: readonly Evidence[]
}

const order: Readonly<Record<Run['when'], number>> = { import: 0, startup: 1, request: 2, build: 3, main: 4, never: 5 }
const rank = (run: Run): number => order[run.when] * 8 + (run.background ? 4 : 0) + (run.weak ? 2 : 0) + (run.conditional ? 1 : 0)

/** How a place in a unit runs, given how the unit runs. */
export function runOf(place: { readonly main: boolean; readonly conditional: boolean }, unit: Run): Run | undefined {
  if (!place.main && !place.conditional) return unit
  return { ...unit, when: place.main ? 'main' : unit.when, conditional: unit.conditional || place.conditional }
}
/** Does `known` say all that `run` would? */
export function covers(known: Run, run: Run): boolean {
  return known.when === run.when && known.background === run.background && (!known.conditional || run.conditional) && (!known.weak || run.weak)
}
/** Strongest first: earliest, and of those the most certain. */
export function distinctRuns(runs: readonly Run[]): readonly Run[] {
  const seen = new Map<number, Run>()
  for (const run of runs) if (!seen.has(rank(run))) seen.set(rank(run), run)
  return [...seen.values()].sort((a, b) => rank(a) - rank(b))
}
