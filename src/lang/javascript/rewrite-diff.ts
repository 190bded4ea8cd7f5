/** The smallest edits that turn one syntax tree's text into another's: only nodes that differ as syntax are touched. */
import type { Range } from '../../types.js'
import { lineEnd, lineStart } from '../text-edits.js'
import { fieldsOfTree, isParenthesized, isTree, keyOf, type Tree } from './rewrite-tree.js'

export type Side = { readonly text: string; readonly program: Tree }
/** `statement`: the part of the text that is a whole statement, whose semicolon is a matter of style. */
export type Difference = { readonly range: Range; readonly text: string; readonly statement?: string }

/** Undefined when the two differ in a way that has no place in the text. */
export function differences(before: Side, after: Side): readonly Difference[] | undefined {
  const edits: Difference[] = []
  return between(before.program, after.program, before.text, after.text, edits) ? edits : undefined
}

function between(a: Tree, b: Tree, from: string, to: string, edits: Difference[]): boolean {
  if (keyOf(a) === keyOf(b)) return true
  if (a.type === b.type && descend(a, b, from, to, edits)) return true
  if (a.type === 'Program' || isParenthesized(a) !== isParenthesized(b)) return false
  const text = to.slice(b.start, b.end)
  if (/(Statement|Declaration)$/.test(b.type)) edits.push({ range: withComments(a, from, text), text, statement: text })
  else edits.push({ range: { start: a.start, end: a.end }, text })
  return true
}

/** The statement's place with the comments beside it that have moved into the new text. */
function withComments(a: Tree, from: string, text: string): Range {
  const comments = (name: string): readonly Tree[] => (isList(a[name]) ? a[name] : []).filter(({ start, end }) => text.includes(from.slice(start, end)))
  const [first] = comments('leadingComments').filter(({ start }) => from.slice(lineStart({ text: from }, start), start).trim() === '')
  const last = comments('trailingComments').filter(({ start }) => start < lineEnd({ text: from }, a.end)).at(-1)
  return { start: first?.start ?? a.start, end: last?.end ?? a.end }
}

/** Edits inside the node, if all that differs are nodes in the same places, or the statements of a list. */
function descend(a: Tree, b: Tree, from: string, to: string, edits: Difference[]): boolean {
  const [mine, theirs] = [new Map(fieldsOfTree(a)), new Map(fieldsOfTree(b))]
  const inner: Difference[] = []
  // `{ a }` is one text for two nodes.
  if (a['shorthand'] === true || b['shorthand'] === true) return false
  for (const name of new Set([...mine.keys(), ...theirs.keys()])) {
    const [old, now] = [mine.get(name), theirs.get(name)]
    if (keyOf(old) === keyOf(now)) continue
    if (isTree(old) && isTree(now)) {
      if (!between(old, now, from, to, inner)) return false
    } else if (isList(old) && isList(now)) {
      if (statementLists.has(`${a.type}.${name}`)) {
        if (!lines(old, now, from, to, inner)) return false
      } else if (old.length !== now.length || !old.every((node, index) => between(node, now[index] as Tree, from, to, inner))) return false
    } else return false
  }
  edits.push(...inner)
  return true
}
const isList = (value: unknown): value is readonly Tree[] => Array.isArray(value) && value.every(isTree)
const statementLists = new Set(['Program.body', 'BlockStatement.body', 'StaticBlock.body', 'TSModuleBlock.body', 'SwitchCase.consequent', 'ClassBody.body'])

/** Statements that both lists have keep their bytes; of the others, as many as can be are changed in place. False where there is none to stand beside. */
function lines(old: readonly Tree[], now: readonly Tree[], from: string, to: string, edits: Difference[]): boolean {
  if (old.length === 0) return false
  const partner = aligned(old, now)
  const stays = new Set(partner.values())
  for (const [index, node] of old.entries()) if (!stays.has(index)) edits.push(removal(node, from))
  let anchor: Tree | undefined
  for (let index = 0; index < now.length; index++) {
    const node = now[index] as Tree
    const place = partner.get(index)
    if (place !== undefined) {
      anchor = old[place] as Tree
      if (!between(anchor, node, from, to, edits)) return false
      continue
    }
    const first = index
    while (index + 1 < now.length && !partner.has(index + 1)) index++
    const begin = leadStart(now[first - 1], node, from, to)
    const indent = /^[ \t]*/.exec(to.slice(lineStart({ text: to }, begin)))?.[0] ?? ''
    edits.push(insertion(anchor, old[0] as Tree, from, to.slice(begin, (now[index] as Tree).end), indent))
  }
  return true
}

function insertion(anchor: Tree | undefined, first: Tree, from: string, text: string, indent: string): Difference {
  const add = (offset: number, whole: string): Difference => ({ range: { start: offset, end: offset }, text: whole, statement: text })
  if (!anchor) {
    const start = lineStart({ text: from }, first.start)
    return from.slice(start, first.start).trim() === '' ? add(start, `${indent}${text}\n`) : add(first.start, `${text}\n${indent}`)
  }
  const end = lineEnd({ text: from }, anchor.end)
  const rest = /^[ \t]*(?:\/\/[^\r\n]*|\/\*[^\r\n]*?\*\/[ \t]*)?(\r\n|\n|\r|$)/.exec(from.slice(anchor.end, end))
  if (!rest) return add(anchor.end, `\n${indent}${text}`)
  return rest[1] === '' ? add(end, `\n${indent}${text}`) : add(end, `${indent}${text}\n`)
}
function removal(node: Tree, from: string): Difference {
  const [start, end] = [lineStart({ text: from }, node.start), lineEnd({ text: from }, node.end)]
  const alone = from.slice(start, node.start).trim() === '' && /^[ \t]*(\/\/[^\r\n]*)?(\r\n|\n|\r|$)/.test(from.slice(node.end, end))
  return { range: alone ? { start, end } : { start: node.start, end: node.end }, text: '' }
}
/** Where a new statement begins with the comments made for it; those that the file has already stay where they are. */
function leadStart(previous: Tree | undefined, node: Tree, from: string, to: string): number {
  const after = previous ? Math.min(lineEnd({ text: to }, previous.end), node.start) : 0
  let begin: number | undefined
  for (const { 0: comment, index } of to.slice(after, node.start).matchAll(/\/\*[^]*?\*\/|\/\/[^\r\n]*/g)) begin = from.includes(comment) ? undefined : (begin ?? after + index)
  return begin ?? node.start
}

/** Which old statement each new one is, or has come of. */
function aligned(old: readonly Tree[], now: readonly Tree[]): ReadonlyMap<number, number> {
  const partner = new Map<number, number>()
  let [i, j] = [0, 0]
  for (const [nextOld, nextNow] of [...common(old.map(keyOf), now.map(keyOf)), [old.length, now.length] as const]) {
    let from = j
    for (let at = i; at < nextOld; at++) {
      const same = nextOld - i === nextNow - j ? at - i + j : now.findIndex((node, index) => index >= from && index < nextNow && node.type === old[at]?.type)
      if (same < 0) continue
      partner.set(same, at)
      from = same + 1
    }
    if (nextOld > i && nextNow > j && from === j) partner.set(j, i)
    if (nextNow < now.length) partner.set(nextNow, nextOld)
    ;[i, j] = [nextOld + 1, nextNow + 1]
  }
  return partner
}
/** The longest common subsequence, as pairs of indices. */
function* common(a: readonly string[], b: readonly string[]): Generator<readonly [number, number]> {
  const lengths = Array.from({ length: a.length + 1 }, () => new Uint32Array(b.length + 1))
  const at = (i: number, j: number): number => lengths[i]?.[j] ?? 0
  for (let i = a.length - 1; i >= 0; i--) {
    const row = lengths[i] as Uint32Array
    for (let j = b.length - 1; j >= 0; j--) row[j] = a[i] === b[j] ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1))
  }
  for (let [i, j] = [0, 0]; i < a.length && j < b.length; ) {
    if (a[i] === b[j]) yield [i++, j++]
    else if (at(i + 1, j) >= at(i, j + 1)) i++
    else j++
  }
}
