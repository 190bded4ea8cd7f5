/** What a file of a Node app hands to whoever imports it, and which file the Express preset takes. */
import { manifestAt } from '../../src/lang/javascript/manifest/manifest.js'
import { ancestor, field, fieldsOf, functionAround, parseJavaScript, walk } from '../../src/lang/javascript/tree.js'
import type { JsNode } from '../../src/lang/javascript/types.js'
import type { Path } from '../../src/types.js'
import { importsExpress, nodeCandidates } from './lookup.js'
import { folderOf, type Folder } from './project.js'

/** The first candidate that imports express, else package.json's `main` if it does. */
export function nodeServes(home: Folder): Path | undefined {
  const express = (path: Path): boolean => importsExpress(home.text(path) ?? '')
  const main = manifestAt(home.repo, home.root)?.main?.replace(/^\.\//, '')
  return nodeCandidates.find(express) ?? (main !== undefined && express(main) ? main : undefined)
}

export type Handed = {
  /** The text of what it exports as the module itself: `module.exports = x`, `export default x`. Not that of an object with names. */
  readonly whole: string | undefined
  readonly names: readonly string[]
  /** Does it call `listen` when it is imported: at once, after something that takes time, or only when it is started itself? */
  readonly listens: 'at once' | 'late' | 'guarded' | undefined
  readonly esm: boolean
}

const read = new Map<string, Handed>()

/** Undefined when the file is not there. */
export function handedBy(home: Folder, path: Path): Handed | undefined {
  const text = home.text(path)
  if (text === undefined) return undefined
  const key = `${path}\0${text}`
  const handed = read.get(key) ?? look(path, text)
  read.set(key, handed)
  return handed
}

/** Can the platform run the app by importing this file? A late `listen` has one second. */
export const runs = (handed: Handed | undefined): boolean => handed !== undefined && (handed.whole !== undefined || handed.listens === 'at once' || handed.listens === 'late')

function look(path: Path, text: string): Handed {
  // A script without an extension, such as bin/www, is JavaScript as well.
  const { root } = parseJavaScript(/\.\w+$/.test(path) ? path : `${path}.js`, text)
  const said = (node: JsNode | undefined): string => (node ? text.slice(node.start, node.end) : '')
  const wholes: string[] = []
  const names: string[] = []
  const listens = new Set<NonNullable<Handed['listens']>>()
  const whole = (node: JsNode | undefined): void => {
    if (!node) return
    if (node.kind === 'ObjectLiteralExpression') names.push(...node.children.map((child) => said(field(child, 'name'))).filter((name) => name !== ''))
    else wholes.push(said(node))
  }
  let esm = false
  for (const node of walk(root)) {
    if (node.kind === 'ImportDeclaration' || node.kind === 'ExportDeclaration') esm = true
    if (node.kind === 'ExportAssignment') {
      esm = true
      whole(field(node, 'expression'))
    }
    if (node.kind === 'ExportSpecifier') {
      const name = said(field(node, 'name'))
      if (name === 'default') wholes.push(said(field(node, 'propertyName')) || name)
      else names.push(name)
    }
    const modifiers = fieldsOf(node, 'modifiers').map(({ kind }) => kind)
    if (modifiers.includes('ExportKeyword')) {
      esm = true
      const declared = node.kind === 'VariableStatement' ? [...walk(node)].filter(({ kind, field: at }) => kind === 'VariableDeclaration' && at === 'declarations').map((one) => said(field(one, 'name'))) : [said(field(node, 'name'))]
      if (modifiers.includes('DefaultKeyword')) wholes.push(declared[0] ?? '')
      else names.push(...declared)
    }
    if (node.kind === 'BinaryExpression' && node.op === '=' && functionAround(node) === undefined) {
      const left = said(field(node, 'left')).replace(/\s/g, '')
      if (left === 'module.exports' || left === 'exports.default') whole(last(field(node, 'right')))
      else if (/^(module\.)?exports\.[\w$]+$/.test(left)) names.push(left.slice(left.lastIndexOf('.') + 1))
    }
    if (node.kind === 'CallExpression') {
      const callee = field(node, 'expression')
      if (callee?.kind === 'PropertyAccessExpression' && said(field(callee, 'name')) === 'listen') listens.add(whenCalled(node, root, said))
    }
  }
  return { whole: wholes[0], names, listens: (['at once', 'late', 'guarded'] as const).find((one) => listens.has(one)), esm }
}

/** `exports = module.exports = app`: the value at the end of the chain. */
function last(node: JsNode | undefined): JsNode | undefined {
  return node?.kind === 'BinaryExpression' && node.op === '=' ? last(field(node, 'right')) : node
}

const guards = /\brequire\s*\.\s*main\b|\bimport\s*\.\s*meta\s*\.\s*(?:main|url|filename)\b|process\s*\.\s*argv|process\s*\.\s*env\s*\.\s*(?:VERCEL\w*|NODE_ENV|AWS_\w+)|\bmodule\s*\.\s*parent\b/

function whenCalled(call: JsNode, root: JsNode, said: (node: JsNode | undefined) => string): NonNullable<Handed['listens']> {
  for (let up = ancestor(call, 'IfStatement'); up; up = ancestor(up, 'IfStatement')) if (guards.test(said(field(up, 'expression')))) return 'guarded'
  const around = functionAround(call)
  // A module that awaits at its top is waited for: whoever imports it gets it when it is done.
  if (!around) return 'at once'
  const called = around.parent?.kind === 'VariableDeclaration' ? around.parent : around
  const name = said(field(called, 'name'))
  const waits = [...walk(around)].some(({ kind, start }) => kind === 'AwaitExpression' && start < call.start)
  const isInvoked = (node: JsNode): boolean => node.kind === 'CallExpression' && !functionAround(node) && (name !== '' ? said(field(node, 'expression')).split('.').pop() === name : field(node, 'expression')?.start !== undefined && node.start <= around.start && around.end <= (field(node, 'expression')?.end ?? 0))
  return !waits && [...walk(root)].some(isInvoked) ? 'at once' : 'late'
}

const harmless = /^(?:node:)?(?:http|https|http2|path|url|os|debug|chalk|picocolors|dotenv|dotenv\/config|express|cors|cluster)$/

/** Does the file do nothing but start the server of another one, which the platform does by itself? */
export function onlyStarts(home: Folder, path: Path, app: Path): boolean {
  const text = home.text(path)
  if (text === undefined) return false
  const { root } = parseJavaScript(/\.\w+$/.test(path) ? path : `${path}.js`, text)
  const said = (node: JsNode | undefined): string => (node ? text.slice(node.start, node.end) : '')
  for (const node of walk(root)) {
    const isRequire = node.kind === 'CallExpression' && said(field(node, 'expression')) === 'require'
    const target = isRequire ? node.children.find(({ field: at }) => at === 'arguments') : node.kind === 'ImportDeclaration' ? field(node, 'moduleSpecifier') : undefined
    if (target) {
      const name = said(target).slice(1, -1)
      if (name.startsWith('.') ? !leadsToFile(path, name, app) : !harmless.test(name)) return false
    }
    if (node.kind === 'AwaitExpression') return false
  }
  return root.children.every((statement) => {
    if (/^(Import|Export|Function|EmptyStatement|EndOfFile)/.test(statement.kind)) return true
    if (statement.kind === 'VariableStatement') return true
    return statement.kind === 'ExpressionStatement' && /^(?:['"]use strict['"]|[\w$.]+(?:\([\w$\s,]*\))?\s*\.\s*(?:listen|on|once|set)\b|console\.|(?:require\(\s*)?['"]?dotenv|debug\(|module\.exports|[\w$]+\(\s*\)\s*;?$)/.test(said(statement))
  })
}

/** Does an import of `name` in the file at `from` mean `file`? */
export function leadsToFile(from: Path, name: string, file: Path): boolean {
  const parts = folderOf(from) === '.' ? [] : folderOf(from).split('/')
  for (const part of name.split('/')) {
    if (part === '..') parts.pop()
    else if (part !== '.' && part !== '') parts.push(part)
  }
  const plain = (path: Path): string => path.replace(/\.[cm]?[jt]sx?$/, '').replace(/\/index$/, '')
  return plain(parts.join('/')) === plain(file)
}
