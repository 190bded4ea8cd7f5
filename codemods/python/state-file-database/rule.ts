import type { Problem, PythonProgram, Rule, RuleContext } from '../../../src/types.js'
import { writesFor, type OwnedWrite } from '../../../src/lang/python/storage/file-owner.js'
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
      const atImport = (run.when === 'import' || run.when === 'startup') && !existsInRepo(write.beside, context.repo, context.app.root)
      const certain = severityFor(run, atImport ? 'blocks' : 'breaks')
      const severity = write.swallowed ? atMost(certain, 'degrades') : write.sure ? certain : milder(certain)
      yield {
        path: call.module.path,
        range: { start: call.node.start, end: call.node.end },
        when: run.when,
        trace: program.trace(call, `${write.what} on '${place}'`, run),
        severity,
        message: messageOf(program, write, atImport),
        remedy: { kind: 'manual', reason: 'Where the data should live (a table, a key-value store, the host with a persistent disk) is a decision, and code that reads and writes it changes with it.' },
      }
    }
  },
} satisfies Rule

function messageOf(program: PythonProgram, write: OwnedWrite, atImport: boolean): string {
  const [read] = write.readBack
  const used = read ? `, and ${read.call.module.path}:${program.line(read.call.node, read.call.module)} reads it back` : ''
  const what = write.kind === 'store' ? `${write.what} keeps a database in the file '${write.place}'` : `${write.what} writes '${write.place}'${used}: the file is the app's memory`
  const fate = write.swallowed ? 'nothing is kept' : atImport ? 'the app does not start' : 'every change fails'
  return `${what}. On the host the code's folder is read-only, so ${fate}, and no file would be shared between instances. Keep this data in a database or a key-value store.`
}
