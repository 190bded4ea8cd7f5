/** One rule on one repo: detect, analyse, check, fix. The only file here that knows the engine's calls. */
import { detectApps } from '../../src/frameworks/index.js'
import { check } from '../../src/inspect.js'
import { loadJavaScript } from '../../src/lang/javascript/program.js'
import { loadPython } from '../../src/lang/python/program.js'
import { programOf } from '../../src/reading.js'
import { pythonGrammar } from '../../src/io/wasm.js'
import { lineColumn } from '../../src/edits.js'
import { UserError } from '../../src/errors.js'
import { targets } from '../../templates/index.js'
import type { App, Change, Fix, Need, PlatformPlan, Problem, Rule, Snapshot, Target } from '../../src/types.js'
import type { Expectation } from './cases.js'

await Promise.all([loadPython(pythonGrammar()), loadJavaScript()])

export type Setting = { readonly target: Target; readonly plan: PlatformPlan; readonly app: App }

/** The app of a case and the target it is checked for. */
export function settingOf(repo: Snapshot, expect: Expectation): Setting {
  const target = targets[expect.target ?? 'vercel']
  const apps = detectApps(repo)
  const app = expect.app === undefined ? apps[0] : apps.find(({ root }) => root === expect.app)
  if (!app) throw new Error(`no app detected${expect.app === undefined ? '' : ` in ${expect.app}`}: a case is a whole small app (found: ${apps.map(({ root }) => root).join(', ') || 'none'})`)
  return { target, plan: expect.plan ?? 'free', app }
}

/** Snapshots are values: what was found in one stays true. */
const known = new WeakMap<Snapshot, Map<string, readonly Problem[]>>()

export function problemsOf(rule: Rule, repo: Snapshot, setting: Setting): readonly Problem[] {
  const key = `${rule.id} ${setting.target.id} ${setting.plan} ${setting.app.root}`
  const found = known.get(repo) ?? new Map<string, readonly Problem[]>()
  known.set(repo, found)
  const problems = found.get(key) ?? problemsIn(rule, repo, setting)
  found.set(key, problems)
  return problems
}

function problemsIn(rule: Rule, repo: Snapshot, { target, plan, app }: Setting): readonly Problem[] {
  return [...check(rule, programOf(repo, app, target), { app, repo, target, plan })]
}

/** `file:line`, where a finding stands. */
export function placeOf(problem: Problem, repo: Snapshot): string {
  const text = repo.text(problem.path)
  return `${problem.path}:${text === undefined ? 1 : lineColumn(text, problem.range.start).line}`
}

/** Which option to take for a problem: an id, 'take', 'default' or 'leave'. */
export type Decide = (problem: Problem) => string

/** The fix that a decision takes. */
export function fixOf({ remedy }: Problem, decision: string): Fix | undefined {
  if (remedy.kind === 'manual' || decision === 'leave') return undefined
  if (remedy.kind === 'fix') return remedy
  const id = decision === 'default' || decision === 'take' ? remedy.byDefault : decision
  const option = remedy.options.find((candidate) => candidate.id === id)
  if (!option && id !== 'leave') throw new Error(`no option '${id}' (options: ${remedy.options.map((candidate) => candidate.id).join(', ')})`)
  return option
}

export type Fixed = { readonly changes: readonly Change[]; readonly needs: readonly Need[]; readonly after: Snapshot }

export function takeFixes(repo: Snapshot, problems: readonly Problem[], decide: Decide): Fixed {
  const fixes = problems.flatMap((problem) => fixOf(problem, decide(problem)) ?? [])
  const changes = fixes.flatMap((fix) => fix.changes)
  return { changes, needs: fixes.flatMap((fix) => fix.needs ?? []), after: repo.with(changes) }
}

/** The ways through a rule's choices: the default, then every option in turn, for all its problems at once. */
export function* waysThrough(problems: readonly Problem[]): Generator<{ readonly name: string; readonly decide: Decide }> {
  yield { name: 'default', decide: () => 'default' }
  const ids = new Set(problems.flatMap(({ remedy }) => (remedy.kind === 'choice' ? remedy.options.map(({ id }) => id) : [])))
  for (const id of ids) {
    yield { name: id, decide: ({ remedy }) => (remedy.kind === 'choice' && remedy.options.some((option) => option.id === id) ? id : 'default') }
  }
}

/** `kind name`, as `expect.json` writes a need. */
export function needLine(need: Need): string {
  switch (need.kind) {
    case 'cron':
      return `cron ${need.job} ${need.path} ${need.schedule}`
    case 'worker':
      return `worker ${need.job}`
    case 'queue':
      return `queue ${need.library} ${need.entrypoint}`
    case 'env':
      return `env ${need.name}`
    case 'dependency':
      return `dependency ${need.name}${need.specifier ?? ''}`
    case 'database':
      return `database ${need.engine}`
    case 'static':
      return `static ${need.dir} ${need.url}`
    case 'ignore':
      return `ignore ${need.pattern}`
    case 'runtime':
      return `runtime ${need.version}`
    case 'duration':
      return `duration ${need.seconds}`
    default:
      return need.kind
  }
}

/** The repo after the target wrote what it was asked for; undefined for a target that can't write anything yet. */
export function afterEmission(repo: Snapshot, needs: readonly Need[], { target, plan, app }: Setting): Snapshot | undefined {
  try {
    return repo.with(target.emit(repo, { app, needs, plan, shape: 'auto', folders: [] }).changes)
  } catch (error) {
    if (error instanceof UserError && error.message.startsWith('not written yet')) return undefined
    throw error
  }
}
