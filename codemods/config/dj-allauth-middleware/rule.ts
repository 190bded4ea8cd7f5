import type { Problem, PythonProgram, Rule, RuleContext } from '../../../src/types.js'
import { insertElement, quoteLike, sequenceOf } from '../../../src/lang/python/django/edit-setting.js'
import { servedEffects, servedList } from '../../../src/lang/python/django/served.js'
import { readManifests } from '../../../src/lang/python/manifest/manifest.js'
import { mayInstall } from '../../../src/lang/python/manifest/versions.js'
import { spotted } from '../../../src/lang/python/settings/spotted.js'

const middleware = 'allauth.account.middleware.AccountMiddleware'

export const djAllauthMiddleware = {
  id: 'dj-allauth-middleware',
  title: 'allauth without its middleware',
  hazard: 'allauth-config',
  language: 'config',
  about: 'python',
  assumes: 'nothing',
  severity: 'blocks',
  *check(program: PythonProgram, { app, repo }: RuleContext): Generator<Problem> {
    const account = servedList(program, 'INSTALLED_APPS').items.find(({ text }) => text === 'allauth.account' || text.startsWith('allauth.account.apps.'))
    // Before 0.56 there was no such middleware (django-allauth, account/apps.py).
    if (!account || !mayInstall(readManifests(repo, app), 'django-allauth', '0.56.0')) return
    const { items, complete } = servedList(program, 'MIDDLEWARE')
    if (!complete || items.some(({ text }) => text === middleware)) return
    const set = servedEffects(program, 'MIDDLEWARE').find(({ op }) => op === 'set')
    const site = set && program.siteOf(set.node, set.scope)
    const place = site && spotted(program, site, set.node, 'MIDDLEWARE lacks that of allauth', 'blocks')
    if (!set || !place) return
    const { module } = set.scope
    const sequence = sequenceOf(set.node, module)
    yield {
      ...place,
      message: `allauth.account is installed and ${middleware} is not in MIDDLEWARE: since allauth 0.56 it refuses to start so (ImproperlyConfigured), and no request is answered. Add the middleware at the end of the list.`,
      remedy:
        module.brokenAt !== undefined || !sequence || sequence.children.length === 0
          ? { kind: 'manual', reason: `Add ${middleware} at the end of MIDDLEWARE, which is put together in ${module.path}.` }
          : { kind: 'fix', safety: 'safe', title: 'Add the middleware of allauth', changes: insertElement(module, sequence, quoteLike(module, sequence, middleware)) },
    }
  },
} satisfies Rule
