/** Lets the host refuse to start without a variable, and leaves a local start as it is. */
import type { Change, Target } from '../../../types.js'
import { insertBefore } from '../edit.js'
import type { JsProgram } from '../program.js'
import { endStatement, quoteJs, styleOf } from '../style.js'
import { statementOf } from '../tree.js'
import type { JsNode } from '../types.js'

/** A check before the top-level statement that holds the node: inside a function it would only fail requests. */
export function requireOnHost(program: JsProgram, { guard }: Target, node: JsNode, name: string): Change {
  const module = program.moduleOf(node)
  let top = statementOf(node)
  while (top.parent && top.parent.kind !== 'SourceFile') top = statementOf(top.parent)
  const style = styleOf(module, { modules: program.modules })
  const lines = [`if (${guard.javascript} && !process.env.${name}) {`, `${style.indent}${endStatement(style, `throw new Error(${quoteJs(`${name} is not set`, style)})`)}`, '}', '']
  return insertBefore(module, top, lines, style)
}
