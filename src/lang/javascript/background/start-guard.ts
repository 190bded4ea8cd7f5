/** Puts the start of background work under the host's guard, with what only serves it. */
import type { Change, Target } from '../../../types.js'
import { indentOf, insertBefore, replaceNode, standsAlone, wrapInIf } from '../edit.js'
import { field, fieldsOf, statementOf, type JsNode, type JsProgram, type JsSite } from '../program.js'
import { styleOf } from '../style.js'
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
  if (!round?.lifted) {
    const edits = wrapInIf(module, first, last, condition)
    return edits ?? { refused: 'other code uses what its start declares' }
  }
  if (last !== first || !standsAlone(module, first)) return { refused: 'other code shares the line of its start' }
  const style = styleOf(module)
  const { node, lines } = round.lifted
  const kept = module.text.slice(first.start, node.start) + round.name + module.text.slice(node.end, first.end)
  if (/[`]/.test(kept) && /[\r\n]/.test(kept)) return { refused: 'its start holds text of several lines' }
  const indent = indentOf(module, first)
  const body = kept.split(/\r\n|\n|\r/).map((line) => (line.trim() === '' ? line : style.indent + line)).join(style.eol)
  const top = topStatement(first)
  // What was written in place keeps its own depth.
  const declared = [...lines.map((line) => line.replace(/^\t(?=return|\S)/, style.indent)), '']
  const guarded = `if (${condition}) {${style.eol}${indent}${body}${style.eol}${indent}}`
  return top === first
    ? [replaceNode(module, first, [...declared.map((line) => (line === '' ? '' : line)), guarded].join(style.eol))]
    : [insertBefore(module, top, declared), replaceNode(module, first, guarded)]
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
