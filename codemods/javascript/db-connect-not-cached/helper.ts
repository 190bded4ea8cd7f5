/** Lets requests wait for mongoose where a function of the repo connects: `connectDB()`. */
import type { Change, JsProgram, Remedy } from '../../../src/types.js'
import { freeBinding, insertAfter, insertBefore, replaceNode } from '../../../src/lang/javascript/edit.js'
import { ensureImport } from '../../../src/lang/javascript/edit-imports.js'
import { endStatement, quoteJs, styleOf, type Style } from '../../../src/lang/javascript/style.js'
import { ancestor, field, functionAround, isInside, walk, type JsCall, type JsFunction, type JsModule, type JsNode } from '../../../src/lang/javascript/program.js'
import { isCaughtLater } from '../../../src/lang/javascript/waiting.js'
import { title, topOf, type Made } from './remedy.js'

/** `guarded` writes the middleware: what is waited for, and what is handed on then. */
export function helper(program: JsProgram, call: JsCall, place: JsCall, made: Made, isTyped: boolean, guarded: (waits: string) => readonly string[]): Remedy | undefined {
  const callee = field(place.node, 'expression')
  const { fn } = call
  const object = field(field(call.node, 'expression') ?? call.node, 'expression')
  if (!callee || !fn || !fn.isAsync || !object || place.module !== made.module || place.args.length > 0 || fn.body.kind !== 'Block' || !place.callees.includes(fn)) return undefined
  // What a function's caller gets must stay what it was.
  if (fn.params.length > 0 || [...walk(fn.body)].some((node) => node.kind === 'ReturnStatement' && functionAround(node) === fn.node && field(node, 'expression') !== undefined)) return undefined
  const connect = program.text(callee)
  if (!/^[\w$.]+$/.test(connect) || (callee.kind === 'Identifier' && isLocal(program, callee, made.module))) return undefined
  const [first] = fn.body.children
  if (!first || first.field !== 'statements') return undefined
  const style = styleOf(made.module, program)
  // A function that takes its own failure ends well without a connection, too: only the connection itself tells.
  const taken = takesFailure(program, call)
  const driver = taken ? ensureImport(made.module, { from: 'mongoose', ...(object.kind === 'Identifier' ? { local: program.text(object) } : {}) }, style) : undefined
  const stands = `${driver?.name ?? ''}.connection.readyState === 1`
  const failed = `new Error(${quoteJs('No connection to the database', style)})`
  if (doesMore(program, call, fn) && !returnsEarly(program, fn)) {
    const top = topOf(place.node)
    if (!top) return undefined
    const [name, kept] = [freeBinding(made.module, 'connectOnce'), freeBinding(made.module, 'connection')]
    const lines = maker({ name, kept, connect, stands: taken ? stands : undefined, isTyped }, style)
    const middleware = guarded(taken ? `${name}().then((stands) => next(stands ? undefined : ${failed}), next)` : `${name}().then(() => next(), next)`)
    const changes: readonly Change[] = [
      ...(driver?.changes ?? []),
      ...(top.start > made.statement.start ? [insertAfter(made.module, made.statement, ['', ...lines, ...middleware], style)] : [insertBefore(made.module, top, lines, style), insertAfter(made.module, made.statement, middleware, style)]),
      replaceNode(made.module, callee, name),
    ]
    return { kind: 'fix', safety: 'review', title, changes }
  }
  const already = program.text(fn.body).includes('readyState')
  const changes: readonly Change[] = [
    ...(already ? [] : [insertBefore(call.module, first, [endStatement(styleOf(call.module, program), `if (${program.text(object)}.connection.readyState === 1) return`)], styleOf(call.module, program))]),
    ...(driver?.changes ?? []),
    insertAfter(made.module, made.statement, ['', ...guarded(taken ? `${connect}().then(() => next(${stands} ? undefined : ${failed}), next)` : `${connect}().then(() => next(), next)`)], style),
  ]
  return { kind: 'fix', safety: 'review', title, changes }
}

type Maker = { readonly name: string; readonly kept: string; readonly connect: string; readonly stands: string | undefined; readonly isTyped: boolean }
/** The promise of one connection for all requests, let go of when it fails. */
function maker({ name, kept, connect, stands, isTyped }: Maker, style: Style): readonly string[] {
  const [one, two, three] = [1, 2, 3].map((depth) => style.indent.repeat(depth)) as [string, string, string]
  const outcome = stands === undefined
    ? [`${two}${kept} = ${connect}().catch((error) => {`, three + endStatement(style, `${kept} = undefined`), three + endStatement(style, 'throw error'), two + endStatement(style, '})')]
    : [`${two}${kept} = ${connect}().then(() => {`, three + endStatement(style, `const stands = ${stands}`), three + endStatement(style, `if (!stands) ${kept} = undefined`), three + endStatement(style, 'return stands'), two + endStatement(style, '})')]
  return [
    endStatement(style, `let ${kept}${isTyped ? `: Promise<${stands === undefined ? 'void' : 'boolean'}> | undefined` : ''}`),
    `const ${name} = () => {`,
    `${one}if (!${kept}) {`,
    ...outcome,
    `${one}}`,
    one + endStatement(style, `return ${kept}`),
    endStatement(style, '}'),
  ]
}

/** A catch around the call, or behind it, that does not throw: also one that ends the process, which it does not do on every host. */
function takesFailure(program: JsProgram, { node, fn }: JsCall): boolean {
  for (let at = node; at.parent && at !== fn?.node; at = at.parent) {
    const clause = at.parent.kind === 'TryStatement' && at.field === 'tryBlock' ? field(at.parent, 'catchClause') : undefined
    if (clause) return ![...walk(clause)].some((inner) => inner.kind === 'ThrowStatement')
  }
  return isCaughtLater(program, node) && !/\bthrow\b/.test(program.text(ancestor(node, 'ExpressionStatement', 'VariableStatement') ?? node))
}
/** Besides connecting: listeners, timers, and functions of the repo, none of which a second call should repeat. */
function doesMore(program: JsProgram, { node }: JsCall, fn: JsFunction): boolean {
  return [...walk(fn.body)].some((at) => {
    const callee = at.kind === 'CallExpression' && at !== node ? field(at, 'expression') : undefined
    if (!callee) return false
    const text = program.text(callee)
    if (/\.(on|once|addListener)$|^set(Interval|Timeout)$/.test(text)) return true
    return !/log/i.test(text) && program.values(callee).some((value) => value.kind === 'function')
  })
}
/** `if (mongoose.connection.readyState === 1) return`, `if (isConnected) return` before anything else happens. */
const returnsEarly = (program: JsProgram, fn: JsFunction): boolean => fn.body.children.some((statement) => statement.kind === 'IfStatement' && /readyState|connected/i.test(program.text(field(statement, 'expression') ?? statement)) && /\breturn\b/.test(program.text(statement)))
const isLocal = (program: JsProgram, name: JsNode, module: JsModule): boolean => program.declarations(name).some((home) => functionAround(home) !== undefined && isInside(home, module.root))
