/** Limits of Django REST framework and django-ratelimit, counted in a cache that lives in one instance. */
import type { Problem, PythonProgram, RuleContext } from '../../../src/types.js'
import { entriesOf, settingAt, settingEffects } from '../../../src/lang/python/django/settings.js'
import { givenSettings } from '../../../src/lang/python/settings/given-settings.js'
import { served } from '../../../src/lang/python/settings/served.js'
import { redisNeeds } from '../../../src/lang/python/settings/shared-store.js'
import { spotted } from '../../../src/lang/python/settings/spotted.js'
import { cacheInRedis, localDefaultCache } from '../../../src/lang/python/storage/django-caches.js'
import { bare, field, literalText, type PyNode, type PyScope } from '../../../src/lang/python/program.js'

type Limit = { readonly node: PyNode; readonly scope: PyScope; readonly what: string }

export function* djangoLimits(program: PythonProgram, context: RuleContext): Generator<Problem> {
  if (program.app.framework !== 'django') return
  const seen = new Set<string>()
  for (const { node, scope, what } of limits(program)) {
    const alias = what === 'django-ratelimit' ? [...givenSettings(program, 'RATELIMIT_USE_CACHE')].map((given) => (given.node.kind === 'string' ? literalText(given.node, given.scope.module.text) : undefined))[0] : undefined
    const cache = localDefaultCache(program, alias ?? 'default')
    const site = program.siteOf(node, scope)
    if (!cache || !site || seen.has(what)) continue
    const place = spotted(program, site, node, 'limits are counted in the cache', cache.unless === undefined ? 'breaks' : 'degrades')
    if (!place) continue
    seen.add(what)
    const root = settingEffects(program, 'ROOT_URLCONF').find(({ op }) => op === 'set')
    const changes = cache.unless === undefined ? cacheInRedis(program, context, cache, root) : undefined
    const where = cache.said ? `the cache '${cache.alias}' lives in ${cache.kind === 'memory' ? 'the memory' : 'the files'} of one instance` : 'CACHES is not set: the default lives in the memory of one instance'
    yield {
      ...place,
      message: `${what} counts requests in Django's cache, and ${where}${cache.unless === undefined ? '' : ` unless ${cache.unless} is set`}. The host runs several and starts new ones at any time, so limits (of logins, for example) are not kept. Keep the cache in Redis, or let the host's firewall limit requests.`,
      remedy: changes
        ? { kind: 'choice', question: 'Where should requests be counted on the host?', options: [{ id: 'redis', title: 'Keep the cache in Redis on the host', changes, needs: redisNeeds('rate limits'), left: 'Make a Redis database and set REDIS_URL.' }], byDefault: 'leave' }
        : { kind: 'manual', reason: cache.unless === undefined ? 'Set CACHES to a Redis backend on the host.' : `Set ${cache.unless} on the host.` },
    }
  }
}

function* limits(program: PythonProgram): Generator<Limit> {
  const rates = settingAt(program, 'REST_FRAMEWORK', 'DEFAULT_THROTTLE_CLASSES')
  for (const { node, scope } of served(rates)) if (hasElements(node)) yield { node, scope, what: 'Django REST framework' }
  const hasRates = settingAt(program, 'REST_FRAMEWORK', 'DEFAULT_THROTTLE_RATES').some(({ node, scope }) => entriesOf(program, node, scope).length > 0)
  for (const site of program.sites('assignment')) {
    const [left, right] = [field(site.node, 'left'), field(site.node, 'right')]
    // A class of its own may say its rate itself; those of the framework do nothing without one.
    if (left?.kind !== 'identifier' || !right || site.scope.kind !== 'class' || program.text(left, site.module) !== 'throttle_classes' || !hasElements(right)) continue
    if (hasRates || bare(right).children.some((child) => program.values(child, site.scope).some((value) => value.kind === 'class'))) yield { node: right, scope: site.scope, what: 'Django REST framework' }
  }
  if ([...givenSettings(program, 'RATELIMIT_ENABLE')].some(({ node }) => node.kind === 'false')) return
  for (const call of program.callsMatching(/^(django_ratelimit|ratelimit)\.(decorators\.ratelimit|core\.is_ratelimited)$/)) yield { node: call.node, scope: call.scope, what: 'django-ratelimit' }
}
function hasElements(node: PyNode): boolean {
  return ['list', 'tuple'].includes(bare(node).kind) && bare(node).children.some((child) => child.kind !== 'comment')
}
