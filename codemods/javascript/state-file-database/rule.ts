import type { JsProgram, Problem, Rule, RuleContext } from '../../../src/types.js'
import { fileDatabaseMessage, fileDatabaseReason } from '../../../src/lang/disk-messages.js'
import { writesFor } from '../../../src/lang/javascript/storage/file-owner.js'
import { existsInRepo } from '../../../src/lang/javascript/storage/files.js'
import { atMost, milder, severityFor } from '../../../src/lang/severity.js'

export const stateFileDatabase = {
  id: 'state-file-database',
  title: 'Data kept in a file',
  hazard: 'file-write',
  language: 'javascript',
  assumes: 'persistent-disk',
  severity: 'breaks',
  *check(program: JsProgram, context: RuleContext): Generator<Problem> {
    for (const write of writesFor(program, context, 'state-file-database')) {
      const { call, run, place } = write
      if (run.when === 'never') continue
      const [read] = write.readBack
      // The stores open their file when they are first asked; only what is written at once fails at once.
      const atImport = write.kind !== 'store' && (run.when === 'import' || run.when === 'startup') && !existsInRepo(write.beside, context.repo, context.app.root)
      const certain = severityFor(run, atImport ? 'blocks' : 'breaks')
      yield {
        path: call.module.path,
        range: { start: call.node.start, end: call.node.end },
        when: run.when,
        trace: program.trace(call, `${write.what} on '${place}'`, run),
        severity: write.swallowed ? atMost(certain, 'degrades') : write.sure ? certain : milder(certain),
        message: fileDatabaseMessage(write, read && `${read.call.module.path}:${program.line(read.call.node)}`, atImport),
        remedy: { kind: 'manual', reason: fileDatabaseReason },
      }
    }
  },
} satisfies Rule
