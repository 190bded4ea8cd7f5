/** For eyes: fits the columns given, coloured or not. */
import colors from 'picocolors'
import type { Evidence, Finding, Inspection, Report, Severity, Verification } from '../types.js'
import { plural, wrap } from '../text.js'
import { plain, shell } from './escape.js'
import { at, counts, fixed, fixTitle, frameworkTitles, runtimeTitles, hardRemaining, leftovers, severities, severityMeanings, targetTitles, verdict, whenWords } from './verdict.js'

export type Style = {
  readonly color: boolean
  readonly columns: number
  /** The folder as the person named it, where it is not the one they are in: commands to copy depend on it. */
  readonly dir?: string
}
type Paint = ReturnType<typeof colors.createColors>

const paintFor = (style: Style): Paint => colors.createColors(style.color)
const severityPaint = (paint: Paint, severity: Severity) => ({ blocks: paint.red, breaks: paint.yellow, degrades: paint.cyan, advice: paint.dim })[severity]

/** The whole report of an inspection or a run. */
export function terminal(report: Report, style: Style): string {
  if (report.plan) return [...outcomeLines(report, style)].join('\n') + '\n'
  return [...inspectionLines(report.inspection, style)].join('\n') + '\n'
}

/** What was found, app by app, and where it would go. */
export function* inspectionLines(inspection: Inspection, style: Style): Generator<string> {
  const paint = paintFor(style)
  for (const item of inspection.apps) {
    yield* stackLines(item, style)
    yield ''
    if (item.findings.length === 0) yield 'Nothing found that a serverless host would mind.'
    else yield* findingLines(item.findings, style)
    if (item.env.length > 0) {
      yield* wrap(`Environment variables it reads: ${item.env.map((variable) => plain(variable.name) + (variable.required ? ' (required)' : '')).join(', ')}`, style.columns, '  ')
      yield ''
    }
  }
  yield* recommendationLines(inspection, style)
  if (inspection.notChecked.length > 0) {
    yield ''
    yield paint.bold('Not checked')
    for (const entry of inspection.notChecked.slice(0, 10)) yield* wrap(`${plain(entry.file)}: ${plain(entry.reason)}`, style.columns - 2, '  ').map(indent)
    if (inspection.notChecked.length > 10) yield `  and ${inspection.notChecked.length - 10} more (--json lists all)`
  }
}

const indent = (line: string): string => `  ${line}`

/** The app in two lines: what it is, and where it starts. */
export function* stackLines({ app }: Inspection['apps'][number], style: Style): Generator<string> {
  const paint = paintFor(style)
  const version = app.runtime ? `, ${runtimeTitles[app.language]} ${plain(app.runtime.wanted)} (${plain(app.runtime.source)})` : ''
  yield `${paint.bold(frameworkTitles[app.framework] ?? app.framework)} app in ${paint.bold(app.root === '.' ? 'this folder' : plain(app.root))}`
  yield* wrap(`starts at ${plain(app.entry.file)} (${plain(app.entry.symbol)}${app.entry.kind === 'factory' ? '()' : ''}), installed with ${app.packageManager}${version}${app.existing.length > 0 ? `, has files for ${app.existing.join(', ')}` : ''}`, style.columns - 2).map(indent)
}

export function* findingLines(findings: readonly Finding[], style: Style): Generator<string> {
  const paint = paintFor(style)
  for (const severity of severities) {
    const group = findings.filter((finding) => finding.severity === severity)
    if (group.length === 0) continue
    yield `${severityPaint(paint, severity)(paint.bold(severity))} ${paint.dim(`(${severityMeanings[severity]})`)}`
    for (const finding of group) {
      const how = { safe: 'fixed by default', review: 'fix to review', manual: 'by hand' }[finding.fix.class]
      yield* wrap(`${paint.bold(plain(at(finding)))}  ${finding.rule}  ${paint.dim(`${whenWords[finding.when]} · ${how}`)}`, style.columns - 2, '  ').map(indent)
      yield* wrap(plain(finding.message), style.columns - 4).map((line) => `    ${line}`)
      const way = traceText(finding)
      if (way) yield* wrap(way, style.columns - 4, '  ').map((line) => paint.dim(`    ${line}`))
    }
    yield ''
  }
}

/** How the served app comes there; the finding's own place is already named. */
function traceText(finding: Finding): string {
  const steps = finding.trace.filter((step) => !(step.file === finding.file && step.line === finding.line))
  const show = (step: Evidence): string => `${plain(step.file)}:${step.line} (${plain(step.note)})`
  if (steps.length === 0) return ''
  return `reached from ${(steps.length > 4 ? [...steps.slice(0, 2), undefined, ...steps.slice(-1)] : steps).map((step) => (step ? show(step) : '…')).join(' > ')}`
}

export function* recommendationLines({ recommendation }: Inspection, style: Style): Generator<string> {
  const paint = paintFor(style)
  yield `Recommended: ${paint.bold(targetTitles[recommendation.target])}`
  for (const reason of recommendation.reasons.slice(0, 6)) yield* wrap(`for ${targetTitles[reason.for]}: it ${plain(reason.text)}`, style.columns - 4, '  ').map((line, index) => (index === 0 ? `  - ${line}` : `    ${line}`))
  const { byClass } = recommendation.effort
  yield* wrap(`Effort: ${byClass.safe} fixed by default, ${byClass.review} to review, ${byClass.manual} by hand; advice is not counted.`, style.columns)
  for (const change of recommendation.wouldChangeIf) yield* wrap(`What would change this: ${plain(change)}`, style.columns, '  ')
}

/** What a run did or would do. */
export function* outcomeLines(report: Report, style: Style): Generator<string> {
  const paint = paintFor(style)
  const { plan } = report
  if (!plan) return
  const done = report.receipt !== undefined
  if (plan.files.length > 0) {
    yield paint.bold(`${done ? 'Changed' : 'Would change'} ${plural(plan.files.length, 'file')}`)
    for (const file of plan.files) yield `  ${{ create: paint.green('new'), edit: paint.yellow('edit'), delete: paint.red('delete') }[file.kind]}  ${plain(file.path)}`
    yield* wrap(`Entry: ${plain(plan.entry.file)}. ${plain(plan.entry.why)}`, style.columns, '  ')
  } else yield 'Nothing to change.'
  const cured = fixed(plan)
  if (cured.length > 0) {
    yield ''
    yield paint.bold('Fixed')
    for (const { finding, option } of cured) yield* wrap(`${plain(at(finding))}  ${finding.rule}: ${plain(fixTitle(finding, option))}`, style.columns - 2, '  ').map(indent)
  }
  if (plan.remaining.length > 0) {
    yield ''
    yield paint.bold(`Left (${counts(plan.remaining)})`)
    for (const finding of [...plan.remaining].sort((a, b) => severities.indexOf(a.severity) - severities.indexOf(b.severity))) yield* wrap(`${severityPaint(paint, finding.severity)(finding.severity)}  ${plain(at(finding))}  ${finding.rule}: ${plain(finding.message)}`, style.columns - 2, '  ').map(indent)
  }
  const left = leftovers(plan)
  if (left.length > 0) {
    yield ''
    yield paint.bold('Still to do')
    for (const item of left) yield* wrap(`${plain(item.places.join(', '))}: ${plain(item.text)}`, style.columns - 2, '  ').map(indent)
  }
  for (const conflict of plan.conflicts) yield* wrap(`Not applied: ${conflict.finding.rule} at ${plain(at(conflict.finding))} edits the same text as ${plain(conflict.with)}.`, style.columns, '  ')
  if (report.checks && report.checks.length > 0) {
    yield ''
    yield paint.bold('Checks')
    for (const check of report.checks) yield* wrap(`${check.ok ? paint.green('ok') : paint.red('failed')}  ${plain(check.title)}${check.ok || !check.detail || check.detail === report.verification?.failure ? '' : `: ${plain(check.detail)}`}`, style.columns - 2, '  ').map(indent)
  }
  if (report.verification) {
    yield ''
    yield* verificationLines(report.verification, style)
  }
  yield ''
  yield (hardRemaining(plan).length === 0 ? paint.green : paint.yellow)(wrap(plain(verdict(report)), style.columns).join('\n'))
  if (plan.files.length > 0 && plan.steps.length > 0) {
    yield ''
    yield paint.bold(style.dir === undefined ? 'Next' : `Next, in ${plain(style.dir)}`)
    let number = 0
    for (const step of plan.steps) yield* wrap(`${++number}. ${plain(step)}`, style.columns - 2, '   ').map(indent)
    if (done) yield `  To put everything back: npx to-serverless undo${style.dir === undefined ? '' : ` ${plain(shell(style.dir))}`}`
  }
}

/** What the emulated cell saw. */
export function* verificationLines(item: Verification, style: Style): Generator<string> {
  const paint = paintFor(style)
  yield `${paint.bold('Emulated cell')} ${item.ok ? paint.green('ok') : paint.red('failed')}`
  yield* wrap(plain(item.host), style.columns - 2).map((line) => paint.dim(indent(line)))
  if (item.failure) yield* wrap(plain(item.failure), style.columns - 2).map(indent)
  if (item.import.ms > 0) yield `  import ${Math.round(item.import.ms)} ms, peak ${Math.round(item.import.peakMb)} MB`
  for (const seen of item.observed) yield* wrap(`${seen.what} ${seen.when === 'import' ? 'at import' : 'in a request'}  ${plain(at(seen))}  ${plain(seen.detail)}`, style.columns - 2, '  ').map(indent)
  if (item.routes.length > 0) {
    const same = item.routes.filter((route) => route.same).length
    yield `  ${same} of ${plural(item.routes.length, 'route')} answered as before`
    for (const route of item.routes) if (!route.same) yield* wrap(`${route.method} ${plain(route.path)}: ${route.note ? plain(route.note) : `${route.before?.status ?? 'no answer'} before, ${route.after?.status ?? 'no answer'} after`}`, style.columns - 4, '  ').map((line) => `    ${line}`)
  }
  for (const check of item.checks ?? []) yield* wrap(`${check.ok ? paint.green('ok') : paint.red('failed')}  ${plain(check.title)}: ${plain(check.detail)}`, style.columns - 2, '  ').map(indent)
  for (const skipped of item.notRun) yield* wrap(`not run: ${plain(skipped.what)}: ${plain(skipped.why)}`, style.columns - 2, '  ').map(indent)
}
