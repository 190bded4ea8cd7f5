/** The way from an SQLite address to a database named by the environment, with SQLite still there for a local start. */
import type { Change, Need, Remedy, RuleContext } from '../../../types.js'
import { replaceNode } from '../edit.js'
import { sqliteName, type DatabaseUrl } from './databases.js'
import { importedAt } from '../settings/host-guard.js'
import { readManifests } from '../manifest/manifest.js'
import { bare } from '../tree.js'
import type { PythonProgram } from '../program.js'

const secret = (name: string): Need => ({ kind: 'env', name, secret: true, why: 'address of the database' })

/** A choice with the option 'postgres'; manual where the code would not run on another database. */
export function postgresInstead(program: PythonProgram, url: DatabaseUrl, context: RuleContext): Remedy {
  const { module } = url.scope
  const driver = driverFor(context, isAsynchronous(url))
  const dependency = driver.needs
  const left = (name: string): string => `Create a PostgreSQL database, set ${name} on the host, create the tables in it, and move what '${sqliteName(url)}' holds. Try the app on it: some SQL differs from SQLite's.${driver.caution}`
  if (url.env !== undefined) {
    const connect = module.brokenAt === undefined ? connectArguments(url) : undefined
    const stuck = connect === undefined ? " The engine's connect_args are for SQLite's driver alone: make them depend on the address." : ''
    return { kind: 'fix', safety: 'review', title: `Have ${url.env} set on the host`, changes: connect ?? [], needs: [secret(url.env), ...dependency], left: `${left(url.env)}${stuck}` }
  }
  if (module.brokenAt !== undefined) return { kind: 'manual', reason: `${module.path} does not parse, so it is not edited.` }
  const obstacle = obstacleOf(program, url)
  if (obstacle !== undefined) return { kind: 'manual', reason: obstacle }
  const connect = connectArguments(url)
  if (connect === undefined) return { kind: 'manual', reason: "The engine gets arguments that only SQLite's driver knows, and its address has no name to test: separate the two first." }
  const os = importedAt(module, url.scope, url.node, 'os')
  const old = module.text.slice(url.node.start, url.node.end)
  const kept = ['conditional_expression', 'lambda'].includes(bare(url.node).kind) && url.node.kind !== 'parenthesized_expression' ? `(${old})` : old
  const changes: Change[] = [...os.changes, ...connect, replaceNode(module, url.node, `${os.name}.environ.get("DATABASE_URL", "")${driver.normalised} or ${kept}`)]
  return {
    kind: 'choice',
    question: `Where should the data of '${sqliteName(url)}' live on the host?`,
    options: [{ id: 'postgres', title: 'In PostgreSQL, named by DATABASE_URL; SQLite stays the default of a local start', changes, needs: [secret('DATABASE_URL'), { kind: 'database', engine: 'postgres' }, ...dependency], left: left('DATABASE_URL') }],
    byDefault: 'postgres',
  }
}

export type Driver = {
  /** Packages that the manifest lacks. */
  readonly needs: readonly Need[]
  /** What follows an address to make it one that this driver takes. Providers still give out `postgres://`, which SQLAlchemy 1.4 and later refuse. */
  readonly normalised: string
  /** A sentence for the person who sets the address. */
  readonly caution: string
}
const drivers = { blocking: ['psycopg2', 'psycopg2-binary', 'psycopg', 'pg8000'], asynchronous: ['asyncpg', 'psycopg'] } as const
/** Of those that are not declared yet: what takes a provider's address as it is written. */
const usual = { blocking: ['psycopg2-binary'], asynchronous: ['psycopg', 'psycopg-binary'] } as const

/** The declared driver, else the usual one. An asynchronous engine refuses the drivers of the others. */
export function driverFor({ repo, app }: RuleContext, asynchronous = false): Driver {
  const { effective } = readManifests(repo, app)
  const names = new Set([...(effective?.requirements ?? []), ...(effective?.elsewhere ?? [])].map(({ name }) => name))
  const kind = asynchronous ? 'asynchronous' : 'blocking'
  const declared = drivers[kind].find((name) => names.has(name))
  const named = declared ?? usual[kind][0]
  const plain = '.replace("postgres://", "postgresql://", 1)'
  return {
    needs: declared === undefined ? usual[kind].map((name) => ({ kind: 'dependency', name, why: 'driver for PostgreSQL' })) : [],
    normalised: named.startsWith('psycopg2') ? plain : `${plain}.replace("postgresql://", "postgresql+${named}://", 1)`,
    caution: named === 'asyncpg' ? ' asyncpg does not know the options sslmode and channel_binding: take them off the address, or write ssl=require.' : '',
  }
}
/** Does an engine of `sqlalchemy.ext.asyncio` take the address? */
export function isAsynchronous({ from }: DatabaseUrl): boolean {
  return from.kind === 'engine' && from.call.names.some((name) => name.endsWith('.create_async_engine'))
}

/** What ties the code to SQLite beyond its address. */
function obstacleOf(program: PythonProgram, url: DatabaseUrl): string | undefined {
  if (url.pieces.some((piece) => /^sqlite\+aiosqlite/.test(piece.text)) && !isAsynchronous(url)) return 'The engine is asynchronous: its address needs another driver, and where the engine is made is not plain.'
  for (const site of program.sites('string')) {
    const text = site.module.text.slice(site.node.start, site.node.end)
    if (/^\w*["']+\s*PRAGMA\s/i.test(text)) return `${site.module.path}:${program.line(site.node, site.module)} sends a PRAGMA, which only SQLite understands: make that depend on the database first.`
  }
  for (const found of program.imports()) if (/^sqlalchemy\.dialects\.sqlite/.test(found.target)) return `${found.module.path}:${program.line(found.node, found.module)} uses SQLAlchemy's SQLite dialect: make that depend on the database first.`
  if (url.from.kind === 'setting') {
    const options = program.settings('SQLALCHEMY_ENGINE_OPTIONS').find(({ node, scope }) => /check_same_thread|StaticPool/.test(scope.module.text.slice(node.start, node.end)))
    return options ? "SQLALCHEMY_ENGINE_OPTIONS holds options that only SQLite's driver knows: make them depend on the database first." : undefined
  }
  if (url.from.call.names.includes('databases.Database')) return 'The database is used asynchronously: its address needs another driver (asyncpg), which is not a matter of one line.'
  return [...url.from.call.kwargs.values()].some((node) => url.from.kind === 'engine' && /StaticPool/.test(url.from.call.module.text.slice(node.start, node.end))) ? 'The engine uses a pool that is meant for SQLite.' : undefined
}

/** `connect_args={"check_same_thread": False}` holds for SQLite alone; undefined when that can't be said in place. */
function connectArguments({ from }: DatabaseUrl): readonly Change[] | undefined {
  const given = from.kind === 'engine' ? from.call.kwargs.get('connect_args') : undefined
  if (from.kind !== 'engine' || given?.kind !== 'dictionary') return []
  const { module } = from.call
  const text = module.text.slice(given.start, given.end)
  if (from.argument.kind !== 'identifier' && from.argument.kind !== 'attribute') return undefined
  return [replaceNode(module, given, `${text} if ${module.text.slice(from.argument.start, from.argument.end)}.startswith("sqlite") else {}`)]
}
