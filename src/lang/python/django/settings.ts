/** The Django settings in force, as rules ask for them. */
import type { Path } from '../../../types.js'
import { literalText } from '../literals.js'
import type { Settings } from '../fold.js'
import type { PythonProgram } from '../program.js'
import { bare, field } from '../tree.js'
import type { PyModule, PyNode, PyScope } from '../types.js'
import { effectsOf, type Effect, type Effects, type SettingsHost } from './effective.js'
import { managePath, projectRoots, settingsNamedIn, type NamedSettings } from './project.js'

/** A text in a list setting, at the place where it is written. */
export type ListItem = { readonly text: string; readonly node: PyNode; readonly module: PyModule; readonly scope: PyScope }
export type ListSetting = {
  readonly items: readonly ListItem[]
  /** False when a part of the list can't be read off the code. */
  readonly complete: boolean
  readonly effects: readonly Effect[]
}
export type Entry = { readonly key: string; readonly keyNode: PyNode; readonly node: PyNode; readonly scope: PyScope }

/** A settings module that the project names, and what it leaves each setting as. */
export type SettingsModule = { readonly named: NamedSettings; readonly module: PyModule; readonly effects: Effects }
const known = new WeakMap<PythonProgram, readonly SettingsModule[]>()

/** Which settings modules a project names: the served file's first, then that of manage.py. */
export function settingsInForce(repo: Parameters<typeof managePath>[0], entry: Path): readonly NamedSettings[] {
  const roots = projectRoots(repo, entry)
  const manage = managePath(repo, entry)
  const all = [...settingsNamedIn(repo, entry, roots), ...(manage === undefined ? [] : settingsNamedIn(repo, manage, roots))]
  return all.filter((one, index) => all.findIndex((other) => other.path === one.path) === index)
}

/** Those in force, the served app's own first. */
export function inForce(program: PythonProgram): readonly SettingsModule[] {
  const before = known.get(program)
  if (before) return before
  const named = program.app.framework === 'django' ? settingsInForce(program.repo, program.app.entry.file) : []
  const host: SettingsHost = {
    resolver: { values: program.values },
    guards: program.guards,
    moduleAt: (path) => program.modules.get(path),
    moduleOf: (written, from) => {
      const path = program.find(written, from)
      return path === undefined ? undefined : { path }
    },
  }
  const configuration = named.flatMap(({ because }) => /DJANGO_CONFIGURATION["']\s*,\s*["'](\w+)/.exec(program.repo.text(because.file) ?? '')?.[1] ?? [])[0]
  const all = named.flatMap((one) => {
    const module = program.modules.get(one.path)
    return module ? [{ named: one, module, effects: effectsOf(module, host, configuration) }] : []
  })
  known.set(program, all)
  return all
}

/** The settings modules that are named, the served app's own first. What they import from is not in it. */
export function settingsModules(program: PythonProgram): readonly PyModule[] {
  return inForce(program).map(({ module }) => module)
}
/** Is a name that is added to this module a setting: one of the modules in force, or taken into each by a star import? */
export function makesSettings(program: PythonProgram, module: PyModule): boolean {
  const leads = (from: PyModule, seen: ReadonlySet<PyModule>): boolean => from === module || [...from.scope.stars].some((written) => {
    const next = program.modules.get(program.find(written, from) ?? '')
    return next !== undefined && !seen.has(next) && leads(next, new Set([...seen, next]))
  })
  return settingsModules(program).every((one) => leads(one, new Set([one])))
}
/** The statements that make up a setting, in the order they run, for each settings module in force. */
export function settingEffects(program: PythonProgram, key: string): readonly Effect[] {
  const all = inForce(program).flatMap(({ effects }) => effects.get(key) ?? [])
  // Two settings modules may share the one they import from.
  return all.filter((one, index) => all.findIndex((other) => other.node === one.node) === index)
}
/** Is the setting given at all? */
export function hasSetting(program: PythonProgram, key: string): boolean {
  return settingEffects(program, key).length > 0
}
/** `program.settings` for Django. */
export function djangoSettings(program: PythonProgram): Settings {
  return (key) => settingEffects(program, key).flatMap((effect) => (effect.op === 'set' ? [{ node: effect.node, scope: effect.scope }] : []))
}

/** The texts of a list setting such as INSTALLED_APPS, over all that is in force. */
export function listSetting(program: PythonProgram, key: string): ListSetting {
  return listOf(settingEffects(program, key), (name) => settingEffects(program, name), program)
}

type Lookup = { values: PythonProgram['values']; bindings: PythonProgram['bindings'] }
/** As `listSetting`, before there is a program. */
export function listOf(effects: readonly Effect[], effectsFor: (key: string) => readonly Effect[], lookup: Lookup): ListSetting {
  const items: ListItem[] = []
  const seen = new Set<PyNode>()
  let complete = effects.length > 0
  const take = (at: PyNode, scope: PyScope, depth: number): void => {
    const node = bare(at)
    if (seen.has(node) || depth > 12) return
    seen.add(node)
    switch (node.kind) {
      case 'list': case 'tuple': case 'set': case 'expression_list':
        for (const child of node.children) if (child.kind !== 'comment') take(child, scope, depth + 1)
        return
      case 'list_splat': case 'not_operator': case 'parenthesized_expression':
        for (const child of node.children) take(child, scope, depth + 1)
        return
      case 'string': case 'concatenated_string': {
        const text = literalText(node, scope.module.text)
        if (text === undefined) complete = false
        else items.push({ text, node, module: scope.module, scope })
        return
      }
      case 'binary_operator':
        if (node.op === '+') for (const side of node.children) take(side, scope, depth + 1)
        else complete = false
        return
      case 'conditional_expression':
        complete = false
        for (const side of [node.children[0], node.children[2]]) if (side) take(side, scope, depth + 1)
        return
      case 'identifier': {
        const name = scope.module.text.slice(node.start, node.end)
        const through = effectsFor(name).filter((effect) => !effects.includes(effect))
        if (through.length > 0) return through.forEach((effect) => take(effect.node, effect.scope, depth + 1))
        const bound = lookup.bindings(name, scope).flatMap((binding) => (binding.kind === 'assign' && binding.index === undefined ? [binding] : []))
        if (bound.length === 0) {
          if (!effects.some((effect) => effect.key === name)) complete = false
        } else for (const binding of bound) take(binding.value, binding.scope, depth + 1)
        return
      }
      case 'call': {
        const callee = field(node, 'function')
        const first = field(node, 'arguments')?.children.find((child) => child.kind !== 'comment')
        if (callee && first && /^(list|tuple|set|sorted)$/.test(scope.module.text.slice(callee.start, callee.end))) return take(first, scope, depth + 1)
        complete = false
        return
      }
      default:
        complete = false
    }
  }
  for (const effect of effects) {
    if (effect.op === 'item' || (effect.op === 'call' && effect.method === 'remove')) continue
    take(effect.node, effect.scope, 0)
  }
  return { items, complete, effects }
}

/** Entries of a dictionary: written out, `dict(a=…)`, a name for one, `{**base, 'k': v}`; a later key replaces an earlier one. */
export function entriesOf(program: PythonProgram, at: PyNode, scope: PyScope, depth = 0): readonly Entry[] {
  const node = bare(at)
  const out = new Map<string, Entry>()
  const add = (entry: Entry): void => void out.set(entry.key, entry)
  if (depth > 6) return []
  if (node.kind === 'dictionary')
    for (const child of node.children) {
      if (child.kind === 'dictionary_splat') for (const inner of child.children) for (const entry of entriesOf(program, inner, scope, depth + 1)) add(entry)
      const [key, value] = [field(child, 'key'), field(child, 'value')]
      const name = key ? literalText(key, scope.module.text) : undefined
      if (key && value && name !== undefined) add({ key: name, keyNode: key, node: value, scope })
    }
  else if (node.kind === 'call' && program.origins(field(node, 'function') ?? node, scope).includes('builtins.dict')) {
    for (const child of field(node, 'arguments')?.children ?? []) {
      const [key, value] = child.kind === 'keyword_argument' ? [field(child, 'name'), field(child, 'value')] : [undefined, undefined]
      if (key && value) add({ key: scope.module.text.slice(key.start, key.end), keyNode: key, node: value, scope })
    }
  } else if (node.kind === 'identifier' || node.kind === 'attribute') for (const one of program.definitions(node, scope)) for (const entry of entriesOf(program, one.node, one.scope, depth + 1)) add(entry)
  return [...out.values()]
}

/** Every value that may stand at a path in a dictionary setting: ('DATABASES', 'default', 'ENGINE'). An empty path gives the settings' own values. */
export function settingAt(program: PythonProgram, key: string, ...path: readonly string[]): readonly { readonly node: PyNode; readonly scope: PyScope; readonly effect: Effect }[] {
  let out: { node: PyNode; scope: PyScope; effect: Effect }[] = []
  for (const effect of settingEffects(program, key)) {
    const rest = effect.op === 'item' ? (effect.path.every((part, index) => part === path[index]) ? path.slice(effect.path.length) : undefined) : effect.op === 'set' || (effect.op === 'call' && effect.method === 'update') ? path : undefined
    if (!rest) continue
    const found = descend(program, effect.node, effect.scope, rest).map((one) => ({ ...one, effect }))
    // An item set for sure replaces what was there.
    if (effect.op === 'item' && !effect.uncertain && found.length > 0) out = []
    out.push(...found)
  }
  return out
}
function descend(program: PythonProgram, node: PyNode, scope: PyScope, path: readonly string[]): readonly { readonly node: PyNode; readonly scope: PyScope }[] {
  const [key, ...rest] = path
  if (key === undefined) return [{ node, scope }]
  return entriesOf(program, node, scope).flatMap((entry) => (entry.key === key ? descend(program, entry.node, entry.scope, rest) : []))
}
/** The entries of a dictionary setting, item assignments included: DATABASES → 'default', … */
export function dictSetting(program: PythonProgram, key: string): readonly (Entry & { readonly effect: Effect })[] {
  const out: (Entry & { readonly effect: Effect })[] = []
  for (const effect of settingEffects(program, key)) {
    if (effect.op === 'set' || (effect.op === 'call' && effect.method === 'update')) out.push(...entriesOf(program, effect.node, effect.scope).map((entry) => ({ ...entry, effect })))
    const [first] = effect.op === 'item' ? effect.path : []
    if (effect.op === 'item' && first !== undefined && effect.path.length === 1) {
      if (!effect.uncertain) out.splice(0, out.length, ...out.filter((entry) => entry.key !== first))
      out.push({ key: first, keyNode: effect.statement, node: effect.node, scope: effect.scope, effect })
    }
  }
  return out
}
