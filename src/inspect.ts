/** Runs the catalogue over the apps of a repo and makes findings of its problems. Pure. */
import type { App, EnvVariable, Evidence, Finding, FixClass, Inspection, PlatformPlan, Problem, Program, Remedy, Route, Rule, RuleContext, Snapshot, Target, TargetId } from './types.js'
import { lineColumn } from './edits.js'
import { recommend } from './recommend.js'

/** An app with what its program says about itself. */
export type ReadApp = {
  readonly app: App
  readonly program: Program
  readonly env: readonly EnvVariable[]
  readonly routes: readonly Route[]
}
export type NotChecked = { readonly file: string; readonly reason: string }
export type InspectOptions = {
  readonly rules: readonly Rule[]
  readonly targets: readonly Target[]
  /** The target that the rules look through: its lookup, limits and marks. */
  readonly target: Target
  readonly plan: PlatformPlan
  /** Rules to run; undefined is all. */
  readonly chosen?: ReadonlySet<string>
  /** What could not be read or parsed, known before. */
  readonly notChecked?: readonly NotChecked[]
  readonly stats?: { readonly parsed: number; readonly ms: number }
}

/** What the tool knows of the repo: findings in the catalogue's order, variables by name, and where it would go. */
export function inspect(repo: Snapshot, apps: readonly ReadApp[], options: InspectOptions): Inspection {
  const notChecked: NotChecked[] = [...(options.notChecked ?? [])]
  const read = apps.map(({ app, program, env, routes }) => {
    const { findings, failed } = findHazards(repo, app, program, options)
    for (const failure of failed) notChecked.push(failure)
    return { app, findings, env, routes }
  })
  return {
    apps: read,
    recommendation: recommend(read.flatMap((app) => app.findings)),
    notChecked: distinct(notChecked, (entry) => `${entry.file}\0${entry.reason}`),
    stats: {
      files: repo.files.size + repo.unread.size,
      parsed: options.stats?.parsed ?? 0,
      bytes: [...repo.files.values()].reduce((total, file) => total + file.size, 0),
      ms: options.stats?.ms ?? 0,
    },
  }
}

/** The findings of one app. A rule that throws is named and the others go on: its defect must not hide their answers. */
export function findHazards(repo: Snapshot, app: App, program: Program, options: InspectOptions): { readonly findings: readonly Finding[]; readonly failed: readonly NotChecked[] } {
  const findings: Finding[] = []
  const failed: NotChecked[] = []
  const used = new Map<string, number>()
  for (const rule of options.rules) {
    if (options.chosen && !options.chosen.has(rule.id)) continue
    const where = options.targets.filter((target) => rule.assumes === 'nothing' || target.offers[rule.assumes] !== 'yes').map((target) => target.id)
    if (where.length === 0) continue
    let problems: readonly Problem[]
    try {
      problems = [...check(rule, program, { app, repo, target: options.target, plan: options.plan })]
    } catch (error) {
      failed.push({ file: app.entry.file, reason: `the rule ${rule.id} failed here (${error instanceof Error ? error.message : String(error)}); please report it` })
      continue
    }
    const placed = problems.map((problem) => ({ problem, ...placeOf(repo, problem) }))
    placed.sort((a, b) => compare(a.problem.path, b.problem.path) || a.line - b.line || a.column - b.column)
    for (const { problem, line, column, endLine } of distinct(placed, (p) => `${p.problem.path}\0${p.line}\0${p.column}\0${p.endLine}`)) {
      const base = `${rule.id}:${problem.path}:${line}`
      const count = (used.get(base) ?? 0) + 1
      used.set(base, count)
      findings.push({
        id: count === 1 ? base : `${base}#${count}`,
        rule: rule.id,
        hazard: rule.hazard,
        severity: problem.severity ?? rule.severity,
        when: problem.when,
        file: problem.path,
        line,
        column,
        endLine,
        message: problem.message,
        trace: problem.trace.length > 0 ? problem.trace : [ownPlace(problem.path, line)],
        targets: where,
        fix: { class: classOf(problem.remedy), title: titleOf(problem.remedy) },
        problem,
      })
    }
  }
  return { findings, failed }
}

/** The rule's problems in a program; none when it is about another language. */
export function check(rule: Rule, program: Program, context: RuleContext): Iterable<Problem> {
  const about = rule.language === 'config' ? rule.about : rule.language
  if (about === 'any') return (rule as Extract<Rule, { about: 'any' }>).check(program, context)
  if (about === 'python') return program.language === 'python' ? (rule as Extract<Rule, { language: 'python' }>).check(program, context) : []
  return program.language === 'javascript' ? (rule as Extract<Rule, { language: 'javascript' }>).check(program, context) : []
}

/** `safe` is taken without asking; a choice always wants an answer. */
export function classOf(remedy: Remedy): FixClass {
  if (remedy.kind === 'fix') return remedy.safety
  return remedy.kind === 'choice' ? 'review' : 'manual'
}

function titleOf(remedy: Remedy): string {
  if (remedy.kind === 'fix') return remedy.title
  return remedy.kind === 'choice' ? remedy.question : remedy.reason
}

function placeOf(repo: Snapshot, problem: Problem): { readonly line: number; readonly column: number; readonly endLine: number } {
  const text = repo.text(problem.path)
  // A finding may point at a file that is missing or was not read (a manifest, a database): line 1 stands for the file.
  if (text === undefined) return { line: 1, column: 1, endLine: 1 }
  const start = lineColumn(text, Math.min(problem.range.start, text.length))
  const last = Math.min(Math.max(problem.range.start, problem.range.end - 1), text.length)
  return { line: start.line, column: start.column, endLine: Math.max(start.line, lineColumn(text, last).line) }
}

const ownPlace = (file: string, line: number): Evidence => ({ file, line, note: 'here' })

/** Does this finding stop the app, or a feature of it, there? */
export function isHard(finding: Finding, target?: TargetId): boolean {
  return (finding.severity === 'blocks' || finding.severity === 'breaks') && (target === undefined || finding.targets.includes(target))
}

export const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

function distinct<T>(items: readonly T[], key: (item: T) => string): readonly T[] {
  return [...new Map(items.map((item) => [key(item), item]).reverse() as [string, T][]).values()].reverse()
}
