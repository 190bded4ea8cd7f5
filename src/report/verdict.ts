/** What every form of the report says first, and the same facts in the same order. */
import type { Finding, Plan, Report, Severity, TargetId } from '../types.js'
import { isHard } from '../inspect.js'

export const targetTitles: Readonly<Record<TargetId, string>> = { vercel: 'Vercel', render: 'Render', hybrid: 'Vercel with a worker on Render' }
export { frameworkTitles, runtimeTitles } from '../framework-titles.js'
export const severities: readonly Severity[] = ['blocks', 'breaks', 'degrades', 'advice']
export const severityMeanings: Readonly<Record<Severity, string>> = {
  blocks: 'it would not deploy or start',
  breaks: 'a part of it fails, loses data or is unsafe',
  degrades: 'slower, costlier or less sure',
  advice: 'worth knowing',
}

/** '3 blocking, 2 breaking' for findings; empty when there are none. */
export function counts(findings: readonly Finding[]): string {
  const words: Readonly<Record<Severity, string>> = { blocks: 'blocking', breaks: 'breaking', degrades: 'degrading', advice: 'advice' }
  return severities
    .map((severity) => ({ severity, count: findings.filter((finding) => finding.severity === severity).length }))
    .filter(({ count }) => count > 0)
    .map(({ severity, count }) => `${count} ${words[severity]}`)
    .join(', ')
}

/** Findings of the plan's target that still block or break. */
export const hardRemaining = (plan: Plan): readonly Finding[] => plan.remaining.filter((finding) => isHard(finding, plan.target))

/** One sentence on the migrated app. */
export function verdict(report: Report): string {
  const { plan, verification } = report
  if (!plan) return ''
  const title = targetTitles[plan.target]
  const hard = hardRemaining(plan)
  if (report.checks?.some((check) => !check.ok)) return `Not ready for ${title}: a check of the result failed.`
  if (verification && !verification.ok) return `Not ready for ${title}: it did not start in the emulated cell. ${verification.failure ?? ''}`.trim()
  if (hard.length === 0) return ready(report, plan, title)
  const blocks = hard.filter((finding) => finding.severity === 'blocks').length
  if (blocks > 0 && verification) return `It boots in the emulated cell, but ${hard.length === 1 ? 'one hazard is left that can' : `${hard.length} hazards are left, of which ${blocks === hard.length ? 'each' : blocks === 1 ? 'one' : blocks} can`} keep it from deploying or starting on ${title}; see what is left.`
  if (blocks > 0) return `Not ready for ${title}: ${hard.length === 1 ? 'one hazard is left, and with it' : `${hard.length} hazards are left, and with ${blocks === hard.length ? 'any' : blocks === 1 ? 'one' : blocks} of them`} the app would not start.`
  return `Starts on ${title}, but ${hard.length === 1 ? 'one thing' : `${hard.length} things`} would fail or lose data; see what is left.`
}

/** "Ready" is for what was seen to boot; without that it is said what is known, and what is not. */
function ready({ verification, receipt }: Report, plan: Plan, title: string): string {
  const unset = plan.env.filter(({ required, bare }) => required || bare).length
  const once = unset === 0 ? '' : ` once ${unset === 1 ? 'its variable is set' : `its ${unset} variables are set`}`
  if (verification) return `Ready for ${title}${once}: nothing is left that blocks or breaks, and it boots in the emulated cell.`
  const sure = receipt ? '. It was not booted here, so that is not verified' : ', as far as the code tells'
  return `Nothing that blocks or breaks is left for ${title}${once}${sure}.`
}

/** `file:line`, with a line only where one was found. */
export const at = (place: { readonly file: string; readonly line: number }): string => `${place.file}:${place.line}`

/** Fixes that the repo shows. One that only waits for a variable, or that the target had to refuse, stands among what is left. */
export const fixed = (plan: Plan): Plan['taken'] => plan.taken.filter(({ open }) => !open)

/** What is still to do after the fixes, each text once with all its places. */
export function leftovers(plan: Plan): readonly { readonly places: readonly string[]; readonly rules: readonly string[]; readonly text: string }[] {
  const byText = new Map<string, { readonly places: Set<string>; readonly rules: Set<string> }>()
  for (const { finding, left } of plan.taken) {
    if (left === undefined) continue
    const known = byText.get(left) ?? { places: new Set(), rules: new Set() }
    byText.set(left, known)
    known.places.add(at(finding))
    known.rules.add(finding.rule)
  }
  return [...byText].map(([text, { places, rules }]) => ({ text, places: [...places], rules: [...rules] }))
}

export const whenWords: Readonly<Record<Finding['when'], string>> = { import: 'when it is imported', startup: 'when it starts', request: 'in a request', build: 'when it is built', main: 'only when run by hand' }

/** The title of the option that was taken, where there was a choice. */
export function fixTitle(finding: Finding, option: string): string {
  const { remedy } = finding.problem
  return remedy.kind === 'choice' ? (remedy.options.find((candidate) => candidate.id === option)?.title ?? finding.fix.title) : finding.fix.title
}
