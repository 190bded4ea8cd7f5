/** Variables without which the app does not get through its start: their absence throws there and then. */
import { environmentReads } from '../environment.js'
import type { JsProgram } from '../program.js'
import { bare, field, walk } from '../tree.js'
import type { JsNode, JsSite } from '../types.js'

export type RequiredVariable = { readonly name: string; readonly node: JsNode; readonly site: JsSite; /** What happens without it, after "without it, …". */ readonly fails: string }

/** Calls that refuse undefined at once; the argument they refuse it for is the first. */
const refusing: readonly { readonly origin: RegExp; readonly fails: string; readonly member?: string }[] = [
  { origin: /^stripe(\.Stripe)?$/, fails: 'Stripe() throws for the missing key' },
  { origin: /^@sendgrid\/mail\.setApiKey$/, fails: 'setApiKey() refuses undefined' },
  { origin: /^openai(\.OpenAI)?$/, fails: 'the OpenAI client throws for the missing key', member: 'apiKey' },
  { origin: /^(groq-sdk|@anthropic-ai\/sdk)(\.\w+)?$/, fails: 'the client throws for the missing key', member: 'apiKey' },
  { origin: /^@supabase\/supabase-js\.createClient$/, fails: 'createClient() throws: supabaseUrl is required' },
  { origin: /^mongodb\.MongoClient$/, fails: 'MongoClient() throws for the missing address' },
  { origin: /^(sequelize(\.Sequelize)?)$/, fails: 'Sequelize() throws for the missing address' },
  { origin: /^twilio(\.Twilio)?$/, fails: 'twilio() throws: username is required' },
  { origin: /^@neondatabase\/serverless\.neon$/, fails: 'neon() throws for the missing address' },
  { origin: /^resend\.Resend$/, fails: 'Resend() throws for the missing key' },
  { origin: /^(url\.)?URL$/, fails: 'new URL() throws' },
  { origin: /^JSON\.parse$/, fails: 'JSON.parse(undefined) throws' },
  { origin: /^(fs\.(readFileSync|mkdirSync)|path\.(join|resolve))$/, fails: 'undefined is no path: TypeError' },
]

const known = new WeakMap<JsProgram, readonly RequiredVariable[]>()

/** Each variable once, at its first read. */
export function requiredVariables(program: JsProgram): readonly RequiredVariable[] {
  const before = known.get(program)
  if (before) return before
  const all = [...new Map([...found(program)].reverse().map((one) => [one.name, one])).values()].reverse()
  known.set(program, all)
  return all
}

function* found(program: JsProgram): Generator<RequiredVariable> {
  for (const read of environmentReads(program)) {
    if (!atStart(program, read.site) || read.site.handled) continue
    if (read.required) yield { name: read.name, node: read.site.node, site: read.site, fails: 'the check of the environment throws' }
    else if (read.fallback === undefined && !read.tested && chokes(read.site.node)) yield { name: read.name, node: read.site.node, site: read.site, fails: 'undefined has no such member: TypeError' }
  }
  for (const { origin, fails, member } of refusing)
    for (const call of program.callsMatching(origin)) {
      if (!atStart(program, call) || call.handled) continue
      const first = call.args[0]
      const given = member !== undefined && first?.kind === 'ObjectLiteralExpression' ? first.children.flatMap((property) => (program.text(field(property, 'name') ?? property) === member ? (field(property, 'initializer') ?? []) : [])) : /^path\./.test(call.names[0] ?? '') ? call.args : [first ?? []].flat()
      for (const arg of given) {
        const name = onlyFrom(program, arg)
        if (name !== undefined && !isTested(program, call.node, name)) yield { name, node: arg, site: call, fails }
      }
    }
  // `if (!process.env.X) throw …` or `process.exit(1)`.
  for (const site of program.sites('IfStatement')) {
    const [test, body] = [field(site.node, 'expression'), field(site.node, 'thenStatement')]
    if (!test || !body || !atStart(program, site) || site.handled || !leaves(program, body)) continue
    for (const name of absent(program, test)) yield { name, node: test, site, fails: 'the app itself refuses to start' }
  }
}

function atStart(program: JsProgram, site: JsSite): boolean {
  const run = program.first(site)
  return (run.when === 'import' || run.when === 'startup') && !run.background
}
/** `process.env.X.split(',')`. An optional chain does not choke. */
function chokes(node: JsNode): boolean {
  let at = node
  while (at.parent && /^(ParenthesizedExpression|NonNullExpression|AsExpression)$/.test(at.parent.kind)) at = at.parent
  const parent = at.parent
  return (parent?.kind === 'PropertyAccessExpression' || parent?.kind === 'ElementAccessExpression') && at.field === 'expression' && !parent.children.some((child) => child.kind === 'QuestionDotToken')
}
/** The variable's name when the value can be nothing but what it holds. */
export function onlyFrom(program: JsProgram, outer: JsNode): string | undefined {
  const node = bare(outer)
  if (node.kind === 'BinaryExpression' || node.kind === 'ConditionalExpression') return undefined
  const direct = program.origins(node).flatMap((origin) => /^process\.env\.(\w+)$/.exec(origin)?.[1] ?? [])
  if (direct.length !== 1) return undefined
  const definitions = program.definitions(node)
  return definitions.length === 0 || definitions.every((one) => onlyFrom(program, one) === direct[0]) ? direct[0] : undefined
}
function isTested(program: JsProgram, node: JsNode, name: string): boolean {
  for (let at = node; at.parent; at = at.parent) {
    const test = at.parent.kind === 'IfStatement' ? field(at.parent, 'expression') : at.parent.kind === 'ConditionalExpression' ? field(at.parent, 'condition') : at.parent.kind === 'BinaryExpression' && at.parent.op === '&&' ? field(at.parent, 'left') : undefined
    if (test && test !== at && program.guards.reads(test).includes(name)) return true
  }
  return false
}
function leaves(program: JsProgram, body: JsNode): boolean {
  return [...walk(body)].some((node) => node.kind === 'ThrowStatement' || (node.kind === 'CallExpression' && program.origins(field(node, 'expression') ?? node).includes('process.exit')))
}
/** Variables that a test asks to be absent: `!X`, `X === undefined`, and these joined by `||`. */
function* absent(program: JsProgram, outer: JsNode): Generator<string> {
  const test = bare(outer)
  if (test.kind === 'BinaryExpression' && test.op === '||') for (const side of test.children) yield* absent(program, side)
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
