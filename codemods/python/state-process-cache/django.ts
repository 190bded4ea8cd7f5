/** Django's cache framework over one instance's memory or disk. */
import type { Problem, PythonProgram, Remedy, RuleContext } from '../../../src/types.js'
import { settingEffects } from '../../../src/lang/python/django/settings.js'
import { cacheInRedis, localCaches, type LocalCache } from '../../../src/lang/python/storage/django-caches.js'
import { redisNeeds } from '../../../src/lang/python/settings/shared-store.js'
import { spotted } from '../../../src/lang/python/settings/spotted.js'
import type { PyCall } from '../../../src/lang/python/program.js'

const uses = /^django\.core\.cache\.(cache|caches\[\])\.\w+$|^django\.views\.decorators\.cache\.cache_page$|^django\.core\.cache\.utils\./
/** Others have to see it: what is thrown away, counted or taken as a lock. */
const shared = /\.(delete|delete_many|clear|incr|decr|add)$/

export function* djangoCaches(program: PythonProgram, context: RuleContext): Generator<Problem> {
  const calls = [...program.callsMatching(uses)].filter((call) => call.runs.some((run) => run.when === 'request' || run.when === 'import'))
  const tells = calls.filter((call) => call.names.some((name) => shared.test(name)) && call.runs.some((run) => run.when === 'request'))
  for (const cache of localCaches(program)) {
    // `cache` is the default one; the others are reached by their names.
    const telling = tells.find((call) => cache.alias === 'default' || call.names.some((name) => name.includes('.caches[]')))
    const first = telling ?? calls[0]
    const base = cache.unless !== undefined ? 'degrades' : telling || cache.kind === 'files' ? 'breaks' : 'degrades'
    const site = cache.said?.site ?? first
    // Set up and not used, it does no harm; another alias is used by its name.
    if (!site || !first || (cache.alias !== 'default' && !usesAlias(program, cache.alias))) continue
    const place = spotted(program, cache.said ? site : { ...site, runs: site.runs.filter((run) => run.when === 'request' || site.runs.length === 1) }, cache.said?.node ?? first.node, `the cache '${cache.alias}' lives in ${cache.kind === 'memory' ? 'memory' : 'files'}`, base)
    if (!place) continue
    yield { ...place, message: messageOf(program, cache, telling), remedy: remedyOf(program, context, cache) }
  }
}
function usesAlias(program: PythonProgram, alias: string): boolean {
  return [...program.sites('string')].some(({ node, module }) => program.text(node, module).slice(1, -1) === alias && node.parent?.kind !== 'pair')
}
function messageOf(program: PythonProgram, { alias, kind, said, unless }: LocalCache, telling: PyCall | undefined): string {
  const which = said ? `The cache '${alias}'` : 'CACHES is not set, so the cache'
  const but = unless === undefined ? '' : ` unless ${unless} is set`
  const where = kind === 'memory' ? `lives in the memory of one instance${but}` : `is kept in files${but}`
  if (kind === 'files') return `${which} ${where}. On the host the code's folder is read-only and every instance has a disk of its own: storing a value fails, or the other instances never see it. Keep the cache in Redis.`
  if (!telling) return `${which} ${where}. The host runs several and starts new ones at any time, so most requests find nothing in it. Keep the cache in Redis if it is to help.`
  return `${which} ${where}, and ${telling.fn?.qualname ?? telling.module.path}() changes in it what others have to see (${program.line(telling.node, telling.module) > 0 ? `${telling.module.path}:${program.line(telling.node, telling.module)}` : telling.module.path}). The other instances go on with what they had. Keep the cache in Redis.`
}
function remedyOf(program: PythonProgram, context: RuleContext, cache: LocalCache): Remedy {
  if (cache.unless !== undefined) return { kind: 'fix', safety: 'review', title: `Have ${cache.unless} set on the host`, changes: [], needs: [{ kind: 'env', name: cache.unless, secret: /UR[LI]/.test(cache.unless), why: 'leads to the shared cache' }] }
  const root = settingEffects(program, 'ROOT_URLCONF').find(({ op }) => op === 'set')
  const changes = cacheInRedis(program, context, cache, root)
  if (!changes) return { kind: 'manual', reason: 'Set CACHES to a Redis backend on the host: the entry has options of its own, or Django is older than its Redis backend.' }
  return { kind: 'choice', question: 'Where should cached values live on the host?', options: [{ id: 'redis', title: 'Keep the cache in Redis on the host', changes, needs: redisNeeds('the cache'), left: 'Make a Redis database and set REDIS_URL.' }], byDefault: 'leave' }
}
