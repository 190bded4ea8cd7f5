import type { Problem, PythonProgram, Remedy, Rule, RuleContext } from '../../../src/types.js'
import { alternatives, type Alternative } from '../../../src/lang/python/settings/alternatives.js'
import { givenSettings } from '../../../src/lang/python/settings/given-settings.js'
import { globalStates } from '../../../src/lang/python/state/global-state.js'
import { onHost } from '../../../src/lang/python/settings/host-value.js'
import { redisNeeds, settingBeside } from '../../../src/lang/python/settings/shared-store.js'
import { spotted } from '../../../src/lang/python/settings/spotted.js'
import { field, literalText, type PySite } from '../../../src/lang/python/program.js'
import { djangoCaches } from './django.js'

const simple = /^(simple|SimpleCache|(flask_caching\.backends\.)?(simplecache\.)?SimpleCache)$/
const clearing = /^flask_caching\.Cache\(\)\.(delete|delete_many|delete_memoized|delete_memoized_verhash|clear)$/

export const stateProcessCache = {
  id: 'state-process-cache',
  title: 'Cache in the memory of one instance',
  hazard: 'in-memory-state',
  language: 'python',
  assumes: 'shared-memory',
  severity: 'degrades',
  *check(program: PythonProgram, context: RuleContext): Generator<Problem> {
    yield* flaskCaching(program, context)
    yield* djangoCaches(program, context)
    yield* fastapiCache(program)
    yield* cleared(program)
    for (const { home, changes, kind } of globalStates(program)) {
      if (kind !== 'memo') continue
      const fill = changes.find((change) => change.how === 'item' && change.method !== 'del')
      const drop = changes.find((change) => change !== fill && change.site.fn !== fill?.site.fn)
      const place = drop && spotted(program, drop.site, drop.site.node, `clears ${home.name}`, 'breaks')
      if (place) yield { ...place, message: told(`${home.name} is cleared here`), remedy: manual }
    }
  },
} satisfies Rule

const manual: Remedy = { kind: 'manual', reason: 'Keep what has to be thrown away in Redis or in the host\'s shared cache, or let it expire after a time that is short enough.' }
const told = (what: string): string => `${what}, but only in the instance that runs this. The others go on with the old value, so users see stale data. Keep the cache in Redis, or let values expire soon.`

function* flaskCaching(program: PythonProgram, context: RuleContext): Generator<Problem> {
  const calls = [...program.calls('flask_caching.Cache', 'flask_caching.Cache().init_app')]
  if (calls.length === 0) return
  const own = calls.flatMap((call) => {
    const config = call.kwargs.get('config') ?? call.args.find((arg) => arg.kind === 'dictionary')
    const dicts = config?.kind === 'dictionary' ? [{ node: config, scope: call.scope }] : config ? program.definitions(config, call.scope) : []
    return dicts.flatMap(({ node, scope }) => node.children.flatMap((pair) => {
      const [key, value] = [field(pair, 'key'), field(pair, 'value')]
      return key?.kind === 'string' && value && literalText(key, scope.module.text) === 'CACHE_TYPE' ? [{ node: value, scope }] : []
    }))
  })
  const clears = [...program.callsMatching(clearing)].some((call) => call.runs.some((run) => run.when === 'request'))
  for (const given of [...own, ...givenSettings(program, 'CACHE_TYPE')])
    for (const at of alternatives(program, given.node, given.scope)) {
      const text = at.node.kind === 'string' ? literalText(at.node, at.scope.module.text) : undefined
      const site = text !== undefined && simple.test(text) ? program.siteOf(at.node, at.scope) : undefined
      const place = site && spotted(program, site, at.node, 'the cache lives in memory', clears ? 'breaks' : 'degrades')
      if (!place) continue
      yield {
        ...place,
        message: clears ? told('Flask-Caching keeps values in memory, and views delete some of them') : 'Flask-Caching keeps values in the memory of one instance. The host runs several and starts new ones at any time, so most requests find nothing in it. Keep the cache in Redis if it is to help.',
        remedy: remedyOf(program, context, at),
      }
      return
    }
}
function remedyOf(program: PythonProgram, { target }: RuleContext, { node, scope }: Alternative): Remedy {
  if (scope.module.brokenAt !== undefined) return manual
  const beside = settingBeside(program, target, node, scope, 'CACHE_REDIS_URL', '{os}.environ.get("REDIS_URL")')
  if (!beside) return manual
  const fix = { title: 'Keep the cache in Redis on the host', changes: [...onHost(target, node, scope, '"RedisCache"'), ...beside], needs: redisNeeds('the cache'), left: 'Make a Redis database and set REDIS_URL.' }
  return { kind: 'choice', question: 'Where should cached values live on the host?', options: [{ id: 'redis', ...fix }], byDefault: 'leave' }
}

/** `FastAPICache.init(InMemoryBackend())`. */
function* fastapiCache(program: PythonProgram): Generator<Problem> {
  const clears = [...program.callsMatching(/^fastapi_cache\.FastAPICache\.clear$/)].some((call) => call.runs.some((run) => run.when === 'request'))
  for (const call of program.callsMatching(/^fastapi_cache(\.\w+)*\.InMemory(Cache)?Backend$/)) {
    const place = spotted(program, call, call.node, 'the cache lives in memory', clears ? 'breaks' : 'degrades')
    if (place) yield { ...place, message: clears ? told('fastapi-cache keeps values in memory, and requests clear them') : 'fastapi-cache keeps values in the memory of one instance. The host runs several and starts new ones at any time, so most requests find nothing in it. Use its Redis backend if the cache is to help.', remedy: { kind: 'manual', reason: 'RedisBackend takes a client of redis.asyncio for the address of a Redis database; keep the memory backend for a local start.' } }
  }
}

/** `prices.cache_clear()` in a view, for functions with lru_cache. */
function* cleared(program: PythonProgram): Generator<Problem> {
  for (const call of program.callsMatching(/^(functools\.(lru_cache|cache)|cachetools\.(func\.)?\w+)(\(\))+\.cache_clear$/)) {
    const serving = call.runs.filter((run) => run.when === 'request')
    const site: PySite = { ...call, runs: serving }
    const place = serving.length > 0 ? spotted(program, site, call.node, 'clears a cached function', 'breaks') : undefined
    if (place) yield { ...place, message: told('What a cached function remembers is cleared here'), remedy: manual }
  }
}
