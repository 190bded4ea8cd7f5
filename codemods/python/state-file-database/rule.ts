import type { Problem, PythonProgram, Rule, RuleContext } from '../../../src/types.js'
import { fileDatabaseMessage, fileDatabaseReason } from '../../../src/lang/disk-messages.js'
import { writesFor } from '../../../src/lang/python/storage/file-owner.js'
import { existsInRepo } from '../../../src/lang/python/storage/files.js'
import { atMost, milder, severityFor } from '../../../src/lang/python/severity.js'

export const stateFileDatabase = {
  id: 'state-file-database',
  title: 'Data kept in a file',
  hazard: 'file-write',
  language: 'python',
  assumes: 'persistent-disk',
  severity: 'breaks',
  *check(program: PythonProgram, context: RuleContext): Generator<Problem> {
    for (const write of writesFor(program, context, 'state-file-database')) {
      const { call, run, place } = write
      if (run.when === 'never') continue
      const [read] = write.readBack
      const atImport = (run.when === 'import' || run.when === 'startup') && !existsInRepo(write.beside, context.repo, context.app.root)
      const certain = severityFor(run, atImport ? 'blocks' : 'breaks')
      const severity = write.swallowed ? atMost(certain, 'degrades') : write.sure ? certain : milder(certain)
      yield {
        path: call.module.path,
        range: { start: call.node.start, end: call.node.end },
        when: run.when,
        trace: program.trace(call, `${write.what} on '${place}'`, run),
        severity,
        message: fileDatabaseMessage(write, read && `${read.call.module.path}:${program.line(read.call.node, read.call.module)}`, atImport),
        remedy: { kind: 'manual', reason: fileDatabaseReason },
      }
    }
  },
} satisfies Rule
