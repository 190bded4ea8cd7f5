/** The address from a variable, with the old one as the default of a local start. */
import type { Change, Need, Remedy, RuleContext } from '../../../src/types.js'
import { insertAt, quotePython, replaceNode } from '../../../src/lang/python/edit.js'
import { importedAt } from '../../../src/lang/python/settings/host-guard.js'
import { driverFor } from '../../../src/lang/python/storage/postgres.js'
import { field } from '../../../src/lang/python/program.js'
import { plain, type Server } from './servers.js'

const need = (name: string, server: Server): Need => ({ kind: 'env', name, secret: /URL|URI|PASS/.test(name), why: `where ${server.kind.replace(/^A /, 'the ')} is` })

/** Two databases must not end up behind one name. */
export function clashes(server: Server, all: readonly Server[]): boolean {
  const name = nameFor(server)
  return name !== undefined && server.env === undefined && all.some((other) => other !== server && other.env === undefined && nameFor(other) === name && databaseIn(other) !== databaseIn(server))
}
/** What the address says beyond the machine: a database's name or number. */
function databaseIn({ kind, form, node, scope }: Server): string {
  if (form !== 'url') return ''
  const text = scope.module.text.slice(node.start, node.end).replace(/^\w*["']+|["']+$/g, '')
  return kind === 'MongoDB' || kind === 'Redis' ? (/^[\w+]+:\/\/[^/]*\/?(.*)$/.exec(text)?.[1] ?? '').replace(/^0$/, '') : text
}

export function remedyOf(server: Server, all: readonly Server[], context: RuleContext): Remedy {
  const { env, kind, form, scope, node, host } = server
  const { module } = scope
  if (env !== undefined) return { kind: 'fix', safety: 'safe', title: `Have ${env} set on the host`, changes: [], needs: [need(env, server)] }
  if (module.brokenAt !== undefined) return { kind: 'manual', reason: `${module.path} does not parse, so it is not edited.` }
  if (clashes(server, all)) return { kind: 'manual', reason: 'There are several addresses of this kind for different databases: give each a variable with a name of its own.' }
  const name = nameFor(server)
  if (name === undefined) return { kind: 'manual', reason: 'Which settings a server elsewhere needs (name, port, user, encryption) is not in the code: take them from environment variables.' }
  const os = importedAt(module, scope, node, 'os')
  const text = module.text.slice(node.start, node.end)
  const read = (fallback: string): string => `${os.name}.environ.get(${quotePython(name)}, ${fallback})`
  const fix = (safety: 'safe' | 'review', changes: readonly Change[]): Remedy => ({ kind: 'fix', safety, title: `Take the address of ${kind.replace(/^A /, 'the ')} from ${name}`, changes: [...os.changes, ...changes], needs: [need(name, server)] })
  if (form === 'url') {
    // Providers still give out `postgres://`, which SQLAlchemy 1.4 and later refuse.
    const normalised = kind === 'A database' && /^\w*["']postgresql(\+\w+)?:\/\//.test(text) ? driverFor(context).normalised : ''
    return fix('safe', [replaceNode(module, node, read(text) + normalised)])
  }
  if (kind === 'MongoDB') return mongo(server, host ?? 'localhost', read, fix)
  return kind === 'Redis' ? redis(server, host ?? 'localhost', read, fix) : { kind: 'manual', reason: 'Host, user, password and database stand in several arguments: take each from an environment variable, with what is there as the default.' }
}

function nameFor({ kind, form, node, scope }: Server): string | undefined {
  if (kind === 'MongoDB') return 'MONGODB_URI'
  if (kind === 'Redis') return 'REDIS_URL'
  if (kind === 'RabbitMQ') return form === 'url' && /:\/\//.test(scope.module.text.slice(node.start, node.end)) ? 'RABBITMQ_URL' : undefined
  if (kind === 'Elasticsearch') return form === 'url' ? 'ELASTICSEARCH_URL' : undefined
  if (kind === 'PostgreSQL' || kind === 'MySQL' || kind === 'A database') return 'DATABASE_URL'
  return undefined
}
type Fix = (safety: 'safe' | 'review', changes: readonly Change[]) => Remedy
const tangled: Remedy = { kind: 'manual', reason: 'The address is put together from arguments that are not written out in the call: take it from an environment variable by hand.' }

/** `MongoClient('localhost', 27017)`: the client takes a whole address too. */
function mongo({ call }: Server, host: string, read: (fallback: string) => string, fix: Fix): Remedy {
  if (!call || call.spread || !call.names.some((name) => name.endsWith('Client'))) return tangled
  const port = call.args[1] ?? call.kwargs.get('port')
  const number = port ? plain(port, call.scope) : '27017'
  const list = field(call.node, 'arguments')
  if (number === undefined || !list || call.args.length > 2) return tangled
  return fix('safe', [replaceArguments(call, ['host', 'port'], 2, read(quotePython(`mongodb://${host}:${number}`)))])
}
/** `Redis(host='localhost', port=6379, db=0)` becomes `Redis.from_url(…)`, which takes the other arguments as they are. */
function redis({ call }: Server, host: string, read: (fallback: string) => string, fix: Fix): Remedy {
  const callee = call && field(call.node, 'function')
  if (!call || !callee || call.spread || call.args.length > 3 || ['password', 'username', 'ssl', 'connection_pool'].some((word) => call.kwargs.has(word))) return tangled
  const [port, db] = [call.args[1] ?? call.kwargs.get('port'), call.args[2] ?? call.kwargs.get('db')].map((node) => (node ? plain(node, call.scope) : ''))
  if (port === undefined || db === undefined) return tangled
  const url = `redis://${host}:${port === '' ? '6379' : port}/${db === '' ? '0' : db}`
  return fix('review', [insertAt(call.module, callee.end, '.from_url'), replaceArguments(call, ['host', 'port', 'db'], 3, read(quotePython(url)))])
}
function replaceArguments(call: NonNullable<Server['call']>, words: readonly string[], positions: number, first: string): Change {
  const { module } = call
  const list = field(call.node, 'arguments')
  const text = (start: number, end: number): string => module.text.slice(start, end)
  const rest = [...call.kwargs].filter(([word]) => !words.includes(word)).map(([word, value]) => `${word}=${text(value.start, value.end)}`)
  const beyond = call.args.slice(positions).map((node) => text(node.start, node.end))
  return replaceNode(module, list ?? call.node, `(${[first, ...beyond, ...rest].join(', ')})`)
}
