/** Variables without which the app does not get through its import: their absence raises there and then. */
import { readArguments } from '../arguments.js'
import { alternatives } from './alternatives.js'
import { chokes, environmentReads } from '../environment.js'
import { literalText } from '../literals.js'
import { requiredFields } from './pydantic-settings.js'
import { field, walk } from '../tree.js'
import type { PythonProgram } from '../program.js'
import type { PyNode, PyScope, PySite } from '../types.js'

export type RequiredVariable = { readonly name: string; readonly node: PyNode; readonly site: PySite; /** What happens without it, after "without it, …". */ readonly fails: string }

/** Calls that refuse None, and the argument they refuse it for. */
const refusing: readonly { readonly origin: RegExp; readonly keyword: string; readonly fails: string }[] = [
  { origin: /^(sqlalchemy\.(engine\.)?create_engine|sqlmodel\.create_engine)$/, keyword: 'url', fails: 'create_engine() raises ArgumentError' },
  { origin: /^cryptography\.fernet\.Fernet$/, keyword: 'key', fails: 'Fernet() raises' },
  { origin: /^supabase\.(client\.)?create_client$/, keyword: 'supabase_url', fails: 'create_client() raises SupabaseException' },
  { origin: /^redis\.(from_url|(Strict)?Redis\.from_url)$/, keyword: 'url', fails: 'from_url() raises' },
  { origin: /^twilio\.rest\.Client$/, keyword: 'username', fails: 'Client() raises TwilioException' },
  { origin: /^(openai\.(Async|Azure)?OpenAI|groq\.(Async)?Groq|mistralai\.Mistral)$/, keyword: 'api_key', fails: 'the client raises for the missing key' },
  { origin: /^(telebot\.TeleBot|telegram\.Bot)$/, keyword: 'token', fails: 'the bot raises for the missing token' },
  { origin: /^(os\.path\.join|os\.makedirs|os\.listdir|pathlib\.Path|base64\.(url)?(safe_)?b64decode|builtins\.open)$/, keyword: '', fails: 'None is no path or text: TypeError' },
]

const known = new WeakMap<PythonProgram, readonly RequiredVariable[]>()

/** Each variable once, at its first read. */
export function requiredVariables(program: PythonProgram): readonly RequiredVariable[] {
  const before = known.get(program)
  if (before) return before
  const all = firstReads(program)
  known.set(program, all)
  return all
}
function firstReads(program: PythonProgram): readonly RequiredVariable[] {
  const first = new Map<string, RequiredVariable>()
  for (const one of found(program)) {
    const known = first.get(one.name)
    if (!known || rank(program, one) < rank(program, known)) first.set(one.name, one)
  }
  return [...first.values()]
}
function rank(program: PythonProgram, { site }: RequiredVariable): number {
  const run = program.first(site)
  return (run.when === 'import' ? 0 : 8) + (run.weak ? 4 : 0) + (run.conditional ? 2 : 0)
}

function* found(program: PythonProgram): Generator<RequiredVariable> {
  const provided = new Set(providedNames(program))
  const fits = (site: PySite, name: string): boolean => atStart(program, site) && !provided.has(name) && !isTested(program, site, name)
  for (const { name, required, fallback, site } of environmentReads(program)) {
    if (!fits(site, name) || site.handled) continue
    if (required) yield { name, node: site.node, site, fails: site.node.kind === 'subscript' ? `it raises KeyError` : 'it raises' }
    else if (fallback === undefined && chokes(site.node, site.scope) && !isLeftOfOr(site.node)) yield { name, node: site.node, site, fails: 'None can not be used there' }
  }
  for (const { origin, keyword, fails } of refusing)
    for (const call of program.callsMatching(origin)) {
      if (call.handled) continue
      const given = keyword === '' ? call.args : [call.kwargs.get(keyword) ?? call.args[0]]
      for (const arg of given) for (const name of arg ? onlyFrom(program, arg, call.scope) : []) if (fits(call, name)) yield { name, node: arg ?? call.node, site: call, fails }
    }
  yield* databaseAddress(program, fits)
  for (const { name, call, cls } of requiredFields(program)) if (fits(call, name) && !call.handled) yield { name, node: call.node, site: call, fails: `${cls.name}() raises ValidationError` }
  for (const site of program.sites('if_statement')) {
    const condition = field(site.node, 'condition')
    const body = field(site.node, 'consequence')
    if (!condition || !body || !atStart(program, site) || site.handled || !body.children.some((child) => leaves(program, child, site.scope))) continue
    for (const [name, node] of absent(program, condition, site.scope)) if (!provided.has(name)) yield { name, node, site, fails: 'the app itself refuses to start' }
  }
}

/**
 * Variables that only requests ask for, and that fail without them: by `os.environ["X"]`, or because the code itself raises
 * (`if not X: raise`). What the start needs already is not among them. Each once, at its first read.
 */
export function requiredInRequests(program: PythonProgram): readonly RequiredVariable[] {
  const first = new Map<string, RequiredVariable>()
  const others = new Set([...requiredVariables(program).map(({ name }) => name), ...providedNames(program)])
  const take = (name: string, node: PyNode, site: PySite, fails: string): void => {
    if (!others.has(name) && !first.has(name) && !isTested(program, site, name)) first.set(name, { name, node, site, fails })
  }
  for (const site of program.sites('if_statement')) {
    const condition = field(site.node, 'condition')
    const body = field(site.node, 'consequence')
    if (!condition || !body || !inRequest(site) || site.handled || !body.children.some((child) => child.kind === 'raise_statement' && !blamesCaller(program, child, site.scope))) continue
    for (const [name, node] of absent(program, condition, site.scope)) take(name, node, site, 'the code itself raises')
  }
  for (const { name, required, site } of environmentReads(program)) if (required && inRequest(site) && !site.handled && site.node.kind === 'subscript') take(name, site.node, site, 'it raises KeyError')
  return [...first.values()]
}

/** Flask-SQLAlchemy refuses to begin without an address. */
function* databaseAddress(program: PythonProgram, fits: (site: PySite, name: string) => boolean): Generator<RequiredVariable> {
  const begun = [...program.calls('flask_sqlalchemy.SQLAlchemy', 'flask_sqlalchemy.SQLAlchemy().init_app')].filter((call) => atStart(program, call) && (call.names.some((name) => name.endsWith('init_app')) || call.args.length > 0 || call.kwargs.has('app')))
  if (begun.length === 0) return
  const sources = program.settings('SQLALCHEMY_DATABASE_URI')
  if (sources.length !== 1) return
  for (const { node, scope } of sources)
    for (const name of onlyFrom(program, node, scope)) {
      const site = program.siteOf(node, scope)
      if (site && fits(site, name)) yield { name, node, site, fails: 'SQLALCHEMY_DATABASE_URI is empty and Flask-SQLAlchemy raises RuntimeError' }
    }
}

/** An answer of 4xx: the check is about who asks, and refuses everybody as long as there is no secret to know. */
function blamesCaller(program: PythonProgram, raise: PyNode, scope: PyScope): boolean {
  const raised = raise.children[0]
  const callee = raised?.kind === 'call' ? field(raised, 'function') : raised
  const names = callee ? program.origins(callee, scope) : []
  if (names.some((name) => /\.(PermissionDenied|Http404|NotAuthenticated|AuthenticationFailed|Unauthorized|Forbidden|NotFound)$/.test(name))) return true
  if (raised?.kind !== 'call' || !names.some((name) => /\.HTTPException$/.test(name))) return false
  const { args, kwargs } = readArguments(raised, scope)
  const status = kwargs.get('status_code') ?? args[0]
  return status !== undefined && /(^|\bHTTP_)4\d\d/.test(program.text(status, scope.module))
}
function inRequest({ runs }: PySite): boolean {
  return runs.every(({ when }) => when === 'request') && runs.some(({ weak, background, conditional }) => !weak && !background && !conditional)
}
function atStart(program: PythonProgram, site: PySite): boolean {
  const run = program.first(site)
  return (run.when === 'import' || run.when === 'startup') && !run.background
}
/** Names of variables when the value can be nothing but what they hold; `or None` and an empty default are nothing. */
function onlyFrom(program: PythonProgram, node: PyNode, scope: PyScope): readonly string[] {
  const all = [...alternatives(program, node, scope)].filter((one) => one.read || !isNothing(one.node, one.scope))
  return all.length > 0 && all.every((one) => one.read && !one.read.required && (!one.read.fallback || isNothing(one.read.fallback, one.scope))) ? [...new Set(all.flatMap((one) => one.read?.name ?? []))] : []
}
function isNothing(node: PyNode, scope: PyScope): boolean {
  return node.kind === 'none' || (node.kind === 'string' && literalText(node, scope.module.text) === '')
}
/** `if "X" in os.environ:`, `if os.getenv("X"):` around it. */
function isTested(program: PythonProgram, site: PySite, name: string): boolean {
  for (let at = site.node; at.parent && at !== site.fn?.node; at = at.parent) {
    const parent = at.parent
    const test = parent.kind === 'if_statement' || parent.kind === 'elif_clause' ? field(parent, 'condition') : parent.kind === 'conditional_expression' ? parent.children.filter((child) => child.kind !== 'comment')[1] : undefined
    if (test && test !== at && program.guards.reads(test, site.scope).includes(name)) return true
  }
  return false
}
function isLeftOfOr(node: PyNode): boolean {
  return node.parent?.kind === 'boolean_operator' && node.parent.op === 'or' && node.field === 'left'
}
function leaves(program: PythonProgram, statement: PyNode, scope: PyScope): boolean {
  if (statement.kind === 'raise_statement') return true
  return [...walk(statement)].some((node) => node.kind === 'call' && program.origins(field(node, 'function') ?? node, scope).some((origin) => /^(sys\.exit|builtins\.exit|builtins\.quit|os\._exit)$/.test(origin)))
}
/** Variables that a test asks to be absent: `not X`, `X is None`, and these joined by `or`. */
function* absent(program: PythonProgram, test: PyNode, scope: PyScope): Generator<readonly [string, PyNode]> {
  if (test.kind === 'parenthesized_expression' || (test.kind === 'boolean_operator' && test.op === 'or')) for (const child of test.children) yield* absent(program, child, scope)
  const asked = test.kind === 'not_operator' ? field(test, 'argument') : test.kind === 'comparison_operator' && (test.op === 'is' || test.op === '==') && /\bNone$/.test(program.text(test, scope.module)) ? test.children[0] : undefined
  if (asked) for (const name of onlyFrom(program, asked, scope)) yield [name, test]
}
/** Set by the code itself. */
function* providedNames(program: PythonProgram): Generator<string> {
  for (const site of program.sites('assignment')) {
    const left = field(site.node, 'left')
    const [value, key] = left?.kind === 'subscript' ? [field(left, 'value'), field(left, 'subscript')] : []
    if (value && key?.kind === 'string' && atStart(program, site) && program.origins(value, site.scope).includes('os.environ')) yield program.text(key, site.module).slice(1, -1)
  }
  for (const call of program.calls('os.environ.setdefault')) if (call.args[0]?.kind === 'string' && atStart(program, call)) yield program.text(call.args[0], call.module).slice(1, -1)
}
