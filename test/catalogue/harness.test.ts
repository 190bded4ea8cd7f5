/** The harness itself: each of its checks can fail. */
import { describe, expect, it } from 'vitest'
import { snapshotOf } from '../../src/snapshot.js'
import type { Change, Fix, Problem, Snapshot } from '../../src/types.js'
import { withBom, withCrlf } from './cases.js'
import { changedPaths, wrongLineEnds, wrongOutsideEdits, wrongWithProblem } from './invariants.js'
import { fixOf, needLine, placeOf, takeFixes, waysThrough } from './pipeline.js'
import { pythonErrors } from './python-syntax.js'

const repo = snapshotOf({ 'app.py': 'a = 1\nb = 2\nc = 3\n' })
const edit = (start: number, end: number, text: string): Change => ({ kind: 'edit', path: 'app.py', range: { start, end }, text })
const fix = (...changes: Change[]): Problem['remedy'] => ({ kind: 'fix', safety: 'safe', title: 'Do it', changes })
const good: Problem = {
  path: 'app.py',
  range: { start: 6, end: 11 },
  when: 'import',
  trace: [{ file: 'app.py', line: 2, note: 'b is set' }],
  message: 'b is two, and two is one too many. Make it one.',
  remedy: fix(edit(10, 11, '1')),
}
const wrong = (changed: Partial<Problem>, where: Snapshot = repo): readonly string[] => [...wrongWithProblem({ ...good, ...changed }, where)]

describe('a finding', () => {
  it('that is well formed is accepted', () => {
    expect(wrong({})).toEqual([])
    expect(placeOf(good, repo)).toBe('app.py:2')
  })
  it.each<[string, Partial<Problem>, string]>([
    ['a range outside the file', { range: { start: 6, end: 600 } }, 'outside app.py'],
    ['a file that is not there', { path: 'gone.py' }, 'not in the repo'],
    ['no trace', { trace: [] }, 'the trace is empty'],
    ['a trace that ends elsewhere', { trace: [{ file: 'other.py', line: 1, note: 'x' }] }, 'the trace ends in other.py'],
    ['a trace past the end', { trace: [{ file: 'app.py', line: 40, note: 'x' }] }, 'app.py:40'],
    ['a message with a hole', { message: 'The value undefined is not what it should be.' }, 'broken placeholder'],
    ['a message of two words', { message: 'It breaks.' }, 'says too little'],
    ['a default that is no option', { remedy: { kind: 'choice', question: 'Which?', options: [], byDefault: 'daily' } }, 'is no option'],
    ['a fix that does nothing', { remedy: fix() }, 'does nothing'],
    ['an edit that changes nothing', { remedy: fix(edit(10, 11, '2')) }, 'changes nothing'],
    ['an edit past the end', { remedy: fix(edit(10, 99, '2')) }, 'is outside'],
    ['a created file that exists', { remedy: fix({ kind: 'create', path: 'app.py', text: '' }) }, 'which exists'],
    ['a deleted file that does not', { remedy: fix({ kind: 'delete', path: 'gone.py' }) }, 'deletes gone.py'],
  ])('with %s is refused', (_, changed, text) => {
    expect(wrong(changed).join('\n')).toContain(text)
  })
  it('that holds a syntax node is refused', () => {
    const node: { parent?: unknown } = {}
    node.parent = node
    expect(wrong({ trace: [{ ...good.trace[0]!, node } as never] }).join()).toContain('not plain data')
  })
  it('whose edit cuts a CRLF or replaces a whole file is refused', () => {
    const crlf = withCrlf(repo)
    expect(wrong({ remedy: fix(edit(5, 6, '')) }, crlf).join()).toContain('cuts a CRLF')
    const long = snapshotOf({ 'app.py': 'x = 1\n'.repeat(9) })
    expect(wrong({ remedy: fix(edit(0, 54, 'y = 1\n')) }, long).join()).toContain('replaces all of app.py')
  })
})

describe('bytes outside the edits', () => {
  it('are compared without the code that applies edits', () => {
    const changes = [edit(4, 5, '9'), edit(10, 11, '8'), edit(10, 11, '8')]
    expect([...wrongOutsideEdits(repo, repo.with(changes), changes)]).toEqual([])
    const careless = snapshotOf({ 'app.py': 'a = 9\nb = 8\nc  = 3\n' })
    expect([...wrongOutsideEdits(repo, careless, changes)]).toEqual(['app.py has bytes outside the edit ranges changed'])
    expect([...wrongOutsideEdits(repo, careless, [])]).toEqual(['app.py changed without an edit'])
  })
  it('keep their line ends', () => {
    const crlf = withCrlf(repo)
    expect([...wrongLineEnds(crlf, crlf.with([edit(0, 0, 'import os\n')]))]).toEqual(['app.py:1 lost its CRLF'])
    expect([...wrongLineEnds(crlf, crlf.with([edit(0, 0, 'import os\r\n')]))]).toEqual([])
  })
  it('name what changed, appeared and went', () => {
    const before = snapshotOf({ a: '1', b: '1', c: '1' })
    const after = before.with([{ kind: 'delete', path: 'a' }, { kind: 'create', path: 'd', text: '' }])
    expect(changedPaths(before, after)).toEqual(['a', 'd'])
  })
})

describe('ways through the choices', () => {
  const option = (id: string, text: string): { readonly id: string } & Fix => ({ id, title: id, changes: [edit(10, 11, text)] })
  const choice: Problem = { ...good, remedy: { kind: 'choice', question: 'Which?', options: [option('seven', '7'), option('eight', '8')], byDefault: 'leave' } }
  it('are the default and each option once', () => {
    const ways = [...waysThrough([choice, good])]
    expect(ways.map(({ name }) => name)).toEqual(['default', 'seven', 'eight'])
    expect(ways.map(({ decide }) => takeFixes(repo, [choice], decide).after.text('app.py'))).toEqual(['a = 1\nb = 2\nc = 3\n', 'a = 1\nb = 7\nc = 3\n', 'a = 1\nb = 8\nc = 3\n'])
  })
  it('refuse an option that is not offered', () => {
    expect(() => fixOf(choice, 'nine')).toThrow("no option 'nine'")
    expect(fixOf(choice, 'leave')).toBe(undefined)
  })
  it('two fixes of one rule that overlap are an error', () => {
    expect(() => takeFixes(repo, [good, { ...good, remedy: fix(edit(9, 12, 'x')) }], () => 'take')).toThrow('app.py')
  })
  it('write a need as one line', () => {
    expect(needLine({ kind: 'dependency', name: 'flask', specifier: '>=3', why: '' })).toBe('dependency flask>=3')
    expect(needLine({ kind: 'cron', job: 'tidy', path: '/cron/tidy', schedule: '0 3 * * *', was: 'every 10 s' })).toBe('cron tidy /cron/tidy 0 3 * * *')
  })
})

describe('variants', () => {
  it('mark Python with a BOM, and nothing else', () => {
    const marked = withBom(snapshotOf({ 'app.py': 'x\n', 'requirements.txt': 'flask\n' }))
    expect([...marked.files.values()].map(({ path, encoding }) => `${path} ${encoding}`)).toEqual(['app.py utf-8-bom', 'requirements.txt utf-8'])
  })
})

describe('CPython', () => {
  it('refuses what tree-sitter accepts', ({ skip }) => {
    const errors = pythonErrors([
      { label: 'good.py', text: 'x = 1\n' },
      { label: 'bad.py', text: 'def f():\n    return\n  x = 1\n' },
      { label: 'late.py', text: 'x = 1\nfrom __future__ import annotations\n' },
    ])
    if (errors === undefined) {
      console.warn('python3 was not found')
      skip()
    }
    expect(errors?.map((error) => error.split(':')[0])).toEqual(['bad.py', 'late.py'])
  })
})
