import type { JsProgram, Problem, Remedy, Rule, RuleContext, Severity } from '../../../src/types.js'
import { withoutLogFile } from './host-log.js'
import { existsInRepo } from '../../../src/lang/javascript/storage/files.js'
import { writesFor, type OwnedWrite } from '../../../src/lang/javascript/storage/file-owner.js'
import { atMost, milder, severityFor } from '../../../src/lang/severity.js'
import { parentOf } from '../../../src/lang/folded.js'

export const cfgLogging = {
  id: 'cfg-logging',
  title: 'Log written to a file',
  hazard: 'log-to-file',
  language: 'javascript',
  assumes: 'writable-disk',
  severity: 'degrades',
  *check(program: JsProgram, context: RuleContext): Generator<Problem> {
    for (const write of writesFor(program, context, 'cfg-logging')) {
      const { call, run, place } = write
      if (run.when === 'never') continue
      yield {
        path: call.module.path,
        range: { start: call.node.start, end: call.node.end },
        when: run.when,
        trace: program.trace(call, `${write.what} opens '${place}'`, run),
        severity: severityOf(write, context),
        message: `${write.what} writes the log to '${place}'. On the host the code's folder is read-only${fateOf(write, context)}. The host keeps what goes to standard output and error: log there.`,
        remedy: remedyOf(program, context, write),
      }
    }
  },
} satisfies Rule

/** winston's own file transport keeps quiet about a file that it can not open, but not about a folder that it can not make. */
function losesQuietly({ call, target, beside }: OwnedWrite, { repo, app }: RuleContext): boolean {
  if (!call.names.includes('winston.transports.File')) return false
  const isFolder = target.parent?.kind === 'PropertyAssignment' && /^dirname/.test(call.module.text.slice(target.parent.start, target.parent.end))
  return existsInRepo(isFolder ? beside : beside.map(parentOf).map((folder) => ({ ...folder, exact: !folder.text.includes('\0') })), repo, app.root) || beside.every(({ text }) => !text.includes('/') && !isFolder)
}
function severityOf(write: OwnedWrite, context: RuleContext): Severity {
  const { run } = write
  const certain = severityFor(run, run.when === 'import' || run.when === 'startup' ? 'blocks' : 'breaks')
  if (write.swallowed || losesQuietly(write, context)) return atMost(certain, 'degrades')
  return write.sure ? certain : milder(certain)
}
function fateOf(write: OwnedWrite, context: RuleContext): string {
  if (write.swallowed) return ': the failure is caught there, and the log is lost'
  if (losesQuietly(write, context)) return ', so nothing is written and nothing says so'
  return write.run.when === 'import' || write.run.when === 'startup' ? ', so opening the file fails and ends the app' : ', so opening the file fails and the request with it'
}

function remedyOf(program: JsProgram, { target }: RuleContext, write: OwnedWrite): Remedy {
  if (write.call.module.brokenAt !== undefined) return { kind: 'manual', reason: `${write.call.module.path} does not parse, so it is not edited.` }
  const changes = withoutLogFile(program, write.call, target)
  if (changes) return { kind: 'fix', safety: 'safe', title: `Write '${write.place}' only where the disk is writable; the host keeps standard output`, changes }
  return { kind: 'manual', reason: 'The log file is also used in ways that can not be left out line by line: open it only where the disk is writable.' }
}
