/** Places where the app answers with the text of an error that it did not expect. */
import { ancestor, bare, field, fieldsOf, functionAround, functionKinds } from '../tree.js'
import type { JsProgram } from '../program.js'
import type { JsCall, JsNode } from '../types.js'

export type ErrorAnswer = {
  /** The call that answers. */
  readonly call: JsCall
  /** The expressions that hold the text; of templates the whole span's expression. */
  readonly leaks: readonly JsNode[]
  readonly stack: boolean
  /** The `catch` clause, or the function that was handed the error. */
  readonly handler: JsNode
  /** The error's name there. */
  readonly name: string
  /** The app's own error handler, through which errors pass that it made itself. */
  readonly central: boolean
}

const answers = /^express\.response(\.(status|type|set|header|contentType|append)\(\))*\.(json|jsonp|send|end|write)$/

export function* errorAnswers(program: JsProgram): Generator<ErrorAnswer> {
  for (const call of program.callsMatching(answers)) {
    if (!call.runs.some((run) => run.when === 'request' && !run.background)) continue
    const caught = caughtAt(program, call)
    if (!caught || saysClientsFault(program, call, caught)) continue
    const leaks = call.args.flatMap((arg) => [...leaksIn(program, arg, caught.name)])
    if (leaks.length > 0) yield { call, leaks, stack: leaks.some((leak) => /\bstack\b/.test(program.text(leak))), ...caught }
  }
}

type Caught = Pick<ErrorAnswer, 'handler' | 'name' | 'central'>
/** The error where the call stands: of the nearest `catch`, `.catch(err => …)`, `(err, rows) => …`, or error handler. */
function caughtAt(program: JsProgram, call: JsCall): Caught | undefined {
  for (let at = ancestor(call.node, 'CatchClause', ...functionKinds); at; at = ancestor(at, 'CatchClause', ...functionKinds)) {
    if (at.kind === 'CatchClause') {
      const name = field(field(at, 'variableDeclaration') ?? at, 'name')
      return name?.kind === 'Identifier' ? { handler: at, name: program.text(name), central: false } : undefined
    }
    const first = fieldsOf(at, 'parameters')[0]
    const name = first && field(first, 'name')
    const text = name?.kind === 'Identifier' ? program.text(name) : undefined
    if (text !== undefined && /^_?(e|er|err|error|ex|exception|reason)\d?$/i.test(text)) return { handler: at, name: text, central: fieldsOf(at, 'parameters').length === 4 }
    // Callbacks inside a handler still see its error.
    if (!['ArrowFunction', 'FunctionExpression'].includes(at.kind)) return undefined
  }
  return undefined
}

/** `res.status(400)`: the client's own mistake is told; and what was asked for its kind before. */
function saysClientsFault(program: JsProgram, call: JsCall, { handler, name }: Caught): boolean {
  const text = program.text(field(call.node, 'expression') ?? call.node)
  if (/\.(status|sendStatus)\(\s*(4\d\d|.*\b(BAD_REQUEST|UNAUTHORIZED|FORBIDDEN|NOT_FOUND|CONFLICT|UNPROCESSABLE_ENTITY)\b)/.test(text)) return true
  for (let at = call.node; at.parent && at !== handler; at = at.parent) {
    const { parent } = at
    if (parent.kind === 'CaseClause') return true
    if (parent.kind !== 'IfStatement') continue
    const test = program.text(field(parent, 'expression') ?? parent)
    const asksKind = new RegExp(`\\b${name}\\b[^;]*instanceof|instanceof|\\b${name}\\??\\.(name|\\w*[cC]ode|type|errors|isJoi|isOperational|isAxiosError|status|kind|details|isBoom|expose)\\b`)
    if (at.field === 'thenStatement' && asksKind.test(test)) return true
    // Development only.
    if (at.field === 'thenStatement' && /development|\bdev\b|isDev|debug/i.test(test) && !/!==|!=/.test(test)) return true
    if (at.field === 'elseStatement' && /production|isProd/i.test(test) && !/!==|!=/.test(test)) return true
  }
  // `res.status(400)` in a line before it, in the same block.
  const block = ancestor(call.node, 'Block')
  return block !== undefined && /\.status\(\s*4\d\d\s*\)|statusCode\s*=\s*4\d\d/.test(program.text(block).slice(0, call.node.start - block.start))
}

function* leaksIn(program: JsProgram, outer: JsNode, name: string): Generator<JsNode> {
  const node = bare(outer)
  const text = (at: JsNode): string => program.text(at)
  const isError = (at: JsNode | undefined): boolean => at !== undefined && bare(at).kind === 'Identifier' && text(bare(at)) === name
  if (functionKinds.has(node.kind)) return
  if (isError(node)) return yield node
  if (node.kind === 'PropertyAccessExpression') {
    const object = field(node, 'expression')
    if (isError(object) && /\.(message|stack|sqlMessage|detail|sql|toString)$/.test(text(node))) yield node
    return
  }
  if (node.kind === 'ConditionalExpression') {
    const test = field(node, 'condition')
    const known = test && program.guards.test(test)
    const asked = test ? text(test) : ''
    const dev = /development|isDev|debug/i.test(asked) && !/!==|!=/.test(asked)
    const prod = /production|isProd/i.test(asked)
    const sides = [known === false || dev || (prod && /!==|!=/.test(asked)) ? undefined : field(node, 'whenTrue'), known === true || (prod && !/!==|!=/.test(asked)) ? undefined : field(node, 'whenFalse')]
    // `err instanceof HttpError ? err.message : 'Internal error'`
    if (/instanceof|isOperational|\.expose\b|\.status|\.statusCode/.test(asked)) sides.shift()
    for (const side of sides) if (side) yield* leaksIn(program, side, name)
    // `err instanceof Error ? err.message : String(err)` asks only whether it has a message.
    if (/instanceof\s+Error\b/.test(asked)) {
      const said = field(node, 'whenTrue')
      if (said) yield* leaksIn(program, said, name)
    }
    return
  }
  if (node.kind === 'BinaryExpression') {
    const [left, right] = [field(node, 'left'), field(node, 'right')]
    if (node.op === '&&' && left && (program.guards.test(left) === false || /development|isDev|debug|!==?\s*['"]production/i.test(text(left)))) return
    for (const side of node.op === '&&' ? [right] : [left, right]) if (side) yield* leaksIn(program, side, name)
    return
  }
  if (node.kind === 'CallExpression') {
    const [callee, args] = [field(node, 'expression'), fieldsOf(node, 'arguments')]
    const object = callee?.kind === 'PropertyAccessExpression' ? field(callee, 'expression') : undefined
    if (isError(object) && callee && /\.toString$/.test(text(callee))) return yield node
    if (callee && /^(String|JSON\.stringify|util\.inspect|inspect)$/.test(text(callee)) && isError(args[0])) return yield node
    // What a function of the repo or a package makes of it, nobody here knows.
    return
  }
  if (node.kind === 'PropertyAssignment') {
    const value = field(node, 'initializer')
    if (value) yield* leaksIn(program, value, name)
    return
  }
  if (node.kind === 'ShorthandPropertyAssignment') {
    const key = field(node, 'name')
    if (key && text(key) === name) yield node
    return
  }
  if (node.kind === 'TemplateSpan') {
    const value = field(node, 'expression')
    if (value) yield* leaksIn(program, value, name)
    return
  }
  if (/^(ObjectLiteralExpression|ArrayLiteralExpression|TemplateExpression|SpreadAssignment|SpreadElement)$/.test(node.kind)) for (const child of node.children) yield* leaksIn(program, child, name)
}
/** Does the handler log the error before the answer? */
export function isLogged(program: JsProgram, { handler, name, call }: ErrorAnswer): boolean {
  const before = program.moduleOf(handler).text.slice(handler.start, call.node.start)
  return new RegExp(`\\b(console|log|logger|winston|debug|Sentry|req\\.log|Logger|logging)\\b[^;\\n]*\\([^;]*\\b${name}\\b`).test(before) || functionAround(call.node) === undefined
}
