/** Remembers what expressions evaluate to, in code that may go in circles. */
import type { PyBinding, PyFunction, PyNode, Value } from './types.js'

const maxValues = 8
const maxDepth = 24
type Key = PyNode | PyBinding | PyFunction
type Known = { readonly values: readonly Value[]; readonly version: number; readonly query: number }

export type Memo = {
  /** Complete results are kept for good, or until a new call is seen; those cut short by a cycle only for the query at hand, so that cycles stay cheap. */
  once(key: Key, compute: () => readonly Value[]): readonly Value[]
  /** The result being computed depends on the calls seen so far. */
  dependsOnCalls(): void
}

/** `version` grows whenever a new call is seen. */
export function makeMemo(version: () => number): Memo {
  const memo = new Map<Key, Known>()
  const busy = new Set<Key>()
  let query = 0
  let usedCalls = false
  let cut = false

  const once: Memo['once'] = (key, compute) => {
    if (busy.size === 0) query++
    const known = memo.get(key)
    if (known && (known.version < 0 || known.version === version()) && (known.query < 0 || known.query === query)) {
      usedCalls ||= known.version >= 0
      cut ||= known.query >= 0
      return known.values
    }
    if (busy.has(key) || busy.size > maxDepth * 3) {
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
  }
  return {
    once,
    dependsOnCalls: () => {
      usedCalls = true
    },
  }
}

function distinct(values: readonly Value[]): readonly Value[] {
  if (values.length < 2) return values
  const seen = new Set<unknown>()
  const out: Value[] = []
  for (const value of values) {
    const key = value.kind === 'name' ? value.name : value.kind === 'module' ? `m:${value.path}` : value.kind === 'function' ? value.fn : value.kind === 'literal' ? `l:${String(value.value)}` : value.kind === 'class' ? value.cls : value.cls.scope
    if (seen.has(key)) continue
    seen.add(key)
    out.push(value)
    if (out.length >= maxValues) break
  }
  return out
}
