/** From what was typed to an app and to rules; each refusal lists what there is. */
import { ruleIds } from '../catalogue.js'
import type { App, Path } from '../types.js'
import { UserError } from '../errors.js'
import { nearest } from '../nearest.js'
import type { Session } from './session.js'

const normal = (path: string): Path => path.replace(/\\/g, '/').replace(/^(\.\/)+/, '').replace(/\/+$/, '') || '.'

/** The app that --app names, or the only one; undefined when the person has to choose. */
export function appNamed(apps: readonly App[], asked: string | undefined): App | undefined {
  if (asked === undefined) return apps.length === 1 ? apps[0] : undefined
  const matches = apps.filter((app) => app.root === normal(asked))
  // Several apps may share a folder; then the entry file tells them apart.
  const found = matches.length === 1 ? matches[0] : apps.find((app) => app.entry.file === normal(asked))
  if (found) return found
  if (matches.length > 1) throw severalApps(matches)
  const roots = apps.map((app) => app.root)
  throw new UserError(`--app ${asked}: there is no app in that folder.`, 2, `${suggest(nearest(asked, roots))}There ${roots.length === 1 ? 'is one in' : 'are apps in'}: ${roots.map((root) => (root === '.' ? '. (this folder)' : root)).join(', ')}.`)
}

export function severalApps(apps: readonly App[]): UserError {
  const shared = new Set(apps.map((app) => app.root)).size < apps.length
  const list = apps.map((app) => `${shared ? app.entry.file : app.root} (${app.framework}, ${app.entry.file})`).join('; ')
  return new UserError(`There are ${apps.length} apps here, and none was chosen: ${list}.`, 2, `Choose one with --app ${shared ? apps[0]?.entry.file : apps[0]?.root}.`)
}

/** The rules that --only and --skip leave; undefined for all. */
export function chosenRules(session: Session): ReadonlySet<string> | undefined {
  const only = session.list('only')
  const skip = session.list('skip')
  const known = ruleIds()
  for (const id of [...only, ...skip]) {
    if (known.includes(id)) continue
    throw new UserError(`There is no rule ${JSON.stringify(id)}.`, 2, `${suggest(nearest(id, known))}\`to-serverless rules\` lists them.`)
  }
  if (only.length === 0 && skip.length === 0) return undefined
  return new Set((only.length > 0 ? only : known).filter((id) => !skip.includes(id)))
}

const suggest = (name: string | undefined): string => (name ? `Did you mean ${name}? ` : '')
