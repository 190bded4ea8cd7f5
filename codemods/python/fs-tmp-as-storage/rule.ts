import type { Problem, PythonProgram, Rule } from '../../../src/types.js'
import { fileWrites, placeText } from '../../../src/lang/python/storage/files.js'
import { severityFor } from '../../../src/lang/python/severity.js'
import { readElsewhere } from '../../../src/lang/python/storage/temp-storage.js'

export const fsTmpAsStorage = {
  id: 'fs-tmp-as-storage',
  title: 'Temp folder used to keep files between requests',
  hazard: 'file-write',
  language: 'python',
  assumes: 'persistent-disk',
  severity: 'breaks',
  *check(program: PythonProgram): Generator<Problem> {
    for (const write of fileWrites(program)) {
      const { call } = write
      const run = program.first(call)
      if (write.kind === 'mkdir' || write.kind === 'log' || run.when !== 'request') continue
      const reads = readElsewhere(program, write).filter((read) => !refills(program, read.call.fn, call.fn))
      const [read] = reads
      if (!read) continue
      const place = placeText(write.places[0] ?? { base: 'temp', text: '', exact: false })
      yield {
        path: call.module.path,
        range: { start: call.node.start, end: call.node.end },
        when: run.when,
        trace: program.trace(call, `${write.what} on ${place}`, run),
        severity: severityFor(run, 'breaks'),
        message: `${write.what} leaves a file in ${place}, and ${read.call.module.path}:${program.line(read.call.node, read.call.module)} looks for it in another request. On the host each instance has a temp folder of its own: the other request may meet another instance, and the file is gone with this one. Keep it in object storage or a database, or answer with the result at once.`,
        remedy: { kind: 'manual', reason: 'What is handed from one request to another needs storage that all instances see; which one is a decision.' },
      }
    }
  },
} satisfies Rule

/** The reader makes the file itself when it is missing: a cache. */
function refills(program: PythonProgram, reader: ReturnType<typeof program.callAt>['fn'], writer: ReturnType<typeof program.callAt>['fn']): boolean {
  return reader !== undefined && writer !== undefined && program.callers(writer).some((call) => call.fn === reader)
}
