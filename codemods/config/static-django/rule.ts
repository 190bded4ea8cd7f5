import type { Problem, PythonProgram, Rule, RuleContext } from '../../../src/types.js'
import { replaceNode, standsAlone } from '../../../src/lang/python/edit.js'
import { inProject } from '../../../src/lang/python/django/base-dir.js'
import { defineAfter, insertElement, quoteLike, sequenceOf, setTo, takesLines } from '../../../src/lang/python/django/edit-setting.js'
import type { Effect } from '../../../src/lang/python/django/effective.js'
import { builtEffects, literalSetting, servedEffects, servedList } from '../../../src/lang/python/django/served.js'
import { settingAt } from '../../../src/lang/python/django/settings.js'
import { literalText } from '../../../src/lang/python/program.js'
import { readManifests } from '../../../src/lang/python/manifest/manifest.js'
import { mayInstall } from '../../../src/lang/python/manifest/versions.js'
import { spotted, type Spotted } from '../../../src/lang/python/settings/spotted.js'
import { publishedByOldBuilds } from './old-builds.js'

const whitenoise = 'whitenoise.middleware.WhiteNoiseMiddleware'
const own = /^(django\.contrib\.staticfiles\.|whitenoise\.)/

export const staticDjango = {
  id: 'static-django',
  title: 'Static files of Django that nobody collects or serves',
  hazard: 'static-files',
  language: 'config',
  about: 'python',
  assumes: 'nothing',
  severity: 'breaks',
  *check(program: PythonProgram, context: RuleContext): Generator<Problem> {
    if (!servedList(program, 'INSTALLED_APPS').items.some(({ text }) => text.startsWith('django.contrib.staticfiles'))) return
    const backend = storage(program)
    const ignored = [...oldSetting(program, context)]
    yield* ignored
    yield* publishedByOldBuilds(program, context, ignored.length > 0 ? undefined : backend)
    // Storage elsewhere (django-storages, a class of the app's own) has its own way to get files there.
    if (backend && !own.test(backend.text)) return
    yield* withoutRoot(program, context)
    yield* rootAmongSources(program)
    if (context.target.collected === 'app') yield* unserved(program)
  },
} satisfies Rule

export type Backend = { readonly text: string; readonly effect: Effect }

/** The storage of static files that is named; undefined for Django's own default. */
function storage(program: PythonProgram): Backend | undefined {
  for (const { node, scope, effect } of [...settingAt(program, 'STORAGES', 'staticfiles', 'BACKEND'), ...settingAt(program, 'STATICFILES_STORAGE')]) {
    const text = literalText(node, scope.module.text)
    if (text !== undefined && servedEffects(program, effect.key).some((one) => one.node === effect.node)) return { text, effect: { ...effect, node, scope } }
  }
  return undefined
}
function at(program: PythonProgram, effect: Effect, note: string, severity: 'blocks' | 'breaks' | 'degrades'): Spotted | undefined {
  const site = program.siteOf(effect.node, effect.scope)
  return site && spotted(program, site, effect.node, note, severity)
}
const broken = (effect: Effect): boolean => effect.scope.module.brokenAt !== undefined || !takesLines(effect)

function* withoutRoot(program: PythonProgram, { repo, app, target }: RuleContext): Generator<Problem> {
  const served = servedEffects(program, 'STATIC_URL').at(-1)
  if (servedEffects(program, 'STATIC_ROOT').length > 0 || !served || literalSetting(program, 'WHITENOISE_USE_FINDERS') === true) return
  // The build reads the settings that manage.py names: a root there alone collects as well.
  if (target.collected === 'published' && builtEffects(program, 'STATIC_ROOT').length > 0) return
  const place = at(program, served, 'STATIC_ROOT is not set', 'breaks')
  if (!place) return
  const below = (name: string): string => (app.root === '.' ? name : `${app.root}/${name}`)
  const name = repo.list(below('staticfiles')).length > 0 ? 'collected_static' : 'staticfiles'
  const written = inProject(program, served.node, served.scope, name)
  yield {
    ...place,
    message: `STATIC_ROOT is not set, so the build has no place to collect static files into: it skips that without an error, and the admin and every page come without their CSS and scripts. Name a folder that the build may fill.`,
    remedy: broken(served)
      ? { kind: 'manual', reason: `Set STATIC_ROOT to a folder of the project in ${served.scope.module.path}.` }
      : { kind: 'fix', safety: 'safe', title: 'Name a folder for collected static files', changes: [...written.changes, ...defineAfter(served, [`STATIC_ROOT = ${written.text}`])] },
  }
}

function* rootAmongSources(program: PythonProgram): Generator<Problem> {
  const root = servedEffects(program, 'STATIC_ROOT').at(-1)
  if (!root || root.op !== 'set') return
  const folder = only(program.fold.path(root.node, root.scope))
  const sources = servedEffects(program, 'STATICFILES_DIRS').flatMap(({ node, scope }) => sequenceOf(node, scope.module)?.children.map((child) => only(program.fold.path(child, scope))) ?? [])
  if (folder === undefined || !sources.includes(folder)) return
  const place = at(program, root, 'STATIC_ROOT is one of STATICFILES_DIRS', 'blocks')
  const name = folder.endsWith('/staticfiles') || folder === 'repo:staticfiles' ? 'collected_static' : 'staticfiles'
  const written = inProject(program, root.node, root.scope, name)
  if (!place) return
  yield {
    ...place,
    severity: root.uncertain ? 'breaks' : 'blocks',
    message: `STATIC_ROOT is also one of STATICFILES_DIRS: collectstatic refuses to collect a folder into itself (staticfiles.E002), and the build fails. Collect into a folder of its own.`,
    remedy: broken(root)
      ? { kind: 'manual', reason: `Give STATIC_ROOT a folder of its own in ${root.scope.module.path}.` }
      : { kind: 'fix', safety: 'review', title: `Collect static files into ${name}`, changes: [...written.changes, setTo(root, written.text)] },
  }
}
function only(paths: ReturnType<PythonProgram['fold']['path']>): string | undefined {
  const [path, more] = paths
  return path && !more && path.exact ? `${path.base}:${path.text}` : undefined
}

/** Since Django 5.1 nobody reads STATICFILES_STORAGE. */
function* oldSetting(program: PythonProgram, { repo, app }: RuleContext): Generator<Problem> {
  const old = servedEffects(program, 'STATICFILES_STORAGE').at(-1)
  if (!old || old.op !== 'set' || servedEffects(program, 'STORAGES').length > 0 || !mayInstall(readManifests(repo, app), 'django', '5.1')) return
  const place = at(program, old, 'STATICFILES_STORAGE is not read any more', 'degrades')
  if (!place) return
  const { module } = old.scope
  const files = servedEffects(program, 'DEFAULT_FILE_STORAGE').at(-1)
  const simple = !files && !old.uncertain && old.scope.kind === 'module' && standsAlone(module, old.statement) && module.brokenAt === undefined
  yield {
    ...place,
    message: 'Django 5.1 took STATICFILES_STORAGE out: the setting is ignored, and static files are neither compressed nor given names that browsers may keep. Say it in STORAGES.',
    remedy: simple
      ? { kind: 'fix', safety: 'review', title: 'Say the storage in STORAGES', changes: [replaceNode(module, old.statement, ['STORAGES = {', '    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},', `    "staticfiles": {"BACKEND": ${program.text(old.node, module)}},`, '}'].join(/\r\n|\n|\r/.exec(module.text)?.[0] ?? '\n'))] }
      : { kind: 'manual', reason: `Move it${files ? ', and DEFAULT_FILE_STORAGE,' : ''} into STORAGES in ${module.path}.` },
  }
}

/** Where the app serves its own static files, Django does so only with DEBUG. */
function* unserved(program: PythonProgram): Generator<Problem> {
  const { items, complete } = servedList(program, 'MIDDLEWARE')
  if (!complete || items.some(({ text }) => text === whitenoise) || [...program.calls('django.views.static.serve')].length > 0) return
  const set = servedEffects(program, 'MIDDLEWARE').find(({ op }) => op === 'set')
  const place = set && at(program, set, 'nothing in MIDDLEWARE serves static files', 'breaks')
  if (!set || !place) return
  const { module } = set.scope
  const sequence = sequenceOf(set.node, module)
  const security = sequence?.children.find((child) => child.kind === 'string' && literalText(child, module.text) === 'django.middleware.security.SecurityMiddleware')
  const first = sequence?.children.find((child) => child.kind !== 'comment')
  const where = security ? { after: security } : first ? { before: first } : undefined
  yield {
    ...place,
    message: 'Nothing serves the static files there: Django itself does so only while DEBUG is on, so the admin and every page come without their CSS and scripts. Let WhiteNoise serve them, right after the security middleware.',
    remedy:
      broken(set) || !sequence || !where
        ? { kind: 'manual', reason: `Add ${whitenoise} right after SecurityMiddleware to MIDDLEWARE, which is put together in ${module.path}.` }
        : { kind: 'fix', safety: 'review', title: 'Let WhiteNoise serve the static files', changes: insertElement(module, sequence, quoteLike(module, sequence, whitenoise), where), needs: [{ kind: 'dependency', name: 'whitenoise', why: 'serves the static files of Django' }] },
  }
}
