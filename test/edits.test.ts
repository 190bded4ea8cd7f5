import { describe, expect, it } from 'vitest'
import { applyChanges, applyEdits, eolOf, lineColumn, parents } from '../src/edits.js'
import { EditConflict } from '../src/errors.js'
import { emptySnapshot, snapshotOf } from '../src/snapshot.js'
import type { Change } from '../src/types.js'

const edit = (start: number, end: number, text: string, path = 'a.py'): Extract<Change, { kind: 'edit' }> => ({ kind: 'edit', path, range: { start, end }, text })

describe('applyEdits', () => {
  it('takes edits in any order', () => {
    expect(applyEdits('one two three', [edit(8, 13, '3'), edit(0, 3, '1')])).toBe('1 two 3')
  })
  it('counts identical edits once', () => {
    expect(applyEdits('x = 1\n', [edit(0, 0, 'import os\n'), edit(4, 5, '2'), edit(0, 0, 'import os\n'), edit(4, 5, '2')])).toBe('import os\nx = 2\n')
  })
  it('keeps the given order of insertions at one place', () => {
    expect(applyEdits('ab', [edit(1, 1, '1'), edit(1, 1, '2'), edit(1, 1, '3')])).toBe('a123b')
  })
  it('lets edits touch, and an insertion stand at either end of a replacement', () => {
    expect(applyEdits('abcdef', [edit(2, 4, 'X'), edit(4, 6, 'Y'), edit(4, 4, '|'), edit(2, 2, '<')])).toBe('ab<X|Y')
  })
  it.each([
    ['overlap', [edit(0, 3, 'x'), edit(2, 4, 'y')]],
    ['one inside another', [edit(0, 6, 'x'), edit(2, 3, 'y')]],
    ['two texts for one range', [edit(1, 2, 'x'), edit(1, 2, 'y')]],
    ['an insertion inside a replacement', [edit(1, 4, 'x'), edit(2, 2, 'y')]],
  ])('refuses %s', (_, edits) => {
    expect(() => applyEdits('abcdef', edits)).toThrow(EditConflict)
  })
  it('names path and place of the conflict', () => {
    try {
      applyEdits('abcdef', [edit(0, 3, 'x', 'p/q.py'), edit(2, 4, 'y', 'p/q.py')])
      expect.unreachable()
    } catch (error) {
      expect(error).toMatchObject({ path: 'p/q.py', at: 2 })
    }
  })
  it.each([edit(2, 1, ''), edit(0, 9, ''), edit(-1, 0, '')])('calls a range outside the text a defect', (bad) => {
    expect(() => applyEdits('abc', [bad])).toThrow(RangeError)
  })
})

describe('applyChanges and Snapshot.with', () => {
  const repo = snapshotOf({ 'a.py': 'x = 1\n', 'pkg/b.py': 'y\n' })
  it('edits, creates and deletes without touching the snapshot it came from', () => {
    const after = repo.with([edit(4, 5, 'é'), { kind: 'create', path: 'api/index.py', text: 'app\n' }, { kind: 'delete', path: 'pkg/b.py' }])
    expect(after.list()).toEqual(['a.py', 'api/index.py'])
    expect(after.text('a.py')).toBe('x = é\n')
    expect(after.files.get('a.py')?.size).toBe(7)
    expect(after.files.get('api/index.py')).toEqual({ path: 'api/index.py', text: 'app\n', encoding: 'utf-8', mode: 0o644, size: 4 })
    expect(after.hasDir('pkg')).toBe(false)
    expect(repo.text('a.py')).toBe('x = 1\n')
    expect(repo.hasDir('pkg')).toBe(true)
  })
  it('lets a file be created again with the text it has', () => {
    expect(repo.with([{ kind: 'create', path: 'a.py', text: 'x = 1\n' }]).files).toEqual(repo.files)
  })
  it('keeps the encoding of an edited file and counts its bytes', () => {
    const wide = new Map([['a.txt', { path: 'a.txt', text: 'ab', encoding: 'utf-16le', mode: 0o600, size: 6 } as const]])
    expect(applyChanges(wide, [edit(1, 1, 'x', 'a.txt')]).get('a.txt')).toEqual({ path: 'a.txt', text: 'axb', encoding: 'utf-16le', mode: 0o600, size: 8 })
  })
  it.each<[string, Change[]]>([
    ['creating over another text', [{ kind: 'create', path: 'a.py', text: 'other' }]],
    ['two texts for one new path', [{ kind: 'create', path: 'n', text: '1' }, { kind: 'create', path: 'n', text: '2' }]],
    ['editing what is not there', [edit(0, 0, 'x', 'no.py')]],
    ['deleting what is not there', [{ kind: 'delete', path: 'no.py' }]],
    ['editing and deleting', [edit(0, 0, 'x'), { kind: 'delete', path: 'a.py' }]],
    ['deleting and creating', [{ kind: 'delete', path: 'a.py' }, { kind: 'create', path: 'a.py', text: 'x = 1\n' }]],
    ['creating below a file', [{ kind: 'create', path: 'a.py/b', text: '' }]],
    ['creating below another new file', [{ kind: 'create', path: 'n', text: '' }, { kind: 'create', path: 'n/m', text: '' }]],
    ['creating where a folder is', [{ kind: 'create', path: 'pkg', text: '' }]],
  ])('refuses %s', (_, changes) => {
    expect(() => repo.with(changes)).toThrow(EditConflict)
  })
  it('refuses to create over, or to delete, a file that was not read', () => {
    const withImage = snapshotOf({}, [{ path: 'logo.png', size: 3, mode: 0o644, reason: 'binary' }])
    expect(() => withImage.with([{ kind: 'create', path: 'logo.png', text: '' }])).toThrow(EditConflict)
    expect(() => withImage.with([{ kind: 'delete', path: 'logo.png' }])).toThrow(EditConflict)
    expect(withImage.has('logo.png')).toBe(true)
    expect(withImage.text('logo.png')).toBe(undefined)
  })
  it('lists a folder, not its namesakes', () => {
    const many = snapshotOf({ 'pkg/z': '', 'pkg/a/b': '', 'pkg2/c': '', pkg3: '' })
    expect(many.list('pkg')).toEqual(['pkg/a/b', 'pkg/z'])
    expect(many.hasDir('pkg/a')).toBe(true)
    expect(many.hasDir('pkg3')).toBe(false)
    expect(emptySnapshot().list()).toEqual([])
  })
})

describe('places in a text', () => {
  it.each([
    ['ab\ncd', 0, 1, 1], ['ab\ncd', 2, 1, 3], ['ab\ncd', 3, 2, 1], ['ab\ncd', 5, 2, 3],
    ['a\r\nb', 2, 1, 3], ['a\r\nb', 3, 2, 1], ['a\rb', 2, 2, 1], ['a\r\rb', 3, 3, 1], ['\n\n', 2, 3, 1], ['a', 99, 1, 2],
  ])('%j at %i is line %i, column %i', (text, offset, line, column) => {
    expect(lineColumn(text, offset)).toEqual({ line, column })
  })
  it.each([['', '\n'], ['a\n', '\n'], ['a\r\nb\r\nc\n', '\r\n'], ['a\rb\rc', '\r'], ['a\nb\r\n', '\n']])('%j ends lines with %j', (text, eol) => {
    expect(eolOf(text)).toBe(eol)
  })
  it('names the folders above a path', () => {
    expect([...parents('a/b/c.py')]).toEqual(['a/b', 'a'])
    expect([...parents('c.py')]).toEqual([])
  })
})
