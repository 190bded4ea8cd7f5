/** The machine's form: the shapes of the command-line contract, key by key, so that nothing inside leaks out by accident. */
import type { App, EnvVariable, Evidence, Finding, Inspection, Plan, Receipt, Report, Verification } from '../types.js'
import { unifiedDiff } from '../preview.js'

const evidence = ({ file, line, note }: Evidence) => ({ file, line, note })
const variable = ({ name, required, secret, seenAt }: EnvVariable) => ({ name, required, secret, seenAt: seenAt.map(({ file, line }) => ({ file, line })) })

const finding = (found: Finding) => ({
  rule: found.rule,
  hazard: found.hazard,
  severity: found.severity,
  when: found.when,
  file: found.file,
  line: found.line,
  column: found.column,
  endLine: found.endLine,
  message: found.message,
  trace: found.trace.map(evidence),
  targets: [...found.targets],
  fix: { class: found.fix.class, title: found.fix.title },
})

const app = (item: Inspection['apps'][number]) => {
  const { root, framework, language, entry, packageManager, runtime, existing } = item.app satisfies App
  return {
    root,
    framework,
    language,
    entry: { file: entry.file, symbol: entry.symbol, kind: entry.kind },
    packageManager,
    ...(runtime ? { runtime: { wanted: runtime.wanted, source: runtime.source } } : {}),
    existing: [...existing],
    evidence: item.app.evidence.map(evidence),
    findings: item.findings.map(finding),
    env: item.env.map(variable),
  }
}

/** `inspect --json`. */
export function inspectionJson({ tool, inspection }: Report) {
  const { recommendation, notChecked, stats } = inspection
  return {
    schemaVersion: 1 as const,
    tool: { name: tool.name, version: tool.version },
    apps: inspection.apps.map(app),
    recommendation: {
      target: recommendation.target,
      reasons: recommendation.reasons.map((reason) => ({ for: reason.for, rule: reason.rule, text: reason.text })),
      effort: { points: recommendation.effort.points, byClass: { ...recommendation.effort.byClass } },
      wouldChangeIf: [...recommendation.wouldChangeIf],
    },
    notChecked: notChecked.map(({ file, reason }) => ({ file, reason })),
    stats: { ...stats },
  }
}

const plan = (item: Plan) => ({
  target: item.target,
  changes: item.files.map((file) => {
    const [rule] = file.rules
    return { kind: file.kind, path: file.path, ...(rule === undefined ? {} : { rule }), rules: [...file.rules], class: file.class, diff: unifiedDiff([file]) }
  }),
  manual: [
    ...item.remaining.map((left) => ({ rule: left.rule, file: left.file, line: left.line, what: left.message, severity: left.severity })),
    ...item.taken.flatMap(({ finding: done, left }) => (left === undefined ? [] : [{ rule: done.rule, file: done.file, line: done.line, what: left, severity: 'advice' as const }])),
  ],
  conflicts: item.conflicts.map((conflict) => ({ rule: conflict.finding.rule, file: conflict.finding.file, line: conflict.finding.line, with: conflict.with })),
  schedules: item.schedules.map(({ job, was, becomes, schedule }) => ({ job, was, becomes, schedule })),
  env: item.env.map(variable),
  steps: [...item.steps],
  entry: { ...item.entry },
})

/** Which files were written; their contents stay in the receipt on disk. */
const receipt = (item: Receipt) => ({ version: item.version, at: item.at, tool: item.tool, files: item.files.map((file) => file.path), dirs: [...item.dirs] })

/** The run itself. */
export function runJson(report: Report) {
  return {
    ...inspectionJson(report),
    ...(report.plan ? { plan: plan(report.plan) } : {}),
    ...(report.receipt ? { receipt: receipt(report.receipt) } : {}),
    ...(report.checks ? { checks: report.checks.map(({ title, ok, detail }) => ({ title, ok, detail })) } : {}),
    ...(report.verification ? { verification: verificationJson(report.verification) } : {}),
  }
}

/** `verify --json`. */
export function verificationJson(item: Verification) {
  return {
    schemaVersion: item.schemaVersion,
    entry: item.entry,
    ok: item.ok,
    host: item.host,
    import: { ms: item.import.ms, peakMb: item.import.peakMb },
    observed: item.observed.map(({ what, when, file, line, detail }) => ({ what, when, file, line, detail })),
    routes: item.routes.map(({ method, path, before, after, same, note }) => ({ method, path, ...(before ? { before: { status: before.status } } : {}), ...(after ? { after: { status: after.status } } : {}), same, ...(note === undefined ? {} : { note }) })),
    notRun: item.notRun.map(({ what, why }) => ({ what, why })),
    ...(item.checks ? { checks: item.checks.map(({ title, ok, detail }) => ({ title, ok, detail })) } : {}),
    ...(item.failure === undefined ? {} : { failure: item.failure }),
  }
}

export const json = (report: Report): string => JSON.stringify(report.plan ? runJson(report) : inspectionJson(report), null, 2) + '\n'
