/** Remembers what expressions evaluate to, in code that may go in circles. */

type Known<V> = { readonly values: readonly V[]; readonly version: number; readonly query: number }

export type Memo<Key, V> = {
  /** Complete results are kept for good, or until a new call is seen; those cut short by a cycle only for the query at hand, so that cycles stay cheap. */
  once(key: Key, compute: () => readonly V[]): readonly V[]
  /** The result being computed depends on the calls seen so far. */
  dependsOnCalls(): void
}
export type MemoOptions<V> = {
  /** Grows whenever a new call is seen. */
  version(): number
  /** Two values of the same identity are one. */
  identity(value: V): unknown
  /** At most so many values are kept of one expression. */
  readonly most: number
  /** Expressions that may wait for each other's values. */
  readonly depth: number
}

export function makeMemo<Key, V>({ version, identity, most, depth }: MemoOptions<V>): Memo<Key, V> {
  const memo = new Map<Key, Known<V>>()
  const busy = new Set<Key>()
  let query = 0
  let usedCalls = false
  let cut = false

  const distinct = (values: readonly V[]): readonly V[] => {
    if (values.length < 2) return values
    const seen = new Map<unknown, V>()
    for (const value of values) {
      const key = identity(value)
      if (!seen.has(key)) seen.set(key, value)
      if (seen.size >= most) break
    }
    return [...seen.values()]
  }
  return {
    once: (key, compute) => {
      if (busy.size === 0) query++
      const known = memo.get(key)
      if (known && (known.version < 0 || known.version === version()) && (known.query < 0 || known.query === query)) {
        usedCalls ||= known.version >= 0
        cut ||= known.query >= 0
        return known.values
      }
      if (busy.has(key) || busy.size > depth) {
        cut = true
        return []
      }
      const [outerCalls, outerCut] = [usedCalls, cut]
      usedCalls = false
      cut = false
      busy.add(key)
      const values = distinct(compute())
      busy.delete(key)
      memo.set(key, { values, version: usedCalls ? version() : -1, query: cut && busy.size > 0 ? query : -1 })
      usedCalls ||= outerCalls
      cut = busy.size > 0 && (cut || outerCut)
      return values
    },
    dependsOnCalls: () => {
      usedCalls = true
    },
  }
}
