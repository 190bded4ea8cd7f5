/** What becomes of a promise where it is made. */
import type { Reach } from '../../types.js'
import type { JsProgram } from './program.js'
import { field } from './tree.js'
import type { JsNode, JsSite } from './types.js'

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

/** Is a failed promise caught on every way by which it is reached at this time? A `try` catches only what is awaited in it. */
export function isRejectionCaught(program: JsProgram, site: JsSite, when: Reach, depth = 0): boolean {
  if (isCaughtLater(program, site.node)) return true
  const waits = isWaitedFor(site.node)
  if (site.handled && waits) return true
  if (!site.fn || depth > 4 || !(waits || isHandedBack(site.node))) return false
  const callers = program.callers(site.fn).filter((call) => call.runs.some((run) => run.when === when && !run.weak))
  return callers.length > 0 && callers.every((call) => isRejectionCaught(program, call, when, depth + 1))
}
/** `return x()`, and the body of an arrow function, with what is chained to it. */
function isHandedBack(node: JsNode): boolean {
  for (let at = node; at.parent; at = at.parent) {
    if (at.parent.kind === 'ReturnStatement' || (at.parent.kind === 'ArrowFunction' && at.field === 'body')) return true
    if (!/^(CallExpression|PropertyAccessExpression|ParenthesizedExpression)$/.test(at.parent.kind)) return false
  }
  return false
}
