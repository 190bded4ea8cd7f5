/** Changes to package.json as data, with its formatting, order and line ends kept. */
import { applyEdits } from '../../../edits.js'
import { EditConflict } from '../../../errors.js'
import { editConfig, isObject, replaced, type Config, type ConfigEdit, type Json } from '../../../json-text.js'
import type { Change, Path } from '../../../types.js'

export type ManifestEdit =
  /** Declares what the app needs at run time; one that is only there for development moves up with its version. */
  | { readonly kind: 'dependency'; readonly name: string; readonly specifier: string }
  | { readonly kind: 'dev-dependency'; readonly name: string; readonly specifier: string }
  /** `engines.node`: set, whatever it was. */
  | { readonly kind: 'engine'; readonly node: string }
  /** A script of that name is kept, whatever it does, unless it is to be replaced. */
  | { readonly kind: 'script'; readonly name: string; readonly command: string; readonly replace?: true }

type Edit = Extract<Change, { kind: 'edit' }>

/** The edits that make package.json say so; none where it does. Undefined when it is no strict JSON, or holds something else in the place. */
export function editManifest(path: Path, text: string, edits: readonly ManifestEdit[]): readonly Edit[] | undefined {
  if (!strict(text)) return undefined
  let now = text
  const single: Edit[] = []
  for (const edit of edits) {
    const step = configEdits(now, edit)
    if (!step) return undefined
    const alone = now === text ? step : configEdits(text, edit)
    if (!alone) return undefined
    now = editConfig(now, step)
    single.push(...asEdits(path, text, editConfig(text, alone)))
  }
  // Each by itself where that comes to the same, so that other changes to the file can stand between them.
  return together(text, single) === now ? single : asEdits(path, text, now)
}
const asEdits = (path: Path, before: string, after: string): readonly Edit[] => [...replaced(path, before, after)].filter((change) => change.kind === 'edit')

function together(text: string, edits: readonly Edit[]): string | undefined {
  try {
    return applyEdits(text, edits)
  } catch (error) {
    if (error instanceof EditConflict) return undefined
    throw error
  }
}
function strict(text: string): Config | undefined {
  try {
    const data = JSON.parse(text) as Json
    return isObject(data) ? data : undefined
  } catch {
    return undefined
  }
}

function configEdits(text: string, edit: ManifestEdit): readonly ConfigEdit[] | undefined {
  const data = strict(text)
  if (!data) return undefined
  const holder = { dependency: 'dependencies', 'dev-dependency': 'devDependencies', engine: 'engines', script: 'scripts' }[edit.kind]
  const held = data[holder]
  if (held !== undefined && !isObject(held)) return undefined
  switch (edit.kind) {
    case 'engine':
      return held?.node === edit.node ? [] : [{ at: ['engines', 'node'], value: edit.node }]
    case 'script': {
      const is = held?.[edit.name]
      return is === edit.command || (is !== undefined && !edit.replace) ? [] : [{ at: ['scripts', edit.name], value: edit.command }]
    }
    case 'dev-dependency':
      return blocks.some((block) => specifierIn(data, block, edit.name) !== undefined) ? [] : [declared(data, 'devDependencies', edit.name, edit.specifier)]
    case 'dependency': {
      if (specifierIn(data, 'dependencies', edit.name) !== undefined || specifierIn(data, 'optionalDependencies', edit.name) !== undefined) return []
      const forDevelopment = specifierIn(data, 'devDependencies', edit.name)
      if (forDevelopment === undefined) return [declared(data, 'dependencies', edit.name, edit.specifier)]
      return [{ at: ['devDependencies', edit.name], value: undefined }, declared(data, 'dependencies', edit.name, forDevelopment)]
    }
  }
}
const blocks = ['dependencies', 'devDependencies', 'optionalDependencies'] as const
type Block = (typeof blocks)[number]

function specifierIn(data: Config, block: Block, name: string): string | undefined {
  const held = data[block]
  const specifier = isObject(held) && Object.hasOwn(held, name) ? held[name] : undefined
  return typeof specifier === 'string' ? specifier : undefined
}
/** In its place by name, as npm sorts, if the others are so; a new block comes before the one that usually follows. */
function declared(data: Config, block: Block, name: string, specifier: string): ConfigEdit {
  const at = [block, name]
  const held = data[block]
  if (!isObject(held)) return block === 'dependencies' && data.devDependencies !== undefined ? { at, value: specifier, before: 'devDependencies' } : { at, value: specifier }
  const names = Object.keys(held)
  const sorted = names.every((one, index) => index === 0 || byName(names[index - 1] ?? '', one) <= 0)
  const next = sorted ? names.find((one) => byName(one, name) > 0) : undefined
  return next === undefined ? { at, value: specifier } : { at, value: specifier, before: next }
}
const byName = (a: string, b: string): number => a.localeCompare(b, 'en')
