import type { JsProgram, Problem, Remedy, Rule, RuleContext } from '../../../src/types.js'
import { insertImport } from '../../../src/lang/javascript/edit-imports.js'
import { declaredFor, majorOf } from '../../../src/lang/javascript/manifest/dependencies.js'
import { alternativesOf, isNothing, optionsOf } from '../../../src/lang/javascript/options.js'
import { field, type JsNode } from '../../../src/lang/javascript/program.js'
import { canAdd, importedAll, propertyAdded, redisNeeds } from '../../../src/lang/javascript/settings/shared-store.js'
import { endStatement, quoteJs, styleOf } from '../../../src/lang/javascript/style.js'
import type { JsCall } from '../../../src/lang/javascript/types.js'
import { spotted } from '../../../src/lang/spotted.js'

/** Limiters that count in memory unless they are given a store, and those that are nothing but memory. */
const limiters = /^(express-rate-limit(\.(rateLimit|default))?|express-slow-down(\.slowDown)?)$/
const memory = /^(rate-limiter-flexible\.RateLimiterMemory|express-brute\.MemoryStore|express-rate-limit\.MemoryStore)$/

export const stateMemoryRateLimit = {
  id: 'state-memory-rate-limit',
  title: 'Rate limits counted in the memory of one instance',
  hazard: 'in-memory-state',
  language: 'javascript',
  assumes: 'shared-memory',
  severity: 'breaks',
  *check(program: JsProgram, context: RuleContext): Generator<Problem> {
    for (const call of program.callsMatching(limiters)) {
      const options = optionsOf(program, call.args[0])
      const given = options.get('store')
      if (given.length === 0 ? !options.complete : !given.flatMap((node) => alternativesOf(program, node)).every((node) => isNothing(program, node) || program.origins(node).some((origin) => memory.test(origin.replace(/\(\)$/, ''))))) continue
      const place = spotted(program, call, call.node, 'counts requests in memory', 'breaks')
      if (place) yield { ...place, message: messageOf(nameOf(program, call) ?? 'This limiter'), remedy: remedyOf(program, context, call, options.literals, given) }
    }
    for (const call of program.callsMatching(/^rate-limiter-flexible\.RateLimiterMemory$/)) {
      const place = call.node.parent?.kind === 'PropertyAssignment' ? undefined : spotted(program, call, call.node, 'counts requests in memory', 'breaks')
      if (place) yield { ...place, message: messageOf(nameOf(program, call) ?? 'This limiter'), remedy: { kind: 'manual', reason: 'Use RateLimiterRedis (or the limiter for your database) on the host, with this one as its insuranceLimiter.' } }
    }
  },
} satisfies Rule

const messageOf = (name: string): string => `${name} counts requests in the memory of one instance. The host runs several and starts new ones at any time, so limits (of logins, for example) are not kept. Count in a store that all instances share, or let the host's firewall limit requests.`

/** The variable that holds the limiter. */
function nameOf(program: JsProgram, { node }: JsCall): string | undefined {
  const name = node.parent?.kind === 'VariableDeclaration' ? field(node.parent, 'name') : undefined
  return name?.kind === 'Identifier' ? program.text(name) : undefined
}

const redisPackages = { 'rate-limit-redis': '^4.2.0', ioredis: '^5.4.1' }
/** rate-limit-redis is not installed beside an express-rate-limit before 6, which also calls its store in another way. */
function canCountInRedis(context: RuleContext): boolean {
  const limiter = declaredFor(context.repo, context.app.root, 'express-rate-limit')
  return (!limiter || (majorOf(limiter.specifier) ?? 6) >= 6) && canAdd(context, redisPackages)
}

function remedyOf(program: JsProgram, context: RuleContext, call: JsCall, literals: readonly JsNode[], given: readonly JsNode[]): Remedy {
  const { module } = call
  const [literal, ...more] = literals
  if (module.brokenAt !== undefined) return { kind: 'manual', reason: `${module.path} does not parse, so it is not edited.` }
  const manual: Remedy = { kind: 'manual', reason: 'Give the limiter a store on the host: rate-limit-redis, @acpr/rate-limit-postgresql, rate-limit-mongo, or what fits your database. Each limiter needs a prefix of its own.' }
  if (!literal || more.length > 0 || given.length > 0 || module.isTypeScript || program.moduleOf(literal) !== module || !call.names.some((name) => name.startsWith('express-rate-limit')) || !canCountInRedis(context)) return manual
  const style = styleOf(module, { modules: program.modules })
  const { names: [store = '', redis = ''], changes } = importedAll(module, [{ from: 'rate-limit-redis', member: 'RedisStore' }, { from: 'ioredis', local: 'Redis' }])
  if (/\blimitsRedis\b/.test(module.text)) return manual
  // One client for all limiters of the file, each with counters of its own.
  const client = insertImport(module, endStatement(style, `${style.declare} limitsRedis = ${context.target.guard.javascript} ? new ${redis}(process.env.REDIS_URL) : undefined`), style)
  const prefix = `rl:${nameOf(program, call) ?? `${module.path}:${program.line(call.node)}`}:`
  const added = propertyAdded(program, literal, 'store', `${context.target.guard.javascript} ? new ${store}({ prefix: ${quoteJs(prefix, style)}, sendCommand: (...command) => limitsRedis.call(...command) }) : undefined`)
  return {
    kind: 'choice',
    question: 'Where should requests be counted on the host?',
    options: [{ id: 'redis', title: 'Count requests in Redis on the host', changes: [...changes, client, ...added], needs: redisNeeds('rate limits', redisPackages), left: 'Make a Redis database and set REDIS_URL.' }],
    byDefault: 'leave',
  }
}
