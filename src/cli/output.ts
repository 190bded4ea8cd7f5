/** Brings a report to where it was asked for. */
import type { Report, Verification } from '../types.js'
import { UserError } from '../errors.js'
import { writeFile } from '../io/files.js'
import { print } from '../io/terminal.js'
import type { Style } from '../report/terminal.js'
import { fileOf, formatOf, type Format, type Session } from './session.js'

/** Prints the report, or writes it with -o; with both -o and --json each gets its own. */
export async function deliver(session: Session, report: Report): Promise<void> {
  const output = session.value('output')
  const format = formatOf(session)
  if (output === undefined) return print(await render(report, format, session.screen))
  save(output, await render(report, format, { ...session.screen, color: false, columns: 80 }))
  session.say(`The report is in ${output}.`)
  if (session.has('json')) print(await render(report, 'json', session.screen))
}

async function render(report: Report, format: Format, style: Style): Promise<string> {
  switch (format) {
    case 'json':
      return (await import('../report/json.js')).json(report)
    case 'markdown':
      return (await import('../report/markdown.js')).markdown(report)
    case 'html':
      return (await import('../report/html.js')).html(report)
    case 'sarif':
      return (await import('../report/sarif.js')).sarif(report)
    case 'text':
      return (await import('../report/terminal.js')).terminal(report, style)
  }
}

/** As `deliver`, for what `verify` alone says. */
export async function deliverVerification(session: Session, verification: Verification): Promise<void> {
  const format = formatOf(session)
  const output = session.value('output')
  const style = output === undefined ? session.screen : { color: false, columns: 80 }
  const text = await renderVerification(verification, format, style)
  if (output === undefined) return print(text)
  save(output, text)
  session.say(`The report is in ${output}.`)
  if (session.has('json')) print(await renderVerification(verification, 'json', style))
}

async function renderVerification(verification: Verification, format: Format, style: { readonly color: boolean; readonly columns: number }): Promise<string> {
  if (format === 'json') return JSON.stringify((await import('../report/json.js')).verificationJson(verification), null, 2) + '\n'
  if (format === 'text') return [...(await import('../report/terminal.js')).verificationLines(verification, style)].join('\n') + '\n'
  const { verificationHtml, verificationMarkdown, verificationSarif } = await import('../report/verification.js')
  return { markdown: verificationMarkdown, html: verificationHtml, sarif: verificationSarif }[format](verification)
}

/** Writes a file that the person named, outside the plan. */
export function save(path: string, content: string | Uint8Array): void {
  try {
    writeFile(fileOf(path), content)
  } catch (error) {
    throw new UserError(`${path} could not be written (${error instanceof Error && 'code' in error ? String(error.code) : 'unknown reason'}).`, 2, 'Name a place that you may write to.')
  }
}
