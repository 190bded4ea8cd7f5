import { describe, expect, it } from 'vitest'
import { placesOf, tellHabitsOnce } from '../src/lang/habits.js'
import type { Problem, Severity } from '../src/types.js'

const at = (path: string, line: number, severity: Severity = 'breaks'): Problem => ({
  path, range: { start: line * 10, end: line * 10 + 3 }, when: 'request', severity, message: `${path}:${line}`,
  trace: [{ file: path, line, note: 'here' }], remedy: { kind: 'manual', reason: 'by hand' },
})
const told = (problems: readonly Problem[], few: number, keyOf: (problem: Problem) => string | undefined): readonly string[] =>
  [...tellHabitsOnce(problems, few, keyOf, (first, others) => ({ ...first, message: `${first.message} +${placesOf(others, first.path)}` }))].map(({ message }) => message)

describe('habits', () => {
  it('leaves few apart, and tells more where the first stood', () => {
    const all = [at('a.py', 1), at('b.py', 2), at('a.py', 3), at('a.py', 4)]
    expect(told(all, 3, ({ path }) => path)).toEqual(['a.py:1', 'b.py:2', 'a.py:3', 'a.py:4'])
    expect(told(all, 2, ({ path }) => path)).toEqual(['a.py:1 +line 3, 4', 'b.py:2'])
  })
  it('begins with the gravest', () => {
    expect(told([at('a.py', 1, 'advice'), at('a.py', 2, 'blocks'), at('a.py', 3, 'degrades')], 1, ({ path }) => path)).toEqual(['a.py:2 +line 3, 1'])
  })
  it('passes what has no key', () => {
    expect(told([at('a.py', 1), at('a.py', 2)], 1, () => undefined)).toEqual(['a.py:1', 'a.py:2'])
  })
  it('names three places, files where they differ', () => {
    expect(placesOf([at('a.py', 1), at('b.py', 2), at('c.py', 3), at('c.py', 9), at('d.py', 4)], 'a.py')).toBe('a.py:1, b.py:2, c.py:3 and 2 more')
    expect(placesOf([at('a.py', 1)])).toBe('a.py:1')
  })
})
