import type { Fix, JsProgram, Problem, Remedy, Rule, RuleContext } from '../../../src/types.js'
import { alternativesOf, isNothing, optionsOf } from '../../../src/lang/javascript/options.js'
import type { JsNode } from '../../../src/lang/javascript/program.js'
import { canAdd, dependsOn, importedAll, propertyAdded, redisNeeds } from '../../../src/lang/javascript/settings/shared-store.js'
import type { JsCall } from '../../../src/lang/javascript/types.js'
import { declaredFor, majorOf } from '../../../src/lang/javascript/manifest/dependencies.js'
import { spotted } from '../../../src/lang/spotted.js'

/** Stores of one instance, and where they keep sessions. */
const local: readonly (readonly [RegExp, string])[] = [
  [/^express-session\.MemoryStore\(\)$|^memorystore\(\)\(\)$/, 'in memory'],
  [/^session-file-store\(\)\(\)$/, 'in files'],
  [/^connect-sqlite3\(\)\(\)$|^better-sqlite3-session-store\(\)\(\)$/, 'in a file of SQLite'],
]

export const stateSessionStore = {
  id: 'state-session-store',
  title: 'Sessions kept by one instance',
  hazard: 'in-memory-session',
  language: 'javascript',
  assumes: 'shared-memory',
  severity: 'breaks',
  *check(program: JsProgram, context: RuleContext): Generator<Problem> {
    for (const call of program.calls('express-session')) {
      const options = optionsOf(program, call.args[0])
      const given = options.get('store')
      if (given.length === 0 && !options.complete) continue
      const where = given.length === 0 ? 'in memory' : keptIn(program, given)
      const place = where === undefined ? undefined : spotted(program, call, call.node, `sessions are kept ${where}`, 'breaks')
      if (!place || where === undefined) continue
      yield {
        ...place,
        message: `express-session keeps sessions ${where}${given.length === 0 ? ', as no store is given' : ''}. The host runs several instances and starts new ones at any time, each with sessions of its own, so users are logged out at random. Keep sessions in a database or in Redis, or in a signed cookie (cookie-session).`,
        remedy: remedyOf(program, context, call, options.literals, given),
      }
    }
  },
} satisfies Rule

/** Where the stores keep sessions, if all of those that the host may take are of one instance. */
function keptIn(program: JsProgram, given: readonly JsNode[]): string | undefined {
  const kept = given.flatMap((node) => alternativesOf(program, node)).map((node) => {
    if (isNothing(program, node)) return 'in memory'
    const origins = program.origins(node)
    return local.find(([store]) => origins.some((origin) => store.test(origin)))?.[1]
  })
  return kept.every((one) => one !== undefined) ? kept[0] : undefined
}

function remedyOf(program: JsProgram, context: RuleContext, call: JsCall, literals: readonly JsNode[], given: readonly JsNode[]): Remedy {
  const { module } = call
  const [literal, ...more] = literals
  if (module.brokenAt !== undefined) return { kind: 'manual', reason: `${module.path} does not parse, so it is not edited.` }
  const options = !literal || more.length > 0 || given.length > 0 || program.moduleOf(literal) !== module ? [] : [mongo(program, context, literal), postgres(program, context, call, literal), redis(program, context, literal)].flatMap((option) => option ?? [])
  const [first] = options
  if (!first) return { kind: 'manual', reason: 'Give the session a store that all instances share on the host: connect-mongo, connect-pg-simple, connect-redis, or what fits your database.' }
  return { kind: 'choice', question: 'Where should sessions live on the host?', options, byDefault: first.id === 'redis' ? 'leave' : first.id }
}
type Option = { readonly id: string } & Fix

/** connect-mongo by the drivers that its peer range takes: npm refuses to install it beside any other. */
function mongoStore({ repo, app }: RuleContext): { readonly specifier: string; readonly isNamed: boolean } | undefined {
  const declared = declaredFor(repo, app.root, 'mongodb')
  if (!declared) return { specifier: '^5.1.0', isNamed: false }
  const driver = majorOf(declared.specifier)
  if (driver === undefined || driver < 4) return undefined
  // What is required of version 6 has the class only under its name.
  return driver === 4 ? { specifier: '^4.6.0', isNamed: false } : driver < 7 ? { specifier: '^5.1.0', isNamed: false } : { specifier: '^6.0.0', isNamed: true }
}
/** The database that the app has anyway. */
function mongo(program: JsProgram, context: RuleContext, literal: JsNode): Option | undefined {
  const version = mongoStore(context)
  if (!dependsOn(context, 'mongoose', 'mongodb') || !version || !canAdd(context, { 'connect-mongo': version.specifier })) return undefined
  const module = program.moduleOf(literal)
  const variable = addressIn(program, /^mongoose\.(connect|createConnection)$|^mongodb\.MongoClient(\.connect)?$/) ?? 'MONGODB_URI'
  const { names: [store = ''], changes } = importedAll(module, [{ from: 'connect-mongo', ...(version.isNamed ? { member: 'MongoStore' } : { local: 'MongoStore' }) }])
  const added = propertyAdded(program, literal, 'store', `${context.target.guard.javascript} ? ${store}.create({ mongoUrl: process.env.${variable} }) : undefined`)
  return {
    id: 'mongo', title: 'Keep sessions in MongoDB on the host', changes: [...changes, ...added],
    needs: [{ kind: 'database', engine: 'mongodb' }, { kind: 'env', name: variable, secret: true, why: 'sessions' }, { kind: 'dependency', name: 'connect-mongo', specifier: version.specifier, why: 'sessions' }],
    left: `Set ${variable} on the host.`,
  }
}
function postgres(program: JsProgram, context: RuleContext, call: JsCall, literal: JsNode): Option | undefined {
  const module = program.moduleOf(literal)
  const session = call.node.children.find((child) => child.field === 'expression')
  if (!dependsOn(context, 'pg') || !canAdd(context, { 'connect-pg-simple': '^10.0.0' }) || module.isTypeScript || session?.kind !== 'Identifier') return undefined
  const variable = addressIn(program, /^pg\.(Pool|Client)$/) ?? 'DATABASE_URL'
  const { names: [connect = ''], changes } = importedAll(module, [{ from: 'connect-pg-simple', local: 'connectPgSimple' }])
  const added = propertyAdded(program, literal, 'store', `${context.target.guard.javascript} ? new (${connect}(${program.text(session)}))({ conString: process.env.${variable}, createTableIfMissing: true }) : undefined`)
  return {
    id: 'postgres', title: 'Keep sessions in Postgres on the host', changes: [...changes, ...added],
    needs: [{ kind: 'database', engine: 'postgres' }, { kind: 'env', name: variable, secret: true, why: 'sessions' }, { kind: 'dependency', name: 'connect-pg-simple', specifier: '^10.0.0', why: 'sessions' }],
    left: `Set ${variable} on the host.`,
  }
}
const redisPackages = { 'connect-redis': '^8.1.0', ioredis: '^5.4.1' }
function redis(program: JsProgram, context: RuleContext, literal: JsNode): Option | undefined {
  if (!canAdd(context, redisPackages)) return undefined
  const module = program.moduleOf(literal)
  const { names: [store = '', client = ''], changes } = importedAll(module, [{ from: 'connect-redis', member: 'RedisStore' }, { from: 'ioredis', local: 'Redis' }])
  const added = propertyAdded(program, literal, 'store', `${context.target.guard.javascript} ? new ${store}({ client: new ${client}(process.env.REDIS_URL) }) : undefined`)
  if (module.isTypeScript) return undefined
  return { id: 'redis', title: 'Keep sessions in Redis on the host', changes: [...changes, ...added], needs: redisNeeds('sessions', redisPackages), left: 'Make a Redis database and set REDIS_URL.' }
}
/** The variable that holds the address a client is given. */
function addressIn(program: JsProgram, origin: RegExp): string | undefined {
  for (const call of program.callsMatching(origin)) {
    const [first] = call.args
    const name = first && program.guards.reads(first)[0]
    if (name !== undefined) return name
  }
  return undefined
}
