import type { Problem, PythonProgram, Remedy, Rule, RuleContext } from '../../../src/types.js'
import { bufferInstead } from '../../../src/lang/python/storage/buffered.js'
import { writesFor, type OwnedWrite } from '../../../src/lang/python/storage/file-owner.js'
import { homeOf } from '../../../src/lang/python/storage/home.js'
import { scratchInTemp } from '../../../src/lang/python/storage/scratch.js'
import { atMost, milder, severityFor } from '../../../src/lang/python/severity.js'

export const fsWriteInHandler = {
  id: 'fs-write-in-handler',
  title: 'File written while a request is answered',
  hazard: 'file-write',
  language: 'python',
  assumes: 'writable-disk',
  severity: 'breaks',
  *check(program: PythonProgram, context: RuleContext): Generator<Problem> {
    const writes = [...writesFor(program, context, 'fs-write-in-handler')]
    const kept = [...writesFor(program, context, 'state-file-database')]
    for (const write of writes) {
      const { call, run, place } = write
      if (run.when === 'never' || kept.some((other) => movesTo(program, other, write))) continue
      const certain = severityFor(run, 'breaks')
      const severity = write.swallowed ? atMost(certain, 'degrades') : write.sure ? certain : milder(certain)
      const what = write.kind === 'mkdir' ? `${write.what} makes the folder '${place}'` : write.appends ? `${write.what} adds to '${place}'` : `${write.what} writes '${place}'`
      yield {
        path: call.module.path,
        range: { start: call.node.start, end: call.node.end },
        when: run.when,
        trace: program.trace(call, `${write.what} on '${place}'`, run),
        severity,
        message: `${what}. On the host the code's folder is read-only: ${write.swallowed ? 'the failure is caught and nothing is written' : run.background ? 'the work fails there' : 'requests that come here fail'}. ${advice(write)}`,
        remedy: remedyOf(program, context, write, writes),
      }
    }
  },
} satisfies Rule

/** Written under another name first, then put in the place of a file that is reported already. */
function movesTo(program: PythonProgram, { call, what }: OwnedWrite, { call: first, target, kind }: OwnedWrite): boolean {
  const [from] = call.args
  return kind === 'write' && call.fn !== undefined && call.fn === first.fn && /^(os\.(replace|rename|renames)|shutil\.move)\b/.test(what) && from !== undefined && program.text(from, call.module) === program.text(target, first.module)
}

function advice(write: OwnedWrite): string {
  if (isFieldPath(write)) return 'Work on the file through its storage: read it with open(), and give the field a ContentFile made in memory; an object storage has no path.'
  if (write.appends) return 'Log to standard output, or keep what has to last in a database.'
  return 'Use a buffer or the temp folder for what this request alone needs, and object storage or a database for what has to last.'
}

function remedyOf(program: PythonProgram, context: RuleContext, write: OwnedWrite, all: readonly OwnedWrite[]): Remedy {
  const { call, place } = write
  if (call.module.brokenAt !== undefined) return { kind: 'manual', reason: `${call.module.path} does not parse, so it is not edited.` }
  const files = write.kind === 'mkdir' ? all.filter((other) => other.kind === 'write' && other.call.fn === call.fn && other.place.startsWith(`${place}/`)) : [write]
  for (const file of files) {
    const changes = bufferInstead(program, file, context.target)
    if (changes) return { kind: 'fix', safety: 'review', title: `Make '${file.place}' in memory and send it from there`, changes }
  }
  const home = homeOf(program, write.target, call.scope, context.repo, context.app.root)
  const changes = home && scratchInTemp(program, home, context)
  if (changes) return { kind: 'fix', safety: 'review', title: `Keep '${place}' below the temp folder on the host`, changes }
  return { kind: 'manual', reason: write.kind === 'mkdir' ? 'The folder is for files that are used again later, so they need a place that lasts.' : 'The file is used beyond this request, or in ways that a buffer can not serve.' }
}
/** `self.picture.path` of a Django model. */
function isFieldPath({ call, target }: OwnedWrite): boolean {
  return /\.\w+\.path$/.test(call.module.text.slice(target.start, target.end))
}
