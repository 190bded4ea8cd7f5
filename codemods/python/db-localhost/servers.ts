/** Clients of databases and services whose address is this machine, or the name of a neighbour in a compose file. */
import type { PythonProgram, RuleContext } from '../../../src/types.js'
import { localHosts } from '../../../src/lang/database-hosts.js'
import { activeSettings, addresses, envNames } from '../../../src/lang/python/storage/databases.js'
import { dictSetting, settingAt } from '../../../src/lang/python/django/settings.js'
import { served } from '../../../src/lang/python/settings/served.js'
import { underTests } from '../../../src/lang/python/settings/tested.js'
import { needsVariable } from '../../../src/lang/python/settings/when-unset.js'
import { literalText, walk, type Folded, type PyCall, type PyNode, type PyScope, type PySite } from '../../../src/lang/python/program.js'

export type Server = {
  readonly kind: 'MongoDB' | 'Redis' | 'PostgreSQL' | 'MySQL' | 'A database' | 'RabbitMQ' | 'Elasticsearch' | 'Memcached' | 'A mail server'
  /** The expression with the address; the whole call when it gives none. */
  readonly node: PyNode
  readonly scope: PyScope
  readonly site: PySite
  readonly host: string | undefined
  readonly env: string | undefined
  /** A whole address ('url'), a host beside other arguments ('host'), or nothing ('call'). */
  readonly form: 'url' | 'host' | 'call'
  readonly call: PyCall | undefined
  readonly connectsNow: boolean
}
type Client = { readonly match: RegExp; readonly kind: Server['kind']; readonly words: readonly string[]; readonly position: number; readonly now?: boolean; /** Without an address it means this machine. */ readonly bare?: boolean }
const clients: readonly Client[] = [
  { match: /^(pymongo\.(mongo_client\.)?MongoClient|motor\.motor_asyncio\.AsyncIOMotorClient|pymongo\.AsyncMongoClient)$/, kind: 'MongoDB', words: ['host'], position: 0, bare: true },
  { match: /^mongoengine\.connect$/, kind: 'MongoDB', words: ['host'], position: 99 },
  { match: /^redis\.(asyncio\.)?(Redis|StrictRedis)$/, kind: 'Redis', words: ['host'], position: 0, bare: true },
  { match: /^redis\.(asyncio\.)?((Strict)?Redis\.)?from_url$/, kind: 'Redis', words: ['url'], position: 0 },
  { match: /^(psycopg2|psycopg)\.connect$/, kind: 'PostgreSQL', words: ['host', 'dsn', 'conninfo'], position: 0, now: true },
  { match: /^(mysql\.connector|pymysql|MySQLdb|mariadb)\.connect$/, kind: 'MySQL', words: ['host'], position: 0, now: true },
  { match: /^(sqlalchemy(\.engine(\.create)?|\.ext\.asyncio(\.engine)?)?\.create_(async_)?engine|sqlmodel\.create_engine|dataset\.connect|databases\.Database)$/, kind: 'A database', words: ['url'], position: 0 },
  { match: /^pika\.(ConnectionParameters|URLParameters)$/, kind: 'RabbitMQ', words: ['host'], position: 0 },
  { match: /^elasticsearch\.(Async)?Elasticsearch$/, kind: 'Elasticsearch', words: ['hosts'], position: 0 },
  { match: /^(pymemcache\.client\.base\.Client|pymemcache\.Client|pylibmc\.Client|memcache\.Client)$/, kind: 'Memcached', words: ['servers', 'server'], position: 0 },
  { match: /^smtplib\.SMTP(_SSL)?$/, kind: 'A mail server', words: ['host'], position: 0, now: true },
]
const settings: readonly { readonly key: string; readonly kind: Server['kind']; readonly needs: RegExp }[] = [
  { key: 'SQLALCHEMY_DATABASE_URI', kind: 'A database', needs: /^flask_sqlalchemy\b/ },
  { key: 'MONGO_URI', kind: 'MongoDB', needs: /^flask_pymongo\b/ },
  { key: 'MYSQL_HOST', kind: 'MySQL', needs: /^flask_mysqldb\b/ },
  { key: 'MYSQL_DATABASE_HOST', kind: 'MySQL', needs: /^flaskext\.mysql\b/ },
  { key: 'REDIS_URL', kind: 'Redis', needs: /^flask_redis\b/ },
  { key: 'CACHE_REDIS_URL', kind: 'Redis', needs: /^flask_caching\b/ },
  { key: 'CACHE_REDIS_HOST', kind: 'Redis', needs: /^flask_caching\b/ },
  { key: 'EMAIL_HOST', kind: 'A mail server', needs: /^django\.core\.mail\b/ },
]
export function* localServers(program: PythonProgram, context: RuleContext): Generator<Server> {
  const isLocal = localHosts(context)
  const hostOf = (piece: Folded): string | undefined => hostsIn(piece.text).find(isLocal)
  const wanted = (piece: Folded): boolean => hostOf(piece) !== undefined
  const seen = new Set<PyNode>()
  const at = function* (node: PyNode, scope: PyScope, kind: Server['kind'], call: PyCall | undefined, now: boolean, word: string): Generator<Server> {
    const before = envNames(program, { node, scope })
    for (const home of addresses(program, { node, scope }, wanted)) {
      const site = program.siteOf(home.node, home.scope)
      const host = program.fold.text(home.node, home.scope).map(hostOf).find((one) => one !== undefined)
      if (!site || seen.has(home.node) || host === undefined || !serves(program, site)) continue
      seen.add(home.node)
      const form = word === 'host' && program.fold.text(home.node, home.scope).some(({ text }) => text === host) ? 'host' : 'url'
      const env = before.length > 1 ? (variableOf(program, home.node, home.scope, hostOf) ?? before[0]) : before[0]
      yield { kind, ...home, site, host, env, form, call, connectsNow: now && call !== undefined && program.first(call).when === 'import' }
    }
  }
  for (const { match, kind, words, position, now, bare } of clients)
    for (const call of program.callsMatching(match)) {
      if (!serves(program, call)) continue
      const word = words.find((name) => call.kwargs.has(name))
      const argument = word === undefined ? call.args[position] : call.kwargs.get(word)
      if (argument) yield* at(argument, call.scope, kind, call, now === true, word ?? words[0] ?? 'host')
      else if (bare === true && !call.spread && ![...call.kwargs.keys()].some((name) => /host|url|unix_socket_path|connection_pool|username|password/.test(name)) && !seen.has(call.node)) {
        seen.add(call.node)
        yield { kind, node: call.node, scope: call.scope, site: call, host: undefined, env: undefined, form: 'call', call, connectsNow: false }
      }
    }
  for (const { key, kind, needs } of settings) {
    if ([...program.callsMatching(needs)].length === 0) continue
    for (const { source } of activeSettings(program, key)) yield* at(source.node, source.scope, kind, undefined, false, /HOST$/.test(key) ? 'host' : 'url')
  }
  for (const entry of dictSetting(program, 'CACHES'))
    for (const { node, scope, effect } of served(settingAt(program, 'CACHES', entry.key, 'LOCATION'))) {
      const isRedis = program.fold.text(node, scope).some((piece) => /^rediss?:/.test(piece.text))
      if (isRedis && !underTests(effect.statement, effect.scope) && !needsVariable(program, node, scope)) yield* at(node, scope, 'Redis', undefined, false, 'url')
    }
}

/** Of several variables in an address, the one that says the host. */
function variableOf(program: PythonProgram, node: PyNode, scope: PyScope, hostOf: (piece: Folded) => string | undefined): string | undefined {
  for (const part of walk(node)) {
    if (part === node || !['identifier', 'attribute', 'call', 'subscript'].includes(part.kind) || part.field === 'attribute' || part.field === 'function') continue
    const piece = program.fold.text(part, scope).find((one) => one.env !== undefined && hostOf(one) !== undefined)
    if (piece) return piece.env
  }
  return undefined
}

/** The hosts that an address, a bare name or a `key=value` string names. */
function hostsIn(text: string): readonly string[] {
  const url = /^[\w+]+:\/\/(?:[^@/?]*@)?(\[[^\]]*\]|[^:/?,\0]*)/.exec(text)
  if (url) return url[1] === undefined ? [] : [url[1]]
  const pair = /(?:^|\s)host=(\S+)/.exec(text)
  if (pair?.[1] !== undefined) return [pair[1]]
  // libpq: no host means a socket of this machine.
  if (/(?:^|\s)dbname=/.test(text)) return ['localhost']
  const plain = /^(\[[^\]]*\]|::1|[\w.-]+)(?::\d+)?$/.exec(text)
  return plain?.[1] === undefined ? [] : [plain[1]]
}
function serves(program: PythonProgram, site: PySite): boolean {
  const { when } = program.first(site)
  return when === 'import' || when === 'startup' || when === 'request'
}
/** A string's text; for a call's argument that must be a plain literal to be rewritten. */
export const plain = (node: PyNode | undefined, scope: PyScope): string | undefined => (node?.kind === 'string' ? literalText(node, scope.module.text) : node?.kind === 'integer' ? scope.module.text.slice(node.start, node.end) : undefined)
