/** Timers: what they call, after how long, and which of them end with the work around them. */
import { ancestor, bare, field, fieldsOf, functionAround, functionKinds, walk, type JsCall, type JsFunction, type JsNode, type JsProgram } from '../program.js'
import { numberOf } from './seconds.js'

export type Timer = {
  readonly call: JsCall
  readonly kind: 'interval' | 'timeout' | 'immediate'
  readonly callback: JsNode
  /** Functions of the repo that it calls. */
  readonly fns: readonly JsFunction[]
  /** Between two calls, or before the only one; undefined where only running tells. */
  readonly seconds: number | undefined
}

const makers: ReadonlyMap<string, Timer['kind']> = new Map([
  ['setInterval', 'interval'], ['timers.setInterval', 'interval'],
  ['setTimeout', 'timeout'], ['timers.setTimeout', 'timeout'],
  ['setImmediate', 'immediate'], ['timers.setImmediate', 'immediate'], ['process.nextTick', 'immediate'],
])

export function* timersOf(program: JsProgram): Generator<Timer> {
  for (const call of program.calls(...makers.keys())) {
    const kind = call.names.map((name) => makers.get(name)).find((one) => one !== undefined)
    const [callback, delay] = call.args
    if (!kind || !callback || call.callees.length > 0) continue
    const ms = kind === 'immediate' ? 0 : numberOf(program, delay)
    const fns = program.values(bare(callback)).flatMap((value) => (value.kind === 'function' ? [value.fn] : []))
    yield { call, kind, callback, fns, seconds: ms === undefined ? undefined : ms / 1000 }
  }
}

/** `unref()`: it does not keep the process, so the work can do without it. */
export function isUnreferenced(program: JsProgram, { call }: Timer): boolean {
  const parent = call.node.parent
  if (parent?.kind === 'PropertyAccessExpression' && /\.unref$/.test(program.text(parent))) return true
  const name = holderOf(call.node)
  return name !== undefined && new RegExp(`\\b${escaped(program.text(name))}(\\?\\.|\\.)unref\\b`).test(call.module.text)
}
/** Does the same file clear it? */
export function isCleared(program: JsProgram, { call }: Timer): boolean {
  const name = holderOf(call.node)
  return name !== undefined && new RegExp(`clear(Interval|Timeout|Immediate)\\(\\s*${escaped(program.text(name))}\\b`).test(call.module.text)
}
const escaped = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
/** The name or member that is given the value of an expression. */
export function holderOf(node: JsNode): JsNode | undefined {
  let at = node
  while (at.parent && /^(ParenthesizedExpression|AwaitExpression|AsExpression)$/.test(at.parent.kind)) at = at.parent
  const { parent } = at
  if (parent?.kind === 'VariableDeclaration' && at.field === 'initializer') return field(parent, 'name')
  if (parent?.kind === 'PropertyDeclaration' && at.field === 'initializer') return field(parent, 'name')
  return parent?.kind === 'BinaryExpression' && parent.op === '=' && at.field === 'right' ? field(parent, 'left') : undefined
}
/** Somebody waits for it: it stands in `new Promise((resolve) => …)`. */
export function settlesPromise(program: JsProgram, node: JsNode): boolean {
  for (let fn = functionAround(node); fn; fn = functionAround(fn)) {
    const made = fn.parent
    if (made?.kind === 'NewExpression' && program.text(field(made, 'expression') ?? made) === 'Promise') return true
  }
  return false
}
/** It only gives up what is under way: aborts, rejects, ends the process or the answer. */
export function onlyGivesUp(program: JsProgram, { callback, fns }: Timer): boolean {
  const method = /(^|\.)(abort|destroy|cancel|kill|reject|resolve|terminate|close|exit|end|done|next|callback|cb)$/
  if (fns.length === 0) return method.test(program.text(bare(callback)))
  return fns.every((fn) => {
    const called = [...walk(fn.body, (at) => at === fn.body || !functionKinds.has(at.kind))].filter((node) => node.kind === 'CallExpression')
    const acts = called.filter((node) => !/^(console|logger|log)\./.test(program.text(field(node, 'expression') ?? node)) && !inTest(node, fn))
    return acts.length > 0 && acts.every((node) => method.test(program.text(field(node, 'expression') ?? node)) || node.parent?.kind === 'CallExpression' || node.parent?.kind === 'NewExpression')
  })
}
function inTest(node: JsNode, fn: JsFunction): boolean {
  const branch = ancestor(node, 'IfStatement')
  return branch !== undefined && branch.start >= fn.body.start && node.start < (field(branch, 'thenStatement')?.start ?? 0)
}
/** It only tidies what this process keeps in memory, or tells of the process itself: nothing is lost where it does not run. */
export function onlyTidies(program: JsProgram, { fns, callback }: Timer): boolean {
  const tidy = /(\.(delete|clear|shift|splice|prune|purge|purgeStale|cleanup|forEach|keys|entries|values|size|now|has|get|filter|memoryUsage|uptime|round|toFixed|from|evict|sweep)|^Date|^gc|global\.gc|^(console|logger|log)\.\w+)$/
  if (fns.length === 0) return tidy.test(program.text(bare(callback)))
  return fns.every((fn) => {
    const nodes = [...walk(fn.body)]
    const called = nodes.filter((node) => node.kind === 'CallExpression').map((node) => program.text(field(node, 'expression') ?? node))
    return called.length > 0 && called.every((text) => tidy.test(text)) && !nodes.some((node) => node.kind === 'AwaitExpression')
  })
}
/** What it calls, for people. */
export function nameOf(program: JsProgram, callback: JsNode, fns: readonly JsFunction[]): string {
  const [fn] = fns
  const at = bare(callback)
  if (fn && fns.length === 1 && fn.name !== '' && at.kind !== 'ArrowFunction' && at.kind !== 'FunctionExpression') return `${fn.name}()`
  const only = fn && onlyCall(fn)
  if (only) return `${program.text(field(only, 'expression') ?? only).replace(/\s+/g, '')}()`.slice(0, 60)
  const called = fn ? [...walk(fn.body)].find((node) => node.kind === 'CallExpression' && !/^(console|logger|log)\b/.test(program.text(node))) : undefined
  const first = called && program.text(field(called, 'expression') ?? called).split(/\r|\n/)[0]
  return first !== undefined && /^[\w$.]+$/.test(first) ? `the function with ${first}()` : fn ? 'a function' : (program.text(at).split(/\r|\n/)[0] ?? '').slice(0, 60)
}
/** The call that is all a function does. */
export function onlyCall(fn: JsFunction): JsNode | undefined {
  let at: JsNode | undefined = fn.body
  if (at.kind === 'Block') {
    const statements = fieldsOf(at, 'statements')
    const [statement] = statements
    if (statements.length !== 1 || !statement || !/^(ExpressionStatement|ReturnStatement)$/.test(statement.kind)) return undefined
    at = field(statement, 'expression')
  }
  const inner = at && bare(at)
  return inner?.kind === 'CallExpression' ? inner : undefined
}
/** The function that the timer stands in and calls. */
export function armedBy(program: JsProgram, { call, fns }: Timer): JsFunction | undefined {
  const called = fns.flatMap((fn) => {
    const callee = field(onlyCall(fn) ?? fn.node, 'expression')
    return [fn, ...(callee ? program.values(callee).flatMap((value) => (value.kind === 'function' ? [value.fn] : [])) : [])]
  })
  for (let around = functionAround(call.node); around; around = functionAround(around)) {
    const found = called.find((fn) => fn.node === around)
    if (found) return found
  }
  return undefined
}
