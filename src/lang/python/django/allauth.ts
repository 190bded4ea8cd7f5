/** What django-allauth makes of its settings, by version: read in its `account/app_settings.py` and `checks.py` (0.54 to 65.14). */
import type { PythonProgram } from '../program.js'
import { hasSetting } from './settings.js'
import { literalSetting, servedEffects } from './served.js'
import type { Effect } from './effective.js'

/** A literal, or the default where it is absent; 'unknown' when it is made at run time. */
type Known<T> = T | 'unknown'
export type AllauthSettings = {
  readonly method: Known<'username' | 'email' | 'username_email'>
  readonly emailRequired: Known<boolean>
  readonly usernameRequired: Known<boolean>
  readonly uniqueEmail: Known<boolean>
  readonly mandatory: Known<boolean>
  /** The user model has no user name. */
  readonly noUsername: Known<boolean>
}

export function allauthSettings(program: PythonProgram): AllauthSettings {
  const value = (key: string): string | boolean | null | undefined => (hasSetting(program, key) ? literalSetting(program, key) : undefined)
  const flag = (key: string, fallback: boolean): Known<boolean> => {
    if (servedEffects(program, key).length === 0) return fallback
    const known = value(key)
    return typeof known === 'boolean' ? known : 'unknown'
  }
  const method = value('ACCOUNT_AUTHENTICATION_METHOD')
  const verification = value('ACCOUNT_EMAIL_VERIFICATION')
  const field = value('ACCOUNT_USER_MODEL_USERNAME_FIELD')
  return {
    method: servedEffects(program, 'ACCOUNT_AUTHENTICATION_METHOD').length === 0 ? 'username' : method === 'username' || method === 'email' || method === 'username_email' ? method : 'unknown',
    emailRequired: flag('ACCOUNT_EMAIL_REQUIRED', false),
    usernameRequired: flag('ACCOUNT_USERNAME_REQUIRED', true),
    uniqueEmail: flag('ACCOUNT_UNIQUE_EMAIL', true),
    mandatory: servedEffects(program, 'ACCOUNT_EMAIL_VERIFICATION').length === 0 ? false : verification === undefined ? 'unknown' : verification === 'mandatory' || verification === true,
    noUsername: servedEffects(program, 'ACCOUNT_USER_MODEL_USERNAME_FIELD').length === 0 ? false : field === undefined ? 'unknown' : field === null || field === '',
  }
}

export type Conflict = { readonly key: string; readonly becomes: string; readonly why: string }

/** Settings that the assertions up to 65.1 refuse, and what each has to become; sure ones only. */
export function* refusedTogether(settings: AllauthSettings): Generator<Conflict> {
  const { method, emailRequired, usernameRequired, uniqueEmail, mandatory, noUsername } = settings
  const byName = method === 'username' || method === 'username_email'
  if (noUsername === true && usernameRequired === true) yield { key: 'ACCOUNT_USERNAME_REQUIRED', becomes: 'False', why: 'the user model is said to have no user name, and one is required' }
  if (noUsername === true && byName) yield { key: 'ACCOUNT_AUTHENTICATION_METHOD', becomes: '"email"', why: 'the user model is said to have no user name, and people log in with it' }
  const email = method === 'email' || (noUsername === true && byName)
  if ((email || mandatory === true) && emailRequired === false) yield { key: 'ACCOUNT_EMAIL_REQUIRED', becomes: 'True', why: email ? 'people log in with their e-mail address, and it is not required' : 'the e-mail address has to be verified, and it is not required' }
  if ((email || method === 'username_email') && uniqueEmail === false) yield { key: 'ACCOUNT_UNIQUE_EMAIL', becomes: 'True', why: 'people log in with their e-mail address, and it need not be unique' }
}

/** The old settings, and the new ones that took their place in 65.4 and 65.5. */
export const oldSignup = ['ACCOUNT_EMAIL_REQUIRED', 'ACCOUNT_USERNAME_REQUIRED', 'ACCOUNT_SIGNUP_EMAIL_ENTER_TWICE', 'ACCOUNT_SIGNUP_PASSWORD_ENTER_TWICE'] as const

/** Plain assignments of a key in the served settings. */
export function assignments(program: PythonProgram, key: string): readonly Effect[] {
  return servedEffects(program, key).filter(({ op }) => op === 'set')
}
/** The list that allauth makes of the old settings, as its own check prints it; undefined when a part is made at run time. */
export function signupFields(program: PythonProgram): readonly string[] | undefined {
  const flag = (key: string, fallback: boolean): boolean | undefined => {
    if (servedEffects(program, key).length === 0) return fallback
    const known = literalSetting(program, key)
    return typeof known === 'boolean' ? known : undefined
  }
  const [email, username, twice, again] = [flag(oldSignup[0], false), flag(oldSignup[1], true), flag(oldSignup[2], false), flag(oldSignup[3], flag('ACCOUNT_SIGNUP_PASSWORD_VERIFICATION', true) ?? true)]
  if (email === undefined || username === undefined || twice === undefined || again === undefined) return undefined
  return [email ? 'email*' : 'email', ...(twice ? [email ? 'email2*' : 'email2'] : []), ...(username ? ['username*'] : []), 'password1*', ...(again ? ['password2*'] : [])]
}
