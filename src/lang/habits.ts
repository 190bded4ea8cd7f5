/** Many problems with one remedy are one habit: told once, where it begins, with the other places named. */
import type { Problem, Severity } from '../types.js'

/**
 * Groups of more than `few` problems with the same key are told in one finding by `tell`; all others pass as they are.
 * The first problem given to `tell` is the gravest, and of those the one that was found first.
 */
export function* tellHabitsOnce<P extends Problem>(problems: Iterable<P>, few: number, keyOf: (problem: P) => string | undefined, tell: (first: P, others: readonly P[]) => P): Generator<P> {
  const all = [...problems]
  const groups = new Map<string, P[]>()
  for (const problem of all) {
    const key = keyOf(problem)
    if (key !== undefined) groups.set(key, [...(groups.get(key) ?? []), problem])
  }
  const told = new Set<string>()
  for (const problem of all) {
    const key = keyOf(problem)
    const group = (key === undefined ? undefined : groups.get(key)) ?? []
    if (key === undefined || group.length <= few) yield problem
    else if (!told.has(key)) {
      told.add(key)
      const [first, ...others] = [...group].sort((a, b) => grave.indexOf(severityOf(a)) - grave.indexOf(severityOf(b)))
      if (first) yield tell(first, others)
    }
  }
}

/** 'app.py:3, app.py:9, shop.py:2 and 4 more', or 'line 3, 9, 12 and 4 more' when all are in `path`. */
export function placesOf(problems: readonly Problem[], path?: string): string {
  const inPath = problems.every((problem) => problem.path === path)
  const shown = problems.slice(0, 3).map(({ path: file, trace }) => (inPath ? '' : `${file}:`) + String(trace.at(-1)?.line ?? 1))
  const more = problems.length - shown.length
  return `${inPath ? 'line ' : ''}${shown.join(', ')}${more > 0 ? ` and ${more} more` : ''}`
}

const grave: readonly Severity[] = ['blocks', 'breaks', 'degrades', 'advice']
const severityOf = (problem: Problem): Severity => problem.severity ?? 'blocks'
