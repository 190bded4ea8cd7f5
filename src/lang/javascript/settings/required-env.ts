/** Variables without which the app does not get through its start: their absence throws there and then. */
import { environmentReads } from '../environment.js'
import type { JsProgram } from '../program.js'
import { bare, field, functionKinds, walk } from '../tree.js'
import type { JsCall, JsNode, JsSite } from '../types.js'

export type RequiredVariable = { readonly name: string; readonly node: JsNode; readonly site: JsSite; /** What happens without it, after "without it, …". */ readonly fails: string }

/** Calls that refuse undefined; `at` is the argument's place (the first without it), `member` the key of an object given there. */
type Refusal = { readonly origin: RegExp; readonly fails: string; readonly member?: RegExp; readonly at?: number | 'any'; /** With more arguments the first may be absent. */ readonly most?: number }
const refusing: readonly Refusal[] = [
  { origin: /^stripe(\.Stripe)?$/, fails: 'Stripe() throws for the missing key' },
  { origin: /^@sendgrid\/mail\.setApiKey$/, fails: 'setApiKey() refuses' },
  { origin: /^openai(\.OpenAI)?$/, fails: 'the OpenAI client throws for the missing key', member: /^apiKey$/ },
  { origin: /^(groq-sdk|@anthropic-ai\/sdk)(\.\w+)?$/, fails: 'the client throws for the missing key', member: /^apiKey$/ },
  { origin: /^@supabase\/supabase-js\.createClient$/, fails: 'createClient() throws: supabaseUrl is required' },
  { origin: /^@supabase\/supabase-js\.createClient$/, fails: 'createClient() throws: supabaseKey is required', at: 1 },
  { origin: /^mongodb\.MongoClient(\.connect)?$/, fails: 'MongoClient() throws for the missing address' },
  { origin: /^mongoose\.(connect|createConnection)$/, fails: 'mongoose refuses to connect: its address must be a string' },
  { origin: /^connect-mongo(\.MongoStore|\.default)?\.create$/, fails: 'the session store throws for the missing address', member: /^(mongoUrl|url)$/ },
  { origin: /^(sequelize(\.Sequelize)?)$/, fails: 'Sequelize() throws for the missing address', most: 2 },
  { origin: /^twilio(\.Twilio)?$/, fails: 'twilio() throws: username is required' },
  { origin: /^@neondatabase\/serverless\.neon$/, fails: 'neon() throws for the missing address' },
  { origin: /^resend\.Resend$/, fails: 'Resend() throws for the missing key' },
  { origin: /^(url\.)?URL$/, fails: 'new URL() throws' },
  { origin: /^JSON\.parse$/, fails: 'JSON.parse() throws' },
  { origin: /^fs\.(readFileSync|mkdirSync)$/, fails: 'there is no path: TypeError' },
  { origin: /^path\.(join|resolve)$/, fails: 'there is no path: TypeError', at: 'any' },
  { origin: /^passport-[\w-]+(\.(\w*Strategy|default))?$|^@[\w-]+\/passport-[\w-]+(\.\w*Strategy)?$/, fails: 'the sign-in strategy throws for the missing client id or key', member: /^(clientID|consumerKey|secretOrKey)$/ },
]
/** Calls that are content with undefined until a request comes. */
const refusingLater: readonly Refusal[] = [
  { origin: /^jsonwebtoken\.(sign|verify)$/, fails: 'no token can be signed or checked: "secretOrPrivateKey must have a value"', at: 1 },
  { origin: /^express-session$/, fails: 'the session answers every request with "secret option required for sessions"', member: /^secret$/ },
]

const known = new WeakMap<JsProgram, readonly RequiredVariable[]>()

/** Each variable once a file, at the first place that fails. */
export function requiredVariables(program: JsProgram): readonly RequiredVariable[] {
  const before = known.get(program)
  if (before) return before
  const all = once(found(program))
  known.set(program, all)
  return all
}
/** Variables without which the app starts, and answers requests with an error; those that the start needs are not among them. */
export function requiredInRequests(program: JsProgram): readonly RequiredVariable[] {
  const atStart = new Set(requiredVariables(program).map(({ name }) => name))
  const told = new Set<string>()
  return once(foundInRequests(program)).filter(({ name }) => !atStart.has(name) && !told.has(name) && told.add(name))
}
/** A file that fails for a variable is one place; where it fails again in the file says nothing new. */
function once(all: Iterable<RequiredVariable>): readonly RequiredVariable[] {
  const first = new Map<string, RequiredVariable>()
  for (const one of all) {
    const key = `${one.site.module.path} ${one.name}`
    if (!first.has(key)) first.set(key, one)
  }
  return [...first.values()]
}

function* found(program: JsProgram): Generator<RequiredVariable> {
  for (const read of environmentReads(program)) {
    if (!atStart(program, read.site) || read.site.handled) continue
    if (read.required) yield { name: read.name, node: read.site.node, site: read.site, fails: 'the check of the environment throws' }
  }
  // `process.env.X.split(',')`, `config.origins.split(',')` where `origins` is nothing but what the variable holds.
  for (const site of program.sites('PropertyAccessExpression', 'ElementAccessExpression')) {
    const object = field(site.node, 'expression')
    if (!object || !/^(PropertyAccessExpression|ElementAccessExpression|Identifier|NonNullExpression|ParenthesizedExpression)$/.test(object.kind) || isOptional(site.node) || !atStart(program, site) || site.handled) continue
    const name = onlyFrom(program, object)
    if (name !== undefined && !isTested(program, site.node, name)) yield { name, node: site.node, site, fails: 'there is nothing to call it on: TypeError' }
  }
  for (const call of refusals(program, refusing)) if (atStart(program, call.site) && !call.site.handled) yield call
  // `if (!process.env.X) throw …` or `process.exit(1)`.
  for (const site of program.sites('IfStatement')) {
    const [test, body] = [field(site.node, 'expression'), field(site.node, 'thenStatement')]
    if (!test || !body || !atStart(program, site) || site.handled || !leaves(program, body)) continue
    for (const name of absent(program, test)) yield { name, node: test, site, fails: 'the app itself refuses to start' }
  }
}
function* foundInRequests(program: JsProgram): Generator<RequiredVariable> {
  for (const one of refusals(program, refusing)) if (program.first(one.site).when === 'request') yield one
  for (const one of refusals(program, refusingLater)) {
    if (program.first(one.site).when !== 'request' && !one.site.runs.some((run) => run.when === 'import' || run.when === 'startup')) continue
    // Where it is read says more than where it is missed.
    const read = [...environmentReads(program)].find(({ name, site }) => name === one.name && site.module === one.site.module)
    yield read ? { ...one, node: read.site.node } : one
  }
}
function* refusals(program: JsProgram, table: readonly Refusal[]): Generator<RequiredVariable> {
  for (const { origin, fails, member, at, most } of table)
    for (const call of program.callsMatching(origin)) {
      if (most !== undefined && call.args.length > most) continue
      for (const arg of given(program, call, member, at ?? 0)) {
        const name = onlyFrom(program, arg)
        if (name !== undefined && !isTested(program, call.node, name)) yield { name, node: arg, site: call, fails }
      }
    }
}
function given(program: JsProgram, call: JsCall, member: RegExp | undefined, at: number | 'any'): readonly JsNode[] {
  if (call.spread) return []
  if (at === 'any') return call.args
  const arg = call.args[at]
  if (!arg || member === undefined) return arg ? [arg] : []
  return program.values(arg).flatMap((value) => (value.kind !== 'literal-object' ? [] : value.node.children.flatMap((property) => (member.test(program.text(field(property, 'name') ?? property)) ? (field(property, 'initializer') ?? []) : []))))
}

function atStart(program: JsProgram, site: JsSite): boolean {
  const run = program.first(site)
  return (run.when === 'import' || run.when === 'startup') && !run.background
}
const isOptional = (node: JsNode): boolean => node.children.some((child) => child.kind === 'QuestionDotToken')
/** The variable's name when the value can be nothing but what it holds. */
export function onlyFrom(program: JsProgram, outer: JsNode): string | undefined {
  const node = bare(outer)
  if (node.kind === 'BinaryExpression' || node.kind === 'ConditionalExpression') return undefined
  const direct = program.origins(node).flatMap((origin) => /^process\.env\.(\w+)$/.exec(origin)?.[1] ?? [])
  if (direct.length !== 1) return undefined
  const definitions = program.definitions(node)
  // A member that gets its value in several ways, not all of which are to be seen.
  if (definitions.length === 0 && node.kind !== 'Identifier' && !/^(process|Bun|Deno)\b/.test(program.text(node)) && !program.origins(field(node, 'expression') ?? node).includes('process.env')) return undefined
  return definitions.length === 0 || definitions.every((one) => onlyFrom(program, one) === direct[0]) ? direct[0] : undefined
}
/** Under a test of the variable, or behind one that leaves without it. */
function isTested(program: JsProgram, node: JsNode, name: string): boolean {
  const asks = (test: JsNode | undefined): boolean => test !== undefined && program.guards.reads(test).includes(name)
  for (let at = node; at.parent; at = at.parent) {
    const parent = at.parent
    const test = parent.kind === 'IfStatement' ? field(parent, 'expression') : parent.kind === 'ConditionalExpression' ? field(parent, 'condition') : parent.kind === 'BinaryExpression' && /^(&&|\|\|)$/.test(parent.op ?? '') ? field(parent, 'left') : undefined
    if (test !== at && asks(test)) return true
    if (at.field !== 'statements') continue
    for (const before of parent.children) {
      if (before.start >= at.start) break
      const body = before.kind === 'IfStatement' && asks(field(before, 'expression')) ? field(before, 'thenStatement') : undefined
      if (body && [...walk(body)].some((inner) => inner.kind === 'ReturnStatement' || isGiven(program, inner, name))) return true
    }
    if (functionKinds.has(parent.parent?.kind ?? '')) return false
  }
  return false
}
/** `process.env.X = 'default'`. */
function isGiven(program: JsProgram, node: JsNode, name: string): boolean {
  const left = node.kind === 'BinaryExpression' && /^([|?]{2})?=$/.test(node.op ?? '') ? field(node, 'left') : undefined
  return left !== undefined && program.origins(left).includes(`process.env.${name}`)
}
function leaves(program: JsProgram, body: JsNode): boolean {
  return [...walk(body)].some((node) => node.kind === 'ThrowStatement' || (node.kind === 'CallExpression' && program.origins(field(node, 'expression') ?? node).includes('process.exit')))
}
/** Variables that a test asks to be absent: `!X`, `X === undefined`, and these joined by `||`. */
function* absent(program: JsProgram, outer: JsNode): Generator<string> {
  const test = bare(outer)
  if (test.kind === 'BinaryExpression' && test.op === '||') for (const side of test.children) yield* absent(program, side)
  // `process.env.<the host's mark> && !process.env.X`: there, only the rest is asked.
  if (test.kind === 'BinaryExpression' && test.op === '&&') {
    const open = test.children.filter((side) => program.guards.test(side) !== true)
    if (open.length === 1 && open[0]) yield* absent(program, open[0])
  }
  const asked = test.kind === 'PrefixUnaryExpression' && test.op === '!' ? field(test, 'operand') : test.kind === 'BinaryExpression' && /^===?$/.test(test.op ?? '') && /\b(undefined|null)$/.test(program.text(test)) ? field(test, 'left') : undefined
  const name = asked && onlyFrom(program, asked)
  if (name !== undefined) yield name
  // `['A', 'B'].forEach((name) => { if (!process.env[name]) throw … })`
  const key = asked && bare(asked).kind === 'ElementAccessExpression' ? field(bare(asked), 'argumentExpression') : undefined
  if (key) for (const text of listed(program, key)) yield text
}
/** Texts of the list that the loop or callback around goes through. */
function* listed(program: JsProgram, key: JsNode): Generator<string> {
  for (const declared of program.declarations(key)) {
    const loop = declared.kind === 'VariableDeclaration' ? declared.parent?.parent : undefined
    const callback = declared.kind === 'Parameter' ? declared.parent : undefined
    const list = loop?.kind === 'ForOfStatement' ? field(loop, 'expression') : callback?.parent?.kind === 'CallExpression' ? field(field(callback.parent, 'expression') ?? callback, 'expression') : undefined
    for (const value of list ? program.values(list) : []) if (value.kind === 'literal-object') for (const element of value.node.children) for (const item of program.values(element)) if (item.kind === 'literal' && typeof item.value === 'string') yield item.value
  }
}
