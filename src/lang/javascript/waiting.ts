/** What becomes of a promise where it is made. */
import type { JsProgram } from './program.js'
import { field } from './tree.js'
import type { JsNode } from './types.js'

/** `await x()`, also with what is chained to it. */
export function isWaitedFor(node: JsNode): boolean {
  for (let at = node.parent; at; at = at.parent) {
    if (at.kind === 'AwaitExpression') return true
    if (!/^(CallExpression|PropertyAccessExpression|ParenthesizedExpression|VariableDeclaration)$/.test(at.kind)) return false
  }
  return false
}
/** `x().catch(…)`, `x().then(…, …)`, or a callback that is handed the error. */
export function isCaughtLater(program: JsProgram, node: JsNode): boolean {
  for (let at = node; at.parent?.kind === 'PropertyAccessExpression' && at.parent.parent?.kind === 'CallExpression'; at = at.parent.parent) {
    const [method, call] = [field(at.parent, 'name'), at.parent.parent]
    const args = call.children.filter((child) => child.field === 'arguments')
    if (method && (program.text(method) === 'catch' || (program.text(method) === 'then' && args.length > 1))) return true
  }
  const last = node.children.filter((child) => child.field === 'arguments').at(-1)
  return last !== undefined && /^(ArrowFunction|FunctionExpression)$/.test(last.kind) && last.children.some((child) => child.field === 'parameters')
}
