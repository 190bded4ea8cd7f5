/** What the tool's JSON says, as far as the golden test asks; the schema checks the rest. */
import { asList, type Fixture } from './fixture.js'

export type FindingJson = { readonly rule: string; readonly severity: string; readonly file: string; readonly line: number; readonly targets: readonly string[] }
export type InspectJson = {
  readonly apps: readonly {
    readonly root: string
    readonly framework: string
    readonly entry: { readonly file: string; readonly symbol: string; readonly kind: string }
    readonly packageManager: string
    readonly findings: readonly FindingJson[]
  }[]
}
export type RunJson = InspectJson & {
  readonly checks?: readonly { readonly title: string; readonly ok: boolean; readonly detail: string }[]
  readonly plan: {
    readonly changes: readonly { readonly path: string; readonly rule?: string; readonly rules?: readonly string[] }[]
    readonly schedules: readonly { readonly job: string; readonly was: string; readonly becomes: string; readonly schedule: string }[]
    readonly manual: readonly { readonly rule: string; readonly file: string; readonly line: number; readonly what: string }[]
  }
}

/** Findings that block or break on that target. */
export function hard(report: InspectJson, target: string): readonly FindingJson[] {
  return report.apps.flatMap(({ findings }) => findings).filter(({ severity, targets }) => ['blocks', 'breaks'].includes(severity) && targets.includes(target))
}

/**
 * Nothing goes unsaid: what still blocks or breaks in the result is in the plan's list of manual work and in MIGRATION.md, and what the
 * fixture's owner knows of was either changed or is in that list.
 */
export function remainingButSilent(fixture: Fixture, run: RunJson, remaining: readonly FindingJson[], report: string): readonly string[] {
  const { manual, changes } = run.plan
  const problems: string[] = []
  for (const { rule, file, line } of remaining) {
    if (!manual.some((item) => item.rule === rule && item.file === file)) problems.push(`${rule} at ${file}:${line} remains and the plan does not say so`)
    if (!report.includes(rule) || !report.includes(`${file}:`)) problems.push(`${rule} at ${file}:${line} remains and MIGRATION.md does not say so`)
  }
  // Cron routes that the tool adds, for one, must not be hazards themselves.
  for (const { rule, file, line } of remaining) {
    if (!hard(run, 'vercel').some((item) => item.rule === rule && item.file === file)) problems.push(`${rule} at ${file}:${line} is new: the migration brought it`)
  }
  const taken = new Set(changes.flatMap(({ rule, rules }) => [...(rules ?? []), ...(rule === undefined ? [] : rule.split(', '))]))
  for (const label of fixture.findings) {
    const rules = asList(label.rule)
    // What only asks for a package or a variable changes no line under its own name; the report names it.
    const said = (rule: string): boolean => report.split('\n').some((line) => line.includes(`\`${rule}\``) && line.includes(`\`${label.file}:`))
    const known = rules.some((rule) => taken.has(rule) || said(rule) || manual.some((item) => item.rule === rule && item.file === label.file))
    // An entry hazard is answered by the target's own files.
    if (!known && !rules.some((rule) => rule.startsWith('entry-') || rule === 'flask-factory')) problems.push(`${rules.join(' or ')} at ${label.file}:${String(label.line)} was neither changed nor listed`)
  }
  return problems
}
