import type { Problem, PythonProgram, Remedy, Rule, RuleContext, Severity } from '../../../src/types.js'
import { writesFor, type OwnedWrite } from '../../../src/lang/python/storage/file-owner.js'
import { atMost, milder, severityFor } from '../../../src/lang/python/severity.js'
import { configuredHandlers } from './dict-config.js'
import { withoutFile } from './handler.js'

export const cfgLogging = {
  id: 'cfg-logging',
  title: 'Log written to a file',
  hazard: 'log-to-file',
  language: 'python',
  assumes: 'writable-disk',
  severity: 'degrades',
  *check(program: PythonProgram, context: RuleContext): Generator<Problem> {
    for (const write of writesFor(program, context, 'cfg-logging')) {
      const { call, run, place } = write
      if (run.when === 'never') continue
      yield {
        path: call.module.path,
        range: { start: call.node.start, end: call.node.end },
        when: run.when,
        trace: program.trace(call, `${write.what} opens '${place}'`, run),
        severity: severityOf(program, write),
        message: `${write.what} writes the log to '${place}'. On the host the code's folder is read-only${fateOf(program, write)}. The host keeps what is printed or logged to standard output and error: log there.`,
        remedy: remedyOf(program, context, write),
      }
    }
    yield* configuredHandlers(program, context)
  },
} satisfies Rule

/** With `delay=True` the file is opened by the first record, and a handler's failure is printed, not raised. */
function opensLate(program: PythonProgram, { call }: OwnedWrite): boolean {
  const delay = call.kwargs.get('delay')
  return delay !== undefined && program.values(delay, call.scope).some((value) => value.kind === 'literal' && value.value === true)
}
function severityOf(program: PythonProgram, write: OwnedWrite): Severity {
  const { run } = write
  const certain = severityFor(run, run.when === 'import' || run.when === 'startup' ? 'blocks' : 'breaks')
  if (write.swallowed || opensLate(program, write)) return atMost(certain, 'degrades')
  return write.sure ? certain : milder(certain)
}
function fateOf(program: PythonProgram, write: OwnedWrite): string {
  if (write.swallowed) return ': the failure is caught there, and the log is lost'
  if (opensLate(program, write)) return ', so every record fails to be written'
  return write.run.when === 'import' || write.run.when === 'startup' ? ', so opening the file fails and the app does not start' : ', so opening the file fails and the request with it'
}

function remedyOf(program: PythonProgram, context: RuleContext, write: OwnedWrite): Remedy {
  if (write.call.module.brokenAt !== undefined) return { kind: 'manual', reason: `${write.call.module.path} does not parse, so it is not edited.` }
  const changes = withoutFile(program, write.call, context.target)
  if (changes) return { kind: 'fix', safety: 'safe', title: `Write '${write.place}' only where the disk is writable; the host keeps the standard streams`, changes }
  return { kind: 'manual', reason: 'The handler is also used in ways that can not be left out line by line: add it only where the disk is writable.' }
}
