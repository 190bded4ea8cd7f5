/** Boots the app in the emulated cell: the result of a run, or the repo as it stands. */
import { join } from 'node:path'
import { UserError } from '../errors.js'
import { parseDotenv } from '../dotenv.js'
import { exists, readBytes } from '../io/files.js'
import { env } from '../io/terminal.js'
import type { Draft, Repo } from '../migrate.js'
import type { App, EnvVariable, Entry, Verification } from '../types.js'
import { needsNetwork, requireCell, verifyApp, type Probe } from '../verify/index.js'
import { fileOf, type Session } from './session.js'

/** Shows that something takes its time. */
export type Busy = <T>(title: string, work: () => Promise<T>) => Promise<T>

/**
 * Verifies what was just written, against the app as it was. Undefined, and said on stderr, when this machine lacks what the
 * app needs: then nothing was learnt about the app.
 */
export async function verifyRun(session: Session, repo: Repo, app: App, drafted: Draft, probes: readonly Probe[], busy: Busy = (title, work) => (session.say(`${title}…`), work())): Promise<Verification | undefined> {
  const { plan } = drafted.report
  try {
    requireCell(app)
    const cell = {
      repoDir: repo.dir,
      repo: drafted.after,
      app,
      entry: servedEntry(app, plan.entry.file),
      before: { dir: repo.dir, entry: app.entry, repo: repo.snapshot },
      env: valuesFor(repo.dir, app, plan.env),
      probes,
    }
    const result = await busy('Booting the app in an emulated cell, and asking its routes', () => verifyApp(cell))
    const { ok, failure = '' } = result
    if (ok) return result
    // The report lists the variable as one to set; here it has no value, and that says nothing about the app.
    const unset = unsetBehind(result, plan.env, cell.env)
    if (unset === undefined && !/ is not installed in | nor uvicorn is installed/.test(failure) && !failure.includes(needsNetwork)) return result
    session.say(`Not verified: ${failure}${unset ? ` To try it here: ${unset.name}=some-value npx to-serverless verify, or put it into .env.` : ''}`)
    return undefined
  } catch (error) {
    if (!(error instanceof UserError) || error.exit === 130) throw error
    session.say(`Not verified: ${error.message}${error.hint ? ` ${error.hint}` : ''}`)
    return undefined
  }
}

/**
 * The variable whose missing value is behind a failure: it is named there, as itself or as the field of a settings class; or the app
 * fell back to a database file because the database has no address here.
 */
export function unsetBehind({ failure = '', routes }: Pick<Verification, 'failure' | 'routes'>, variables: readonly EnvVariable[], values: Readonly<Record<string, string | undefined>>): EnvVariable | undefined {
  const fell = (text = ''): boolean => /unable to open database file|readonly database/.test(text)
  // A route that fails for another reason has something to say.
  if (fell(failure) && routes.every(({ same, note }) => same || fell(note))) return variables.find(({ name }) => /(DATABASE|DB|POSTGRES)_?UR[LI]$/.test(name) && values[name] === undefined)
  const fields = /([\w, ]+) (?:has|have) no value in the cell/.exec(failure)?.[1]?.toUpperCase().split(/\W+/) ?? []
  if (!/ no value in the cell/.test(failure)) return undefined
  return variables.find(({ name, required }) => required && (new RegExp(`\\b${name}\\b`).test(failure) || fields.some((field) => field !== '' && (name === field || name.endsWith(`_${field}`)))))
}

/** The object that the platform takes from that file: shims bind `app`, the app's own file keeps its name. */
export function servedEntry(app: App, file: string): Entry {
  return file === app.entry.file ? app.entry : { file, symbol: 'app', kind: 'instance' }
}

/** Values for the declared variables, from this environment or a .env file beside the app; never printed. */
export function valuesFor(dir: string, app: App, variables: readonly EnvVariable[]): Readonly<Record<string, string | undefined>> {
  const files = [...new Set([join(dir, app.root, '.env'), join(dir, '.env')])].filter(exists)
  const known = files.map((file) => dotenvAt(file))
  return Object.fromEntries(variables.map(({ name }) => [name, env(name) ?? known.find((values) => values.has(name))?.get(name)]))
}

function dotenvAt(file: string): ReadonlyMap<string, string> {
  try {
    return parseDotenv(new TextDecoder().decode(readBytes(file)))
  } catch {
    // A folder of that name (a virtual environment, sometimes), or no permission: then no values are known.
    return new Map()
  }
}

/** The requests of --probes. */
export function probesOf(session: Session): readonly Probe[] {
  const name = session.value('probes')
  if (name === undefined) return []
  const wrong = (why: string): UserError => new UserError(`${name} ${why}.`, 2, 'It must be a JSON list of {"method": "POST", "path": "/items", "body": "…"}; body and headers are optional.')
  if (!exists(fileOf(name))) throw new UserError(`There is no file ${name} with probes.`, 2)
  let data: unknown
  try {
    data = JSON.parse(new TextDecoder().decode(readBytes(fileOf(name))))
  } catch {
    throw wrong('is not JSON')
  }
  if (!Array.isArray(data) || !data.every(isProbe)) throw wrong('does not hold probes')
  return data
}

function isProbe(value: unknown): value is Probe {
  if (typeof value !== 'object' || value === null) return false
  const { method, path, body, headers } = value as Record<string, unknown>
  const headersFit = headers === undefined || (typeof headers === 'object' && headers !== null && Object.values(headers).every((one) => typeof one === 'string'))
  return typeof method === 'string' && /^[A-Z]+$/.test(method) && typeof path === 'string' && path.startsWith('/') && (body === undefined || typeof body === 'string') && headersFit
}
