/** Promises that may fail without anybody who looks. */
import { field, functionKinds, walk, type JsFunction, type JsNode } from '../program.js'

/** The first `await` of an async function's own code whose failure nothing in the function catches. */
export function openAwait(fn: JsFunction): JsNode | undefined {
  if (!fn.isAsync) return undefined
  for (const node of walk(fn.body, (at) => !functionKinds.has(at.kind))) if (node.kind === 'AwaitExpression' && !isCaught(node, fn.body) && !endsInCatch(node, fn)) return node
  return undefined
}
function isCaught(node: JsNode, body: JsNode): boolean {
  for (let at: JsNode = node; at !== body && at.parent; at = at.parent) if (at.parent.kind === 'TryStatement' && at.field === 'tryBlock' && field(at.parent, 'catchClause')) return true
  return false
}
/** `await save().catch(next)` */
function endsInCatch(node: JsNode, fn: JsFunction): boolean {
  const call = field(node, 'expression')
  const callee = call?.kind === 'CallExpression' ? field(call, 'expression') : undefined
  const name = callee?.kind === 'PropertyAccessExpression' ? field(callee, 'name') : undefined
  return name !== undefined && fn.module.text.slice(name.start, name.end) === 'catch'
}
