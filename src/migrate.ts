/**
 * The pipeline: read the repo, find its apps, inspect, plan, apply, verify. Asynchronous at both ends, pure between them.
 * The CLI asks and prints around it; nothing here does.
 */
import { join } from 'node:path'
import { rules } from '../codemods/index.js'
import { targets } from '../templates/index.js'
import type { App, Check, Decisions, EmitContext, EntryShape, Finding, Inspection, Path, Plan, PlannedFile, PlatformPlan, Receipt, Report, Snapshot, TargetId } from './types.js'
import { UserError } from './errors.js'
import { frameworkTitles } from './framework-titles.js'
import { detectApps, detectionNotes, loadForDetection } from './frameworks/index.js'
import { compare, findHazards, inspect, type NotChecked, type ReadApp } from './inspect.js'
import { applyPlan } from './io/apply.js'
import { packageVersion } from './io/assets.js'
import { exists } from './io/files.js'
import { ignoredAmong } from './io/git.js'
import { readSnapshot } from './io/read.js'
import { pythonGrammar } from './io/wasm.js'
import { isScript } from './lang/javascript/tree.js'
import { loadPython } from './lang/python/program.js'
import { makePlan, plannedFile } from './plan.js'
import { readProgram } from './reading.js'
import { unreadReasons } from './snapshot.js'
import { markdown, marker } from './report/markdown.js'

export const tool = (): Report['tool'] => ({ name: 'to-serverless', version: packageVersion() })

export type Repo = { readonly dir: string; readonly snapshot: Snapshot; readonly notes: readonly NotChecked[]; readonly apps: readonly App[] }
export type Lens = { readonly target: TargetId; readonly plan: PlatformPlan; readonly chosen?: ReadonlySet<string> }
export type Survey = { readonly inspection: Inspection; readonly read: readonly ReadApp[]; readonly folders: ReadonlyMap<App, readonly Path[]> }

/** Reads the repo once, and finds the apps in it. */
export async function readRepo(dir: string): Promise<Repo> {
  const [snapshot] = await Promise.all([readSnapshot(dir), loadPython(pythonGrammar())])
  await loadForDetection(snapshot)
  const apps = [...detectApps(snapshot)].sort((a, b) => compare(a.root, b.root))
  const notes = [...snapshot.notes, ...detectionNotes(snapshot)]
  if (apps.length === 0) throw new UserError(`No ${oneOf(Object.values(frameworkTitles))} app was found in ${dir}.`, 2, `${unseen(snapshot, notes)}Name the folder that holds it.`)
  return { dir, snapshot, notes, apps }
}

/** 'A, B or C'. */
const oneOf = (names: readonly string[]): string => `${names.slice(0, -1).join(', ')} or ${names.at(-1) ?? ''}`

/** The app may be in what could not be read. */
function unseen(snapshot: Snapshot, notes: readonly NotChecked[]): string {
  const code = [...snapshot.unread.values()].filter((file) => file.path.endsWith('.py') || isScript(file.path)).map((file) => ({ file: file.path, reason: `it ${unreadReasons[file.reason]}` }))
  const all = [...code, ...notes]
  if (all.length === 0) return ''
  return `Not looked into: ${all.slice(0, 3).map(({ file, reason }) => `${file} (${reason})`).join(', ')}${all.length > 3 ? ` and ${all.length - 3} more` : ''}. `
}

/** Reads the programs of these apps and runs the catalogue over them, as the target would see them. */
export function survey(repo: Repo, apps: readonly App[], lens: Lens): Survey {
  const started = Date.now()
  const target = targets[lens.target]
  const readings = apps.map((app) => readProgram(repo.snapshot, app, target))
  const read: readonly ReadApp[] = readings
  const inspection = inspect(repo.snapshot, read, {
    rules,
    targets: Object.values(targets),
    target,
    plan: lens.plan,
    ...(lens.chosen ? { chosen: lens.chosen } : {}),
    notChecked: [...repo.notes, ...readings.flatMap((reading) => reading.notChecked)],
    stats: { parsed: readings.reduce((total, reading) => total + reading.parsed, 0), ms: Date.now() - started },
  })
  return { inspection, read, folders: new Map(readings.map((reading) => [reading.app, reading.folders])) }
}

export type Choices = { readonly target: TargetId; readonly plan: PlatformPlan; readonly shape: EntryShape; readonly decisions: Decisions; /** Answers to what shows only once other fixes are made. */ readonly later?: (findings: readonly Finding[]) => Decisions }
export type Draft = { readonly report: Report & { readonly plan: Plan; readonly checks: readonly Check[] }; readonly after: Snapshot; readonly context: EmitContext }

/** The plan, proved against the platform's own word, with the report among its files. Nothing is written. */
export async function draft(repo: Repo, found: Survey, app: App, choices: Choices): Promise<Draft> {
  const target = targets[choices.target]
  const item = found.inspection.apps.find((candidate) => candidate.app === app)
  if (!item) throw new Error(`${app.root} was not surveyed`)
  const folders = found.folders.get(app) ?? []
  const { plan, after, needs } = makePlan({
    repo: repo.snapshot,
    app,
    findings: item.findings,
    decisions: choices.decisions,
    target,
    platformPlan: choices.plan,
    shape: choices.shape,
    folders,
    env: item.env,
    ...(choices.later ? { later: choices.later } : {}),
    reanalyse: (later) => findLater(later, app, { target: choices.target, plan: choices.plan }),
  })
  const context: EmitContext = { app, needs, plan: choices.plan, shape: choices.shape, folders }
  const checks = await target.prove(after, context)
  const report = { tool: tool(), inspection: found.inspection, plan: { ...plan, steps: [...gitignoreSteps(repo, plan), ...plan.steps] }, checks }
  if (plan.files.length === 0) return { report, after, context }
  const files = [...plan.files, ...migrationFile(repo, markdown(report), plan)].sort((a, b) => compare(a.path, b.path))
  return { report: { ...report, plan: { ...report.plan, files } }, after, context }
}

/** Git's ignored files are not in the snapshot: one may lie where a file has to be made, and a new one would never be committed. */
function* gitignoreSteps(repo: Repo, plan: Plan): Generator<string> {
  const created = plan.files.filter((file) => file.kind === 'create').map((file) => file.path)
  const taken = created.find((path) => exists(join(repo.dir, path)))
  if (taken !== undefined) throw new UserError(`${taken} has to be written, but there is one that git ignores, and what git ignores is not read.`, 3, 'Take it out of .gitignore or move it away, then run again.')
  const ignored = ignoredAmong(repo.dir, created)
  if (ignored.length > 0) yield `Take ${ignored.join(', ')} out of .gitignore: as it is, git does not commit ${ignored.length === 1 ? 'it' : 'them'}, and a deployment from git would do without.`
}

/** What the catalogue finds in the repo as the plan would leave it. */
function findLater(later: Snapshot, before: App, lens: Lens): { readonly app: App; readonly findings: readonly Finding[] } {
  const target = targets[lens.target]
  const apps = [...detectApps(later)]
  const app = apps.find((candidate) => candidate.root === before.root && candidate.framework === before.framework) ?? before
  const reading = readProgram(later, app, target)
  return { app, findings: findHazards(later, app, reading.program, { rules, targets: Object.values(targets), target, plan: lens.plan }).findings }
}

/** The report as a file of the plan. A MIGRATION.md that somebody else wrote is left alone. */
function* migrationFile(repo: Repo, text: string, plan: Plan): Generator<PlannedFile> {
  const rules = [`target:${plan.target}`]
  for (const path of ['MIGRATION.md', 'MIGRATION.to-serverless.md', 'MIGRATION.to-serverless.2.md']) {
    const before = repo.snapshot.files.get(path)
    // One that git ignores is not in the snapshot, and is somebody's all the same.
    if (!before && (repo.snapshot.has(path) || exists(join(repo.dir, path)))) continue
    if (before && !before.text.startsWith(marker)) continue
    const file = plannedFile(before, { path, text, encoding: 'utf-8', mode: before?.mode ?? 0o644, size: Buffer.byteLength(text) }, rules, 'safe')
    if (file) yield file
    return
  }
}

/** Writes the plan, so that it can be undone. */
export async function apply(repo: Repo, files: readonly PlannedFile[]): Promise<Receipt> {
  const { name, version } = tool()
  return applyPlan(repo.dir, files, `${name} ${version}`)
}
