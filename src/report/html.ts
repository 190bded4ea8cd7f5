/** One self-contained page: no script, nothing loaded from elsewhere. */
import type { EnvVariable, Finding, Plan, Report } from '../types.js'
import { html as text } from './escape.js'
import { at, counts, fixed, fixTitle, frameworkTitles, leftovers, targetTitles, verdict, whenWords } from './verdict.js'

const style = `:root{color-scheme:light dark}body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}
code{font-family:ui-monospace,monospace;font-size:.9em;overflow-wrap:anywhere}table{border-collapse:collapse;width:100%}td,th{border:1px solid #8886;padding:.3rem .5rem;text-align:left;vertical-align:top}
.blocks{color:#c22}.breaks{color:#b60}.degrades{color:#07a}.advice{color:#777}li{margin:.3rem 0}details{margin:.2rem 0}`

export function html(report: Report): string {
  const title = report.plan ? `Migration to ${targetTitles[report.plan.target]}` : 'to-serverless inspection'
  const body = report.plan ? [...migration(report, report.plan)] : [...inspection(report)]
  return `<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n<meta name="viewport" content="width=device-width">\n<title>${text(title)}</title>\n<style>${style}</style>\n</head>\n<body>\n<h1>${text(title)}</h1>\n${body.join('\n')}\n</body>\n</html>\n`
}

const code = (value: string): string => `<code>${text(value)}</code>`
/** Prose in which `code` stands between backticks. */
const prose = (value: string): string => text(value).replace(/`([^`]+)`/g, '<code>$1</code>')

function* findings(items: readonly Finding[]): Generator<string> {
  yield '<table><thead><tr><th>severity</th><th>place</th><th>rule</th><th>what</th></tr></thead><tbody>'
  for (const item of items) {
    const steps = item.trace.map((step) => `<li>${code(at(step))} ${text(step.note)}</li>`).join('')
    yield `<tr><td class="${item.severity}">${item.severity}</td><td>${code(at(item))}</td><td>${code(item.rule)}</td><td>${prose(item.message)}<details><summary>${whenWords[item.when]}</summary><ol>${steps}</ol></details></td></tr>`
  }
  yield '</tbody></table>'
}

function* variables(env: readonly EnvVariable[]): Generator<string> {
  if (env.length === 0) return
  yield '<h2>Environment variables</h2><table><thead><tr><th>name</th><th>required</th><th>secret</th></tr></thead><tbody>'
  for (const item of env) yield `<tr><td>${code(item.name)}</td><td>${item.required ? 'yes' : 'no'}</td><td>${item.secret ? 'yes' : 'no'}</td></tr>`
  yield '</tbody></table>'
}

function* inspection({ inspection: item }: Report): Generator<string> {
  yield `<p>Recommended: <strong>${targetTitles[item.recommendation.target]}</strong></p><ul>`
  for (const reason of item.recommendation.reasons) yield `<li>for ${targetTitles[reason.for]}: it ${prose(reason.text)}</li>`
  for (const change of item.recommendation.wouldChangeIf) yield `<li>what would change this: ${prose(change)}</li>`
  yield '</ul>'
  for (const app of item.apps) {
    yield `<h2>${text(frameworkTitles[app.app.framework] ?? app.app.framework)} app in ${code(app.app.root)}</h2><p>Starts at ${code(app.app.entry.file)}. ${app.findings.length === 0 ? 'Nothing found.' : `Found: ${counts(app.findings)}.`}</p>`
    if (app.findings.length > 0) yield* findings(app.findings)
    yield* variables(app.env)
  }
  if (item.notChecked.length === 0) return
  yield '<h2>Not checked</h2><ul>'
  for (const entry of item.notChecked) yield `<li>${code(entry.file)}: ${text(entry.reason)}</li>`
  yield '</ul>'
}

function* migration(report: Report, plan: Plan): Generator<string> {
  yield `<p><strong>${prose(verdict(report))}</strong></p>`
  yield `<h2>What changed and why</h2><p>Entry: ${code(plan.entry.file)}. ${prose(plan.entry.why)}</p><ul>`
  for (const file of plan.files) yield `<li>${file.kind} ${code(file.path)}</li>`
  yield '</ul><ul>'
  for (const { finding, option } of fixed(plan)) yield `<li>${code(at(finding))} ${code(finding.rule)}: ${prose(fixTitle(finding, option))}</li>`
  yield '</ul><h2>What is left</h2>'
  if (plan.remaining.length === 0) yield '<p>Nothing.</p>'
  else yield* findings(plan.remaining)
  const left = leftovers(plan)
  if (left.length > 0) yield `<ul>${left.map((item) => `<li>${item.places.map(code).join(', ')} ${prose(item.text)}</li>`).join('')}</ul>`
  yield* variables(plan.env)
  if (plan.schedules.length > 0) {
    yield '<h2>Schedules</h2><table><thead><tr><th>job</th><th>was</th><th>becomes</th><th>schedule (UTC)</th></tr></thead><tbody>'
    for (const job of plan.schedules) yield `<tr><td>${text(job.job)}</td><td>${text(job.was)}</td><td>${code(job.becomes)}</td><td>${code(job.schedule)}</td></tr>`
    yield '</tbody></table>'
  }
  if (report.checks && report.checks.length > 0) yield `<h2>Checks</h2><ul>${report.checks.map((check) => `<li>${check.ok ? 'passed' : '<strong>failed</strong>'}: ${text(check.title)}${check.ok ? '' : ` ${text(check.detail)}`}</li>`).join('')}</ul>`
  yield `<h2>Deploy</h2><ol>${plan.steps.map((step) => `<li>${prose(step)}</li>`).join('')}</ol><p>Undo: <code>npx to-serverless undo</code></p>`
}
