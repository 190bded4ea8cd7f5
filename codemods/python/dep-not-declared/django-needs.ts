/** Packages that Django's settings name in text: apps, middleware, backends, engines. */
import type { PythonProgram } from '../../../src/types.js'
import { listSetting, settingAt, settingEffects, dictSetting } from '../../../src/lang/python/django/settings.js'
import { distributionOf, isStdlib } from '../../../src/lang/python/manifest/distributions.js'
import { underTests } from '../../../src/lang/python/settings/tested.js'
import { isForDevelopment, served } from '../../../src/lang/python/settings/served.js'
import { needsVariable } from '../../../src/lang/python/settings/when-unset.js'
import { djangoDatabases } from '../../../src/lang/python/storage/django-databases.js'
import { bare, literalText, type PyNode, type PyScope } from '../../../src/lang/python/program.js'
import type { HiddenNeed } from './hidden-needs.js'

type Named = { readonly text: string; readonly node: PyNode; readonly scope: PyScope }
const drivers: Readonly<Record<string, string>> = { postgresql: 'psycopg2-binary|psycopg2|psycopg|psycopg-binary', postgis: 'psycopg2-binary|psycopg2|psycopg|psycopg-binary', mysql: 'mysqlclient|pymysql|mysql-connector-python', oracle: 'oracledb|cx-oracle' }
/** Backends of Django's own that need a package. */
const backends: readonly (readonly [RegExp, string])[] = [
  [/^django\.core\.cache\.backends\.redis\.RedisCache$/, 'redis'],
  [/^django\.core\.cache\.backends\.memcached\.PyMemcacheCache$/, 'pymemcache'],
  [/^django\.core\.cache\.backends\.memcached\.PyLibMCCache$/, 'pylibmc'],
  [/^django\.template\.backends\.jinja2\.Jinja2$/, 'jinja2'],
]

export function* djangoNeeds(program: PythonProgram): Generator<HiddenNeed> {
  if (program.app.framework !== 'django') return
  for (const { text, node, scope } of named(program)) {
    const site = program.siteOf(node, scope)
    if (!site || underTests(node, scope) || needsVariable(program, node, scope)) continue
    const own = backends.find(([pattern]) => pattern.test(text))?.[1]
    const dist = own === undefined ? packageOf(program, text, scope) : own
    if (dist !== undefined) yield { dist, subject: `The settings name '${text}'`, site: { ...site, node } }
  }
  for (const { engine, site, alias, certain } of djangoDatabases(program)) {
    const dist = drivers[engine]
    if (dist !== undefined && certain) yield { dist, subject: `The database '${alias}' is ${engine}, which Django reaches through ${dist.split('|')[0] ?? dist}`, site }
  }
  const [image] = program.calls('django.db.models.ImageField')
  if (image) yield { dist: 'pillow', subject: 'An ImageField needs Pillow', site: image }
}
/** The distribution of a dotted name that is neither Django's nor the repo's. */
function packageOf(program: PythonProgram, text: string, scope: PyScope): string | undefined {
  const [top = ''] = text.split('.')
  if (!/^[A-Za-z_][\w.]*$/.test(text) || top === 'django' || isStdlib(top)) return undefined
  if (program.find(top, scope.module) !== undefined || [...program.modules.values()].some(({ name, path }) => name === top || name.startsWith(`${top}.`) || path.split('/').includes(top))) return undefined
  const dist = distributionOf(text)
  return dist?.known ? dist.name : undefined
}

function* named(program: PythonProgram): Generator<Named> {
  for (const key of ['INSTALLED_APPS', 'MIDDLEWARE', 'AUTHENTICATION_BACKENDS']) yield* listSetting(program, key).items.filter(({ module }) => !isForDevelopment(module))
  for (const key of ['SESSION_ENGINE', 'EMAIL_BACKEND', 'DEFAULT_FILE_STORAGE', 'STATICFILES_STORAGE'])
    for (const { effect } of served(settingEffects(program, key).map((one) => ({ effect: one })))) if (effect.op === 'set') yield* text(effect)
  for (const key of ['CACHES', 'STORAGES', 'CHANNEL_LAYERS'])
    for (const entry of dictSetting(program, key)) for (const found of served(settingAt(program, key, entry.key, 'BACKEND'))) yield* text(found)
}
function* text({ node, scope }: { readonly node: PyNode; readonly scope: PyScope }): Generator<Named> {
  const at = bare(node)
  const found = at.kind === 'string' ? literalText(at, scope.module.text) : undefined
  if (found !== undefined) yield { text: found, node: at, scope }
}
