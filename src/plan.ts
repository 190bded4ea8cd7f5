/** From findings and answers to the files that would be written. Pure: preview, apply, --json and tests read the same plan. */
import type { App, Change, Decisions, EmitContext, Emission, EntryShape, EnvVariable, Finding, Fix, Need, Path, Plan, PlannedFile, PlatformPlan, Schedule, Snapshot, SourceFile, Target } from './types.js'
import { EditConflict, UserError } from './errors.js'
import { parents } from './edits.js'
import { compare } from './inspect.js'
import { unreadReasons } from './snapshot.js'

export type PlanInput = {
  readonly repo: Snapshot
  readonly app: App
  /** In the catalogue's order: of two fixes for one place the earlier wins. */
  readonly findings: readonly Finding[]
  readonly decisions: Decisions
  readonly target: Target
  readonly platformPlan: PlatformPlan
  readonly shape: EntryShape
  /** Folders that the served code reads or serves. */
  readonly folders: readonly Path[]
  readonly env: readonly EnvVariable[]
  /** What the catalogue still finds in the repo after the plan. Without it, what was not taken counts as remaining. */
  readonly reanalyse?: (after: Snapshot) => { readonly app: App; readonly findings: readonly Finding[] }
  /** Answers to findings that only show once others are fixed. Without it they remain. */
  readonly later?: (findings: readonly Finding[]) => Decisions
}

export type Planned = { readonly plan: Plan; readonly after: Snapshot; readonly needs: readonly Need[] }

type Taken = { readonly finding: Finding; readonly option: string; readonly fix: Fix }

/** The plan for these decisions, and the repo as it would be. */
export function makePlan(input: PlanInput): Planned {
  const { repo, app, target } = input
  const first = take(repo, input.findings, input.decisions)
  const emit = (cured: Snapshot, needs: readonly Need[], as: App): ReturnType<typeof emitted> => emitted(cured, target, { app: as, needs, plan: input.platformPlan, shape: input.shape, folders: input.folders })
  const taken = [...first.taken]
  let conflicts = first.conflicts
  let needs = needsOf(input, taken)
  const { emission, after: entered } = emit(repo.with(first.changes), needs, app)
  let after = entered
  const own = [...emission.changes]
  let later = input.reanalyse?.(after)
  // What a fix brings about, or what had to wait for another edit of the same text, is done now: a second run has nothing left to do.
  const answered = new Set(input.findings.map(likeness))
  for (let round = 1; round < maxRounds && later && input.later; round++) {
    const waiting = new Map(conflicts.map(({ finding }) => [likeness(finding), input.decisions.get(finding.id)]))
    const open = later.findings.filter((finding) => waiting.has(likeness(finding)) || !answered.has(likeness(finding)))
    const decisions = new Map(input.later(open))
    for (const finding of open) {
      const option = waiting.get(likeness(finding))
      if (option !== undefined) decisions.set(finding.id, option)
      answered.add(likeness(finding))
    }
    const more = take(after, open, decisions)
    if (more.taken.length === 0) break
    taken.push(...more.taken)
    const done = new Set(more.taken.map(({ finding }) => likeness(finding)))
    conflicts = [...conflicts.filter(({ finding }) => !done.has(likeness(finding))), ...more.conflicts.filter(({ finding }) => !waiting.has(likeness(finding)))]
    needs = needsOf(input, taken)
    // By now the app is entered through what the first round wrote.
    const next = emit(after.with(more.changes), needs, later.app)
    own.push(...next.emission.changes)
    after = next.after
    later = input.reanalyse?.(after)
  }
  const takenIds = new Set(taken.map((item) => item.finding.id))
  const left = later?.findings ?? input.findings.filter((finding) => !takenIds.has(finding.id))
  const brought = distinctNeeds(taken.flatMap((item) => item.fix.needs ?? []))
  const still = new Set(left.map(likeness))
  const plan: Plan = {
    target: target.id,
    platformPlan: input.platformPlan,
    app,
    files: plannedFiles(repo, after, taken, own, target),
    taken: taken.map(({ finding, option, fix }) => ({ finding, option, ...(fix.left === undefined ? {} : { left: fix.left }), ...(fix.changes.length === 0 && still.has(likeness(finding)) ? { open: true } : {}) })),
    remaining: left.filter((finding) => finding.targets.includes(target.id)),
    conflicts,
    schedules: schedulesOf(brought),
    env: envOf(input.env, brought, taken),
    steps: emission.steps,
    entry: emission.entry,
  }
  return { plan, after, needs }
}

const maxRounds = 4
/** The same finding after lines have moved. */
function likeness({ rule, file, message }: Finding): string {
  return `${rule}\0${file}\0${message.replace(/\d+/g, '#')}`
}

type Round = { readonly taken: readonly Taken[]; readonly conflicts: Plan['conflicts']; readonly changes: readonly Change[] }
function take(repo: Snapshot, findings: readonly Finding[], decisions: Decisions): Round {
  const taken: Taken[] = []
  const conflicts: Plan['conflicts'][number][] = []
  const changes: Change[] = []
  for (const finding of findings) {
    const option = decisions.get(finding.id) ?? 'leave'
    const fix = fixFor(finding, option)
    if (!fix) continue
    // All or nothing: a fix of which one edit can't be made is not made at all.
    const rival = fits(repo, [...changes, ...fix.changes]) ? undefined : (taken.find((earlier) => !fits(repo, [...earlier.fix.changes, ...fix.changes]))?.finding.id ?? finding.id)
    if (rival !== undefined) {
      conflicts.push({ finding, with: rival })
      continue
    }
    changes.push(...fix.changes)
    taken.push({ finding, option, fix })
  }
  return { taken, conflicts, changes }
}

function needsOf(input: PlanInput, taken: readonly Taken[]): readonly Need[] {
  const brought = distinctNeeds(taken.flatMap((item) => item.fix.needs ?? []))
  return [{ kind: 'entry' }, ...brought, ...readNeeds(input.env, brought)]
}

/** The fix that this answer stands for; nothing for 'leave', manual findings, and answers that name no option. */
export function fixFor(finding: Finding, option: string): Fix | undefined {
  const { remedy } = finding.problem
  if (option === 'leave' || remedy.kind === 'manual') return undefined
  if (remedy.kind === 'fix') return option === 'take' ? remedy : undefined
  return remedy.options.find((candidate) => candidate.id === (option === 'take' ? remedy.byDefault : option))
}

/** What is taken when nobody is asked: `safe` fixes; with `unsafe` the reviewed ones too, each choice with its default. */
export function defaultDecisions(findings: readonly Finding[], options: { readonly unsafe: boolean; readonly chosen?: ReadonlySet<string> }): Map<string, string> {
  const decisions = new Map<string, string>()
  for (const finding of findings) {
    const { remedy } = finding.problem
    if (remedy.kind === 'manual') continue
    const wanted = (!options.chosen || options.chosen.has(finding.rule)) && (options.unsafe || finding.fix.class === 'safe')
    decisions.set(finding.id, !wanted ? 'leave' : remedy.kind === 'choice' ? remedy.byDefault : 'take')
  }
  return decisions
}

function fits(repo: Snapshot, changes: readonly Change[]): boolean {
  try {
    repo.with(changes)
    return true
  } catch (error) {
    if (error instanceof EditConflict || error instanceof RangeError) return false
    throw error
  }
}

/** The target's own files, and the repo with them. What keeps one from its place is something there that is no text: a folder, a link, a picture. */
function emitted(repo: Snapshot, target: Target, context: EmitContext): { readonly emission: Emission; readonly after: Snapshot } {
  try {
    const emission = target.emit(repo, context)
    return { emission, after: repo.with(emission.changes) }
  } catch (error) {
    if (!(error instanceof EditConflict)) throw error
    const obstacle = [error.path, ...parents(error.path)].find((path) => repo.has(path) || repo.hasDir(path)) ?? error.path
    const reason = repo.unread.get(obstacle)?.reason
    const why = reason ? unreadReasons[reason] : repo.hasDir(obstacle) ? 'is a folder' : 'is wanted by two changes'
    throw new UserError(`${error.path} has to be written, but ${obstacle === error.path ? 'what is there' : obstacle} ${why}.`, 3, 'Move that away, or put a plain text file there, and run again.')
  }
}

function plannedFiles(repo: Snapshot, after: Snapshot, taken: readonly Taken[], emitted: readonly Change[], target: Target): readonly PlannedFile[] {
  const rules = new Map<Path, Set<string>>()
  const reviewed = new Set<Path>()
  const claim = (path: Path, rule: string): void => void (rules.get(path) ?? rules.set(path, new Set()).get(path))?.add(rule)
  for (const { finding, fix } of taken) {
    for (const change of fix.changes) {
      claim(change.path, finding.rule)
      if (finding.fix.class === 'review') reviewed.add(change.path)
    }
  }
  for (const change of emitted) claim(change.path, `target:${target.id}`)
  const files: PlannedFile[] = []
  for (const [path, ids] of rules) {
    const file = plannedFile(repo.files.get(path), after.files.get(path), [...ids], reviewed.has(path) ? 'review' : 'safe')
    if (file) files.push(file)
  }
  return files.sort((a, b) => compare(a.path, b.path))
}

/** One file's change; undefined when it ends as it began. */
export function plannedFile(before: SourceFile | undefined, after: SourceFile | undefined, rules: readonly string[], level: 'safe' | 'review'): PlannedFile | undefined {
  const path = (before ?? after)?.path
  if (path === undefined) return undefined
  if (before && after && before.text === after.text && before.encoding === after.encoding && before.mode === after.mode) return undefined
  return { kind: before ? (after ? 'edit' : 'delete') : 'create', path, rules, class: level, ...(before ? { before } : {}), ...(after ? { after } : {}) }
}

function distinctNeeds(needs: readonly Need[]): readonly Need[] {
  return [...new Map(needs.map((need) => [JSON.stringify(need), need])).values()]
}

/** Variables without a default have to be set on the host, whether or not a fix touched them: first those that the app does not start without. */
function* readNeeds(env: readonly EnvVariable[], brought: readonly Need[]): Generator<Need> {
  for (const variable of [...env.filter(({ required }) => required), ...env.filter(({ required, bare }) => !required && bare)]) {
    if (brought.some((need) => need.kind === 'env' && need.name === variable.name)) continue
    const place = variable.seenAt[0]
    yield { kind: 'env', name: variable.name, secret: variable.secret, why: place ? `read at ${place.file}:${place.line}` : 'read by the app' }
  }
}

function schedulesOf(needs: readonly Need[]): readonly Schedule[] {
  const schedules: Schedule[] = []
  for (const need of needs) {
    if (need.kind === 'cron') schedules.push({ job: need.job, was: need.was, becomes: `GET ${need.path}`, schedule: need.schedule })
    if (need.kind === 'worker') schedules.push({ job: need.job, was: 'beside the web process', becomes: need.command, schedule: 'always' })
  }
  return schedules
}

/** Variables of the migrated app: those the code reads, and those that the taken fixes brought. */
function envOf(env: readonly EnvVariable[], needs: readonly Need[], taken: readonly Taken[]): readonly EnvVariable[] {
  const known = new Map(env.map((variable) => [variable.name, variable]))
  for (const need of needs) {
    if (need.kind !== 'env') continue
    const before = known.get(need.name)
    const seenAt = taken.filter((item) => item.fix.needs?.some((other) => other.kind === 'env' && other.name === need.name)).map((item) => ({ file: item.finding.file, line: item.finding.line }))
    known.set(need.name, { name: need.name, required: true, secret: need.secret || (before?.secret ?? false), seenAt: before?.seenAt ?? seenAt })
  }
  return [...known.values()].sort((a, b) => compare(a.name, b.name))
}
