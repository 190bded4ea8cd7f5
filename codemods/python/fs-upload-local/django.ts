/** Django: fields of models that keep files, the folder they are kept in, and direct calls of the storage. */
import type { Fix, Problem, PythonProgram, Remedy, RuleContext } from '../../../src/types.js'
import { defaultStorage, fileFields, keepsElsewhere, mediaRoot } from '../../../src/lang/python/storage/django-storage.js'
import { placesOf, tellHabitsOnce } from '../../../src/lang/habits.js'
import { plural } from '../../../src/text.js'
import { atMost, severityFor, surestRun } from '../../../src/lang/python/severity.js'
import { placeText } from '../../../src/lang/python/storage/files.js'
import { literalText, type PyCall } from '../../../src/lang/python/program.js'
import { objectStorage } from './object-storage.js'

const direct = /^django\.core\.files\.storage\.(default_storage|((filesystem\.)?FileSystemStorage)\(\)|get_storage_class\(\)\(\))\.save$/

/** Many fields and calls that one setting decides about are told at that setting, or at the first of them. */
export function* djangoUploads(program: PythonProgram, context: RuleContext): Generator<Problem> {
  const all = [...uploads(program, context)]
  const decided = all.filter(({ decidedBy }) => decidedBy !== undefined)
  const setting = decided.length > many ? all.find(({ decides }) => decides === true) : undefined
  if (setting) yield { ...setting, message: `${setting.message} ${plural(decided.length, 'file field or call', 'file fields and calls')} depend on it (${placesOf(decided)}).` }
  const rest = setting ? all.filter((one) => one !== setting && one.decidedBy === undefined) : all
  yield* tellHabitsOnce(rest, many, ({ decidedBy }) => decidedBy, (first, others) => ({ ...first, message: `${first.message} The same goes for ${others.length} more fields and calls (${placesOf(others)}).` }))
}
const many = 12
type Upload = Problem & { readonly decides?: boolean; readonly decidedBy?: string }

function* uploads(program: PythonProgram, context: RuleContext): Generator<Upload> {
  if (program.app.framework !== 'django') return
  const storage = defaultStorage(program)
  const unless = storage.unless === undefined ? '' : ` unless ${storage.unless} is set`
  const severity = storage.unless === undefined ? 'breaks' : 'degrades'
  const kept = fileFields(program).filter((one) => (keepsElsewhere(program, one) ?? !storage.isLocal) === false)
  const saves = [...program.callsMatching(direct)].filter((call) => savesOnDisk(call, storage.isLocal) && surestRun(call).when === 'request')
  const roots = mediaRoot(program)
  for (const { node, scope } of storage.isLocal && kept.length + saves.length > 0 ? roots : []) {
    const site = program.siteOf(node, scope)
    const run = site && surestRun(site)
    if (!site || !run || (run.when !== 'import' && run.when !== 'startup' && run.when !== 'request')) continue
    const place = program.fold.path(node, scope)[0]
    const where = place ? placeText(place) : 'the local disk'
    yield {
      decides: true,
      path: site.module.path,
      range: { start: node.start, end: node.end },
      when: 'request',
      trace: program.trace(site, `uploads are kept in ${where}`, run),
      severity,
      message: `Files that users upload are kept on the local disk, below '${where}' (MEDIA_ROOT)${unless}. On the host the code's folder is read-only and no disk is shared or kept: uploads fail, and what is there was deployed with the code. Name an object storage as the default storage.`,
      remedy: storage.unless === undefined ? storageRemedy(program, context, node, scope) : { kind: 'fix', safety: 'review', title: `Have ${storage.unless} set on the host`, changes: [], needs: [{ kind: 'env', name: storage.unless, secret: false, why: 'turns on the storage for uploads' }] },
    }
  }
  const elsewhere: Remedy = { kind: 'manual', reason: `The default storage decides where the file goes: ${roots.length > 0 ? 'see the finding at MEDIA_ROOT' : 'name an object storage in STORAGES'}.` }
  for (const { call, model, name } of kept) {
    const run = surestRun(call)
    if (run.when !== 'import' && run.when !== 'startup' && run.when !== 'request') continue
    const folder = call.kwargs.get('upload_to')
    const below = folder?.kind === 'string' ? literalText(folder, call.module.text) : undefined
    yield {
      decidedBy: 'storage',
      path: call.module.path,
      range: { start: call.node.start, end: call.node.end },
      when: 'request',
      trace: program.trace(call, `${model}.${name} keeps a file`, run),
      severity: severityFor({ ...run, when: 'request' }, severity),
      message: `${model}.${name} keeps an uploaded file${below === undefined || below === '' ? '' : ` in '${below}'`} on the local disk${unless}. The host's code folder is read-only, so forms and admin pages that save one fail. Let the default storage be an object storage${call.names.some((origin) => /Image|Thumb/.test(origin)) ? '' : '; large files go there straight from the browser'}.`,
      remedy: elsewhere,
    }
  }
  for (const call of saves) {
    const run = surestRun(call)
    const named = call.names.some((name) => /FileSystemStorage/.test(name))
    yield {
      ...(named ? {} : { decidedBy: 'storage' }),
      path: call.module.path,
      range: { start: call.node.start, end: call.node.end },
      when: 'request',
      trace: program.trace(call, 'saves through the file storage', run),
      severity: atMost(severityFor(run, 'breaks'), severity),
      message: `${call.fn?.qualname ?? 'The code'}() saves a file through Django's storage on the local disk${unless}. The host's code folder is read-only, so the request fails. Save through an object storage as the default storage.`,
      remedy: named ? { kind: 'manual', reason: 'FileSystemStorage is named in the code: use default_storage there, and let the settings say which one that is.' } : elsewhere,
    }
  }
}
/** FileSystemStorage below the temp folder is another matter. */
function savesOnDisk(call: PyCall, isLocal: boolean): boolean {
  return call.names.some((name) => /FileSystemStorage/.test(name)) || isLocal
}

function storageRemedy(program: PythonProgram, context: RuleContext, node: Parameters<typeof objectStorage>[2], scope: Parameters<typeof objectStorage>[3]): Remedy {
  const made = objectStorage(program, context, node, scope)
  if (!made) return { kind: 'manual', reason: 'Name an object storage as the default storage on the host (STORAGES["default"], or DEFAULT_FILE_STORAGE before Django 4.2): the settings are put together in a way that is not edited.' }
  const fix: Fix = {
    title: 'Keep uploads in a bucket on the host (django-storages); the local disk stays for a local start',
    changes: made.changes,
    needs: made.needs,
    left: 'Create a bucket (S3 or one that speaks its language: set AWS_S3_ENDPOINT_URL too), set the AWS_… variables, and copy what is in the media folder. Code that uses the path of a file field has to open the file instead.',
  }
  return { kind: 'choice', question: 'Where should uploads live on the host?', options: [{ id: 's3', ...fix }], byDefault: made.declared ? 's3' : 'leave' }
}
