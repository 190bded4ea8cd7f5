import type { JsProgram, Problem, Remedy, Rule, RuleContext } from '../../../src/types.js'
import { writesFor, type OwnedWrite } from '../../../src/lang/javascript/storage/file-owner.js'
import { scratchInTemp } from '../../../src/lang/javascript/storage/temp.js'
import { atMost, milder, severityFor } from '../../../src/lang/severity.js'

export const fsWriteInHandler = {
  id: 'fs-write-in-handler',
  title: 'File written while a request is answered',
  hazard: 'file-write',
  language: 'javascript',
  assumes: 'writable-disk',
  severity: 'breaks',
  *check(program: JsProgram, context: RuleContext): Generator<Problem> {
    for (const write of writesFor(program, context, 'fs-write-in-handler')) {
      const { call, run, place } = write
      if (run.when === 'never') continue
      const certain = severityFor(run, 'breaks')
      const severity = write.swallowed ? atMost(certain, 'degrades') : write.sure ? certain : milder(certain)
      const what = write.kind === 'mkdir' ? `${write.what} makes the folder '${place}'` : write.appends ? `${write.what} adds to '${place}'` : `${write.what} writes '${place}'`
      const fate = write.swallowed ? 'the failure is caught and nothing is written' : run.background ? 'the work fails there' : 'requests that come here fail'
      yield {
        path: call.module.path,
        range: { start: call.node.start, end: call.node.end },
        when: run.when,
        trace: program.trace(call, `${write.what} on '${place}'`, run),
        severity,
        message: `${what}. On the host the code's folder is read-only: ${fate}. ${write.appends ? 'Log to standard output, or keep what has to last in a database.' : 'Use a buffer or the temp folder for what this request alone needs, and object storage or a database for what has to last.'}`,
        remedy: remedyOf(program, context, write),
      }
    }
  },
} satisfies Rule

function remedyOf(program: JsProgram, context: RuleContext, write: OwnedWrite): Remedy {
  const { call, place } = write
  if (call.module.brokenAt !== undefined) return { kind: 'manual', reason: `${call.module.path} does not parse, so it is not edited.` }
  const changes = write.kind === 'write' ? scratchInTemp(program, context, write.target) : undefined
  if (changes) return { kind: 'fix', safety: 'review', title: `Keep '${place}' below the temp folder on the host`, changes }
  return { kind: 'manual', reason: write.kind === 'mkdir' ? 'The folder is for files that are used again later, so they need a place that lasts.' : 'The file is used beyond this request, or in ways that a buffer can not serve.' }
}
