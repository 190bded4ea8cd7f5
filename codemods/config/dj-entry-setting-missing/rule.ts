import type { Problem, PythonProgram, Remedy, Rule, RuleContext } from '../../../src/types.js'
import { looksForEntry } from '../../../src/lang/python/entry/entry.js'
import { quotePython } from '../../../src/lang/python/edit.js'
import { defineAfter, quoteLike, setTo, takesLines } from '../../../src/lang/python/django/edit-setting.js'
import type { Effect } from '../../../src/lang/python/django/effective.js'
import { managePath, modulePath, projectRoots } from '../../../src/lang/python/django/project.js'
import { builtEffects, builtSettings, placeInBuild } from '../../../src/lang/python/django/served.js'
import { nameFrom } from '../../../src/lang/python/modules.js'
import { literalText } from '../../../src/lang/python/program.js'

export const djEntrySettingMissing = {
  id: 'dj-entry-setting-missing',
  title: 'Settings that do not lead to the application',
  hazard: 'missing-entry',
  language: 'config',
  about: 'python',
  assumes: 'entry-by-convention',
  severity: 'blocks',
  *check(program: PythonProgram, context: RuleContext): Generator<Problem> {
    const { repo, app, target } = context
    const settings = builtSettings(program)
    if (!looksForEntry(context) || !settings || managePath(repo, app.entry.file) === undefined) return
    const asgi = builtEffects(program, 'ASGI_APPLICATION').at(-1)
    const wsgi = builtEffects(program, 'WSGI_APPLICATION').at(-1)
    const named = asgi ?? wsgi
    if (!named) {
      if (target.serves?.(repo, app) !== undefined) return
      const near = ['ROOT_URLCONF', 'MIDDLEWARE', 'INSTALLED_APPS'].flatMap((key) => builtEffects(program, key).slice(-1))[0]
      const module = near?.scope.module ?? settings
      const written = applicationOf(context)
      yield {
        ...placeInBuild(program, near?.statement ?? settings.root, module, 'neither WSGI_APPLICATION nor ASGI_APPLICATION is set'),
        message: `The settings name no application: the build runs manage.py and takes it from ASGI_APPLICATION or WSGI_APPLICATION, and without either the deploy is refused ("could not resolve the application entrypoint"). Set WSGI_APPLICATION.`,
        remedy:
          !near || !written || module.brokenAt !== undefined || !takesLines(near)
            ? { kind: 'manual', reason: written ? `Set WSGI_APPLICATION = "${written}" in ${module.path}.` : 'There is no wsgi.py: make one with get_wsgi_application(), and name it in WSGI_APPLICATION.' }
            : { kind: 'fix', safety: 'safe', title: `Name ${written} in WSGI_APPLICATION`, changes: defineAfter(near, [`WSGI_APPLICATION = ${quotePython(written)}`]) },
      }
      return
    }
    yield* wrongName(program, context, named)
  },
} satisfies Rule

function* wrongName(program: PythonProgram, context: RuleContext, { node, scope, key, uncertain }: Effect): Generator<Problem> {
  const { repo, app } = context
  const { module } = scope
  const text = literalText(node, module.text)
  if (text === undefined || uncertain || node.kind !== 'string' || !text.includes('.')) return
  const [dotted, symbol] = [text.split('.').slice(0, -1).join('.'), text.split('.').at(-1) ?? '']
  const path = modulePath(repo, projectRoots(repo, app.entry.file), dotted)
  const source = path === undefined ? undefined : repo.text(path)
  const right = key === 'WSGI_APPLICATION' ? applicationOf(context) : undefined
  const written = source === undefined ? right : ['application', 'app'].filter((name) => binds(source, name)).map((name) => `${dotted}.${name}`)[0]
  if (source !== undefined && binds(source, symbol)) return
  const remedy: Remedy =
    written === undefined || module.brokenAt !== undefined
      ? { kind: 'manual', reason: `Let ${key} name the object that get_${key === 'WSGI_APPLICATION' ? 'wsgi' : 'asgi'}_application() is bound to.` }
      : { kind: 'fix', safety: 'safe', title: `Name ${written} in ${key}`, changes: [setTo({ node, scope }, quoteLike(module, node, written))] }
  yield {
    ...placeInBuild(program, node, module, `${key} is ${text}`),
    message: source === undefined
      ? `${key} names ${text}, and there is no module ${dotted} in the project: the build cannot find the application and refuses the deploy. Name the one that is there.`
      : `${key} names ${text}, and ${path ?? dotted} does not bind ${symbol} at its top level: the build takes it by that name and finds nothing, so the deploy is refused. Name what is bound there.`,
    remedy,
  }
}
function binds(source: string, name: string): boolean {
  return new RegExp(`^${name}\\s*(:[^=\\n]+)?=(?!=)|^(async\\s+)?def\\s+${name}\\b|^class\\s+${name}\\b|^from\\s.+\\bimport\\b.*\\b${name}\\b|^from\\s+\\S+\\s+import\\s+\\*`, 'm').test(source) || new RegExp(`=\\s*${name}\\s*=(?!=)|^\\w+\\s*=\\s*${name}\\s*=`, 'm').test(source)
}
/** The dotted name of the application that is there: the app's own entry, or wsgi.py beside the settings. */
function applicationOf({ repo, app }: RuleContext): string | undefined {
  const [root = '.'] = projectRoots(repo, app.entry.file)
  const files = app.entry.kind === 'wsgi' && repo.text(app.entry.file)?.includes('get_wsgi_application') ? [[app.entry.file, app.entry.symbol] as const] : []
  const beside = repo.list(root).filter((path) => /(^|\/)wsgi\.py$/.test(path) && repo.text(path)?.includes('get_wsgi_application')).map((path) => [path, 'application'] as const)
  const [found] = [...files, ...beside].filter(([path, symbol]) => binds(repo.text(path) ?? '', symbol))
  return found && `${nameFrom(root, found[0])}.${found[1]}`
}
