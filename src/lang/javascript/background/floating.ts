/** Calls whose promise nobody keeps: the code goes on while their work is under way. */
import { ancestor, bare, field, fieldsOf, functionAround, functionKinds, walk, type JsCall, type JsFunction, type JsNode, type JsProgram } from '../program.js'

export type Floating = {
  /** The call that does the work; what is chained to it is around it. */
  readonly call: JsCall
  /** The whole expression of the statement. */
  readonly whole: JsNode
  readonly statement: JsNode
  /** Functions of the repo that do the work. */
  readonly fns: readonly JsFunction[]
  readonly shape: 'call' | 'each' | 'callback'
  readonly what: string
}

/** Calls of packages that answer with a promise and do something elsewhere. */
const sending = /^(fetch|axios(\.(create\(\)|default))?(\.(get|post|put|patch|delete|request))?|got(\.\w+)?|node-fetch|nodemailer\.createTransport\(\)\.sendMail|@sendgrid\/mail\.send|resend\.Resend\(\)\.emails\.send|twilio\(\)\.messages\.create|mongoose\.model\(\)\.(create|insertMany)|mongoose\.model\(\)\(\)\.save|firebase-admin\.messaging\(\)\.send\w*|web-push\.sendNotification)$/
/** Names that hand the end of the work to somebody. */
const answers = /\b(res|response|reply|next|resolve|reject|callback|cb|done|ctx)\b/

export function* floatingCalls(program: JsProgram): Generator<Floating> {
  for (const call of program.calls()) {
    const { whole, chained } = chainOf(program, call.node)
    const statement = whole.parent
    const voided = statement?.kind === 'VoidExpression' ? statement.parent : statement
    if (voided?.kind !== 'ExpressionStatement') continue
    const texts = [...chained, ...call.args]
    if (texts.some((node) => hands(program, node))) continue
    const each = asyncEach(program, call)
    if (each) {
      if (!hands(program, each.body)) yield { call, whole, statement: voided, fns: [each], shape: 'each', what: 'what it does for each of a list' }
      continue
    }
    const own = call.callees.filter((fn) => fn.isAsync)
    const written = functionKinds.has(bare(field(call.node, 'expression') ?? call.node).kind)
    if (written ? own.some((fn) => hands(program, fn.body)) : /limiter/i.test(program.text(field(call.node, 'expression') ?? call.node))) continue
    const name = program.text(field(call.node, 'expression') ?? call.node).replace(/\s+/g, '').slice(0, 60)
    const last = call.args.at(-1)
    const isCallback = last !== undefined && functionKinds.has(bare(last).kind)
    if (call.callees.length > 0 && own.length === call.callees.length && own.every((fn) => works(fn))) yield { call, whole, statement: voided, fns: own, shape: 'call', what: written ? 'an async function' : `${name}()` }
    else if (call.callees.length === 0 && call.names.some((one) => sending.test(one))) yield { call, whole, statement: voided, fns: [], shape: isCallback ? 'callback' : 'call', what: `${name}()` }
  }
}
/** `f().then(…).catch(…)`: the whole chain, and what is given along it. */
function chainOf(program: JsProgram, node: JsNode): { readonly whole: JsNode; readonly chained: readonly JsNode[] } {
  let whole = node
  const chained: JsNode[] = []
  for (;;) {
    const access = whole.parent
    const call = access?.parent
    if (access?.kind !== 'PropertyAccessExpression' || call?.kind !== 'CallExpression' || call.children[0] !== access) return { whole, chained }
    if (!/^(then|catch|finally)$/.test(program.text(field(access, 'name') ?? access))) return { whole, chained }
    chained.push(...fieldsOf(call, 'arguments'))
    whole = call
  }
}
function hands(program: JsProgram, node: JsNode): boolean {
  for (const one of walk(node)) if (one.kind === 'Identifier' && one.field !== 'name' && answers.test(program.text(one))) return true
  return false
}
/** `list.forEach(async (item) => { await … })`: nobody waits for any of them. */
function asyncEach(program: JsProgram, { node, args }: JsCall): JsFunction | undefined {
  const callee = field(node, 'expression')
  const method = callee?.kind === 'PropertyAccessExpression' ? field(callee, 'name') : undefined
  const [first] = args
  if (!method || !first || program.text(method) !== 'forEach') return undefined
  const fn = program.functionAt(bare(first))
  return fn?.isAsync && works(fn) ? fn : undefined
}
/** Does an async function wait for anything? One that does not has ended when it returns. */
function works(fn: JsFunction): boolean {
  for (const node of walk(fn.body, (at) => at === fn.body || !functionKinds.has(at.kind))) if (node.kind === 'AwaitExpression' || node.kind === 'ForOfStatement') return true
  return false
}
/** Has the function answered before this place? */
export function answeredBefore(program: JsProgram, node: JsNode): boolean {
  const home = functionAround(node)
  const body = home && field(home, 'body')
  if (!body) return false
  for (const one of walk(body, (at) => at === body || !functionKinds.has(at.kind))) {
    if (one.kind !== 'CallExpression' || one.end > node.start) continue
    if (!/\b(res|response)\b[^;]*\.(send|json|end|redirect|render|sendStatus|sendFile)$/.test(program.text(field(one, 'expression') ?? one))) continue
    // An answer of another branch says nothing.
    const branch = ancestor(one, 'IfStatement', 'CatchClause', 'CaseClause')
    if (!branch || branch.start < body.start || (branch.start <= node.start && node.end <= branch.end)) return true
  }
  return false
}
