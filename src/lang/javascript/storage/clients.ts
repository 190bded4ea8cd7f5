/** Clients of databases and services: what makes them, what connects, and where their address is given. Data, matched on resolved origins. */
import type { JsProgram } from '../program.js'
import { alternativesOf, optionsOf } from '../options.js'
import type { JsCall, JsNode } from '../types.js'

/** pool: hands out several connections · client: has a pool inside or dials when used · connection: one wire · orm: a library's own object. */
export type ClientKind = 'pool' | 'client' | 'connection' | 'orm'
type Row = {
  readonly match: RegExp
  readonly kind: ClientKind
  readonly what: string
  /** Argument that is an address or an object of options. */
  readonly at?: number
  /** Keys of options that hold an address or a host. */
  readonly keys?: readonly string[]
  /** Without an address it means this machine. */
  readonly bare?: true
  /** The variable that usually holds the address. */
  readonly env?: string
}
const mysql = String.raw`^(mysql2?([./]promise)?|promise-mysql|mariadb)\.`
const rows: readonly Row[] = [
  { match: /^mongoose\.(connect|createConnection)$/, kind: 'client', what: 'MongoDB', env: 'MONGODB_URI' },
  { match: /^mongodb\.MongoClient(\.connect)?$/, kind: 'client', what: 'MongoDB', env: 'MONGODB_URI' },
  { match: /^connect-mongo(\.MongoStore|\.default)?(\.create)?$/, kind: 'client', what: 'MongoDB', keys: ['mongoUrl', 'url'], env: 'MONGODB_URI' },
  { match: /^(pg|@neondatabase\/serverless|@vercel\/postgres)(\.native)?\.Pool$|^pg-pool$/, kind: 'pool', what: 'PostgreSQL', keys: ['connectionString', 'host'], bare: true, env: 'DATABASE_URL' },
  { match: /^pg(\.native)?\.Client$/, kind: 'connection', what: 'PostgreSQL', keys: ['connectionString', 'host'], bare: true, env: 'DATABASE_URL' },
  { match: /^pg-promise\(\)$/, kind: 'pool', what: 'PostgreSQL', keys: ['connectionString', 'host'], env: 'DATABASE_URL' },
  { match: /^postgres$/, kind: 'pool', what: 'PostgreSQL', keys: ['host'], env: 'DATABASE_URL' },
  { match: new RegExp(`${mysql}createPool$`), kind: 'pool', what: 'MySQL', keys: ['uri', 'host'], bare: true, env: 'DATABASE_URL' },
  { match: new RegExp(`${mysql}createConnection$`), kind: 'connection', what: 'MySQL', keys: ['uri', 'host'], bare: true, env: 'DATABASE_URL' },
  { match: /^sequelize(\.Sequelize)?$/, kind: 'orm', what: 'the database', keys: ['host'], env: 'DATABASE_URL' },
  { match: /^sequelize-typescript\.Sequelize$/, kind: 'orm', what: 'the database', keys: ['host'], env: 'DATABASE_URL' },
  { match: /^typeorm\.(DataSource|createConnection)$/, kind: 'orm', what: 'the database', keys: ['url', 'host'], env: 'DATABASE_URL' },
  { match: /^knex(\.knex|\.default)?$/, kind: 'orm', what: 'the database', keys: ['connection'], env: 'DATABASE_URL' },
  { match: /^redis\.createClient$/, kind: 'client', what: 'Redis', keys: ['url', 'host', 'socket'], bare: true, env: 'REDIS_URL' },
  { match: /^ioredis(\.Redis|\.default)?$/, kind: 'client', what: 'Redis', keys: ['host'], bare: true, env: 'REDIS_URL' },
  { match: /^(bull|bullmq\.(Queue|Worker|QueueEvents)|bee-queue)$/, kind: 'client', what: 'Redis', at: 1, keys: ['redis', 'connection', 'host'], env: 'REDIS_URL' },
  { match: /^amqplib(\.callback_api)?\.connect$|^amqp-connection-manager\.connect$/, kind: 'connection', what: 'RabbitMQ', env: 'AMQP_URL' },
  { match: /^@elastic\/elasticsearch\.Client$/, kind: 'client', what: 'Elasticsearch', keys: ['node', 'host'], env: 'ELASTICSEARCH_URL' },
  { match: /^@?prisma\/client\.PrismaClient$|^\.prisma\/client\.PrismaClient$/, kind: 'orm', what: 'the database' },
]

export type Client = { readonly call: JsCall; readonly kind: ClientKind; readonly what: string; /** For people: `new Pool()`, `mongoose.connect()`. */ readonly name: string; readonly env: string | undefined; /** Expressions that give its address or host; none is given when empty. */ readonly addresses: readonly JsNode[]; /** What gives no address, where that means this machine: the call, or one alternative of its options. */ readonly bare: JsNode | undefined; /** Where its options are, if it has any that can be read. */ readonly options: ReturnType<typeof optionsOf> }

export function* databaseClients(program: JsProgram, ...kinds: readonly ClientKind[]): Generator<Client> {
  for (const { match, kind, what, at = 0, keys = [], bare, env } of rows) {
    if (kinds.length > 0 && !kinds.includes(kind)) continue
    for (const call of program.callsMatching(match)) {
      const name = callName(program, call)
      const objects = call.args.filter((arg) => program.values(arg).some((value) => value.kind === 'literal-object'))
      const options = optionsOf(program, objects[0] ?? undefined)
      const first = call.args[at]
      const plain = first && !objects.includes(first) ? [first] : []
      const addresses = [...plain, ...objects.flatMap((object) => keys.flatMap((key) => nested(program, object, key, keys)))]
      yield { call, kind, what, name, env, addresses, options, bare: bare && !call.spread ? withoutAddress(program, call, keys) : undefined }
    }
  }
}
function withoutAddress(program: JsProgram, call: JsCall, keys: readonly string[]): JsNode | undefined {
  const [first] = call.args
  if (!first) return call.node
  const choices = alternativesOf(program, first).map((node) => ({ node, options: optionsOf(program, node) }))
  const local = choices.find(({ options }) => options.literals.length === 1 && options.complete && ![...keys, 'port', 'socketPath', 'stream'].some((key) => options.get(key).length > 0))
  return local && (choices.length > 1 ? first : call.node)
}
/** `connection: { host }` and `socket: { host }` lie one deeper. */
function nested(program: JsProgram, object: JsNode, key: string, keys: readonly string[]): readonly JsNode[] {
  return optionsOf(program, object).get(key).flatMap((value) => {
    if (!program.values(value).some((one) => one.kind === 'literal-object')) return [value]
    const inner = optionsOf(program, value)
    return ['connectionString', 'url', 'host', ...keys].flatMap((name) => inner.get(name))
  })
}
export function callName(program: JsProgram, call: JsCall): string {
  const callee = call.node.children.find((child) => child.field === 'expression')
  // Texts are kept: an address holds `//` too.
  const text = (callee ? program.text(callee) : '').replace(/(["'`])(?:\\.|(?!\1)[^\\])*\1|\/\*[\s\S]*?\*\/|\/\/[^\r\n]*/g, (part, quote: string | undefined) => (quote === undefined ? '' : part)).replace(/\s+/g, '')
  return `${call.isNew ? 'new ' : ''}${text.length > 50 ? `…${text.slice(text.lastIndexOf('.'))}` : text}()`
}

/** Calls that open a wire or ask something of a database at once. */
export const connecting = new RegExp(
  [
    String.raw`^mongoose\.connect$`,
    String.raw`^mongoose\.createConnection(\(\)\.asPromise)?$`,
    String.raw`^mongodb\.MongoClient(\.connect|\(\)\.connect)$`,
    String.raw`^connect-mongo(\.MongoStore|\.default)?\.create$`,
    String.raw`^(pg|@neondatabase/serverless)(\.native)?\.(Pool|Client)\(\)\.(connect|query)$`,
    String.raw`^(mysql2?([./]promise)?|promise-mysql|mariadb)\.(createConnection(\(\)\.(connect|query|execute))?|createPool\(\)\.(getConnection|query|execute))$`,
    String.raw`^sequelize(-typescript)?(\.Sequelize)?\(\)\.(authenticate|query)$`,
    String.raw`^typeorm\.(createConnection|createConnections|DataSource\(\)\.initialize)$`,
    String.raw`^redis\.createClient\(\)\.connect$`,
    String.raw`^@?prisma/client\.PrismaClient\(\)\.\$connect$`,
    String.raw`^amqplib(\.callback_api)?\.connect$`,
  ].join('|'),
)
export const connectingCalls = (program: JsProgram): Iterable<JsCall> => program.callsMatching(connecting)
