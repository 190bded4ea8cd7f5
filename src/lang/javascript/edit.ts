/** Edits to JavaScript by range: bytes outside them stay as they are, and what is added is written as the file is. */
import { insertAt, lineEnd, lineStart, replaceNode, type Edit } from '../text-edits.js'
import { endsOnLaterLine, hasOwnEnd, styleOf, type Style } from './style.js'
import { field, statementOf, walk } from './tree.js'
import type { JsModule, JsNode } from './types.js'

export { freeName, insertAt, lineEnd, lineStart, replaceNode, type Edit } from '../text-edits.js'

/** A name that nothing in the file is called; what texts and comments say does not matter. */
export function freeBinding(module: JsModule, wanted: string): string {
  const taken = new Set([...walk(module.root)].filter((node) => node.kind === 'Identifier' && !isMemberName(node)).map((node) => module.text.slice(node.start, node.end)))
  let name = wanted
  for (let n = 2; taken.has(name); n++) name = `${wanted}_${n}`
  return name
}

/** The end of the statement's own text: a semicolon that begins a later line keeps the next statement apart and belongs to it. */
export function statementEnd(module: JsModule, statement: JsNode): number {
  return endsOnLaterLine(statement, module.text) ? (statement.children.at(-1)?.end ?? statement.end) : statement.end
}
/** The white space before the statement that holds the node. */
export function indentOf(module: JsModule, node: JsNode): string {
  return /^[ \t]*/.exec(module.text.slice(lineStart(module, statementOf(node).start)))?.[0] ?? ''
}
/** Does the statement have its lines to itself, so that whole lines can be wrapped or removed? */
export function standsAlone(module: JsModule, statement: JsNode): boolean {
  return startsLine(module, statement) && endsLine(module, statementEnd(module, statement))
}
const startsLine = (module: JsModule, node: JsNode): boolean => module.text.slice(lineStart(module, node.start), node.start).trim() === ''
const endsLine = (module: JsModule, end: number): boolean => /^[ \t]*(\/\/[^\r\n]*|\/\*[^\r\n]*?\*\/[ \t]*)?(\r|\n|$)/.test(module.text.slice(end, lineEnd(module, end)))

/** Lines before the node's statement and the comments that belong to it, indented like it. `lines` carry no indentation of their own level. */
export function insertBefore(module: JsModule, node: JsNode, lines: readonly string[], style: Style = styleOf(module)): Edit {
  const statement = statementOf(node)
  const indent = indentOf(module, statement)
  const kept = apart(module, beside(statement, -1), lines, statement)
  if (!startsLine(module, statement)) return insertAt(module, statement.start, kept.map((line) => line + style.eol + indent).join(''))
  return insertAt(module, attachedStart(module, statement), block(kept, indent, style))
}
/** Lines after the node's statement, indented like it; a missing final line end is added first. */
export function insertAfter(module: JsModule, node: JsNode, lines: readonly string[], style: Style = styleOf(module)): Edit {
  const statement = statementOf(node)
  const indent = indentOf(module, statement)
  const end = statementEnd(module, statement)
  const kept = apart(module, statement, lines, endsOnLaterLine(statement, module.text) ? undefined : beside(statement, 1))
  if (!endsLine(module, end)) return insertAt(module, end, kept.map((line) => style.eol + indent + line).join(''))
  const at = lineEnd(module, end)
  return insertAt(module, at, (isOpenEnd(module, at) ? style.eol : '') + block(kept, indent, style))
}
/** Lines at the end of the file. */
export function append(module: JsModule, lines: readonly string[], style: Style = styleOf(module)): Edit {
  const kept = apart(module, module.root.children.at(-1), lines, undefined)
  return insertAt(module, module.text.length, (isOpenEnd(module, module.text.length) ? style.eol : '') + block(kept, '', style))
}
const isOpenEnd = (module: JsModule, at: number): boolean => at === module.text.length && module.text !== '' && !/[\r\n]$/.test(module.text)
const block = (lines: readonly string[], indent: string, { eol }: Style): string => lines.map((line) => (line === '' ? '' : indent + line) + eol).join('')
/** The statement before (-1) or after (1) among its siblings. */
function beside(statement: JsNode, step: -1 | 1): JsNode | undefined {
  const siblings = statement.parent?.children.filter((child) => child.field === 'statements') ?? []
  return siblings[siblings.indexOf(statement) + step]
}
/** Semicolons where a missing one would join the lines to what stands before or after them. */
function apart(module: JsModule, before: JsNode | undefined, lines: readonly string[], after: JsNode | undefined): readonly string[] {
  const code = lines.filter((line) => line.trim() !== '' && !/^\s*\/\//.test(line))
  const [first, last] = [code[0], code.at(-1)]
  if (first === undefined || last === undefined) return lines
  const head = before !== undefined && isUnended(module, before) && joins(first) ? ';' : ''
  const tail = after !== undefined && joins(module.text.slice(after.start)) && !/[;{}]\s*$/.test(last) ? ';' : ''
  return lines.map((line, index) => (index === lines.indexOf(first) ? head : '') + line + (index === lines.lastIndexOf(last) ? tail : ''))
}
const joins = (text: string): boolean => /^\s*[([`/+*-]/.test(text) && !/^\s*\/[/*]/.test(text)
const isUnended = (module: JsModule, statement: JsNode): boolean => hasOwnEnd(statement) && !module.text.slice(statement.start, statementEnd(module, statement)).endsWith(';')

/** Where the comments that stand directly above the statement begin, without a blank line between; those at the head of the file stay there. */
export function attachedStart(module: JsModule, statement: JsNode): number {
  const before = beside(statement, -1)
  const outside = statement.parent?.kind === 'SourceFile' ? headEnd(module) : lineEnd(module, statement.parent?.start ?? 0)
  return attachedFrom(module, before ? lineEnd(module, before.end) : outside, statement)
}
function attachedFrom(module: JsModule, from: number, statement: JsNode): number {
  const start = lineStart(module, statement.start)
  let begin: number | undefined
  let isBlank = true
  for (const { 0: token, index } of module.text.slice(from, start).matchAll(/\/\*[^]*?\*\/|\/\/[^\r\n]*|\r\n|\n|\r/g)) {
    if (token.startsWith('/')) {
      begin ??= from + index
      isBlank = false
    } else {
      if (isBlank) begin = undefined
      isBlank = true
    }
  }
  return begin === undefined ? start : lineStart(module, begin)
}

/** Where code can begin: after the shebang, directives, and the comments that speak about the file. */
export function headEnd(module: JsModule): number {
  const { text } = module
  let at = /^#![^\r\n]*(\r\n|\n|\r|$)/.exec(text)?.[0].length ?? 0
  let first: JsNode | undefined
  for (const statement of module.root.children) {
    first = statement
    if (statement.kind !== 'ExpressionStatement' || field(statement, 'expression')?.kind !== 'StringLiteral') break
    at = lineEnd(module, statement.end)
    first = undefined
  }
  if (!first) return at === 0 || text.slice(at).trim() !== '' ? text.length : at
  at = Math.max(at, attachedFrom(module, at, first))
  const comments = [...text.slice(at, first.start).matchAll(/\/\*[^]*?\*\/|\/\/[^\r\n]*/g)].map(({ 0: comment, index }) => ({ comment, start: at + index, end: at + index + comment.length }))
  for (const { comment, end } of comments) {
    if (!aboutFile.test(comment) || lineEnd(module, end) > first.start) break
    at = lineEnd(module, end)
  }
  return at
}
/** Comments that a tool reads at the head of a file, and those that give its licence or purpose. */
const aboutFile = /@ts-|@jsx|@file|@license|@copyright|@preserve|copyright|licen[cs]e|eslint|jshint|jslint|prettier|istanbul|^\/\/\/\s*</i

/** Removes the node's statement with its line; where a branch would be left without one, `{}` stays. */
export function removeStatement(module: JsModule, node: JsNode): Edit {
  let statement = node
  while (statement.parent && !ownPlaces.has(statement.field ?? '')) statement = statement.parent
  if (statement.field !== 'statements') return replaceNode(module, statement, '{}')
  const end = statementEnd(module, statement)
  const [before, after] = [beside(statement, -1), beside(statement, 1)]
  // Its semicolon was all that kept the two around it apart.
  if (before && after && isUnended(module, before) && end === statement.end && joins(module.text.slice(after.start))) return replaceNode(module, { start: statement.start, end }, ';')
  if (standsAlone(module, statement)) return { kind: 'edit', path: module.path, range: { start: lineStart(module, statement.start), end: lineEnd(module, end) }, text: '' }
  const gap = /^[ \t]*/.exec(module.text.slice(end))?.[0].length ?? 0
  return replaceNode(module, { start: statement.start, end: end + (endsLine(module, end) ? 0 : gap) }, '')
}
const ownPlaces = new Set(['statements', 'thenStatement', 'elseStatement', 'statement'])

/** Puts sibling statements under `if (condition) { … }`; undefined when that would hide what they declare from the rest of the file. */
export function wrapInIf(module: JsModule, first: JsNode, last: JsNode, condition: string, style: Style = styleOf(module)): readonly Edit[] | undefined {
  return wrapUnder(module, first, last, `if (${condition})`, style)
}
/** As `wrapInIf`, under any header: `for (…)`, `try`. Text lines of templates keep their bytes. */
export function wrapUnder(module: JsModule, first: JsNode, last: JsNode, header: string, style: Style = styleOf(module)): readonly Edit[] | undefined {
  const [from, to] = [statementOf(first), statementOf(last)]
  if (from.parent !== to.parent || to.start < from.start) return undefined
  const siblings = from.parent?.children.filter((child) => child.start >= from.start && child.end <= to.end) ?? []
  if (siblings.some((statement) => hides(module, statement, { start: from.start, end: to.end }))) return undefined
  const end = statementEnd(module, to)
  if (!startsLine(module, from) || !endsLine(module, end)) return [insertAt(module, from.start, `${header} { `), insertAt(module, end, ' }')]
  const indent = indentOf(module, from)
  const fixed = siblings.flatMap((statement) => [...walk(statement)].filter((node) => keepsLines.has(node.kind)))
  const edits: Edit[] = []
  const start = lineStart(module, from.start)
  for (let at = start; at < end; at = lineEnd(module, at)) {
    const blank = /^[ \t]*(\r|\n|$)/.test(module.text.slice(at, lineEnd(module, at)))
    const inside = fixed.some((node) => node.start < at && at < node.end)
    const opening = at === start ? `${indent}${header} {${style.eol}` : ''
    if (opening !== '' || (!blank && !inside)) edits.push(insertAt(module, at, opening + style.indent))
  }
  const after = lineEnd(module, end)
  return [...edits, insertAt(module, after, isOpenEnd(module, after) ? `${style.eol}${indent}}` : `${indent}}${style.eol}`)]
}
const keepsLines = new Set(['NoSubstitutionTemplateLiteral', 'TemplateExpression', 'StringLiteral', 'JsxText'])
const declares = new Set(['FunctionDeclaration', 'ClassDeclaration', 'EnumDeclaration', 'ModuleDeclaration', 'InterfaceDeclaration', 'TypeAliasDeclaration'])
const topOnly = new Set(['ImportDeclaration', 'ImportEqualsDeclaration', 'ExportDeclaration', 'ExportAssignment', 'CaseClause', 'DefaultClause'])

/** Would a block around the statement end its names' life for code outside the range? `var` lives on. */
function hides(module: JsModule, statement: JsNode, range: { readonly start: number; readonly end: number }): boolean {
  if (topOnly.has(statement.kind) || statement.children.some((child) => child.kind === 'ExportKeyword')) return true
  const names: JsNode[] = []
  const list = statement.kind === 'VariableStatement' ? field(statement, 'declarationList') : undefined
  if (list && list.op !== 'var') for (const node of walk(list, (inner) => inner.field !== 'initializer')) if (node.kind === 'Identifier' && node.field === 'name') names.push(node)
  const name = declares.has(statement.kind) ? field(statement, 'name') : undefined
  if (name) names.push(name)
  if (names.length === 0) return false
  const texts = new Set(names.map((node) => module.text.slice(node.start, node.end)))
  for (const node of walk(module.root)) {
    if (node.kind !== 'Identifier' || (node.start >= range.start && node.end <= range.end)) continue
    if (texts.has(module.text.slice(node.start, node.end)) && !isMemberName(node)) return true
  }
  return false
}
/** The `x` of `a.x` and `{ x: 1 }`, which names no variable. */
export function isMemberName(node: JsNode): boolean {
  const parent = node.parent?.kind
  return node.field === 'name' && (parent === 'PropertyAccessExpression' || parent === 'PropertyAssignment' || parent === 'MethodDeclaration' || parent === 'PropertyDeclaration' || parent === 'JsxAttribute' || parent === 'PropertySignature')
}
