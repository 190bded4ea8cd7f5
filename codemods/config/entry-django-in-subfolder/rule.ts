import { lineAt } from '../../../src/text.js'
import type { Problem, PythonProgram, Rule, RuleContext } from '../../../src/types.js'
import { isObject } from '../../../src/json-text.js'
import { looksForEntry } from '../../../src/lang/python/entry/entry.js'
import { isManage, managePath } from '../../../src/lang/python/django/project.js'
import { builtSettings } from '../../../src/lang/python/django/served.js'
import { dirOf } from '../../../src/lang/python/modules.js'
import { vercelConfigs } from '../vercel-json.js'

export const entryDjangoInSubfolder = {
  id: 'entry-django-in-subfolder',
  title: 'Django project below the root',
  hazard: 'missing-entry',
  language: 'config',
  about: 'python',
  assumes: 'entry-by-convention',
  severity: 'blocks',
  *check(program: PythonProgram, context: RuleContext): Generator<Problem> {
    const { repo, app } = context
    const manage = managePath(repo, app.entry.file)
    const home = manage === undefined ? '.' : dirOf(manage)
    if (!looksForEntry(context) || manage === undefined || home === '.' || isManage(repo, 'manage.py') || !builtSettings(program)) return
    if (isRootOfProject(context, home) || putsItOnThePath(repo.text(app.entry.file) ?? '')) return
    const text = repo.text(manage) ?? ''
    const at = text.indexOf('DJANGO_SETTINGS_MODULE')
    const line = lineAt(text, at)
    const deep = home.includes('/')
    yield {
      path: manage,
      range: { start: at, end: at + 'DJANGO_SETTINGS_MODULE'.length },
      when: 'import',
      trace: [{ file: manage, line, note: `manage.py lies in ${home}` }],
      message: deep
        ? `manage.py lies in ${home}/, and the build looks for it in the root and one folder down only: it finds no Django project. Make ${home} the root of the project.`
        : `manage.py lies in ${home}/, and nothing puts that folder on the import path there: the build is green, and then every request fails with ModuleNotFoundError for the settings package. Make ${home} the root of the project.`,
      remedy: { kind: 'fix', safety: 'review', title: `Make ${home} the root of the project`, changes: [], needs: [{ kind: 'entry' }] },
    }
  },
} satisfies Rule

/** A config in the folder itself, or one above that names it. */
function isRootOfProject({ repo, app }: RuleContext, home: string): boolean {
  if (repo.has(`${home}/vercel.json`)) return true
  for (const { config } of vercelConfigs(repo, app)) {
    const services = config['services']
    for (const service of isObject(services) ? Object.values(services) : []) if (isObject(service) && typeof service['root'] === 'string' && service['root'].replace(/^\.?\/|\/$/g, '') === home) return true
  }
  return false
}
function putsItOnThePath(entry: string): boolean {
  return /\bsys\.path\.(insert|append|extend)\b/.test(entry)
}
