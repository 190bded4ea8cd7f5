import type { Problem, PythonProgram, Rule, RuleContext } from '../../../src/types.js'
import { baseOrigins } from '../../../src/lang/python/classes.js'
import { literalSetting, servedEffects, servedList } from '../../../src/lang/python/django/served.js'
import { literalText, type PyClass, type PySite } from '../../../src/lang/python/program.js'
import { spotted, type Spotted } from '../../../src/lang/python/settings/spotted.js'

const swapped = 'django.contrib.auth.models.User'

export const djAuthConsistency = {
  id: 'dj-auth-consistency',
  title: 'User model and what goes by it disagree',
  hazard: 'allauth-config',
  language: 'python',
  assumes: 'nothing',
  severity: 'breaks',
  *check(program: PythonProgram, { repo }: RuleContext): Generator<Problem> {
    const model = literalSetting(program, 'AUTH_USER_MODEL')
    const effect = servedEffects(program, 'AUTH_USER_MODEL').at(-1)
    if (typeof model !== 'string' || model === 'auth.User' || !effect) return
    const [label = '', name = ''] = model.split('.')
    yield* notInstalled(program, repo, label, model)
    yield* oldModel(program, model)
    yield* withoutUsername(program, label, name)
  },
} satisfies Rule

function* notInstalled(program: PythonProgram, repo: RuleContext['repo'], label: string, model: string): Generator<Problem> {
  const { items, complete } = servedList(program, 'INSTALLED_APPS')
  const effect = servedEffects(program, 'AUTH_USER_MODEL').at(-1)
  if (!complete || !effect || items.some(({ text }) => text.split('.').includes(label))) return
  // An AppConfig may give its app another label.
  if (repo.list().some((path) => /(^|\/)apps\.py$/.test(path) && new RegExp(`\\blabel\\s*=\\s*["']${label}["']`).test(repo.text(path) ?? ''))) return
  const place = at(program, program.siteOf(effect.node, effect.scope), effect.node, `AUTH_USER_MODEL is ${model}`, 'blocks')
  if (place)
    yield { ...place, severity: 'blocks', message: `AUTH_USER_MODEL is ${model}, and no app called ${label} is in INSTALLED_APPS: Django cannot load its apps, so nothing starts (ImproperlyConfigured). Add the app, or correct the name.`, remedy: { kind: 'manual', reason: 'Which of the two is meant is known only to its owner.' } }
}

/** `User.objects`, relations to User: the model is not there once another one takes its place. */
function* oldModel(program: PythonProgram, model: string): Generator<Problem> {
  const relation = /^django\.db\.models\.(fields\.related\.)?(ForeignKey|OneToOneField|ManyToManyField)$/
  const seen = new Set<string>()
  const found: { readonly site: PySite; readonly what: string }[] = []
  for (const site of program.sites('attribute')) if (program.origins(site.node, site.scope).includes(`${swapped}.objects`)) found.push({ site, what: 'User.objects is asked' })
  for (const call of program.callsMatching(relation)) {
    const to = call.args[0] ?? call.kwargs.get('to')
    if (!to) continue
    const text = to.kind === 'string' ? literalText(to, call.module.text) : undefined
    if (text === 'auth.User' || program.origins(to, call.scope).includes(swapped)) found.push({ site: call, what: 'a relation to it is declared' })
  }
  for (const { site, what } of found) {
    const key = `${site.module.path}:${program.line(site.node, site.module)}`
    if (seen.has(key)) continue
    seen.add(key)
    const place = at(program, site, site.node, what, 'breaks')
    if (place)
      yield {
        ...place,
        message: `${what.startsWith('User') ? 'User.objects of' : 'A relation to'} django.contrib.auth is used here, and AUTH_USER_MODEL puts ${model} in its place: ${what.startsWith('User') ? "it raises \"Manager isn't available; 'auth.User' has been swapped\"" : 'checks and migrations fail (fields.E301), and the relation leads to a table that nobody fills'}. Use ${what.startsWith('User') ? 'get_user_model()' : 'settings.AUTH_USER_MODEL'}.`,
        remedy: { kind: 'manual', reason: 'Rows that are there already belong to one of the two tables, so a person has to look at the data as well.' },
      }
  }
}

/** allauth goes by a user name unless it is told that there is none. */
function* withoutUsername(program: PythonProgram, label: string, name: string): Generator<Problem> {
  if (!servedList(program, 'INSTALLED_APPS').items.some(({ text }) => text === 'allauth.account') || servedEffects(program, 'ACCOUNT_USER_MODEL_USERNAME_FIELD').length > 0) return
  const cls = userClass(program, label, name)
  if (!cls || !hasNoUsername(program, cls)) return
  const site = program.siteOf(cls.node, cls.scope.parent ?? cls.scope)
  const place = at(program, site, cls.node.children.find((child) => child.field === 'name') ?? cls.node, 'the user model has no user name', 'breaks')
  if (place)
    yield { ...place, message: `${name} has no user name, and allauth goes by one unless it is told otherwise: signing up fails (FieldDoesNotExist: ${name} has no field named 'username'). Set ACCOUNT_USER_MODEL_USERNAME_FIELD = None, and what belongs to it in the version of allauth.`, remedy: { kind: 'manual', reason: 'How people log in is a decision; dj-allauth-config says what belongs together once the setting is there.' } }
}
function userClass(program: PythonProgram, label: string, name: string): PyClass | undefined {
  for (const module of program.modules.values()) {
    if (!module.name.split('.').includes(label)) continue
    const binding = module.scope.bindings.get(name)?.at(-1)
    if (binding?.kind === 'class') return binding.cls
  }
  return undefined
}
function hasNoUsername(program: PythonProgram, cls: PyClass): boolean {
  const own = cls.scope.bindings.get('username')?.at(-1)
  if (own) return own.kind === 'assign' && own.value.kind === 'none'
  const bases = [...baseOrigins(program, cls)]
  if (bases.some((origin) => !/^django\.(contrib\.auth\.(models|base_user)\.(AbstractBaseUser|PermissionsMixin)|db\.models\.(base\.)?Model)$/.test(origin))) return false
  return bases.some((origin) => origin.endsWith('.AbstractBaseUser'))
}
function at(program: PythonProgram, site: PySite | undefined, node: PySite['node'], note: string, severity: 'blocks' | 'breaks'): Spotted | undefined {
  return site && spotted(program, site, node, note, severity)
}
