import { describe, expect, it } from 'vitest'
import { readSchedule } from '../../src/cron.js'
import { globMatcher } from '../../src/glob.js'
import { editConfig, replaced } from '../../src/json-text.js'
import { snapshotOf } from '../../src/snapshot.js'

describe('schedules', () => {
  it.each([
    ['* * * * *', 60],
    ['*/7 * * * *', 240],
    ['0 */6 * * *', 6 * 3600],
    ['0,30 9 * * *', 1800],
    ['55 23,0 * * *', 3600],
    ['0 5 * * *', 86_400],
    ['0 5 * * 1-5', 86_400],
    ['0 5 * * 1', 7 * 86_400],
    ['0 5 * * 0,7', 7 * 86_400],
    ['0 5 1 * *', 28 * 86_400],
    ['10-20/5 3 * * *', 300],
  ])('%s runs at least %i seconds apart', (text, gap) => {
    expect(readSchedule(text)).toMatchObject({ kind: 'valid', gap })
  })
  it.each(['@daily', '0 9 * * MON', '0 0 1 * 1', '60 * * * *', '* * * *', '0 0 0 * * *', '*/0 * * * *', '5-1 * * * *', ''])('%j is refused', text => {
    expect(readSchedule(text).kind).toBe('invalid')
  })
})

describe('globs', () => {
  it.each([
    ['api/**/*.py', ['api/a.py', 'api/b/c.py'], ['a.py', 'api/a.js']],
    ['**/*', ['a', 'a/b.c'], []],
    ['{app,main}.py', ['app.py', 'main.py'], ['wsgi.py']],
    ['a?.[jt]s', ['ab.js', 'ab.ts'], ['a/.js', 'abc.js']],
    ['a+(b).py', ['a+(b).py'], ['aab.py']],
    ['[!a].py', ['b.py'], ['a.py']],
  ])('%s', (pattern, yes, no) => {
    const matches = globMatcher(pattern)
    expect(yes.filter(path => !matches(path))).toEqual([])
    expect(no.filter(matches)).toEqual([])
  })
})

describe('JSON edits', () => {
  it.each([
    ['{}', ['a', 'b'], 1, '{\n  "a": {\n    "b": 1\n  }\n}'],
    ['{"a": {"x": 1}}', ['a', 'b'], [1], '{"a": {"x": 1, "b": [\n  1\n]}}'],
    ['{\n    "l": [\n        1\n    ]\n}\n', ['l', -1], 2, '{\n    "l": [\n        1,\n        2\n    ]\n}\n'],
    ['{\n  "a": 1, "b": 2\n}', ['a'], undefined, '{\n  "b": 2\n}'],
    ['{\n  "a": 1,\n  "b": 2\n}', ['b'], undefined, '{\n  "a": 1\n}'],
    ['{"b": {"c": 1}}', ['b', 'c'], undefined, '{"b": {}}'],
    ['{"l": [1, 2]}', ['l', 0], undefined, '{"l": [2]}'],
    ['{"l": []}', ['l', -1], 'x', '{"l": [\n  "x"\n]}'],
    ['{"a": 1}', ['z'], undefined, '{"a": 1}'],
  ])('%s', (text, at, value, expected) => {
    expect(editConfig(text, [{ at, value }])).toBe(expected)
  })
  it('changes only what differs, and never half a line end', () => {
    const [change] = [...replaced('x', 'a\r\nb\r\n', 'a\r\nc\r\nb\r\n')]
    expect(snapshotOf({ x: 'a\r\nb\r\n' }).with(change ? [change] : []).text('x')).toBe('a\r\nc\r\nb\r\n')
    expect(change).toMatchObject({ kind: 'edit', range: { start: 3, end: 3 } })
    expect([...replaced('x', 'a', 'a')]).toEqual([])
    for (const [from, to] of [['\r\n', '\n'], ['\n', '\r\n'], ['😀', '😁'], ['a\r\n', 'a\r\n\r\n']] as const) {
      const made = [...replaced('x', from, to)]
      expect(snapshotOf({ x: from }).with(made).text('x')).toBe(to)
    }
  })
})
