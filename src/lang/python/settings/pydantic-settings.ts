/** Settings classes of pydantic: each field is an environment variable, read where an object of the class is made. */
import { baseOrigins, repoBases } from '../classes.js'
import { literalText } from '../literals.js'
import { field } from '../tree.js'
import type { EnvRead } from '../environment.js'
import type { PythonProgram } from '../program.js'
import type { Resolver } from '../values.js'
import type { PyBinding, PyCall, PyClass, PyNode, PyScope } from '../types.js'

const base = /^(pydantic_settings(\.main)?|pydantic(\.v1|\.env_settings)?)\.BaseSettings$/
const first = /^pydantic(\.v1|\.env_settings)?\.BaseSettings$/
const model = /^pydantic(\.v1|\.main)?\.BaseModel$/
const fieldMaker = /(^|\.)(Field|SecretField)$/

export type SettingsField = {
  readonly name: string
  /** The annotated statement. */
  readonly node: PyNode
  readonly scope: PyScope
  readonly fallback: PyNode | undefined
  readonly required: boolean
  readonly attribute: string
}
type Values = Pick<Resolver, 'values'>

export function isSettingsClass(resolver: Values, cls: PyClass): boolean {
  return [...baseOrigins(resolver, cls)].some((origin) => base.test(origin))
}

/** The variable that a definition in a class body stands for, and the default it has there. */
export function settingAt(resolver: Values, node: PyNode, scope: PyScope): SettingsField | undefined {
  const statement = node.kind === 'assignment' ? node : node.parent
  if (scope.kind !== 'class' || !scope.cls || statement?.kind !== 'assignment' || !isSettingsClass(resolver, scope.cls)) return undefined
  return fieldsOf(resolver, scope.cls).find((one) => one.node === statement)
}

function fieldsOf(resolver: Values, cls: PyClass): readonly SettingsField[] {
  const { prefix, exactCase } = configOf([cls, ...repoBases(resolver, cls)])
  const optionalByType = [...baseOrigins(resolver, cls)].some((origin) => first.test(origin))
  const out: SettingsField[] = []
  for (const [attribute, bindings] of cls.scope.bindings) {
    const binding = bindings.at(-1)
    const statement = binding && (binding.kind === 'assign' || binding.kind === 'annotation') ? binding.node.parent : undefined
    const type = statement && field(statement, 'type')
    if (!binding || statement?.kind !== 'assignment' || !type || attribute.startsWith('_') || attribute === 'model_config') continue
    const text = (node: PyNode): string => cls.module.text.slice(node.start, node.end)
    // A model as a field is put together from variables of its own.
    if (/\bClassVar\b/.test(text(type)) || isModel(resolver, type, cls.scope)) continue
    const { fallback, none, alias } = defaultOf(binding, cls)
    const name = alias ?? (exactCase ? prefix + attribute : (prefix + attribute).toUpperCase())
    out.push({ name, node: statement, scope: cls.scope, fallback, required: none && !(optionalByType && /\bOptional\b|\bNone\b/.test(text(type))), attribute })
  }
  return out
}

function isModel(resolver: Values, type: PyNode, scope: PyScope): boolean {
  const inner = type.kind === 'type' ? type.children[0] : type
  return inner !== undefined && resolver.values(inner, scope.parent ?? scope).some((value) => value.kind === 'class' && [...baseOrigins(resolver, value.cls)].some((origin) => base.test(origin) || model.test(origin)))
}
/** Settings classes that a field is made of: `database: DatabaseSettings = Field(default_factory=DatabaseSettings)`. */
function parts(resolver: Values, cls: PyClass): readonly PyClass[] {
  return [...cls.scope.bindings.values()].flatMap((bindings) => {
    const statement = bindings.at(-1)?.node.parent
    const type = statement?.kind === 'assignment' ? field(statement, 'type') : undefined
    const inner = type?.kind === 'type' ? type.children[0] : type
    return inner && field(statement as PyNode, 'right') ? resolver.values(inner, cls.scope.parent ?? cls.scope).flatMap((value) => (value.kind === 'class' && value.cls !== cls && isSettingsClass(resolver, value.cls) ? [value.cls] : [])) : []
  })
}

/** What follows the `=`: a plain default, or `Field(…)` with one, with a factory, or with none. */
function defaultOf(binding: PyBinding, cls: PyClass): { readonly fallback: PyNode | undefined; readonly none: boolean; readonly alias: string | undefined } {
  if (binding.kind !== 'assign') return { fallback: undefined, none: true, alias: undefined }
  const { text } = cls.module
  const callee = binding.value.kind === 'call' ? field(binding.value, 'function') : undefined
  if (binding.value.kind === 'ellipsis') return { fallback: undefined, none: true, alias: undefined }
  if (!callee || !fieldMaker.test(text.slice(callee.start, callee.end))) return { fallback: binding.value, none: false, alias: undefined }
  const args = (field(binding.value, 'arguments')?.children ?? []).filter((child) => child.kind !== 'comment')
  const keyword = (name: string): PyNode | undefined => {
    const found = args.find((arg) => arg.kind === 'keyword_argument' && text.slice(arg.start, arg.end).startsWith(name) && field(arg, 'name') !== undefined && slice(text, field(arg, 'name')) === name)
    return found && field(found, 'value')
  }
  const positional = args[0]?.kind === 'keyword_argument' ? undefined : args[0]
  const given = keyword('default') ?? positional
  const fallback = given?.kind === 'ellipsis' ? undefined : given
  const named = ['validation_alias', 'env', 'alias'].flatMap((name) => keyword(name) ?? [])[0]
  const string = named?.kind === 'string' ? named : named && firstString(named)
  return { fallback, none: fallback === undefined && !keyword('default_factory'), alias: string && literalText(string, text) }
}
/** `AliasChoices("A", "B")`, `["A", "B"]`. */
function firstString(node: PyNode): PyNode | undefined {
  const items = node.kind === 'call' ? field(node, 'arguments')?.children : node.children
  return items?.find((child) => child.kind === 'string')
}
function slice(text: string, node: PyNode | undefined): string {
  return node ? text.slice(node.start, node.end) : ''
}

/** `model_config = SettingsConfigDict(env_prefix=…)`, or `class Config: env_prefix = …`; the nearest class that says it. */
function configOf(classes: readonly PyClass[]): { readonly prefix: string; readonly exactCase: boolean } {
  const read = (key: string): PyNode | undefined => {
    for (const cls of classes) {
      const model = cls.scope.bindings.get('model_config')?.at(-1)
      const value = model?.kind === 'assign' ? model.value : undefined
      const items = value?.kind === 'call' ? field(value, 'arguments')?.children : value?.children
      for (const item of items ?? []) {
        const spelled = slice(cls.module.text, field(item, item.kind === 'pair' ? 'key' : 'name')).replace(/["']/g, '')
        if (spelled === key) return field(item, 'value')
      }
      const inner = cls.scope.bindings.get('Config')?.at(-1)
      const own = inner?.kind === 'class' ? inner.cls.scope.bindings.get(key)?.at(-1) : undefined
      if (own?.kind === 'assign') return own.value
    }
    return undefined
  }
  const prefix = read('env_prefix')
  const text = classes[0]?.module.text ?? ''
  return { prefix: (prefix?.kind === 'string' ? literalText(prefix, text) : undefined) ?? '', exactCase: read('case_sensitive')?.kind === 'true' }
}

type Made = { readonly call: PyCall; readonly cls: PyClass }
const known = new WeakMap<PythonProgram, readonly Made[]>()
/** Calls in reached code that make a settings object. */
function made(program: PythonProgram): readonly Made[] {
  const before = known.get(program)
  if (before) return before
  const names = new Set([...program.sites('class_definition')].flatMap(({ node, module }) => (field(node, 'superclasses') ? [slice(module.text, field(node, 'name'))] : [])))
  const found: Made[] = []
  for (const call of names.size === 0 ? [] : program.calls()) {
    const callee = field(call.node, 'function')
    const last = callee && slice(call.module.text, callee).split('.').at(-1)
    if (!callee || last === undefined || (!names.has(last) && callee.kind !== 'identifier')) continue
    for (const value of program.values(callee, call.scope)) if (value.kind === 'class' && isSettingsClass(program, value.cls)) for (const cls of [value.cls, ...parts(program, value.cls)]) found.push({ call, cls })
  }
  known.set(program, found)
  return found
}
function all(program: PythonProgram, cls: PyClass): readonly SettingsField[] {
  const seen = new Set<string>()
  return [cls, ...repoBases(program, cls)].flatMap((one) => fieldsOf(program, one)).filter(({ attribute }) => !seen.has(attribute) && seen.add(attribute))
}

/** Every field of a class that reached code makes an object of, as a read that never raises by itself. */
export function* settingsReads(program: PythonProgram): Generator<EnvRead> {
  const seen = new Set<PyNode>()
  for (const { cls } of made(program))
    for (const one of all(program, cls)) {
      const site = seen.has(one.node) ? undefined : program.siteOf(one.node, one.scope)
      seen.add(one.node)
      if (site) yield { name: one.name, required: false, fallback: one.fallback, site }
    }
}
/** Fields without a default: the object can't be made without these variables. */
export function* requiredFields(program: PythonProgram): Generator<{ readonly name: string; readonly call: PyCall; readonly cls: PyClass }> {
  for (const { call, cls } of made(program)) {
    if (call.spread) continue
    for (const { name, required, attribute } of all(program, cls)) if (required && !call.kwargs.has(attribute)) yield { name, call, cls }
  }
}
