/** Tests of a file's size against a limit of the app's own. */
import { numberOf } from '../../../src/lang/python/background/seconds.js'
import { handlesUpload, isUploaded } from '../../../src/lang/python/storage/uploads.js'
import { bare, field, walk, type PyNode, type PySite } from '../../../src/lang/python/program.js'
import type { PythonProgram } from '../../../src/types.js'

export type SizeTest = { readonly site: PySite; readonly node: PyNode; readonly bytes: number; readonly what: string; readonly of: string }

const fileName = /file|image|img|photo|picture|avatar|video|audio|upload|attachment|document|media|logo|resume|\bcv\b|pdf/i
const sizeName = /size|length|bytes|total/i
/** Limits in other units are smaller numbers; no host takes half a megabyte for its own. */
const least = 512 * 1024

/** `if file.size > MAX_SIZE: raise …`, in code that a request runs. */
export function* sizeTests(program: PythonProgram): Generator<SizeTest> {
  for (const site of program.sites('if_statement')) {
    const condition = field(site.node, 'condition')
    if (!condition || site.runs.every(({ when }) => when === 'main' || when === 'build')) continue
    for (const test of walk(condition)) {
      if (test.kind !== 'comparison_operator') continue
      const [left, right, more] = test.children.filter(({ field: name }) => name !== 'operators')
      if (!left || !right || more) continue
      const measured = isSize(program, site, left) ? right : isSize(program, site, right) ? left : undefined
      const bound = measured && numberOf(program, measured, site.scope)
      if (bound && bound.value >= least) yield { site, node: test, bytes: bound.value, what: site.fn && !site.fn.isLambda ? `${site.fn.qualname}()` : 'This test', of: 'files' }
    }
  }
}

function isSize(program: PythonProgram, site: PySite, at: PyNode): boolean {
  const node = bare(at)
  const { module, scope, fn } = site
  const text = program.text(node, module)
  if (node.kind === 'call') {
    const [callee, first] = [field(node, 'function'), field(node, 'arguments')?.children.find(({ kind }) => kind !== 'comment')]
    return callee !== undefined && first !== undefined && program.text(callee, module) === 'len' && isBody(program, site, first)
  }
  if (node.kind === 'attribute') {
    const [object, member] = [field(node, 'object'), field(node, 'attribute')]
    if (!object || !member) return false
    const name = program.text(member, module)
    if (name === 'content_length') return true
    return (name === 'size' || name === '_size') && (isUploaded(program, object, scope) || fileName.test(program.text(object, module)) || fileName.test(fn?.name ?? ''))
  }
  // A number on its own: only where the function takes a file and refuses it for its size.
  return node.kind === 'identifier' && sizeName.test(text) && fn !== undefined && handlesUpload(program, fn) && /413|too[ _](large|big)|exceed|\bMB\b|max/i.test(program.text(field(site.node, 'consequence') ?? site.node, module))
}
/** What was read of an upload: `data = await file.read()`. */
function isBody(program: PythonProgram, { scope, fn }: PySite, node: PyNode): boolean {
  if (isUploaded(program, node, scope)) return true
  if (program.origins(node, scope).some((origin) => /^flask\.request\.(data|get_data\(\))$|Request\(\)\.body\(\)$/.test(origin))) return true
  // `file` may come as a parameter without a type.
  return fn !== undefined && handlesUpload(program, fn) && program.definitions(node, scope).some((one) => /\.read\(\)$/.test(program.text(one.node, one.scope.module)))
}
