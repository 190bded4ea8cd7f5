import type { Change, Problem, PythonProgram, Remedy, Rule, RuleContext } from '../../../src/types.js'
import { allauthSettings, assignments, oldSignup, refusedTogether, signupFields, type Conflict } from '../../../src/lang/python/django/allauth.js'
import { defineAfter, outerStatement, setTo, takesLines } from '../../../src/lang/python/django/edit-setting.js'
import { literalSetting, servedEffects, servedList } from '../../../src/lang/python/django/served.js'
import type { Effect } from '../../../src/lang/python/django/effective.js'
import { removeStatement, replaceNode, standsAlone } from '../../../src/lang/python/edit.js'
import { readManifests, type Manifests } from '../../../src/lang/python/manifest/manifest.js'
import { mayInstall, mustInstall } from '../../../src/lang/python/manifest/versions.js'
import { spotted } from '../../../src/lang/python/settings/spotted.js'

const name = 'django-allauth'

export const djAllauthConfig = {
  id: 'dj-allauth-config',
  title: 'allauth settings that contradict each other, or its version',
  hazard: 'allauth-config',
  language: 'config',
  about: 'python',
  assumes: 'nothing',
  severity: 'blocks',
  *check(program: PythonProgram, { app, repo }: RuleContext): Generator<Problem> {
    if (!servedList(program, 'INSTALLED_APPS').items.some(({ text }) => text === 'allauth.account' || text.startsWith('allauth.account.apps.'))) return
    const manifests = readManifests(repo, app)
    if (!mayInstall(manifests, name, '65.2.0')) yield* asserted(program)
    else yield* unchecked(program, manifests)
    if (!mayInstall(manifests, name, '65.4.0')) yield* ignored(program)
    else if (mustInstall(manifests, name, '65.5.0')) yield* deprecated(program)
  },
} satisfies Rule

/** Up to 65.1 `app_settings` asserts while it is imported. */
function* asserted(program: PythonProgram): Generator<Problem> {
  const conflicts = [...refusedTogether(allauthSettings(program))]
  const anchor = anchorOf(program, conflicts)
  const place = anchor && placeOf(program, anchor, 'the settings of allauth contradict each other', 'blocks')
  if (!anchor || !place) return
  yield {
    ...place,
    message: `The settings of allauth contradict each other: ${reasons(conflicts)}. This version of allauth asserts that while it is imported, so the app does not start (AssertionError in allauth/account/app_settings.py). Set ${conflicts.map(({ key, becomes }) => `${key} = ${becomes}`).join(', ')}.`,
    remedy: settle(program, conflicts, anchor),
  }
}

/** From 65.2 on the same is a system check, which no WSGI or ASGI start runs. */
function* unchecked(program: PythonProgram, manifests: Manifests): Generator<Problem> {
  if (servedEffects(program, 'ACCOUNT_LOGIN_METHODS').length > 0 || servedEffects(program, 'ACCOUNT_SIGNUP_FIELDS').length > 0) return
  const conflicts = [...refusedTogether(allauthSettings(program))]
  const anchor = anchorOf(program, conflicts)
  const place = anchor && placeOf(program, anchor, 'the settings of allauth contradict each other', 'advice')
  if (!anchor || !place) return
  const byEmail = mustInstall(manifests, name, '65.5.0') && allauthSettings(program).noUsername === true && !oldSignup.some((key) => servedEffects(program, key).length > 0) && servedEffects(program, 'ACCOUNT_AUTHENTICATION_METHOD').length === 0
  yield {
    ...place,
    severity: 'advice',
    message: `The settings of allauth contradict each other: ${reasons(conflicts)}. Since allauth 65.2 only "manage.py check" and commands such as migrate refuse that; the served app starts with it and signing up or logging in goes wrong. Say it the way that is meant, and run "manage.py check" in the build.`,
    remedy: byEmail
      ? after(anchor, ['ACCOUNT_LOGIN_METHODS = {"email"}', 'ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]'], 'Let people log in by e-mail, as the user model wants')
      : settle(program, conflicts, anchor),
  }
}

/** `ACCOUNT_LOGIN_METHODS` and `ACCOUNT_SIGNUP_FIELDS` came in 65.4 and 65.5: before, nobody reads them. */
function* ignored(program: PythonProgram): Generator<Problem> {
  for (const [key, old] of [['ACCOUNT_LOGIN_METHODS', 'ACCOUNT_AUTHENTICATION_METHOD'], ['ACCOUNT_SIGNUP_FIELDS', 'ACCOUNT_EMAIL_REQUIRED']] as const) {
    const set = assignments(program, key).at(-1)
    const place = set && placeOf(program, set, `${key} is not read`, 'degrades')
    if (!place) continue
    const said = servedEffects(program, old).length > 0
    yield {
      ...place,
      severity: said ? 'advice' : 'degrades',
      message: `${key} belongs to newer versions of allauth than the one that is installed, which ignores it${said ? `; only ${old} and its like count` : ` and goes by ${old}, which is not set`}. Keep the settings of one version: raise allauth to 65.5, or say it with ${old}.`,
      remedy: { kind: 'manual', reason: 'Whether to raise allauth or to drop the setting is a decision about the login of your users.' },
    }
    return
  }
}

/** Old settings on a version that has new ones: read still, with a warning. */
function* deprecated(program: PythonProgram): Generator<Problem> {
  const method = assignments(program, 'ACCOUNT_AUTHENTICATION_METHOD')
  const signup = oldSignup.flatMap((key) => assignments(program, key))
  const [first] = [...method, ...signup]
  // Other packages of the repo may read the old names themselves.
  const place = first && placeOf(program, first, 'a setting that allauth deprecated', 'advice')
  if (!first || !place) return
  yield {
    ...place,
    severity: 'advice',
    message: 'These settings of allauth are deprecated in the installed version: they are read still, each with a warning, and a later version drops them. Say them as ACCOUNT_LOGIN_METHODS and ACCOUNT_SIGNUP_FIELDS.',
    remedy: modernized(program, method, signup) ?? { kind: 'manual', reason: 'They are put together at run time or spread over branches, so a person has to rewrite them.' },
  }
}
function modernized(program: PythonProgram, method: readonly Effect[], signup: readonly Effect[]): Remedy | undefined {
  const all = [...method, ...signup]
  if (all.some((effect) => effect.uncertain || effect.scope.module.brokenAt !== undefined || effect.statement.children[0] === undefined || !standsAlone(effect.scope.module, effect.statement))) return undefined
  if (method.length > 1 || new Set(signup.map(({ key }) => key)).size < signup.length) return undefined
  const changes: Change[] = []
  const [one] = method
  if (one) {
    const value = literalSetting(program, one.key)
    if (typeof value !== 'string') return undefined
    const methods = value.split('_').map((part) => `"${part}"`).join(', ')
    changes.push(servedEffects(program, 'ACCOUNT_LOGIN_METHODS').length > 0 ? removeStatement(one.scope.module, one.statement) : replaceNode(one.scope.module, one.statement, `ACCOUNT_LOGIN_METHODS = {${methods}}`))
  }
  const [head, ...rest] = signup
  if (head) {
    const fields = signupFields(program)
    if (!fields) return undefined
    const has = servedEffects(program, 'ACCOUNT_SIGNUP_FIELDS').length > 0
    changes.push(has ? removeStatement(head.scope.module, head.statement) : replaceNode(head.scope.module, head.statement, `ACCOUNT_SIGNUP_FIELDS = [${fields.map((field) => `"${field}"`).join(', ')}]`))
    for (const effect of rest) changes.push(removeStatement(effect.scope.module, effect.statement))
  }
  return { kind: 'fix', safety: 'review', title: 'Say them the way of the installed version', changes }
}

function anchorOf(program: PythonProgram, conflicts: readonly Conflict[]): Effect | undefined {
  if (conflicts.length === 0) return undefined
  return ['ACCOUNT_USER_MODEL_USERNAME_FIELD', ...conflicts.map(({ key }) => key), 'ACCOUNT_AUTHENTICATION_METHOD', 'ACCOUNT_EMAIL_VERIFICATION'].flatMap((key) => assignments(program, key).at(-1) ?? [])[0]
}
function reasons(conflicts: readonly Conflict[]): string {
  return conflicts.map(({ why }) => why).join('; ')
}
function settle(program: PythonProgram, conflicts: readonly Conflict[], anchor: Effect): Remedy {
  const { module } = anchor.scope
  if (module.brokenAt !== undefined || !takesLines(anchor)) return { kind: 'manual', reason: `Set ${conflicts.map(({ key, becomes }) => `${key} = ${becomes}`).join(', ')} in ${module.path}.` }
  const there = conflicts.flatMap(({ key, becomes }) => assignments(program, key).slice(-1).map((effect) => setTo(effect, becomes)))
  const absent = conflicts.filter(({ key }) => assignments(program, key).length === 0)
  const changes = [...there, ...(absent.length > 0 ? defineAfter(anchor, absent.map(({ key, becomes }) => `${key} = ${becomes}`)) : [])]
  return { kind: 'fix', safety: conflicts.some(({ key }) => key === 'ACCOUNT_UNIQUE_EMAIL') ? 'review' : 'safe', title: 'Make the settings of allauth agree', changes }
}
function after(anchor: Effect, lines: readonly string[], title: string): Remedy {
  return anchor.scope.module.brokenAt !== undefined || !takesLines(anchor) ? { kind: 'manual', reason: `Add ${lines.join(' and ')} to ${anchor.scope.module.path}.` } : { kind: 'fix', safety: 'review', title, changes: defineAfter(anchor, lines) }
}
function placeOf(program: PythonProgram, effect: Effect, note: string, severity: 'blocks' | 'degrades' | 'advice') {
  const site = program.siteOf(effect.node, effect.scope)
  return site && spotted(program, site, outerStatement(effect.node) === effect.statement ? effect.statement : effect.node, note, severity)
}
