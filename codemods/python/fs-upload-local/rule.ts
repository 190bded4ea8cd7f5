import type { Problem, PythonProgram, Remedy, Rule, RuleContext, Severity } from '../../../src/types.js'
import { writesFor, type OwnedWrite } from '../../../src/lang/python/storage/file-owner.js'
import { diskOf } from '../../../src/lang/python/storage/files.js'
import { homeOf } from '../../../src/lang/python/storage/home.js'
import { isScratchVariable, scratchInTemp } from '../../../src/lang/python/storage/scratch.js'
import { milder, severityFor } from '../../../src/lang/python/severity.js'
import { djangoUploads } from './django.js'
import { isTempStorage } from '../../../src/lang/python/storage/temp-storage.js'

export const fsUploadLocal = {
  id: 'fs-upload-local',
  title: 'Upload saved to the local disk',
  hazard: 'upload-to-disk',
  language: 'python',
  assumes: 'persistent-disk',
  severity: 'breaks',
  *check(program: PythonProgram, context: RuleContext): Generator<Problem> {
    for (const write of writesFor(program, context, 'fs-upload-local')) {
      const { call, run } = write
      if (run.when === 'never' || isTempStorage(program, write)) continue
      const temp = write.places.length > 0 && write.places.every((place) => diskOf(place) === 'scratch')
      const removed = removesIt(program, write)
      const base: Severity = temp ? (removed ? 'advice' : 'degrades') : write.beside.length === 0 ? 'degrades' : 'breaks'
      const severity = severityFor(run, write.sure || write.beside.length === 0 ? base : milder(base))
      yield {
        path: call.module.path,
        range: { start: call.node.start, end: call.node.end },
        when: run.when,
        trace: program.trace(call, `${write.what} on ${temp ? 'the temp folder' : `'${write.place}'`}`, run),
        severity,
        message: messageOf(write, temp, removed),
        remedy: remedyOf(program, context, write, temp),
      }
    }
    yield* djangoUploads(program, context)
  },
} satisfies Rule

function messageOf(write: OwnedWrite, temp: boolean, removed: boolean): string {
  if (temp && removed) return `${write.what} puts a client's file below the temp folder and removes it in the same request. That works on the host, within about 500 MB that all requests of an instance share and the host's limit on the size of a request.`
  if (temp) return `${write.what} puts a client's file below the temp folder and does not surely remove it. The folder holds about 500 MB for all requests of an instance and is gone with it: remove the file when the request is done (\`with tempfile.TemporaryDirectory()\`).`
  const place = write.beside.length > 0 ? `to '${write.place}'` : 'to a folder that only the configuration knows'
  const fate = write.beside.length > 0 ? "The host's code folder is read-only, so the request fails" : 'No folder on the host lasts, so the file is lost with the instance'
  return `${write.what} saves a client's file ${place}. ${fate}. Parse it from memory or the temp folder when it is needed once; keep it in object storage when it is needed again.`
}

function remedyOf(program: PythonProgram, context: RuleContext, write: OwnedWrite, temp: boolean): Remedy {
  const { call } = write
  if (call.module.brokenAt !== undefined) return { kind: 'manual', reason: `${call.module.path} does not parse, so it is not edited.` }
  if (temp) return { kind: 'manual', reason: 'Nothing has to change for the host; see that the file is removed and that its size is bounded.' }
  const home = homeOf(program, write.target, call.scope, context.repo, context.app.root)
  const changes = home && scratchInTemp(program, home, context)
  if (!home || !changes) return { kind: 'manual', reason: 'The file is used again after this request (served, listed or named in the database), so it needs storage that lasts: an object store, or a host with a persistent disk. Which one is a decision, and addresses of files change with it.' }
  return {
    kind: 'choice',
    question: `The file saved to '${write.place}' is used in this request only. Where should it go on the host?`,
    options: [{ id: 'temp', title: `Below the temp folder on the host, '${home.place.text}' elsewhere`, changes }],
    byDefault: 'temp',
  }
}

/** The function that saves the file removes it on its ordinary way. */
function removesIt(program: PythonProgram, write: OwnedWrite): boolean {
  const { call, target } = write
  return target.kind === 'identifier' && call.fn !== undefined && isScratchVariable(program, call.fn, call.module.text.slice(target.start, target.end), call.scope, true)
}
