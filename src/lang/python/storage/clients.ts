/** Calls that make something which speaks to a database: what kind of thing it is, and where the app keeps it. */
import { field, statementOf, walk } from '../tree.js'
import type { PythonProgram } from '../program.js'
import type { PyCall, PyFunction, PyNode } from '../types.js'

/**
 * engine: SQLAlchemy's, with a pool of its own · pool: opens connections when it is made · client: a driver that pools inside (MongoDB) ·
 * connection: one connection, for one user at a time.
 */
export type ClientKind = 'engine' | 'pool' | 'client' | 'connection'
export type DatabaseClient = { readonly kind: ClientKind; readonly call: PyCall; /** The callee as written. */ readonly what: string }

const kinds: Readonly<Record<ClientKind, RegExp>> = {
  engine: /^(sqlalchemy(\.engine(\.create)?|\.ext\.asyncio(\.engine)?)?\.create_(async_)?engine|sqlmodel\.create_engine)$/,
  pool: /^(asyncpg(\.pool)?\.create_pool|psycopg2\.pool\.\w*ConnectionPool|psycopg_pool\.(Async)?(Null)?ConnectionPool|aiomysql\.create_pool|mysql\.connector\.pooling\.MySQLConnectionPool|oracledb\.create_pool)$/,
  client: /^(pymongo\.(mongo_client\.|asynchronous\.mongo_client\.)?(Async)?MongoClient|motor\.motor_asyncio\.AsyncIOMotorClient|motor\.motor_tornado\.MotorClient)$/,
  connection: /^(psycopg2?\.connect|psycopg\.(Async)?Connection\.connect|pymysql\.(connect|Connect|connections\.Connection)|MySQLdb\.connect|mariadb\.connect|mysql\.connector\.connect|pyodbc\.connect|pymssql\.connect|sqlite3\.connect)$/,
}

/** Every call in reached code that makes a client of one of these kinds. */
export function* databaseClients(program: PythonProgram, ...wanted: readonly ClientKind[]): Generator<DatabaseClient> {
  for (const kind of wanted) for (const call of program.callsMatching(kinds[kind])) yield { kind, call, what: calleeText(call) }
}
/** Settings that an engine is given in the call itself; undefined where they are not all written there. */
export function engineSettings({ call }: DatabaseClient): ReadonlyMap<string, PyNode> | undefined {
  return call.spread ? undefined : call.kwargs
}
/** The engine keeps connections for the next user, in a server's database: neither SQLite alone, nor a pool that holds nothing. */
export function poolsConnections(program: PythonProgram, { call }: DatabaseClient): boolean {
  const kind = call.kwargs.get('poolclass')
  if (kind && /(Null|Static|SingletonThread)Pool$/.test(program.text(kind, call.module))) return false
  const extra = call.kwargs.get('connect_args')
  if (extra?.kind === 'dictionary' && program.text(extra, call.module).includes('check_same_thread')) return false
  const url = call.args[0] ?? call.kwargs.get('url')
  return url !== undefined && program.fold.text(url, call.scope).some((piece) => !piece.text.startsWith('sqlite'))
}
/** With nothing set in the environment it speaks to an SQLite file: what its pool does to a server matters only once an address is given. */
export function isSqliteByDefault(program: PythonProgram, { call }: DatabaseClient): boolean {
  const url = call.args[0] ?? call.kwargs.get('url')
  return url !== undefined && program.fold.text(url, call.scope).some((piece) => piece.text.startsWith('sqlite'))
}
/** Is an origin a call on what such a call returned: 'pymongo.MongoClient().close' for a client? */
export function isMethodOf(kind: ClientKind, origin: string, method: RegExp): boolean {
  const at = origin.indexOf('()')
  return at > 0 && kinds[kind].test(origin.slice(0, at)) && method.test(origin.slice(at + 2))
}

function calleeText({ node, module }: PyCall): string {
  const callee = field(node, 'function')
  return callee ? module.text.slice(callee.start, callee.end).replace(/\s+/g, '') : 'the call'
}

/**
 * Is what this call makes kept beyond the call of its function: in a global, an attribute, a container, or by a decorator such as
 * `lru_cache`? Followed outward through functions that return it.
 */
export function isKept(program: PythonProgram, call: PyCall, depth = 0): boolean {
  const { fn, scope, module } = call
  if (!fn) return true
  if (fn.decorators.some((mark) => /\b(lru_cache|cache|cached|cached_property|singleton|alru_cache|cache_resource)\b/.test(program.text(mark, module)))) return true
  const statement = statementOf(call.node)
  // `if _client is None:` and `if not hasattr(g, "db"):` make it once, whatever the name is.
  const target = assigned(statement, call.node)
  if (target) {
    if (target.kind !== 'identifier') return true
    const name = program.text(target, module)
    if (scope.globals.has(name) || declaredNonlocal(fn, name, module.text)) return true
    if (isStored(fn, name, module.text)) return true
    if (!isReturned(fn, name, module.text)) return false
  } else if (ancestorReturn(call.node) === undefined) return passedOn(program, call)
  if (depth > 3) return true
  const callers = program.callers(fn)
  return callers.some((caller) => isKept(program, caller, depth + 1))
}

/** The target that a statement assigns the whole of the call's value, or a part of it, to. */
function assigned(statement: PyNode, call: PyNode): PyNode | undefined {
  const assignment = statement.kind === 'assignment' ? statement : statement.children.find((child) => child.kind === 'assignment')
  const [left, right] = assignment ? [field(assignment, 'left'), field(assignment, 'right')] : []
  return left && right && call.start >= right.start && call.end <= right.end ? left : undefined
}
function ancestorReturn(node: PyNode): PyNode | undefined {
  const statement = statementOf(node)
  return statement.kind === 'return_statement' || [...walk(statement)].some((at) => at.kind === 'yield' && at.start <= node.start && node.end <= at.end) ? statement : undefined
}
/** Given to code of the repo, which may keep it: `Store(MongoClient())`. A call from outside, such as pandas' read_sql, only uses it. */
function passedOn(program: PythonProgram, { node, scope }: PyCall): boolean {
  const list = node.parent?.kind === 'keyword_argument' ? node.parent.parent : node.parent
  const site = list?.kind === 'argument_list' && list.parent ? program.siteOf(list.parent, scope) : undefined
  return site !== undefined && program.callAt(site).names.length === 0
}
/** `app.state.db = client`, `cache["x"] = client`, `holder.append(client)`. */
function isStored(fn: PyFunction, name: string, text: string): boolean {
  return [...walk(fn.body)].some((node) => {
    if (node.kind !== 'assignment') return false
    const [left, right] = [field(node, 'left'), field(node, 'right')]
    if (!left || !right || left.kind === 'identifier' || left.kind === 'pattern_list') return false
    return new RegExp(`^${name}(\\W|$)`).test(text.slice(right.start, right.end))
  })
}
function isReturned(fn: PyFunction, name: string, text: string): boolean {
  const word = new RegExp(`(^|\\W)${name}(\\W|$)`)
  return [...walk(fn.body)].some((node) => (node.kind === 'return_statement' || node.kind === 'yield') && word.test(text.slice(node.start, node.end)))
}
function declaredNonlocal(fn: PyFunction, name: string, text: string): boolean {
  return [...walk(fn.body)].some((node) => node.kind === 'nonlocal_statement' && text.slice(node.start, node.end).includes(name))
}
