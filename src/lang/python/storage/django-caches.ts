/** Django's caches: which lie in one instance's memory or on its disk, and the edit that puts them into Redis on the host. */
import type { Change, RuleContext } from '../../../types.js'
import { guardedLines, isInClass, takesLines } from '../django/edit-setting.js'
import { dictSetting, entriesOf, settingEffects } from '../django/settings.js'
import { readManifests } from '../manifest/manifest.js'
import { mayInstall } from '../manifest/versions.js'
import { alternatives } from '../settings/alternatives.js'
import { onHost } from '../settings/host-value.js'
import { importedAt } from '../settings/host-guard.js'
import { replacedBelow } from '../settings/replaced.js'
import { served } from '../settings/served.js'
import { settingBeside } from '../settings/shared-store.js'
import { testedVariables, underTests } from '../settings/tested.js'
import { needsVariable } from '../settings/when-unset.js'
import { statementOf } from '../tree.js'
import type { PythonProgram } from '../program.js'
import type { PyNode, PyScope, PySite } from '../types.js'

export type LocalCache = {
  readonly alias: string
  readonly kind: 'memory' | 'files'
  /** The text that names the backend; undefined where Django's default holds because CACHES is not set. */
  readonly said: { readonly node: PyNode; readonly scope: PyScope; readonly site: PySite; readonly entry: PyNode } | undefined
  /** The variable that leads to another cache. */
  readonly unless: string | undefined
}
const memory = /^django\.core\.cache\.backends\.locmem\.LocMemCache$/
const files = /^django\.core\.cache\.backends\.filebased\.FileBasedCache$/
const known = new WeakMap<PythonProgram, readonly LocalCache[]>()

/** Caches that other instances do not see. */
export function localCaches(program: PythonProgram): readonly LocalCache[] {
  const before = known.get(program)
  if (before) return before
  const all = program.app.framework === 'django' ? [...found(program)] : []
  known.set(program, all)
  return all
}
function* found(program: PythonProgram): Generator<LocalCache> {
  const effects = settingEffects(program, 'CACHES')
  if (effects.length === 0) {
    yield { alias: 'default', kind: 'memory', said: undefined, unless: undefined }
    return
  }
  const entries = served(dictSetting(program, 'CACHES'))
  for (const entry of entries)
    for (const one of alternatives(program, entry.node, entry.scope)) {
      if (underTests(one.node, one.scope) || needsVariable(program, one.node, one.scope)) continue
      const backend = entriesOf(program, one.node, one.scope).find(({ key }) => key === 'BACKEND')
      for (const said of backend ? alternatives(program, backend.node, backend.scope) : []) {
        const site = program.siteOf(said.node, said.scope)
        const text = said.node.kind === 'string' ? program.fold.text(said.node, said.scope)[0]?.text ?? '' : ''
        const kind = memory.test(text) ? 'memory' : files.test(text) ? 'files' : undefined
        if (!site || !kind || ['build', 'main', 'never'].includes(program.first(site).when)) continue
        yield { alias: entry.key, kind, said: { node: said.node, scope: said.scope, site, entry: one.node }, unless: said.behind ?? one.behind ?? testedVariables(program, one.node, one.scope)[0] ?? replacedBelow(program, entry, entries, /locmem|filebased/) }
      }
    }
}
/** The default cache, when it is one of them. */
export function localDefaultCache(program: PythonProgram, alias = 'default'): LocalCache | undefined {
  return localCaches(program).find((cache) => cache.alias === alias)
}

/** Edits that put the cache into Redis on the host; `near` is a setting beside which CACHES may be defined where it is absent. */
export function cacheInRedis(program: PythonProgram, { repo, app, target }: RuleContext, cache: LocalCache, near: { readonly node: PyNode; readonly scope: PyScope } | undefined): readonly Change[] | undefined {
  // Django's own Redis backend came with 4.0.
  if (!mayInstall(readManifests(repo, app), 'django', '4.0')) return undefined
  const backend = '"django.core.cache.backends.redis.RedisCache"'
  const { said } = cache
  if (!said) {
    if (!near || near.scope.module.brokenAt !== undefined || isInClass(near) || !takesLines(near)) return undefined
    const os = importedAt(near.scope.module, near.scope, near.node, 'os')
    return [...os.changes, ...guardedLines(target, statementOf(near.node), near.scope, [`CACHES = {"default": {"BACKEND": ${backend}, "LOCATION": ${os.name}.environ["REDIS_URL"]}}`])]
  }
  const { node, scope } = said
  const entries = entriesOf(program, said.entry, scope)
  // Its options would be handed to the Redis client.
  if (scope.module.brokenAt !== undefined || entries.some(({ key }) => key === 'OPTIONS')) return undefined
  const location = entries.find(({ key }) => key === 'LOCATION')
  const place = location ? onHost(target, location.node, location.scope, '{os}.environ["REDIS_URL"]', ['os']) : settingBeside(program, target, node, scope, 'LOCATION', '{os}.environ["REDIS_URL"] if {guard} else ""')
  return place && [...onHost(target, node, scope, backend), ...place]
}
