/** Adds imports and exports in the file's own way of writing them. */
import { isBuiltin } from 'node:module'
import { append, headEnd, insertAt, isMemberName, lineEnd, statementEnd, type Edit } from './edit.js'
import { importsOf, requiredBy, type WrittenImport } from './imported.js'
import { endStatement, quoteJs, styleOf, type Style } from './style.js'
import { bare, field, fieldsOf, walk } from './tree.js'
import type { JsModule, JsNode } from './types.js'

export type WantedImport = {
  /** 'express', 'fs' (without 'node:'), './db.js'. */
  readonly from: string
  /** One member of it; without, the main export. */
  readonly member?: string
  /** The local name wanted, if a new one is needed. */
  readonly local?: string
}
/** The local name of what is imported, and the edits that import it: none when the file does so already. */
export function ensureImport(module: JsModule, wanted: WantedImport, style: Style = styleOf(module)): { readonly name: string; readonly changes: readonly Edit[] } {
  const { from, member } = wanted
  const there = [...importsOf(module)].filter((written) => plainTarget(written.target) === plainTarget(from) && !written.typeOnly)
  for (const written of there) {
    const name = member === undefined ? written.main : written.members.get(member)
    if (name !== undefined) return { name, changes: [] }
  }
  const name = untaken(module, wanted.local ?? member ?? localName(from))
  if (member !== undefined) {
    const change = there.map((written) => putBeside(module, written, member, name)).find((edit) => edit !== undefined)
    if (change) return { name, changes: [change] }
  }
  return { name, changes: [insertImport(module, statementFor(module, wanted, name, style), style)] }
}

const plainTarget = (target: string): string => target.replace(/^node:/, '')

/** 'body-parser' is `bodyParser`, '@vercel/blob' `blob`, 'fs/promises' `fsPromises`, './db.js' `db`. */
function localName(from: string): string {
  const words = from.replace(/^node:|^@[^/]+\/|^[./]+/g, '').replace(/\.[cm]?[jt]sx?$/, '').split(/[^\w$]+/).filter(Boolean)
  const name = words.map((word, index) => (index === 0 ? word : word[0]?.toUpperCase() + word.slice(1))).join('')
  return /^[A-Za-z_$]/.test(name) ? name : `_${name}`
}
/** Names that are used without being declared are the language's or the host's: an import would change what they mean. */
function untaken(module: JsModule, wanted: string): string {
  const used = new Set<string>()
  for (const node of walk(module.root)) if (node.kind === 'Identifier' && !isMemberName(node)) used.add(module.text.slice(node.start, node.end))
  let name = wanted
  for (let n = 1; used.has(name); n++) name = n === 1 ? `_${wanted}` : `_${wanted}${n}`
  return name
}

function statementFor(module: JsModule, { from, member }: WantedImport, name: string, style: Style): string {
  const target = quoteJs(isBuiltin(plainTarget(from)) ? (style.nodePrefix ? `node:${plainTarget(from)}` : plainTarget(from)) : from, style)
  if (style.system === 'cjs') return endStatement(style, `${style.declare} ${member === undefined ? name : `{ ${renamed(member, name, ': ')} }`} = require(${target})`)
  if (member !== undefined) return endStatement(style, `import { ${renamed(member, name, ' as ')} } from ${target}`)
  const form = module.isTypeScript ? style.mainImport : 'default'
  if (form === 'equals') return endStatement(style, `import ${name} = require(${target})`)
  return endStatement(style, form === 'namespace' ? `import * as ${name} from ${target}` : `import ${name} from ${target}`)
}
const renamed = (member: string, name: string, as: string): string => (member === name ? member : `${member}${as}${name}`)

/** Into the braces that are there, or behind a default import without any. */
function putBeside(module: JsModule, written: WrittenImport, member: string, name: string): Edit | undefined {
  const item = renamed(member, name, written.how === 'require' ? ': ' : ' as ')
  if (written.lastMember) return insertAt(module, written.lastMember.end, `, ${item}`)
  return written.how === 'default' && written.open ? insertAt(module, written.open.end, `, { ${item} }`) : undefined
}

/** A statement of its own after the imports that the file begins with, else where its code begins. */
export function insertImport(module: JsModule, statement: string, style: Style = styleOf(module)): Edit {
  const last = lastOfHead(module)
  const at = last ? lineEnd(module, statementEnd(module, last)) : headEnd(module)
  // `import a; import b` in one line, or code behind the last of them.
  if (last && !/^[ \t]*;?[ \t]*(\/\/[^\r\n]*|\/\*[^\r\n]*\*\/[ \t]*)?(\r|\n|$)/.test(module.text.slice(statementEnd(module, last), at))) return insertAt(module, statementEnd(module, last), style.eol + statement)
  const open = at === module.text.length && at > 0 && !/[\r\n]$/.test(module.text)
  const rest = module.text.slice(at)
  const gap = !last && rest !== '' && !/^[ \t]*[\r\n]/.test(rest) ? style.eol : ''
  return insertAt(module, at, (open ? style.eol : '') + statement + style.eol + gap)
}
function lastOfHead(module: JsModule): JsNode | undefined {
  let last: JsNode | undefined
  for (const statement of module.root.children) {
    if (isImport(statement, module.text)) last = statement
    else if (statement.kind !== 'ExpressionStatement' || field(statement, 'expression')?.kind !== 'StringLiteral' || last) break
  }
  return last
}
function isImport(statement: JsNode, text: string): boolean {
  if (statement.kind === 'ImportDeclaration' || statement.kind === 'ImportEqualsDeclaration') return true
  if (statement.kind === 'ExpressionStatement') return statement.children[0] !== undefined && isRequire(statement.children[0], text)
  const list = statement.kind === 'VariableStatement' ? field(statement, 'declarationList') : undefined
  const values = list ? fieldsOf(list, 'declarations').map((declaration) => field(declaration, 'initializer')) : []
  return values.length > 0 && values.every((value) => value !== undefined && isRequire(value, text))
}
/** `require('x')`, with what may be taken of it or be done with it: `.config()`, `('express')`. */
function isRequire(node: JsNode, text: string): boolean {
  for (let at: JsNode | undefined = bare(node); at; ) {
    if (requiredBy(at, text) !== undefined) return true
    if (at.kind !== 'CallExpression' && at.kind !== 'PropertyAccessExpression') return false
    const inner: JsNode | undefined = field(at, 'expression')
    at = inner && bare(inner)
  }
  return false
}

/** Makes `name` what the file exports: no edits when it is, undefined when the file exports something else already. */
export function ensureMainExport(module: JsModule, name: string, style: Style = styleOf(module)): readonly Edit[] | undefined {
  const exported = mainExports(module)
  if (exported.includes(name)) return []
  if (exported.length > 0) return undefined
  const statement = style.system === 'cjs' ? `module.exports = ${name}` : `export default ${name}`
  const gap = module.text.trim() !== '' && !/(\r\n|\n|\r(?!\n))[ \t]*(\r\n|\n|\r)$/.test(module.text) ? [''] : []
  return [append(module, [...gap, endStatement(style, statement)], style)]
}
/** What stands for the main export: names, '.x' for `exports.x = …`, '' for other expressions. */
function mainExports(module: JsModule): readonly string[] {
  const found: string[] = []
  const textOf = (node: JsNode | undefined): string => (node?.kind === 'Identifier' ? module.text.slice(node.start, node.end) : '')
  for (const node of walk(module.root)) {
    if (node.kind === 'ExportAssignment') found.push(textOf(field(node, 'expression')))
    else if (node.kind === 'DefaultKeyword' && node.parent?.kind !== 'ExportAssignment') found.push(textOf(node.parent && field(node.parent, 'name')))
    else if (node.kind === 'ExportSpecifier' && textOf(field(node, 'name')) === 'default') found.push(textOf(field(node, 'propertyName')))
    else if (node.kind === 'BinaryExpression' && node.op === '=') {
      const left = field(node, 'left')
      const text = left ? module.text.slice(left.start, left.end) : ''
      const member = /^(?:module\s*\.\s*)?exports(?:\s*\.\s*(\w+))?$/.exec(text)
      if (!member || text === 'exports') continue
      // `exports = module.exports = app` and `module.exports.app = app` name it, too.
      let right = field(node, 'right')
      while (right?.kind === 'BinaryExpression' && right.op === '=') right = field(right, 'right')
      found.push(member[1] !== undefined && member[1] !== 'default' ? `.${member[1]}` : textOf(right))
    }
  }
  return found
}
