/** For a file in the repo: MIGRATION.md of a run, or the report of an inspection. */
import type { EnvVariable, Inspection, Plan, Report } from '../types.js'
import { cell, code, markdown as text } from './escape.js'
import { at, counts, fixed, fixTitle, frameworkTitles, leftovers, severities, severityMeanings, targetTitles, verdict, whenWords } from './verdict.js'

/** The first line of what this tool wrote; a MIGRATION.md without it belongs to somebody else. */
export const marker = '<!-- to-serverless -->'

export const markdown = (report: Report): string => [...(report.plan ? migration(report, report.plan) : inspection(report.inspection))].join('\n') + '\n'

function* migration(report: Report, plan: Plan): Generator<string> {
  yield marker
  yield `# Migration to ${targetTitles[plan.target]}`
  yield ''
  yield `**${text(verdict(report))}**`
  yield ''
  yield `${frameworkTitles[plan.app.framework] ?? plan.app.framework} app in ${plan.app.root === '.' ? 'the root of the repo' : code(plan.app.root)}, planned for the ${plan.platformPlan} plan. The app still starts locally the way it did.`
  yield ''
  yield '## What changed and why'
  yield ''
  yield `The platform enters the app at ${code(plan.entry.file)}. ${text(plan.entry.why)}`
  yield ''
  for (const file of plan.files) {
    const why = file.rules.map((rule) => (rule.startsWith('target:') ? `what ${targetTitles[plan.target]} needs` : code(rule))).join(', ')
    yield `- ${{ create: 'new', edit: 'edited', delete: 'deleted' }[file.kind]} ${code(file.path)}: ${why}`
  }
  yield ''
  const cured = fixed(plan)
  for (const { finding, option } of cured) {
    yield `- ${code(at(finding))} ${code(finding.rule)}: ${text(fixTitle(finding, option))}. ${text(finding.message)}`
  }
  if (cured.length > 0) yield ''
  yield '## What is left'
  yield ''
  yield* checklist(plan)
  if (plan.env.length > 0) {
    yield '## Environment variables'
    yield ''
    yield 'Set them in the project settings, for Production and for Preview. Only names are listed here.'
    yield ''
    yield* envTable(plan.env)
    yield ''
  }
  if (plan.schedules.length > 0) {
    yield '## Schedules'
    yield ''
    yield '| job | was | becomes | schedule (UTC) |'
    yield '| --- | --- | --- | --- |'
    for (const job of plan.schedules) yield `| ${[text(job.job), text(job.was), code(job.becomes), code(job.schedule)].map(cell).join(' | ')} |`
    yield ''
  }
  if (report.checks && report.checks.length > 0) {
    yield '## Checks made'
    yield ''
    for (const check of report.checks) yield `- ${check.ok ? 'passed' : '**failed**'}: ${text(check.title)}${check.ok || !check.detail ? '' : `. ${text(check.detail)}`}`
    yield ''
  }
  yield '## Deploy'
  yield ''
  let number = 0
  for (const step of plan.steps) yield `${++number}. ${/^(vercel|npx|git) [\w:.-]+( |$)/.test(step) ? code(step) : text(step)}`
  yield ''
  // There is no cell for Node.
  const trial = plan.app.language === 'python' ? 'Try it first in an emulated cell: `npx to-serverless verify`.' : 'Try it first with `vercel dev`.'
  yield `${trial} When something fails after the deploy, give its log to \`npx to-serverless explain\`.`
  yield ''
  yield '## Undo'
  yield ''
  yield '`npx to-serverless undo` puts back every file as it was, this one included.'
}

function* checklist(plan: Plan): Generator<string> {
  const left = leftovers(plan)
  if (plan.remaining.length === 0 && left.length === 0) {
    yield 'Nothing.'
    yield ''
    return
  }
  for (const severity of severities) {
    const group = plan.remaining.filter((finding) => finding.severity === severity)
    if (group.length === 0) continue
    yield `${severity} (${severityMeanings[severity]}):`
    yield ''
    for (const finding of group) yield `- [ ] ${code(at(finding))} ${code(finding.rule)}: ${text(finding.message)}`
    yield ''
  }
  if (left.length === 0) return
  yield 'After the fixes:'
  yield ''
  for (const item of left) yield `- [ ] ${item.places.map(code).join(', ')} ${item.rules.map(code).join(', ')}: ${text(item.text)}`
  yield ''
}

function* envTable(env: readonly EnvVariable[]): Generator<string> {
  yield '| name | required | secret | seen at |'
  yield '| --- | --- | --- | --- |'
  for (const variable of env) yield `| ${[code(variable.name), variable.required ? 'yes' : 'no', variable.secret ? 'yes' : 'no', variable.seenAt.slice(0, 3).map((place) => code(at(place))).join(', ')].map(cell).join(' | ')} |`
}

function* inspection(item: Inspection): Generator<string> {
  yield '# to-serverless inspection'
  yield ''
  yield `Recommended: **${targetTitles[item.recommendation.target]}**`
  yield ''
  for (const reason of item.recommendation.reasons) yield `- for ${targetTitles[reason.for]}: it ${text(reason.text)}`
  for (const change of item.recommendation.wouldChangeIf) yield `- what would change this: ${text(change)}`
  yield ''
  for (const { app, findings, env } of item.apps) {
    yield `## ${frameworkTitles[app.framework] ?? app.framework} app in ${app.root === '.' ? 'the root of the repo' : code(app.root)}`
    yield ''
    yield `Starts at ${code(app.entry.file)} (${code(app.entry.symbol)}). ${findings.length === 0 ? 'Nothing found.' : `Found: ${counts(findings)}.`}`
    yield ''
    for (const finding of findings) {
      yield `- **${finding.severity}** ${code(at(finding))} ${code(finding.rule)}, ${whenWords[finding.when]}: ${text(finding.message)}`
    }
    yield ''
    if (env.length === 0) continue
    yield* envTable(env)
    yield ''
  }
  if (item.notChecked.length === 0) return
  yield '## Not checked'
  yield ''
  for (const entry of item.notChecked) yield `- ${code(entry.file)}: ${text(entry.reason)}`
}
