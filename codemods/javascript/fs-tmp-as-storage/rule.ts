import type { JsProgram, Problem, Rule } from '../../../src/types.js'
import type { Folded } from '../../../src/lang/folded.js'
import { fileReads, fileWrites, placeText, type FileRead, type FileWrite } from '../../../src/lang/javascript/storage/files.js'
import { keepsUploads } from '../../../src/lang/javascript/storage/uploads.js'
import type { JsFunction } from '../../../src/lang/javascript/types.js'
import { severityFor } from '../../../src/lang/severity.js'

export const fsTmpAsStorage = {
  id: 'fs-tmp-as-storage',
  title: 'Temp folder used to keep files between requests',
  hazard: 'file-write',
  language: 'javascript',
  assumes: 'persistent-disk',
  severity: 'breaks',
  *check(program: JsProgram): Generator<Problem> {
    for (const write of fileWrites(program)) {
      const { call } = write
      const run = program.first(call)
      if (write.kind === 'upload' && write.places.some(({ base }) => base === 'temp')) yield* keptUpload(program, write)
      if (write.kind !== 'write' || run.when !== 'request') continue
      const [read] = readElsewhere(program, write).filter((one) => !refills(program, one.call.fn, call.fn))
      if (!read) continue
      const place = placeText(write.places[0] ?? { base: 'temp', text: '', exact: false })
      yield {
        path: call.module.path,
        range: { start: call.node.start, end: call.node.end },
        when: run.when,
        trace: program.trace(call, `${write.what} on ${place}`, run),
        severity: severityFor(run, 'breaks'),
        message: `${write.what} leaves a file in ${place}, and ${read.call.module.path}:${program.line(read.call.node)} looks for it in another request. On the host each instance has a temp folder of its own: the other request may meet another instance, and the file is gone with this one. Keep it in object storage or a database, or answer with the result at once.`,
        remedy: { kind: 'manual', reason: 'What is handed from one request to another needs storage that all instances see; which one is a decision.' },
      }
    }
  },
} satisfies Rule

/** multer and its kin are told the folder once; that a later request looks for the file is seen from the routes. */
function* keptUpload(program: JsProgram, { call, what, places }: FileWrite): Generator<Problem> {
  const kept = keepsUploads(program, { places })
  const run = program.first(call)
  if (kept === undefined || run.when === 'never') return
  yield {
    path: call.module.path,
    range: { start: call.node.start, end: call.node.end },
    when: run.when,
    trace: program.trace(call, `${what} in the temp folder`, run),
    severity: severityFor(run, 'breaks'),
    message: `${what} keeps clients' files in the temp folder, and they are used again after their request (${kept}). On the host each instance has a temp folder of its own: the next request may meet another instance, and the file is gone with this one. Keep it in object storage.`,
    remedy: { kind: 'manual', reason: 'What is handed from one request to another needs storage that all instances see; which one is a decision.' },
  }
}

/** Reads of the same place below the temp folder by other routes. A name that is computed is the same when the text around it is. */
function readElsewhere(program: JsProgram, write: FileWrite): readonly FileRead[] {
  const places = new Set(write.places.filter((place) => place.base === 'temp' && /[^\0/]/.test(place.text)).map(key))
  if (places.size === 0) return []
  return fileReads(program).filter(({ call, places: others }) => call.fn !== write.call.fn && program.first(call).when === 'request' && others.some((place) => places.has(key(place))) && !sameRequest(program, call.fn, write.call.fn))
}
const key = (place: Folded): string => `${place.base}|${place.text}`

/** One calls the other, or one function calls both. */
function sameRequest(program: JsProgram, reader: JsFunction | undefined, writer: JsFunction | undefined): boolean {
  if (!reader || !writer) return true
  const around = (fn: JsFunction): ReadonlySet<JsFunction | undefined> => new Set([fn, ...program.callers(fn).map((call) => call.fn)])
  const [first, second] = [around(reader), around(writer)]
  if ([...first].some((fn) => fn !== undefined && second.has(fn))) return true
  const inside = (outer: JsFunction, inner: JsFunction): boolean => inner.module === outer.module && inner.node.start >= outer.node.start && inner.node.end <= outer.node.end
  return inside(reader, writer) || inside(writer, reader)
}
/** The reader makes the file itself when it is missing: a cache. */
function refills(program: JsProgram, reader: JsFunction | undefined, writer: JsFunction | undefined): boolean {
  return reader !== undefined && writer !== undefined && program.callers(writer).some((call) => call.fn === reader)
}
