/** Where a Django project keeps files of its users: the default storage, the fields that use it, and paths below MEDIA_ROOT. */
import { settingAt, settingEffects } from '../django/settings.js'
import { baseOrigins, repoBases } from '../classes.js'
import { alternatives } from '../settings/alternatives.js'
import { served } from '../settings/served.js'
import { testedVariables, underTests } from '../settings/tested.js'
import { needsVariable } from '../settings/when-unset.js'
import { bare, field } from '../tree.js'
import type { PythonProgram } from '../program.js'
import type { Folded, PyCall, PyNode, PyScope } from '../types.js'

export type DefaultStorage = {
  /** Files go to the local disk on a host where no further variable is set. */
  readonly isLocal: boolean
  /** The variable that leads to another storage. */
  readonly unless: string | undefined
}
export type FileField = { readonly call: PyCall; readonly model: string; readonly name: string }

const fileSystem = /^django\.core\.files\.storage\.((filesystem\.)?FileSystemStorage|InMemoryStorage)$/
const fields = /^(django\.db\.models\.(fields\.files\.)?(FileField|ImageField)|django\.contrib\.gis\.db\.models\.(FileField|ImageField)|imagekit\.models\.(fields\.)?ProcessedImageField|easy_thumbnails\.fields\.Thumbnailer(Image)?Field|sorl\.thumbnail\.(fields\.)?ImageField|versatileimagefield\.fields\.VersatileImageField|stdimage\.(models\.)?StdImageField|django_resized\.(forms\.)?ResizedImageField|image_cropping\.(fields\.)?ImageCropField)$/
const storages = new WeakMap<PythonProgram, DefaultStorage>()
const allFields = new WeakMap<PythonProgram, readonly FileField[]>()

export function defaultStorage(program: PythonProgram): DefaultStorage {
  const before = storages.get(program)
  if (before) return before
  const found = judge(program)
  storages.set(program, found)
  return found
}
function judge(program: PythonProgram): DefaultStorage {
  const old = settingEffects(program, 'DEFAULT_FILE_STORAGE').flatMap((effect) => (effect.op === 'set' ? [{ node: effect.node, scope: effect.scope, effect }] : []))
  let unless: string | undefined
  for (const { node, scope, effect } of [...served(settingAt(program, 'STORAGES', 'default', 'BACKEND')), ...served(old)]) {
    const site = program.siteOf(node, scope)
    if (!site || underTests(effect.statement, scope)) continue
    for (const one of alternatives(program, node, scope)) {
      if (one.node.kind === 'string' && isFileSystem(program, one.node, one.scope)) {
        unless ??= one.behind
        continue
      }
      // Chosen by a variable that nobody has set, the local disk is what a host gets.
      if (needsVariable(program, effect.statement, effect.scope)) unless ??= testedVariables(program, effect.statement, effect.scope)[0]
      else if (one.behind === undefined || one.read === undefined) return { isLocal: false, unless: undefined }
    }
  }
  return { isLocal: true, unless }
}
/** Django's own storage on the disk, or a class of the repo that is one. */
function isFileSystem(program: PythonProgram, node: PyNode, scope: PyScope): boolean {
  return program.fold.text(node, scope).every(({ text }) => fileSystem.test(text) || isOwnFileSystem(program, text))
}
function isOwnFileSystem(program: PythonProgram, dotted: string): boolean {
  const at = dotted.lastIndexOf('.')
  for (const module of program.modules.values()) {
    if (at < 0 || module.name !== dotted.slice(0, at)) continue
    const binding = module.scope.bindings.get(dotted.slice(at + 1))?.at(-1)
    if (binding?.kind !== 'class') continue
    return [...baseOrigins(program, binding.cls)].some((origin) => fileSystem.test(origin))
  }
  return false
}

/** Fields of models that keep a file in the default storage or, by their own `storage`, on the local disk. */
export function fileFields(program: PythonProgram): readonly FileField[] {
  const before = allFields.get(program)
  if (before) return before
  const found: FileField[] = []
  if (program.app.framework === 'django')
    for (const call of program.callsMatching(fields)) {
      const assignment = call.node.parent?.kind === 'assignment' ? call.node.parent : undefined
      const left = assignment && field(assignment, 'left')
      const cls = call.scope.kind === 'class' ? call.scope.cls : undefined
      if (!cls || left?.kind !== 'identifier') continue
      found.push({ call, model: cls.name, name: program.text(left, call.module) })
    }
  allFields.set(program, found)
  return found
}
/** Does the field's own `storage` say another place than the local disk? */
export function keepsElsewhere(program: PythonProgram, { call }: FileField): boolean | undefined {
  const own = call.kwargs.get('storage')
  if (!own) return undefined
  return !program.origins(own, call.scope).some((origin) => /^django\.core\.files\.storage\.(filesystem\.)?FileSystemStorage(\(\))?$/.test(origin)) && !program.values(own, call.scope).some((value) => (value.kind === 'object' || value.kind === 'class') && [...repoBases(program, value.cls), value.cls].some((cls) => [...baseOrigins(program, cls)].some((origin) => fileSystem.test(origin))))
}

/** MEDIA_ROOT as the settings leave it. */
export function mediaRoot(program: PythonProgram): readonly { readonly node: PyNode; readonly scope: PyScope }[] {
  return served(settingEffects(program, 'MEDIA_ROOT').map((effect) => ({ effect }))).flatMap(({ effect }) => (effect.op === 'set' && !underTests(effect.statement, effect.scope) && !needsVariable(program, effect.statement, effect.scope) ? [{ node: effect.node, scope: effect.scope }] : []))
}
/** `self.picture.path`: the file of a field, which lies below MEDIA_ROOT when the storage is the local disk. */
export function fieldPath(program: PythonProgram, at: PyNode, scope: PyScope, depth = 0): readonly Folded[] {
  const node = bare(at)
  if (program.app.framework !== 'django' || !defaultStorage(program).isLocal) return []
  if (node.kind === 'identifier' && depth < 3) return program.definitions(node, scope).flatMap((one) => fieldPath(program, one.node, one.scope, depth + 1))
  const [object, member] = node.kind === 'attribute' ? [field(node, 'object'), field(node, 'attribute')] : []
  const holder = object?.kind === 'attribute' ? field(object, 'attribute') : undefined
  if (!holder || !member || program.text(member, scope.module) !== 'path') return []
  const name = program.text(holder, scope.module)
  if (!fileFields(program).some((one) => one.name === name && keepsElsewhere(program, one) !== true)) return []
  const roots = mediaRoot(program).flatMap((one) => program.fold.path(one.node, one.scope))
  return (roots.length > 0 ? roots : [{ base: 'cwd' as const, text: '', exact: true }]).map((root) => ({ ...root, text: root.text === '' || root.text === '.' ? '\0' : `${root.text}/\0`, exact: false }))
}
