import type { JsProgram, Problem, Remedy, Rule, RuleContext, Severity } from '../../../src/types.js'
import { optionsOf } from '../../../src/lang/javascript/options.js'
import { diskOf, existsInRepo } from '../../../src/lang/javascript/storage/files.js'
import { writesFor, type OwnedWrite } from '../../../src/lang/javascript/storage/file-owner.js'
import { folderInTemp } from '../../../src/lang/javascript/storage/temp.js'
import { keepsUploads } from '../../../src/lang/javascript/storage/uploads.js'
import { milder, severityFor } from '../../../src/lang/severity.js'

export const fsUploadLocal = {
  id: 'fs-upload-local',
  title: 'Upload saved to the local disk',
  hazard: 'upload-to-disk',
  language: 'javascript',
  assumes: 'persistent-disk',
  severity: 'breaks',
  *check(program: JsProgram, context: RuleContext): Generator<Problem> {
    const told = new Set<OwnedWrite['call']['node']>()
    for (const write of writesFor(program, context, 'fs-upload-local')) {
      const { call, run } = write
      if (run.when === 'never' || told.has(call.node) || write.places.every((place) => diskOf(place) === 'scratch') || isOff(program, write)) continue
      // A folder that is computed from something else says nothing of where it lies.
      if (write.beside.length === 0 && !write.places.some((place) => diskOf(place) === 'variable')) continue
      told.add(call.node)
      const base: Severity = write.beside.length === 0 ? 'degrades' : makesFolder(program, write) && !existsInRepo(write.beside, context.repo, context.app.root) ? 'blocks' : 'breaks'
      yield {
        path: call.module.path,
        range: { start: call.node.start, end: call.node.end },
        when: run.when,
        trace: program.trace(call, `${write.what} on '${write.place}'`, run),
        severity: severityFor(run, write.sure || write.beside.length === 0 ? base : milder(base)),
        message: messageOf(write, base),
        remedy: remedyOf(program, context, write),
      }
    }
  },
} satisfies Rule

/** express-fileupload keeps files in memory unless it is told to use its folder. */
function isOff(program: JsProgram, { call }: OwnedWrite): boolean {
  return call.names.includes('express-fileupload') && !optionsOf(program, call.args[0]).get('useTempFiles').some((value) => value.kind === 'TrueKeyword')
}
/** multer makes the folder at once when it is given by its name. */
function makesFolder(program: JsProgram, { call, target }: OwnedWrite): boolean {
  return (call.names.includes('multer') && !optionsOf(program, call.args[0]).get('storage').length) || (call.names.includes('multer.diskStorage') && optionsOf(program, call.args[0]).get('destination').includes(target))
}

function messageOf({ what, beside, place, run }: OwnedWrite, base: Severity): string {
  const where = beside.length > 0 ? `in '${place}'` : 'in a folder that only the configuration knows'
  const fate =
    beside.length === 0 ? 'No folder on the host lasts, so files are lost with the instance'
    : base === 'blocks' && (run.when === 'import' || run.when === 'startup') ? "It makes that folder when the app starts; the host's code folder is read-only, so the app does not start"
    : "The host's code folder is read-only, so the request fails"
  return `${what} keeps clients' files ${where}. ${fate}. Take a file that is used in its request only from memory or the temp folder; keep it in object storage when it is needed again.`
}

function remedyOf(program: JsProgram, context: RuleContext, write: OwnedWrite): Remedy {
  const { call, target, place } = write
  if (call.module.brokenAt !== undefined) return { kind: 'manual', reason: `${call.module.path} does not parse, so it is not edited.` }
  const kept = keepsUploads(program, write)
  const isSetting = !call.names.some((name) => name.endsWith('.mv')) && write.kind === 'upload' && !/^(fs|fs-extra|graceful-fs|sharp)/.test(call.names[0] ?? '')
  if (kept !== undefined || !isSetting || program.moduleOf(target).brokenAt !== undefined) return { kind: 'manual', reason: `The file is used again after this request${kept ? ` (${kept})` : ''}, so it needs storage that lasts: an object store, or a host with a persistent disk. Which one is a decision, and addresses of files change with it.` }
  return {
    kind: 'choice',
    question: `Files saved to '${place}' are not seen to be used after their request. Where should they go on the host?`,
    options: [{ id: 'temp', title: `The temp folder on the host, '${place}' elsewhere`, changes: folderInTemp(program, context, target), left: 'The temp folder holds about 500 MB for all requests of an instance: remove each file when its request is done.' }],
    byDefault: 'temp',
  }
}
