/** Edits to Python by range: bytes outside them stay as they are. Line ends and indentation follow the file. */
import { insertAt, lineEnd, lineStart, replaceNode, type Edit } from '../text-edits.js'
import { importPlace } from './import-place.js'
import { statementOf, walk } from './tree.js'
import type { PyModule, PyNode } from './types.js'

export { freeName, insertAt, lineEnd, lineStart, replaceNode } from '../text-edits.js'

export function eol(module: PyModule): string {
  return /\r\n|\n|\r/.exec(module.text)?.[0] ?? '\n'
}
/** The white space before the statement that holds the node. */
export function indentOf(module: PyModule, node: PyNode): string {
  const start = lineStart(module, statementOf(node).start)
  return /^[ \t]*/.exec(module.text.slice(start))?.[0] ?? ''
}
/** One more level, as the file's first block has it; continuation lines say nothing about levels. */
export function indentUnit(module: PyModule): string {
  for (const node of walk(module.root)) {
    const [first] = node.kind === 'block' ? node.children : []
    if (!first || !node.parent) continue
    const inner = indentOf(module, first)
    const outer = indentOf(module, node.parent.kind.endsWith('_clause') ? (node.parent.parent ?? node.parent) : node.parent)
    if (inner.length > outer.length && inner.startsWith(outer)) return inner.slice(outer.length)
  }
  return '    '
}

/** Lines before the node's statement (before its decorators), indented like it. `lines` carry no indentation of their own level. */
export function insertBefore(module: PyModule, node: PyNode, lines: readonly string[]): Edit {
  let statement = statementOf(node)
  if (statement.parent?.kind === 'decorated_definition') statement = statement.parent
  const indent = indentOf(module, statement)
  return insertAt(module, lineStart(module, statement.start), lines.map((line) => (line === '' ? '' : indent + line) + eol(module)).join(''))
}
/** Lines after the node's statement, indented like it; a missing final line end is added first. */
export function insertAfter(module: PyModule, node: PyNode, lines: readonly string[]): Edit {
  const statement = statementOf(node)
  const indent = indentOf(module, statement)
  const at = lineEnd(module, statement.end)
  const open = at === module.text.length && !/[\r\n]$/.test(module.text)
  return insertAt(module, at, (open ? eol(module) : '') + lines.map((line) => (line === '' ? '' : indent + line) + eol(module)).join(''))
}
/** Lines at the end of the file. */
export function append(module: PyModule, lines: readonly string[]): Edit {
  const open = module.text !== '' && !/[\r\n]$/.test(module.text)
  return insertAt(module, module.text.length, (open ? eol(module) : '') + lines.map((line) => line + eol(module)).join(''))
}
/** Removes the node's statement with its line; `pass` stays where the block would be empty. */
export function removeStatement(module: PyModule, node: PyNode): Edit {
  let statement = statementOf(node)
  if (statement.parent?.kind === 'decorated_definition') statement = statement.parent
  const siblings = (statement.parent?.children ?? []).filter((child) => child.kind !== 'comment')
  const start = lineStart(module, statement.start)
  const end = lineEnd(module, statement.end)
  const alone = module.text.slice(start, statement.start).trim() === '' && /^[ \t]*(#[^\r\n]*)?(\r\n|\n|\r|$)/.test(module.text.slice(statement.end, end))
  if (siblings.length === 1 && statement.parent?.kind === 'block') return replaceNode(module, statement, 'pass')
  if (!alone) return replaceNode(module, statement, 'pass')
  return { kind: 'edit', path: module.path, range: { start, end }, text: '' }
}
/** Puts consecutive statements under `if condition:`; lines inside multi-line strings keep their text. */
export function wrapInIf(module: PyModule, first: PyNode, last: PyNode, condition: string): readonly Edit[] {
  return wrapUnder(module, first, last, `if ${condition}`)
}
/** As `wrapInIf`, under any header: `with app.app_context()`. */
export function wrapUnder(module: PyModule, first: PyNode, last: PyNode, header: string): readonly Edit[] {
  const [from, to] = [statementOf(first), statementOf(last)]
  const indent = indentOf(module, from)
  const unit = indentUnit(module)
  const start = lineStart(module, from.start)
  if (module.text.slice(start, from.start).trim() !== '') {
    // Several statements on one line (`a; b`): the statement itself becomes a one-line if where that is possible.
    return [insertAt(module, from.start, `${header}: `)]
  }
  const strings = [...walk(from), ...(from === to ? [] : walk(to))].filter((node) => node.kind === 'string')
  const edits: Edit[] = [insertAt(module, start, `${indent}${header}:${eol(module)}`)]
  for (let at = start; at < to.end; at = lineEnd(module, at)) {
    const blank = /^[ \t]*(\r|\n|$)/.test(module.text.slice(at))
    const inString = strings.some((node) => node.start < at && at < node.end)
    if (!blank && !inString) edits.push(insertAt(module, at, unit))
  }
  return edits
}

/** A local name for a module or a member of it: the one already there, or a new import at the top. `import os` is `('os')`, `from hmac import x` is `('hmac', 'x')`. */
export function ensureImport(module: PyModule, name: string, member?: string): { readonly name: string; readonly changes: readonly Edit[] } {
  for (const [local, bindings] of module.scope.bindings)
    for (const binding of bindings) {
      // `import os.path` makes `os` known, too.
      const isTop = binding.kind === 'import' && member === undefined && binding.topOnly && binding.module.split('.')[0] === name
      if (binding.kind !== 'import' || (!isTop && (binding.module !== name || binding.member !== member))) continue
      // A binding inside if/try or a function is not surely there.
      if (binding.node.parent?.parent?.kind !== 'module') continue
      if (member === undefined && binding.topOnly && name.includes('.')) return { name, changes: [] }
      return { name: local, changes: [] }
    }
  const statement = member === undefined ? `import ${name}` : `from ${name} import ${member}`
  const taken = module.scope.bindings.has(member ?? name.split('.')[0] ?? name)
  const alias = taken ? `_${(member ?? name).replaceAll('.', '_')}` : undefined
  const text = alias === undefined ? statement : `${statement} as ${alias}`
  const line = member === undefined || alias !== undefined ? undefined : module.root.children.find((node) => node.kind === 'import_from_statement' && isFrom(module, node, name))
  const last = line?.children.filter((child) => child.field === 'name').at(-1)
  if (last) return { name: member ?? name, changes: [insertAt(module, last.end, `, ${member ?? name}`)] }
  return { name: alias ?? member ?? name, changes: [insertImport(module, name, member !== undefined, text)] }
}
/** The import statement on a line of its own, among those that the file begins with. */
function insertImport(module: PyModule, name: string, isFrom: boolean, text: string): Edit {
  const end = eol(module)
  const place = importPlace(module, name, isFrom)
  if (!place) return insertAt(module, importPosition(module), text + end)
  const gap = place.apart ? end : ''
  if (place.side === 'before') return insertAt(module, lineStart(module, place.beside.start), text + end + gap)
  const at = lineEnd(module, place.beside.end)
  return at === module.text.length && !/[\r\n]$/.test(module.text) ? insertAt(module, at, end + gap + text) : insertAt(module, at, gap + text + end)
}
function isFrom(module: PyModule, node: PyNode, name: string): boolean {
  const from = node.children.find((child) => child.field === 'module_name')
  return from !== undefined && module.text.slice(from.start, from.end) === name && node.children.every((child) => child.kind !== 'wildcard_import')
}
/** Before the first import that is not from __future__; without one, after the docstring and leading comments. */
export function importPosition(module: PyModule): number {
  let after = 0
  for (const [index, node] of module.root.children.entries()) {
    if (node.kind === 'import_statement' || node.kind === 'import_from_statement') return lineStart(module, node.start)
    const docstring = node.kind === 'expression_statement' && node.children[0]?.kind === 'string' && module.root.children.slice(0, index).every((child) => child.kind === 'comment')
    if (node.kind === 'comment' || docstring || node.kind === 'future_import_statement') after = lineEnd(module, node.end)
    else break
  }
  return after
}

/** A Python string literal for text that comes from the repo. Double quotes, everything else escaped. */
export function quotePython(text: string): string {
  const body = text.replace(/[\\"]/g, '\\$&').replace(/\n/g, '\\n').replace(/\r/g, '\\r').replace(/\t/g, '\\t')
  return `"${body.replace(/[\u0000-\u001f\u007f\u2028\u2029]/g, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`)}"`
}
/** Does the statement have its lines to itself, so that whole lines can be moved, wrapped or removed? */
export function standsAlone(module: PyModule, statement: PyNode): boolean {
  const whole = statement.parent?.kind === 'decorated_definition' ? statement.parent : statement
  return module.text.slice(lineStart(module, whole.start), whole.start).trim() === '' && /^[ \t]*(#[^\r\n]*)?(\r\n|\n|\r|$)/.test(module.text.slice(whole.end, lineEnd(module, whole.end)))
}
/** The text of a block's statements, re-indented to `indent`; multi-line strings keep their lines. */
export function blockLines(module: PyModule, block: PyNode): readonly string[] {
  const statements = block.children
  const first = statements[0]
  if (!first) return []
  const base = indentOf(module, first).length
  const start = lineStart(module, first.start)
  const end = lineEnd(module, statements.at(-1)?.end ?? first.end)
  const strings = [...walk(block)].filter((node) => node.kind === 'string')
  const lines: string[] = []
  for (let at = start; at < end; at = lineEnd(module, at)) {
    const whole = module.text.slice(at, lineEnd(module, at)).replace(/(\r\n|\n|\r)$/, '')
    const inString = strings.some((node) => node.start < at && at < node.end)
    lines.push(inString ? whole : whole.slice(Math.min(base, /^[ \t]*/.exec(whole)?.[0].length ?? 0)))
  }
  return lines
}
