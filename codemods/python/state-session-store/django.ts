/** Django's sessions in files, or in a cache that lives in one instance. */
import type { Fix, Problem, PythonProgram, Remedy, RuleContext } from '../../../src/types.js'
import { listSetting } from '../../../src/lang/python/django/settings.js'
import { alternatives, type Alternative } from '../../../src/lang/python/settings/alternatives.js'
import { givenSettings } from '../../../src/lang/python/settings/given-settings.js'
import { onHost } from '../../../src/lang/python/settings/host-value.js'
import { spotted } from '../../../src/lang/python/settings/spotted.js'
import { localDefaultCache } from '../../../src/lang/python/storage/django-caches.js'
import { literalText } from '../../../src/lang/python/program.js'

const engine = 'django.contrib.sessions.backends.'

export function* djangoSessions(program: PythonProgram, context: RuleContext): Generator<Problem> {
  if (program.app.framework !== 'django') return
  const alias = [...givenSettings(program, 'SESSION_CACHE_ALIAS')].map(({ node, scope }) => (node.kind === 'string' ? literalText(node, scope.module.text) : undefined))[0]
  const cache = localDefaultCache(program, alias ?? 'default')
  for (const given of givenSettings(program, 'SESSION_ENGINE'))
    for (const at of alternatives(program, given.node, given.scope)) {
      const text = at.node.kind === 'string' ? (literalText(at.node, at.scope.module.text) ?? '') : ''
      const kind = text.startsWith(engine) ? text.slice(engine.length) : ''
      const inCache = (kind === 'cache' || kind === 'cached_db') && cache !== undefined
      if (kind !== 'file' && !inCache) continue
      const unless = at.behind ?? (inCache ? cache.unless : undefined)
      const site = program.siteOf(at.node, at.scope)
      const place = site && spotted(program, site, at.node, `sessions are kept in ${kind === 'file' ? 'files' : 'the cache of one instance'}`, kind === 'cached_db' || unless !== undefined || given.maybe ? 'degrades' : 'breaks')
      if (!place) continue
      yield { ...place, message: messageOf(kind, unless), remedy: remedyOf(program, context, at, kind) }
      return
    }
}
function messageOf(kind: string, unless: string | undefined): string {
  const but = unless === undefined ? '' : ` unless ${unless} is set`
  if (kind === 'file') return `Django keeps sessions in files (SESSION_ENGINE)${but}. Each instance of the host has a disk of its own, so users are logged out at random. Keep them in the database, or small ones in signed cookies.`
  if (kind === 'cached_db') return `Sessions are read from a cache that lives in the memory of one instance${but}, with the database behind it. The host runs several: one goes on with a session that another has changed or ended. Leave the cache out, or keep it in Redis.`
  return `Django keeps sessions in a cache that lives in the memory or on the disk of one instance${but}. The host runs several and starts new ones at any time, so users are logged out at random. Keep sessions in the database, in signed cookies, or the cache in Redis.`
}
function remedyOf(program: PythonProgram, { target }: RuleContext, { node, scope }: Alternative, kind: string): Remedy {
  const { module } = scope
  if (module.brokenAt !== undefined) return { kind: 'manual', reason: `${module.path} does not parse, so it is not edited.` }
  const to = (id: string, backend: string, title: string, left: string): { readonly id: string } & Fix => ({ id, title, changes: onHost(target, node, scope, `"${engine}${backend}"`), left })
  const installed = listSetting(program, 'INSTALLED_APPS').items.some(({ text }) => text === 'django.contrib.sessions')
  const database = installed || kind === 'cached_db' ? [to('database', 'db', 'Keep sessions in the database on the host', 'Sessions live in the table django_session on the host: run `python manage.py migrate` there, and `clearsessions` now and then.')] : []
  const cookie = kind === 'cached_db' ? [] : [to('cookie', 'signed_cookies', 'Keep sessions in signed cookies on the host', 'Sessions go into signed cookies on the host: they must fit into 4 KB, users can read them, and logging out does not end a copy.')]
  const options = [...database, ...cookie]
  const [first] = options
  return { kind: 'choice', question: 'Where should sessions live on the host?', options, byDefault: first?.id ?? 'leave' }
}
