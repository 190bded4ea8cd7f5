/** Handlers that put something else in the place of a part of the app that could not be loaded. */
import { swallowing } from '../../../src/lang/javascript/entry/try-block.js'
import { ancestor, bare, field, isInside, walk, type JsNode, type JsSite } from '../../../src/lang/javascript/program.js'
import type { JsProgram } from '../../../src/types.js'

export type Fallback = { readonly handler: JsNode; readonly name: string; readonly kind: 'app' | 'none' | 'routes' }

const part = /^express(\.Router)?\(\)$/

/** What a `try` at import puts in place of the app or its parts; undefined for optional features. */
export function fallbackOf(program: JsProgram, { node, module }: JsSite): Fallback | undefined {
  const block = field(node, 'tryBlock')
  const handler = swallowing(program, node)
  if (!block || !handler) return undefined
  const loaded = [...program.imports()].filter((one) => one.module === module && one.how !== 'import' && one.resolved !== undefined && isInside(one.node, block) && ancestor(one.node, 'TryStatement', 'CatchClause') === node)
  if (loaded.length === 0) return undefined
  const assigned = (within: JsNode): readonly { readonly name: string; readonly value: JsNode }[] =>
    [...walk(within)].flatMap((at) => {
      const [left, right] = at.kind === 'BinaryExpression' && at.op === '=' ? [field(at, 'left'), field(at, 'right')] : []
      return left?.kind === 'Identifier' && right ? [{ name: program.text(left), value: right }] : []
    })
  const own = assigned(block).filter(({ value }) => isPart(program, value))
  const other = assigned(handler)
  for (const { name } of own) {
    const instead = other.filter((one) => one.name === name)
    if (instead.some(({ value }) => isPart(program, value) || /^(express|Router)\b/.test(program.text(value)))) return { handler, name, kind: 'app' }
    if (instead.length > 0 && instead.every(({ value }) => /^(null|undefined|false)$/.test(program.text(bare(value))))) return { handler, name, kind: 'none' }
  }
  const answers = [...program.callsMatching(/^express(\.Router)?\(\)\.(use|get|all|post)$/)].some((call) => call.module === module && isInside(call.node, handler))
  return answers ? { handler, name: 'its own routes', kind: 'routes' } : undefined
}
/** The app or a router, made by a module of the repo. */
function isPart(program: JsProgram, value: JsNode): boolean {
  return program.origins(value).some((origin) => part.test(origin))
}
