/** SARIF 2.1.0, for code-scanning views. Rules are those that found something; levels say how bad, not how sure. */
import type { Finding, Report, Severity } from '../types.js'
import { plain, uri } from './escape.js'

const levels: Readonly<Record<Severity, 'error' | 'warning' | 'note'>> = { blocks: 'error', breaks: 'error', degrades: 'warning', advice: 'note' }

const region = (finding: Finding) => ({ startLine: finding.line, startColumn: finding.column, endLine: finding.endLine })
const place = (file: string, line: number) => ({ physicalLocation: { artifactLocation: { uri: uri(file), uriBaseId: 'SRCROOT' }, region: { startLine: line } } })

/** What was found; after a run, what is left. */
export function sarif(report: Report): string {
  const findings = report.plan ? report.plan.remaining : report.inspection.apps.flatMap((app) => app.findings)
  const ids = [...new Set(findings.map((finding) => finding.rule))]
  const log = {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: {
          driver: {
            name: report.tool.name,
            version: report.tool.version,
            rules: ids.map((id) => ({ id, shortDescription: { text: plain(findings.find((finding) => finding.rule === id)?.hazard ?? id) } })),
          },
        },
        originalUriBaseIds: { SRCROOT: { description: { text: 'The root of the repo.' } } },
        columnKind: 'utf16CodeUnits',
        results: findings.map((finding) => ({
          ruleId: finding.rule,
          ruleIndex: ids.indexOf(finding.rule),
          level: levels[finding.severity],
          message: { text: plain(finding.message) },
          locations: [{ physicalLocation: { artifactLocation: { uri: uri(finding.file), uriBaseId: 'SRCROOT' }, region: region(finding) } }],
          partialFingerprints: { 'findingId/v1': plain(finding.id) },
          ...(finding.trace.length > 0 ? { codeFlows: [{ threadFlows: [{ locations: finding.trace.map((step) => ({ location: { ...place(step.file, step.line), message: { text: plain(step.note) } } })) }] }] } : {}),
          properties: { hazard: finding.hazard, severity: finding.severity, when: finding.when, targets: [...finding.targets], fix: finding.fix.class },
        })),
      },
    ],
  }
  return JSON.stringify(log, null, 2) + '\n'
}
