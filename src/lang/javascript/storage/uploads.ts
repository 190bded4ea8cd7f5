/** Whether files that clients sent are used after the request that brought them. */
import type { JsProgram } from '../program.js'
import { bare, field } from '../tree.js'
import type { JsNode } from '../types.js'
import type { Folded } from '../../folded.js'
import type { FileWrite } from './files.js'

const saved = /^express\.request\.files?\b(?:\[\]|\.\w+)*\.(path|filename|destination|tempFilePath|key|location)$/
/** Calls that take the file at once: they read it, send it on, or remove it. */
const taken = /^(fs|fs-extra|graceful-fs)(\.promises)?\.(readFile|readFileSync|createReadStream|unlink|unlinkSync|rm|rmSync|remove|removeSync|existsSync|stat|statSync)$|^cloudinary\b|^sharp$|^jimp\b|^xlsx\.readFile$|^exceljs\b|^csvtojson\b|^convert-excel-to-json$|^pdf-parse|^mammoth\b|^tesseract\.js\b|\.(upload|uploadFile|fPutObject|putObject|recognize|fromFile|append)$/

/** How it is seen that files are kept, for people; undefined when nothing says so. */
export function keepsUploads(program: JsProgram, write: Pick<FileWrite, 'places'>): string | undefined {
  const served = [...program.calls('express.static', 'serve-static')].find((call) => {
    const [folder] = call.args
    return folder !== undefined && program.fold.path(folder).some((place) => write.places.some((other) => holds(place, other)))
  })
  if (served) return `the folder is served by ${served.module.path}:${program.line(served.node)}`
  for (const site of program.sites('PropertyAccessExpression', 'BindingElement')) {
    if (!/\b(path|filename|destination|tempFilePath)\b/.test(program.text(site.node)) || site.node.parent?.kind === 'PropertyAccessExpression') continue
    const name = site.node.kind === 'BindingElement' ? field(site.node, 'name') : site.node
    if (!name || !program.origins(name).some((origin) => saved.test(origin))) continue
    const uses = name === site.node ? [name] : program.references(name).filter((use) => use !== name)
    const kept = uses.find((use) => !isTaken(program, use))
    if (kept) return `${program.text(kept)} is kept at ${site.module.path}:${program.line(kept)}`
  }
  return undefined
}
function isTaken(program: JsProgram, use: JsNode): boolean {
  let at = use
  while (at.parent && bare(at.parent) !== at.parent && bare(at.parent) === at) at = at.parent
  const call = at.field === 'arguments' ? at.parent : undefined
  const callee = call && field(call, 'expression')
  if (callee) return [...program.origins(callee), program.text(callee)].some((name) => taken.test(name) || /^console\.\w+$/.test(name))
  return at.parent?.kind === 'PrefixUnaryExpression' || at.parent?.kind === 'IfStatement'
}
function holds(folder: Folded, place: Folded): boolean {
  const same = folder.base === place.base || (folder.base === 'repo' && place.base === 'cwd') || (folder.base === 'cwd' && place.base === 'repo')
  return same && (folder.text === place.text || folder.text === '.' || place.text.startsWith(`${folder.text}/`))
}
