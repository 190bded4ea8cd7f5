/** A JSON config as text: read strictly, changed as data, with its formatting and key order kept. */
import { findNodeAtLocation, parseTree, printParseErrorCode, type JSONPath, type ParseError } from 'jsonc-parser'
import { eolOf, lineColumn } from './edits.js'
import { UserError } from './errors.js'
import type { Change, Path } from './types.js'

export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json }
export type Config = { readonly [key: string]: Json }

/** The file's data. Vercel's own reader is strict JSON, so comments and trailing commas are refused with their place. */
export function parseConfig(path: Path, text: string): Config {
  const errors: ParseError[] = []
  const tree = parseTree(text, errors, { disallowComments: true, allowTrailingComma: false, allowEmptyContent: false })
  const error = errors[0]
  if (error || tree?.type !== 'object') {
    const at = lineColumn(text, error?.offset ?? tree?.offset ?? 0)
    const what = error ? printParseErrorCode(error.error).replace(/([a-z])([A-Z])/g, '$1 $2').toLowerCase() : 'its content is not an object'
    throw new UserError(`${path} does not parse at line ${at.line}, column ${at.column}: ${what}.`, 2, 'Mend it; Vercel refuses it as well.')
  }
  return JSON.parse(text) as Config
}

export type ConfigEdit = { readonly at: JSONPath; readonly value: Json | undefined; /** Put a new key before all others. */ readonly first?: true; /** Put a new key before this one of its object. */ readonly before?: string }

/** The text with these values set; `undefined` removes. Everything else keeps its bytes, which jsonc-parser's own changes do not do. */
export function editConfig(text: string, edits: readonly ConfigEdit[]): string {
  const eol = eolOf(text)
  const unit = /^([ \t]+)\S/m.exec(text)?.[1] ?? '  '
  return edits.reduce((now, edit) => {
    if (edit.value === undefined) return remove(now, edit.at)
    return set(now, edit.at, edit.value, { eol, unit, first: edit.first === true, before: edit.before })
  }, text)
}

type Style = { readonly eol: string; readonly unit: string; readonly first: boolean; readonly before: string | undefined }

/** Sets a value, making the objects on the way; -1 appends to a list. */
function set(text: string, at: JSONPath, value: Json, style: Style): string {
  let node = parseTree(text)
  let rest = at
  for (const key of at) {
    const child = node && rest.length > 0 ? findNodeAtLocation(node, [key]) : undefined
    if (!child) break
    node = child
    rest = rest.slice(1)
  }
  if (!node) throw new Error('vercel.json was parsed before, and now is not')
  const indent = indentAt(text, node.offset)
  if (rest.length === 0) return splice(text, node.offset, node.offset + node.length, written(value, indent, style))
  const [key, ...inner] = rest
  const nested = inner.reduceRight<Json>((held, name) => ({ [String(name)]: held }), value)
  const children = node.children ?? []
  const spread = children.length === 0 || /[\r\n]/.test(text.slice(node.offset, children[0]?.offset))
  const deeper = spread ? indent + style.unit : indent
  const item = (node.type === 'array' ? '' : `${JSON.stringify(String(key))}: `) + written(nested, deeper, style)
  const gap = spread ? style.eol + deeper : ''
  const last = children[children.length - 1]
  if (!last) return splice(text, node.offset, node.offset + node.length, text[node.offset] + gap + item + style.eol + indent + text[node.offset + node.length - 1])
  const next = children.find((child) => style.before !== undefined && child.children?.[0]?.value === style.before)
  if (next) return splice(text, next.offset, next.offset, `${item},${spread ? gap : ' '}`)
  if (style.first) return splice(text, node.offset + 1, node.offset + 1, `${gap}${item},${spread ? '' : ' '}`)
  const end = last.offset + last.length
  return splice(text, end, end, `,${spread ? gap : ' '}${item}`)
}

/** The next one takes the removed one's place, so that its line keeps its indentation. */
function remove(text: string, at: JSONPath): string {
  const tree = parseTree(text)
  const value = tree && findNodeAtLocation(tree, [...at])
  const node = value?.parent?.type === 'property' ? value.parent : value
  const holder = node?.parent
  if (!node || !holder?.children) return text
  const place = holder.children.indexOf(node)
  const [before, after] = [holder.children[place - 1], holder.children[place + 1]]
  if (after) return splice(text, node.offset, after.offset, '')
  if (before) return splice(text, before.offset + before.length, node.offset + node.length, '')
  return splice(text, holder.offset + 1, holder.offset + holder.length - 1, '')
}

const splice = (text: string, start: number, end: number, by: string): string => text.slice(0, start) + by + text.slice(end)

function indentAt(text: string, offset: number): string {
  const line = text.slice(Math.max(text.lastIndexOf('\n', offset - 1), text.lastIndexOf('\r', offset - 1)) + 1)
  return /^[ \t]*/.exec(line)?.[0] ?? ''
}

function written(value: Json, indent: string, { eol, unit }: Style): string {
  return JSON.stringify(value, null, unit).replaceAll('\n', eol + indent)
}

/** The smallest single edit that turns `before` into `after`; none when they are the same. */
export function* replaced(path: Path, before: string, after: string): Generator<Change> {
  if (before === after) return
  const shorter = Math.min(before.length, after.length)
  let start = 0
  while (start < shorter && before[start] === after[start]) start++
  while (splits(before, start) || splits(after, start)) start--
  let tail = 0
  while (tail < shorter - start && before[before.length - 1 - tail] === after[after.length - 1 - tail]) tail++
  while (splits(before, before.length - tail) || splits(after, after.length - tail)) tail--
  yield { kind: 'edit', path, range: { start, end: before.length - tail }, text: after.slice(start, after.length - tail) }
}

/** Is this offset between the two halves of a line end or of an astral character? */
function splits(text: string, at: number): boolean {
  const pair = text.slice(at - 1, at + 1)
  return at > 0 && (pair === '\r\n' || /^[\uD800-\uDBFF][\uDC00-\uDFFF]$/.test(pair))
}

export function isObject(value: Json | undefined): value is Config {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
export function isList(value: Json | undefined): value is readonly Json[] {
  return Array.isArray(value)
}
