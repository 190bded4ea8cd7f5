/** Files that clients send: where the app takes them, and which expressions hold one. */
import { literalText } from '../literals.js'
import { bare, field } from '../tree.js'
import type { PythonProgram } from '../program.js'
import type { PyFunction, PyNode, PyScope, PySite } from '../types.js'

const forms = /^(flask_wtf\.file|wtforms(\.fields(\.simple)?)?|flask_wtf|flask_uploads|flask_admin\.form(\.upload)?|django\.(db\.models|forms)|rest_framework\.serializers)\.(Multiple|MultiFile)?(FileField|ImageField|FileUploadField|ImageUploadField|UploadSet)$/
const holder = /^flask\.request\.files$|^django\.http\.HttpRequest\(\)\.FILES$/
const held = /^flask\.request\.files(\[\]|\.get\(\)|\.getlist\(\))|^(fastapi|starlette)(\.datastructures)?\.UploadFile\(\)|^fastapi\.(param_functions\.)?File\(\)/

/** Does any reached code take a file from a client? */
export function takesFiles(program: PythonProgram): boolean {
  for (const call of program.callsMatching(forms)) if (call.runs.length > 0) return true
  for (const site of program.sites('attribute')) if (isHolder(program, site.node, site.scope)) return true
  for (const { fn } of program.functions()) if (fn.params.some((param) => param.annotation && /\bUploadFile\b/.test(program.text(param.annotation, fn.module)))) return true
  return false
}
/** `request.files`, `request.FILES`. */
export function isHolder(program: PythonProgram, node: PyNode, scope: PyScope): boolean {
  const member = node.kind === 'attribute' ? field(node, 'attribute') : undefined
  if (!member || !/^(files|FILES)$/.test(program.text(member, scope.module))) return false
  // A view's `request` is a parameter whose type nobody states.
  return /^(self\.)?request\.FILES$/.test(program.text(node, scope.module)) || program.origins(node, scope).some((origin) => holder.test(origin))
}
/** Is it a file that a client sent, or what was read of one? */
export function isUploaded(program: PythonProgram, node: PyNode, scope: PyScope): boolean {
  return program.origins(bare(node), scope).some((origin) => held.test(origin)) || keyOfUpload(program, bare(node), scope) !== undefined
}
/** The name of the form field in `request.files['photo']`, `request.FILES.get('photo')`. */
export function keyOfUpload(program: PythonProgram, node: PyNode, scope: PyScope): string | undefined {
  const callee = node.kind === 'call' ? field(node, 'function') : undefined
  const from = node.kind === 'subscript' ? field(node, 'value') : callee?.kind === 'attribute' ? field(callee, 'object') : undefined
  const key = node.kind === 'subscript' ? field(node, 'subscript') : field(node, 'arguments')?.children.find(({ kind }) => kind !== 'comment')
  if (!from || !key || key.kind !== 'string' || !isHolder(program, from, scope)) return undefined
  return literalText(key, scope.module.text)
}
/** Does the function take or hold a client's file? */
export function handlesUpload(program: PythonProgram, fn: PyFunction): boolean {
  const text = program.text(fn.node, fn.module)
  return /\bUploadFile\b|\brequest\.(files|FILES|stream)\b|\bInMemoryUploadedFile\b|\bFileStorage\b/.test(text)
}
/** Each place where a form field's file is taken, by the field's name. */
export function* takenUploads(program: PythonProgram): Generator<{ readonly site: PySite; readonly key: string }> {
  for (const site of program.sites('subscript', 'call')) {
    const key = keyOfUpload(program, site.node, site.scope)
    if (key !== undefined) yield { site, key }
  }
}
