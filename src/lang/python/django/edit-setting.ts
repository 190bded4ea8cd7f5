/** Edits of Django settings: into lists where they are written, in the style they are written in; new ones after a related one. */
import type { Change, Target } from '../../../types.js'
import { eol, indentOf, insertAfter, insertAt, insertBefore, lineEnd, lineStart, quotePython, replaceNode } from '../edit.js'
import { hostGuard } from '../settings/host-guard.js'
import { onHost } from '../settings/host-value.js'
import { ancestor, bare, field } from '../tree.js'
import type { PyModule, PyNode, PyScope } from '../types.js'

type Written = { readonly node: PyNode; readonly scope: PyScope }

const sequences = new Set(['list', 'tuple', 'set', 'expression_list'])

/** The list, tuple or set that a value is, parentheses and `list(…)` aside; undefined for anything made at run time. */
export function sequenceOf(node: PyNode, module: PyModule): PyNode | undefined {
  const at = bare(node)
  if (sequences.has(at.kind)) return at
  if (at.kind !== 'call') return undefined
  const callee = field(at, 'function')
  const [only, more] = (field(at, 'arguments')?.children ?? []).filter((child) => child.kind !== 'comment')
  return callee && only && !more && /^(list|tuple|set)$/.test(module.text.slice(callee.start, callee.end)) ? sequenceOf(only, module) : undefined
}
export function elementsOf(sequence: PyNode): readonly PyNode[] {
  return sequence.children.filter((child) => child.kind !== 'comment')
}

/** A string in the quotes that its neighbours have. */
export function quoteLike(module: PyModule, like: PyNode | undefined, text: string): string {
  const strings = like === undefined ? [] : like.kind === 'string' ? [like] : elementsOf(like).filter((child) => child.kind === 'string')
  const single = strings.length > 0 && strings.every((node) => /^[rRbBuU]*'(?!'')/.test(module.text.slice(node.start, node.end)))
  return single && !/['\\\r\n]/.test(text) ? `'${text}'` : quotePython(text)
}

/** Puts source text into a written-out sequence: at its end, or right after or before one of its elements. */
export function insertElement(module: PyModule, sequence: PyNode, text: string, place: 'last' | { readonly after: PyNode } | { readonly before: PyNode } = 'last'): readonly Change[] {
  const elements = elementsOf(sequence)
  const last = elements.at(-1)
  if (!last) {
    const comma = sequence.kind === 'tuple' ? ',' : ''
    return [insertAt(module, sequence.start + 1, text + comma)]
  }
  if (place !== 'last' && 'before' in place) {
    const at = place.before
    return ownLine(module, at) ? [insertAt(module, lineStart(module, at.start), `${indentAt(module, at)}${text},${eol(module)}`)] : [insertAt(module, at.start, `${text}, `)]
  }
  const at = place === 'last' ? last : place.after
  const rest = module.text.slice(at.end, lineEnd(module, at.end))
  // Alone on its line but for a comma and a comment: the new one gets a line too.
  if (!ownLine(module, at) || !/^[ \t]*,?[ \t]*(#[^\r\n]*)?(\r\n|\n|\r)$/.test(rest)) return [insertAt(module, at.end, ownLine(module, at) && module.text.slice(sequence.start, at.start).includes('\n') ? `,${eol(module)}${indentAt(module, at)}${text}` : `, ${text}`)]
  const comma = /^[ \t]*,/.test(rest)
  const line = `${indentAt(module, at)}${text}${comma ? ',' : ''}${eol(module)}`
  const added = insertAt(module, lineEnd(module, at.end), line)
  return comma ? [added] : [insertAt(module, at.end, ','), added]
}
function ownLine(module: PyModule, node: PyNode): boolean {
  return module.text.slice(lineStart(module, node.start), node.start).trim() === ''
}
function indentAt(module: PyModule, node: PyNode): string {
  return /^[ \t]*/.exec(module.text.slice(lineStart(module, node.start)))?.[0] ?? ''
}

/** The statement of the module (or of the settings class) that a node is in, branches around it included. */
export function outerStatement(node: PyNode): PyNode {
  let at = node
  for (let up = node.parent; up && up.kind !== 'module' && !(up.kind === 'block' && up.parent?.kind === 'class_definition'); up = up.parent) at = up
  return at
}

/** Texts that the setting holds on the host besides what it holds now. In place where the list is plain and gets no shorter elsewhere; else in a guarded line after the last statement that makes it up. */
export function addOnHost(target: Target, key: string, { node, scope }: Written, texts: readonly string[], after: PyNode = node): readonly Change[] {
  const { module } = scope
  const sequence = sequenceOf(node, module)
  if (sequence?.kind === 'list' && elementsOf(sequence).length === 0 && after === node && module.text.slice(node.start, node.end).replace(/\s/g, '') === '[]') return onHost(target, node, scope, `[${texts.map((text) => quotePython(text)).join(', ')}]`)
  if (sequence && elementsOf(sequence).length > 0 && elementsOf(sequence).every((child) => child.kind === 'string')) return texts.flatMap((text) => insertElement(module, sequence, quoteLike(module, sequence, text)))
  return guardedLines(target, outerStatement(after), scope, [`${key} = [*${key}, ${texts.map((text) => quotePython(text)).join(', ')}]`])
}

/** `if <on the host>:` and lines under it, after a statement of the module or of a settings class. */
export function guardedLines(target: Target, statement: PyNode, scope: PyScope, lines: readonly string[]): readonly Change[] {
  const { module } = scope
  const guard = hostGuard(target, module, scope, statement)
  return [...guard.changes, insertAfter(module, statement, [`if ${guard.text}:`, ...lines.map((line) => `    ${line}`)])]
}

/** `KEY = text` after the statement that holds a related setting. */
export function defineAfter(near: Written, lines: readonly string[]): readonly Change[] {
  return [insertAfter(near.scope.module, outerStatement(near.node), lines)]
}
export function defineBefore(near: Written, lines: readonly string[]): readonly Change[] {
  return [insertBefore(near.scope.module, outerStatement(near.node), lines)]
}
/** Another value for a setting, where it is written. */
export function setTo({ node, scope }: Written, text: string): Change {
  return replaceNode(scope.module, node, text)
}
/** Is it written in a class (django-configurations), where names of the module's other settings are out of reach? */
export function isInClass({ node }: Written): boolean {
  return ancestor(node, 'class_definition') !== undefined
}
/** Does the value stand in a block that has the layout for lines after it? */
export function takesLines({ node, scope }: Written): boolean {
  const statement = outerStatement(node)
  return /^[ \t]*(#[^\r\n]*)?(\r\n|\n|\r|$)/.test(scope.module.text.slice(statement.end, lineEnd(scope.module, statement.end))) && indentOf(scope.module, statement) === (isInClass({ node, scope }) ? indentOf(scope.module, statement) : '')
}
