import type { App, Check, Entry, Path, ProbedRoute, Snapshot, Verification } from '../types.js'
import { UserError } from '../errors.js'
import { writeSnapshot } from '../io/files.js'
import { readSnapshot } from '../io/read.js'
import { bootCell, type Cell, type CellSpec } from './cell.js'
import { redactor, whyItFailed } from './explain.js'
import { findInterpreter, type Interpreter } from './interpreter.js'
import { probe, type Probe } from './probe.js'
import { vercelRules } from './rules-vercel.js'
import { startOf, type Start } from './start.js'
import { makeSnapshot } from '../snapshot.js'

export type VerifyInput = {
  /** The repo as it would be deployed, and the folder its files were read from. */
  readonly repoDir: string
  readonly repo?: Snapshot
  readonly app: App
  /** What the platform serves; repo-relative. */
  readonly entry: Entry
  /** The app as it started on a server, for the comparison. `repo` where that state is only in memory any more. */
  readonly before?: { readonly dir: string; readonly entry: Entry; readonly repo?: Snapshot }
  /** The variables the app declares; undefined: no value is known, and it stays unset. */
  readonly env?: Readonly<Record<string, string | undefined>>
  /** Give the variables without a value a dummy one; each is told in `notRun`. */
  readonly dummyEnv?: boolean
  readonly python?: string
  /** Further lines in the syntax of .vercelignore. */
  readonly ignore?: readonly string[]
  readonly probes?: readonly Probe[]
  /** For the boot; a request gets half of it. */
  readonly timeoutMs?: number
  /** Folders with packages that stand in for the app's own. */
  readonly extraPath?: readonly string[]
  /** `auto`: the platform's own runtime where the interpreter has it. */
  readonly host?: 'auto' | 'vercel-runtime' | 'minimal'
  /** false: rely on the audit hook alone. */
  readonly mounts?: boolean
}

type Before = NonNullable<VerifyInput['before']>

const dummy = 'to-serverless-dummy'
const localOnly = ['PORT', 'HOST']

/**
 * Boots a Python app the way the platform would, on a read-only copy with only the declared variables and no network,
 * and says what it did; with `before`, also whether each route still answers as it did. Runs the user's code. Throws a
 * UserError where there is no Python to run it with; whatever the app does is told in the result.
 */
export async function verifyPython(input: VerifyInput): Promise<Verification> {
  const { repoDir, app, entry, timeoutMs = 30_000 } = input
  const repo = input.repo ?? (await readSnapshot(repoDir))
  if (!repo.has(entry.file)) throw new UserError(`${entry.file} is not in ${repoDir}.`, 2, 'Git may ignore it: the platform gets only what git knows.')
  const python = await findInterpreter(repoDir, app, input.python)
  const start = startOf(app.framework)
  const root = start.taskRoot(repo, app, entry)
  const { hostEnv, bundled } = vercelRules(below(repo, root), input.ignore)
  const runtime = hostFor(input.host ?? 'auto', python, entry)
  const database = Object.entries(input.env ?? {}).find(([name, value]) => value === undefined && start.database(name))?.[0]
  const declared = variables(input, start, database)
  const common = { python: python.executable, extraPath: input.extraPath ?? [], mounts: input.mounts ?? true, bootMs: timeoutMs }
  const base = python.userBase === undefined ? {} : { PYTHONUSERBASE: python.userBase }

  const notRun: Verification['notRun'][number][] = [...declared.notes]
  if (entry.kind === 'factory') notRun.push({ what: `${entry.file}:${entry.symbol} as it is`, why: 'it is a factory, which the platform does not call; the cell called it' })
  const hidden = redactor(Object.values(declared.env))
  // The app as it was may read the same variable, and must then find the same.
  const shared = database !== undefined && [...(input.before?.repo ?? repo).files.values()].some((file) => file.path.endsWith('.py') && file.text.includes(database))
  const local = input.before === undefined ? undefined : await bootLocal(input.before, app, start, { ...common, ...(shared ? { database: { variable: database } } : {}), env: { ...declared.env, ...base } })
  try {
    const cell = await bootCell({
      ...common,
      fill: (task) => writeSnapshot(below(repo, root), join(repoDir, root), task, bundled),
      root,
      entry: { ...entry, file: within(root, entry.file) },
      host: runtime,
      path: ['.'],
      env: { ...declared.env, ...hostEnv, ...base },
      writable: false,
      asMain: false,
      database: { ...(database === undefined ? {} : { variable: database }), ...seedOf(input.before, app, local) },
    })
    try {
      const before = local !== undefined && 'port' in local.booted ? local : undefined
      const probed = await probe({ cell, before, cronSecret: declared.env['CRON_SECRET'], probes: input.probes ?? [], timeoutMs: Math.max(1000, timeoutMs / 2) })
      notRun.push(...probed.notRun, ...cell.unseen())
      const observed = cell.observed().map((seen) => ({ ...seen, detail: hidden(seen.detail) }))
      const checks = selfChecks(cell, before)
      const broken = checks.find((check) => !check.ok)
      const failure = 'stage' in cell.booted ? whyItFailed(cell.booted, sceneOf(repo, app, entry, python, cell)) : broken ? `${broken.title} fails: ${broken.detail}` : routesThatBroke(probed.routes)
      if (local !== undefined && 'stage' in local.booted) {
        const why = whyItFailed(local.booted, sceneOf(input.before?.repo ?? repo, app, input.before?.entry ?? entry, python, local))
        notRun.push({ what: 'the comparison with the app before', why: hidden(why === failure ? 'the local start fails in the same way' : `the local start did not come up: ${why}`) })
      }
      return {
        schemaVersion: 1,
        entry: `${entry.file}:${entry.symbol}`,
        ok: failure === undefined,
        host: describeHost(runtime, python, cell),
        import: 'port' in cell.booted ? { ms: cell.booted.ms, peakMb: cell.booted.peakMb } : { ms: 0, peakMb: 0 },
        observed,
        routes: probed.routes.map((route) => (route.note === undefined ? route : { ...route, note: hidden(route.note) })),
        notRun,
        ...(checks.length === 0 ? {} : { checks: checks.map((check) => ({ ...check, detail: hidden(check.detail) })) }),
        ...(failure === undefined ? {} : { failure: hidden(failure) }),
      }
    } finally {
      await cell.close()
    }
  } finally {
    await local?.close()
  }
}

/** The app as `python app.py` or a local server starts it: its own folder on the path, a copy it may write to. */
async function bootLocal(before: Before, app: App, start: Start, common: Pick<CellSpec, 'python' | 'extraPath' | 'mounts' | 'bootMs' | 'env' | 'database'>): Promise<Cell> {
  const repo = before.repo ?? (await readSnapshot(before.dir))
  const root = start.taskRoot(repo, app, before.entry)
  const file = within(root, before.entry.file)
  const boot = (asMain: boolean): Promise<Cell> =>
    bootCell({
      ...common,
      env: { ...start.env(repo, before.entry), ...common.env },
      fill: (task) => writeSnapshot(below(repo, root), join(before.dir, root), task),
      root,
      entry: { ...before.entry, file },
      host: 'minimal',
      path: start.path(file),
      writable: true,
      asMain,
    })
  if (!/__main__/.test(repo.text(before.entry.file) ?? '')) return boot(false)
  const main = await boot(true)
  if ('port' in main.booted) return main
  // A main block may be about something else than serving.
  await main.close()
  return boot(false)
}

function hostFor(wanted: NonNullable<VerifyInput['host']>, python: Interpreter, entry: Entry): CellSpec['host'] {
  if (wanted === 'vercel-runtime' && python.vercelRuntime === undefined) {
    throw new UserError(`vercel-runtime can't be used with ${python.label} (Python ${python.version}).`, 2, 'It needs Python 3.12 or newer: pip install vercel-runtime in the environment of the app.')
  }
  return wanted !== 'minimal' && python.vercelRuntime !== undefined && entry.kind !== 'factory' ? 'vercel-runtime' : 'minimal'
}

function describeHost(host: CellSpec['host'], python: Interpreter, cell: Cell): string {
  const what = host === 'vercel-runtime' ? `vercel-runtime ${python.vercelRuntime ?? ''}` : 'a minimal host with the rules of vercel-runtime'
  const how = cell.hello?.readonly === 'mount' ? 'a mount namespace' : `an audit hook (no mount namespace: ${cell.hello?.why ?? 'the process did not start'})`
  return `${what} on Python ${python.version} at ${python.label}; read-only by ${how}`
}

function variables({ env = {}, dummyEnv = false }: VerifyInput, start: Start, database: string | undefined): { readonly env: Readonly<Record<string, string>>; readonly notes: Verification['notRun'] } {
  const missing = Object.entries(env).filter(([name, value]) => value === undefined && !localOnly.includes(name) && name !== database).map(([name]) => name)
  const own = missing.flatMap((name): [string, string][] => [[name, start.value(name) ?? '']]).filter(([, value]) => value !== '')
  const unset = missing.filter((name) => !own.some(([other]) => other === name))
  const why = dummyEnv ? `has no value here; the cell used the dummy ${dummy}, so what depends on it is not proved` : 'has no value here and stayed unset in the cell'
  const given = Object.entries(env).filter((entry): entry is [string, string] => entry[1] !== undefined)
  return {
    env: Object.fromEntries([...given, ...own, ...(dummyEnv ? unset.map((name): [string, string] => [name, dummy]) : [])]),
    notes: [...(database === undefined ? [] : [{ what: database, why: 'has no value here; the cell used an SQLite database of its own, so what only the real one can do is not proved' }]), ...own.map(([name]) => ({ what: name, why: 'has no value here; the cell used one of its own' })), ...unset.map((name) => ({ what: name, why }))],
  }
}

function routesThatBroke(routes: readonly ProbedRoute[]): string | undefined {
  const asked = routes[0]
  // Nothing is proved by routes that hang on both sides.
  if (asked !== undefined && routes.every((route) => route.after === undefined)) return `No route answered. ${asked.method} ${asked.path}: ${asked.note ?? 'no answer'}.`
  const broken = routes.filter((route) => !route.same)
  const [first, ...more] = broken
  if (first === undefined) return undefined
  const rest = more.length === 0 ? '' : `, and ${more.length} more route${more.length === 1 ? '' : 's'} differ${more.length === 1 ? 's' : ''} or fail${more.length === 1 ? 's' : ''}`
  return `${first.method} ${first.path}: ${first.note ?? 'answers otherwise than before'}${rest}.`
}

function sceneOf(repo: Snapshot, app: App, entry: Entry, python: Interpreter, cell: Cell): Parameters<typeof whyItFailed>[1] {
  const manifest = ['requirements.txt', 'pyproject.toml', 'Pipfile'].find((name) => repo.has(up(app.root, name)))
  const ownModule = (name: string): Path | undefined => {
    const tail = name.replaceAll('.', '/')
    return [...repo.files.keys()].find((path) => `/${path}`.endsWith(`/${tail}.py`) || `/${path}`.endsWith(`/${tail}/__init__.py`))
  }
  return { python: python.label, entry: entry.file, symbol: entry.symbol, observed: cell.observed(), ownModule, manifest }
}

/** What the framework finds wrong with the project now, and did not before. */
function selfChecks(cell: Cell, before: Cell | undefined): readonly Check[] {
  const was = new Set(before?.checks().flatMap(({ errors }) => errors))
  return cell.checks().map(({ title, errors }) => {
    const fresh = errors.filter((error) => !was.has(error))
    const old = errors.length - fresh.length
    return { title, ok: fresh.length === 0, detail: fresh.length > 0 ? fresh.join('; ') : old > 0 ? `${old} ${old === 1 ? 'error' : 'errors'}, as before.` : 'No errors.' }
  })
}

/** The rows that the local start had: without them every page would differ. */
function seedOf(before: Before | undefined, app: App, local: Cell | undefined): { readonly seed?: string } {
  const [only, ...more] = local?.databases() ?? []
  if (before?.repo === undefined || only === undefined || more.length > 0) return {}
  const file = up(startOf(app.framework).taskRoot(before.repo, app, before.entry), only)
  return before.repo.has(file) ? { seed: join(before.dir, file) } : {}
}

function within(root: Path, path: Path): Path {
  return root === '.' ? path : path.slice(root.length + 1)
}
function up(root: Path, path: Path): Path {
  return root === '.' ? path : `${root}/${path}`
}
function join(dir: string, root: Path): string {
  return root === '.' ? dir : `${dir}/${root}`
}
/** The part of a snapshot below a folder, with the paths it has there. */
function below(repo: Snapshot, root: Path): Snapshot {
  if (root === '.') return repo
  const move = <T extends { readonly path: Path }>(all: ReadonlyMap<Path, T>): ReadonlyMap<Path, T> =>
    new Map([...all.values()].filter((file) => file.path.startsWith(`${root}/`)).map((file) => [within(root, file.path), { ...file, path: within(root, file.path) }]))
  return makeSnapshot({ files: move(repo.files), unread: move(repo.unread) })
}
