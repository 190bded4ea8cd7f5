/** Uploads that are videos by their names. */
import { takenUploads, takesFiles } from '../../../src/lang/python/storage/uploads.js'
import { field, literalText, type PyNode, type PySite } from '../../../src/lang/python/program.js'
import type { PythonProgram } from '../../../src/types.js'

export type VideoUpload = { readonly site: PySite; readonly node: PyNode; readonly what: string; /** Nothing but videos. */ readonly sure: boolean }

const word = /(^|[_\W])(videos?|movies?|footage)($|[_\W])/i
const endings = /^\.?(mp4|mov|avi|mkv|webm|m4v)$|^video\//i
const list = /ALLOWED|EXTENSION|_TYPES|ACCEPTED/i

export function* videoUploads(program: PythonProgram): Generator<VideoUpload> {
  const fields = [...byField(program)]
  yield* fields
  if (fields.length > 0 || !takesFiles(program)) return
  for (const site of program.sites('assignment')) {
    const [left, right] = [field(site.node, 'left'), field(site.node, 'right')]
    const set = right?.kind === 'call' ? field(right, 'arguments')?.children[0] : right
    if (!left || !set || !list.test(program.text(left, site.module)) || !['set', 'list', 'tuple'].includes(set.kind)) continue
    const allowed = set.children.flatMap((item) => literalText(item, site.module.text) ?? [])
    const videos = allowed.filter((text) => endings.test(text))
    if (videos.length === 0) continue
    yield { site, node: site.node, what: `${program.text(left, site.module)} lets in videos (${videos.slice(0, 3).join(', ')})`, sure: videos.length === allowed.length }
    return
  }
}

function* byField(program: PythonProgram): Generator<VideoUpload> {
  for (const { site, key } of takenUploads(program)) if (word.test(key)) yield { site, node: site.node, what: `The form field '${key}' takes a video`, sure: true }
  const views = new Set(program.pyRoutes.map(({ fn }) => fn))
  for (const { fn, runs } of program.functions()) {
    if (!views.has(fn)) continue
    for (const param of fn.params) {
      const type = param.annotation && program.text(param.annotation, fn.module)
      if (type === undefined || !/\bUploadFile\b/.test(type) || !word.test(param.name)) continue
      const site: PySite = { module: fn.module, node: param.node, scope: fn.scope, fn, runs, handled: false }
      yield { site, node: param.node, what: `The form field '${param.name}' takes a video`, sure: true }
    }
  }
  // A model's or form's field, filled by a form, the admin or an API.
  for (const call of program.callsMatching(/^django\.(db\.models|forms)\.FileField$|^rest_framework\.serializers\.FileField$|^(flask_wtf\.file|wtforms(\.fields(\.simple)?)?)\.FileField$/)) {
    const left = call.node.parent?.kind === 'assignment' ? field(call.node.parent, 'left') : undefined
    const folder = call.kwargs.get('upload_to')
    const name = left ? program.text(left, call.module) : ''
    if (word.test(name) || (folder?.kind === 'string' && word.test(literalText(folder, call.module.text) ?? ''))) yield { site: call, node: call.node, what: `The field '${name}' takes a video`, sure: true }
  }
}
