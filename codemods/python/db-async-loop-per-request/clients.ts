/** Clients whose connections belong to the event loop that opened them, and the calls that speak through them. */
import { isKept } from '../../../src/lang/python/storage/clients.js'
import { ancestor, bare, field, type PyCall, type PyNode, type PyScope } from '../../../src/lang/python/program.js'
import type { PythonProgram } from '../../../src/types.js'

type Kind = 'engine' | 'client' | 'http'
export type LoopBound = { readonly kind: Kind; readonly call: PyCall; /** The callee as written. */ readonly what: string }

const made: Readonly<Record<Kind, RegExp>> = {
  engine: /^sqlalchemy\.ext\.asyncio(\.engine)?\.create_async_engine$/,
  client: /^(motor\.motor_asyncio\.AsyncIOMotorClient|pymongo\.(asynchronous\.mongo_client\.)?AsyncMongoClient|asyncpg(\.pool)?\.(create_pool|connect)|aiomysql\.(create_pool|connect)|aiopg\.create_pool|psycopg_pool\.Async(Null)?ConnectionPool|redis\.asyncio\.(client\.)?(Redis|StrictRedis|from_url|Redis\.from_url|ConnectionPool\.from_url)|prisma\.(Prisma|Client)|neo4j\.AsyncGraphDatabase\.driver|elasticsearch\.AsyncElasticsearch)$/,
  http: /^(httpx\.AsyncClient|aiohttp\.ClientSession|openai\.Async(Azure)?OpenAI|anthropic\.AsyncAnthropic|groq\.AsyncGroq)$/,
}
/** An engine is used through the sessions that are bound to it. */
const sessions = /^sqlalchemy(\.orm|\.ext\.asyncio)(\.session)?\.(async_sessionmaker|sessionmaker|AsyncSession)$/

/** Those that outlive the request. */
export function* loopBoundClients(program: PythonProgram): Generator<LoopBound> {
  for (const kind of ['engine', 'client', 'http'] as const)
    for (const call of program.callsMatching(made[kind])) {
      if (!outlives(program, call)) continue
      const callee = field(call.node, 'function')
      yield { kind, call, what: callee ? program.text(callee, call.module).replace(/\s+/g, '') : 'the call' }
    }
}

function outlives(program: PythonProgram, call: PyCall): boolean {
  if (ancestor(call.node, 'with_item')) return false
  if (call.runs.some(({ when, weak, background }) => when === 'import' && !weak && !background)) return isKept(program, call)
  const assignment = ancestor(call.node, 'assignment')
  const left = assignment && field(assignment, 'left')
  if (left?.kind === 'identifier' && call.scope.globals.has(program.text(left, call.module))) return true
  return call.fn?.decorators.some((mark) => /\b(lru_cache|cache)\b/.test(program.text(mark, call.module))) ?? false
}

/** Does a call speak through the client? */
export function speaksThrough(program: PythonProgram, call: PyCall, client: LoopBound): boolean {
  const callee = field(call.node, 'function')
  return callee !== undefined && call !== client.call && leadsTo(program, bare(callee), call.scope, client.call.node, 0)
}
/** Is it the client, a part of it, or what it or a session maker bound to it gave? */
function leadsTo(program: PythonProgram, node: PyNode, scope: PyScope, target: PyNode, depth: number): boolean {
  if (node === target) return true
  if (depth > 8) return false
  if (node.kind === 'await' || node.kind === 'parenthesized_expression') return node.children.some((child) => leadsTo(program, child, scope, target, depth + 1))
  if (node.kind === 'subscript') {
    const value = field(node, 'value')
    return value !== undefined && leadsTo(program, value, scope, target, depth + 1)
  }
  if (node.kind === 'call') {
    const callee = field(node, 'function')
    if (!callee) return false
    const bound = program.origins(callee, scope).some((origin) => sessions.test(origin)) ? boundTo(program, node, scope) : undefined
    if (bound) return leadsTo(program, bound, scope, target, depth + 1)
    if (leadsTo(program, bare(callee), scope, target, depth + 1)) return true
    return program.values(callee, scope).some((value) => value.kind === 'function' && returned(value.fn.body).some((one) => leadsTo(program, bare(one), value.fn.scope, target, depth + 2)))
  }
  if (program.definitions(node, scope).some((home) => leadsTo(program, bare(home.node), home.scope, target, depth + 1))) return true
  const object = node.kind === 'attribute' ? field(node, 'object') : undefined
  return object !== undefined && leadsTo(program, bare(object), scope, target, depth + 1)
}
function boundTo(program: PythonProgram, node: PyNode, scope: PyScope): PyNode | undefined {
  const site = program.siteOf(node, scope)
  const call = site && program.callAt(site)
  return call && (call.kwargs.get('bind') ?? call.args[0])
}
/** What a function's own `return` statements give. */
function returned(body: PyNode): readonly PyNode[] {
  return body.children.flatMap((child) => (child.kind === 'return_statement' ? child.children.filter(({ kind }) => kind !== 'comment').slice(0, 1) : child.kind === 'function_definition' || child.kind === 'class_definition' ? [] : returned(child)))
}
