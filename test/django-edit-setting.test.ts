/** Edits of list settings keep the style that the list is written in. */
import { describe, expect, it } from 'vitest'
import { applyEdits } from '../src/edits.js'
import { insertElement, quoteLike, sequenceOf } from '../src/lang/python/django/edit-setting.js'
import { loadPython, walk, type PyModule } from '../src/lang/python/program.js'
import { indexModule } from '../src/lang/python/scope.js'
import { parsePython } from '../src/lang/python/tree.js'
import { pythonGrammar } from '../src/io/wasm.js'
import type { Change } from '../src/types.js'

await loadPython(pythonGrammar())

function moduleOf(text: string): PyModule {
  return indexModule('settings.py', 'settings', false, text, parsePython(text)).module
}
const isEdit = (change: Change): change is Extract<Change, { kind: 'edit' }> => change.kind === 'edit'
/** 'new' put into the first list, tuple or set of the text. */
function withNew(text: string, place: 'last' | 'first' | 'after first' = 'last'): string {
  const module = moduleOf(text)
  const assigned = [...walk(module.root)].find((node) => node.field === 'right')
  const sequence = assigned && sequenceOf(assigned, module)
  const [first] = sequence?.children ?? []
  if (!sequence) throw new Error('no sequence')
  const where = place === 'last' || !first ? 'last' : place === 'first' ? { before: first } : { after: first }
  return applyEdits(text, insertElement(module, sequence, quoteLike(module, sequence, 'new'), where).filter(isEdit))
}

describe('insertElement', () => {
  it.each([
    ['A = []\n', 'A = ["new"]\n'],
    ['A = ()\n', 'A = ("new",)\n'],
    ["A = ['a']\n", "A = ['a', 'new']\n"],
    ["A = ('a',)\n", "A = ('a', 'new',)\n"],
    ["A = 'a', 'b'\n", "A = 'a', 'b', 'new'\n"],
    ['A = {"a"}\n', 'A = {"a", "new"}\n'],
    ['A = list(["a"])\n', 'A = list(["a", "new"])\n'],
    ['A = [\n    "a",\n    "b",  # why\n]\n', 'A = [\n    "a",\n    "b",  # why\n    "new",\n]\n'],
    ['A = [\n    "a",\n    "b"  # why\n]\n', 'A = [\n    "a",\n    "b",  # why\n    "new"\n]\n'],
    ['A = [\n\t"a",\n\t"b"]\n', 'A = [\n\t"a",\n\t"b",\n\t"new"]\n'],
    ["A = [\r\n  'a',\r\n]\r\n", "A = [\r\n  'a',\r\n  'new',\r\n]\r\n"],
  ])('at the end: %j', (before, after) => {
    expect(withNew(before)).toBe(after)
  })
  it.each([
    ['A = ["a", "b"]\n', 'A = ["a", "new", "b"]\n'],
    ['A = [\n    "a",  # first\n    "b",\n]\n', 'A = [\n    "a",  # first\n    "new",\n    "b",\n]\n'],
  ])('after the first: %j', (before, after) => {
    expect(withNew(before, 'after first')).toBe(after)
  })
  it.each([
    ['A = ["a", "b"]\n', 'A = ["new", "a", "b"]\n'],
    ['A = [\n    "a",\n    "b",\n]\n', 'A = [\n    "new",\n    "a",\n    "b",\n]\n'],
  ])('before the first: %j', (before, after) => {
    expect(withNew(before, 'first')).toBe(after)
  })
  it('escapes a name that its neighbours\' quotes can\'t hold', () => {
    const module = moduleOf("A = ['a']\n")
    const list = [...walk(module.root)].find((node) => node.kind === 'list')
    expect(quoteLike(module, list, "it's")).toBe('"it\'s"')
    expect(quoteLike(module, list, 'plain')).toBe("'plain'")
  })
})
