/** Puts the start of background work under the host's guard, with what only serves it. */
import type { Change, Target } from '../../../types.js'
import { indentOf, insertBefore, replaceNode, standsAlone, wrapInIf } from '../edit.js'
import { field, fieldsOf, statementOf, type JsModule, type JsNode, type JsProgram, type JsSite } from '../program.js'
import { styleOf, type Style } from '../style.js'
import { topStatement, type Refused, type Round } from './one-round.js'
import { holderOf } from './timers.js'

/** `isTimer`: clearing one that was never set does no harm. */
export function guardStart(program: JsProgram, target: Target, begun: JsSite, round?: Round, isTimer = false): readonly Change[] | Refused {
  const { module } = begun
  if (module.brokenAt !== undefined) return { refused: `${module.path} does not parse` }
  const first = statementOf(begun.node)
  const holder = holderOf(begun.node)
  const plain = first.kind === 'ExpressionStatement' || first.kind === 'VariableStatement'
  if (!plain || !isOwn(begun.node, first)) return { refused: 'its start is part of a larger statement' }
  let last = first
  if (holder && first.kind === 'VariableStatement') {
    const found = lastUse(program, holder, first)
    if (!found) return { refused: `'${program.text(holder)}' is used elsewhere` }
    last = found
  } else if (holder && !isTimer) return { refused: `'${program.text(holder)}' is used elsewhere` }
  const condition = `!${target.guard.javascript}`
  const lifted = round?.lifted
  const inside = lifted !== undefined && lifted.node.start >= first.start && lifted.node.end <= last.end && round?.module === module
  if (!lifted || !inside) {
    const edits = wrapInIf(module, first, last, condition)
    if (!edits) return { refused: 'other code uses what its start declares' }
    return lifted && round ? [...declaration(round.module, lifted), replaceNode(round.module, lifted.node, round.name), ...edits] : edits
  }
  if (!standsAlone(module, first) || !standsAlone(module, last)) return { refused: 'other code shares the line of its start' }
  const style = styleOf(module)
  const { node } = lifted
  const kept = module.text.slice(first.start, node.start) + round.name + module.text.slice(node.end, last.end)
  if (/[`]/.test(kept) && /[\r\n]/.test(kept)) return { refused: 'its start holds text of several lines' }
  const indent = indentOf(module, first)
  const body = kept.split(/\r\n|\n|\r/).map((line, at) => (line.trim() === '' ? line : (at === 0 ? indent : '') + style.indent + line)).join(style.eol)
  const whole = { start: first.start, end: last.end }
  const guarded = `if (${condition}) {${style.eol}${body}${style.eol}${indent}}`
  return topStatement(first) === first
    ? [replaceNode(module, whole, [...declared(lifted, style), guarded].join(style.eol))]
    : [...declaration(module, lifted), replaceNode(module, whole, guarded)]
}
type Lifted = NonNullable<Round['lifted']>
/** The lifted function's lines; what was written in place keeps its own depth. */
function declared({ lines }: Lifted, style: Style): readonly string[] {
  return [...lines.map((line) => line.replace(/^\t(?=return|\S)/, style.indent)), '']
}
function declaration(module: JsModule, lifted: Lifted): readonly Change[] {
  const style = styleOf(module)
  return [insertBefore(module, topStatement(lifted.node), declared(lifted, style), style)]
}
/** Is the node all that the statement does: `x()`, `const t = x()`, `this.t = x()`, `x().unref()`? */
function isOwn(node: JsNode, statement: JsNode): boolean {
  for (let at = node.parent; at && at !== statement; at = at.parent) {
    if (at.kind === 'VariableDeclarationList' && fieldsOf(at, 'declarations').length !== 1) return false
    if (!/^(ParenthesizedExpression|AwaitExpression|VariableDeclaration|VariableDeclarationList|AsExpression)$/.test(at.kind) && !(at.kind === 'BinaryExpression' && at.op === '=') && !(/^(PropertyAccessExpression|CallExpression)$/.test(at.kind) && at.children[0] !== undefined && node.end <= at.children[0].end)) return false
  }
  return true
}
/** The last of the statements about a variable, where all of them follow each other; undefined where it is used anywhere else. */
function lastUse(program: JsProgram, name: JsNode, first: JsNode): JsNode | undefined {
  if (name.kind !== 'Identifier' || first.children.some((child) => child.kind === 'ExportKeyword')) return undefined
  const siblings = first.parent ? fieldsOf(first.parent, 'statements') : []
  const uses = program.references(name).filter((node) => node !== name).map(statementOf)
  if (uses.some((use) => !siblings.includes(use) || use.kind !== 'ExpressionStatement' || /^(module\.)?exports\b/.test(program.text(use)))) return undefined
  const from = siblings.indexOf(first)
  const to = Math.max(from, ...uses.map((use) => siblings.indexOf(use)))
  const between = siblings.slice(from + 1, to + 1)
  return between.every((statement) => uses.includes(statement) && isAbout(program, statement, program.text(name))) ? siblings[to] : undefined
}
function isAbout(program: JsProgram, statement: JsNode, name: string): boolean {
  const call = field(statement, 'expression')
  return call !== undefined && program.text(call).startsWith(`${name}.`)
}
