/** Where the served app's object is made, and where in its file a route can stand that nothing answers before. */
import { bare, field, fieldsOf, statementOf, walk, type JsCall, type JsModule, type JsNode, type JsProgram } from '../program.js'
import { holderOf } from '../background/timers.js'

export type AppPlace = {
  readonly module: JsModule
  /** 'app', 'this.app'. */
  readonly app: string
  /** Text of what is called for it: 'express'. */
  readonly maker: string
  /** A route is written before this statement, or at the end of its block. */
  readonly before: JsNode | undefined
  readonly after: JsNode
}

/** Undefined where the app's object has no plain name, or there are several and none stands out. */
export function appPlace(program: JsProgram): AppPlace | undefined {
  const made = [...program.calls('express')].filter((call) => call.args.length === 0)
  const listened = made.filter((call) => listens(program, call))
  const inEntry = made.filter((call) => call.module.path === program.app.entry.file)
  const [only] = made.length === 1 ? made : listened.length === 1 ? listened : inEntry
  if (!only) return undefined
  const holder = holderOf(only.node)
  const statement = statementOf(only.node)
  const app = holder && program.text(holder)
  if (app === undefined || !/^(this\.)?[\w$]+$/.test(app) || !statement.parent) return undefined
  const maker = field(only.node, 'expression')
  return { module: only.module, app, maker: maker ? program.text(maker) : 'express', ...placeAfter(program, statement, app) }
}
function listens(program: JsProgram, made: JsCall): boolean {
  for (const call of program.calls('express().listen', 'http.createServer', 'https.createServer')) {
    const callee = field(call.node, 'expression')
    const object = call.names.includes('express().listen') ? callee && field(callee, 'expression') : call.args[0]
    if (object && [bare(object), ...program.definitions(bare(object))].includes(made.node)) return true
  }
  return false
}
/** Behind what every request passes, such as cors and body parsers, and before the first thing that may answer or turn away. */
function placeAfter(program: JsProgram, made: JsNode, app: string): Pick<AppPlace, 'before' | 'after'> {
  const siblings = made.parent ? fieldsOf(made.parent, 'statements') : []
  let after = made
  for (const statement of siblings.slice(siblings.indexOf(made) + 1)) {
    const uses = [...walk(statement)].some((node) => (node.kind === 'Identifier' || node.kind === 'PropertyAccessExpression') && program.text(node) === app)
    if (!uses) continue
    if (!passes(program, statement, app)) return { before: statement, after }
    after = statement
  }
  return { before: undefined, after }
}
function passes(program: JsProgram, statement: JsNode, app: string): boolean {
  const call = statement.kind === 'ExpressionStatement' ? field(statement, 'expression') : undefined
  if (call?.kind !== 'CallExpression') return false
  const method = program.text(field(call, 'expression') ?? call)
  if (new RegExp(`^${app.replace(/\$/g, '\\$')}\\.(set|disable|enable|engine)$`).test(method)) return true
  if (method !== `${app}.use`) return false
  return fieldsOf(call, 'arguments').every((arg) => {
    const at = bare(arg)
    const origins = at.kind === 'CallExpression' ? program.origins(field(at, 'expression') ?? at) : program.origins(at)
    return origins.some((origin) => /^(cors|helmet|morgan|compression|cookie-parser|body-parser(\.\w+)?|express\.(json|urlencoded|text|raw)|express-session|pino-http|method-override|express-fileupload)(\(|$)/.test(origin))
  })
}
