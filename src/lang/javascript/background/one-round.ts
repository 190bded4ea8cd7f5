/** One round of repeated work as a function that other files can call: there already, or lifted out of the call that repeats it. */
import { bare, field, fieldsOf, functionAround, functionKinds, statementOf, walk, type JsFunction, type JsModule, type JsNode, type JsProgram } from '../program.js'
import { freeName } from '../edit.js'
import { onlyCall } from './timers.js'

export type Refused = { readonly refused: string }
export type Round = {
  readonly module: JsModule
  /** Its name at the top of the module. */
  readonly name: string
  readonly fn: JsFunction
  /** A function written inside the call: its text as a declaration, and the node that the name takes the place of. */
  readonly lifted?: { readonly node: JsNode; readonly lines: readonly string[]; /** The declaration exports itself. */ readonly exported?: boolean }
}

/** `callback`: what the timer or scheduler is given. */
export function roundOf(program: JsProgram, callback: JsNode | undefined, wanted: string): Round | Refused {
  const at = callback && bare(callback)
  const fns = at ? program.values(at).flatMap((value) => (value.kind === 'function' ? [value.fn] : [])) : []
  const [fn] = fns
  if (!at || !fn || fns.length > 1) return { refused: 'what it runs can\'t be told from the code' }
  if (at !== fn.node) return named(program, fn)
  const call = onlyCall(fn)
  if (call && fieldsOf(call, 'arguments').length === 0) {
    const callee = field(call, 'expression')
    const called = callee ? program.values(callee).flatMap((value) => (value.kind === 'function' ? [value.fn] : [])) : []
    const [only] = called
    const found = only && called.length === 1 ? named(program, only) : undefined
    if (found && !('refused' in found)) return found
  }
  return lifted(program, fn, wanted)
}

function named(program: JsProgram, fn: JsFunction): Round | Refused {
  if (fn.params.some((param) => !field(param, 'initializer') && !field(param, 'questionToken'))) return { refused: `${fn.name || 'its function'}() wants arguments` }
  const holder = fn.node.kind === 'FunctionDeclaration' ? fn.node : fn.node.parent?.kind === 'VariableDeclaration' ? fn.node.parent : undefined
  const name = holder && field(holder, 'name')
  const member = fn.node.parent?.kind === 'BinaryExpression' ? field(fn.node.parent, 'left') : undefined
  if (member && /^(module\.)?exports\.\w+$/.test(program.text(member))) return { module: fn.module, fn, name: program.text(member) }
  if (!name || name.kind !== 'Identifier' || functionAround(fn.node) || fn.cls) return { refused: `${fn.name || 'its function'}() can't be called by a name of its own file` }
  return { module: fn.module, fn, name: program.text(name) }
}

/** A function written in place becomes a declaration, which other code can call at any time. */
function lifted(program: JsProgram, fn: JsFunction, wanted: string): Round | Refused {
  const { module, node, body } = fn
  const text = program.text(node)
  const nodes = [...walk(body)]
  if (node.kind !== 'ArrowFunction' && node.kind !== 'FunctionExpression') return { refused: 'its function is a method' }
  if (nodes.some((one) => one.kind === 'ThisKeyword' || (one.kind === 'Identifier' && program.text(one) === 'arguments'))) return { refused: 'its function uses `this`' }
  if (fn.params.some((param) => nodes.some((one) => one.kind === 'Identifier' && program.text(one) === program.text(field(param, 'name') ?? param)))) return { refused: 'its function uses what the scheduler gives it' }
  const bound = nodes.find((one) => one.kind === 'Identifier' && program.declarations(one).some((declared) => functionAround(declared) !== undefined && !within(declared, node)))
  if (bound) return { refused: `its function uses '${program.text(bound)}', which only exists where it starts` }
  if (nodes.some((one) => /^(TemplateExpression|NoSubstitutionTemplateLiteral)$/.test(one.kind) && /[\r\n]/.test(program.text(one)) && body.kind === 'Block')) return { refused: 'its function holds text of several lines, whose indentation would change' }
  const name = freeName(module, wanted)
  const indent = indentAround(module, node.start)
  const shift = (line: string): string => (line.startsWith(indent) ? line.slice(indent.length) : line.trimStart())
  const written = program.text(body).split(/\r\n|\n|\r/).map((line, index) => (index === 0 ? line : shift(line)))
  const head = `${fn.isAsync ? 'async ' : ''}function ${name}()`
  if (body.kind === 'Block') return { module, fn, name, lifted: { node, lines: [`${head} ${written[0] ?? ''}`, ...written.slice(1)] } }
  return text.includes('\n') ? { refused: 'its function is an expression of several lines' } : { module, fn, name, lifted: { node, lines: [`${head} {`, `\t${fn.isAsync || nodes.some((one) => one.kind === 'CallExpression') ? 'return ' : ''}${program.text(body)};`, '}'] } }
}
const within = (inner: JsNode, outer: JsNode): boolean => inner.start >= outer.start && inner.end <= outer.end
function indentAround(module: JsModule, offset: number): string {
  const start = Math.max(module.text.lastIndexOf('\n', offset - 1), module.text.lastIndexOf('\r', offset - 1)) + 1
  return /^[ \t]*/.exec(module.text.slice(start))?.[0] ?? ''
}

/** A lifted function as one that other files of ES modules can import. */
export function asExport(round: Round): Round {
  const { lifted } = round
  if (!lifted || round.module.system !== 'esm') return round
  return { ...round, lifted: { ...lifted, exported: true, lines: lifted.lines.map((line, at) => (at === 0 ? `export ${line}` : line)) } }
}

/** The function and those of the repo that it calls, directly or through others. */
export function functionsBehind(program: JsProgram, fns: readonly JsFunction[]): readonly JsFunction[] {
  const found = new Set(fns)
  const calls = [...program.calls()]
  for (const fn of found) {
    if (found.size > 60) break
    for (const call of calls) if (call.module === fn.module && within(call.node, fn.node)) for (const callee of call.callees) found.add(callee)
  }
  return [...found]
}
/** The statement of the file, not of a function, that holds the node. */
export function topStatement(node: JsNode): JsNode {
  let at = statementOf(node)
  for (let fn = functionAround(at); fn; fn = functionAround(at)) at = statementOf(fn)
  return at
}
/** The function's own code, without that of functions written in it. */
export function* ownCode(fn: JsFunction): Generator<JsNode> {
  yield* walk(fn.body, (node) => node === fn.body || !functionKinds.has(node.kind))
}
