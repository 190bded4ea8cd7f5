/** The other forms of what `verify` says. */
import type { Verification } from '../types.js'
import { cell, code, html as escapeHtml, markdown as text, plain, uri } from './escape.js'
import { at } from './verdict.js'

const status = (route: Verification['routes'][number], side: 'before' | 'after'): string => String(route[side]?.status ?? 'no answer')

export function verificationMarkdown(item: Verification): string {
  const lines = ['# Emulated cell', '', `**${item.ok ? 'It boots and answers.' : `Failed. ${text(item.failure ?? '')}`}**`, '', `${text(item.host)}. Import took ${Math.round(item.import.ms)} ms, peak memory ${Math.round(item.import.peakMb)} MB.`, '']
  if (item.observed.length > 0) lines.push('## Observed', '', ...item.observed.map((seen) => `- ${seen.what} ${seen.when === 'import' ? 'at import' : 'in a request'}, ${code(at(seen))}: ${text(seen.detail)}`), '')
  if (item.routes.length > 0) {
    lines.push('## Routes', '', '| route | before | after | same |', '| --- | --- | --- | --- |')
    for (const route of item.routes) lines.push(`| ${cell(code(`${route.method} ${route.path}`))} | ${status(route, 'before')} | ${status(route, 'after')} | ${route.same ? 'yes' : `no${route.note ? `: ${cell(text(route.note))}` : ''}`} |`)
    lines.push('')
  }
  if (item.checks && item.checks.length > 0) lines.push('## Checks', '', ...item.checks.map((check) => `- ${check.ok ? 'passed' : '**failed**'}: ${text(check.title)}. ${text(check.detail)}`), '')
  if (item.notRun.length > 0) lines.push('## Not run', '', ...item.notRun.map((skipped) => `- ${text(skipped.what)}: ${text(skipped.why)}`), '')
  return lines.join('\n')
}

export function verificationHtml(item: Verification): string {
  const rows = item.routes.map((route) => `<tr><td><code>${escapeHtml(`${route.method} ${route.path}`)}</code></td><td>${status(route, 'before')}</td><td>${status(route, 'after')}</td><td>${route.same ? 'yes' : 'no'}</td></tr>`)
  const seen = item.observed.map((one) => `<li>${one.what} ${one.when} <code>${escapeHtml(at(one))}</code> ${escapeHtml(one.detail)}</li>`)
  return `<!doctype html>\n<html lang="en">\n<head><meta charset="utf-8"><title>Emulated cell</title></head>\n<body>\n<h1>Emulated cell</h1>\n<p><strong>${item.ok ? 'It boots and answers.' : `Failed. ${escapeHtml(item.failure ?? '')}`}</strong></p>\n<p>${escapeHtml(item.host)}</p>\n<ul>${seen.join('')}</ul>\n<table><tr><th>route</th><th>before</th><th>after</th><th>same</th></tr>${rows.join('')}</table>\n</body>\n</html>\n`
}

export function verificationSarif(item: Verification): string {
  const results = item.observed.map((seen) => ({ ruleId: `observed-${seen.what}`, level: 'note', message: { text: plain(`${seen.what} ${seen.when}: ${seen.detail}`) }, locations: [{ physicalLocation: { artifactLocation: { uri: uri(seen.file), uriBaseId: 'SRCROOT' }, region: { startLine: Math.max(1, seen.line) } } }] }))
  const failure = item.ok ? [] : [{ ruleId: 'verification-failed', level: 'error', message: { text: plain(item.failure ?? 'failed') } }]
  return JSON.stringify({ $schema: 'https://json.schemastore.org/sarif-2.1.0.json', version: '2.1.0', runs: [{ tool: { driver: { name: 'to-serverless' } }, results: [...failure, ...results] }] }, null, 2) + '\n'
}
