/**
 * What a settings module leaves each setting as: its assignments in the order they run, through star imports, branches that the host
 * decides, `include()` of django-split-settings and the classes of django-configurations.
 */
import type { Path } from '../../../types.js'
import { baseOrigins, repoBases } from '../classes.js'
import type { Guards } from '../guards.js'
import { literalText } from '../literals.js'
import { dirOf, join } from '../modules.js'
import { field, fieldsOf } from '../tree.js'
import type { PyClass, PyModule, PyNode, PyScope } from '../types.js'
import type { Resolver } from '../values.js'

/** One statement that makes up a setting. `uncertain`: under a test or a `try` that nobody here can decide. */
export type Effect = {
  readonly key: string
  readonly node: PyNode
  readonly scope: PyScope
  readonly statement: PyNode
  readonly uncertain: boolean
} & (
  | { readonly op: 'set' | 'add' }
  /** `X['a']['b'] = node` */
  | { readonly op: 'item'; readonly path: readonly string[] }
  /** `X.append(node)`; `node` is the last argument. */
  | { readonly op: 'call'; readonly method: string }
)
export type SettingsHost = {
  readonly resolver: Pick<Resolver, 'values'>
  readonly guards: Guards
  moduleAt(path: Path): PyModule | undefined
  moduleOf(written: string, from: PyModule): { readonly path: Path } | undefined
}
export type Effects = ReadonlyMap<string, readonly Effect[]>
type Found = Map<string, Effect[]>

const settingName = /^[A-Z][A-Z0-9_]*$/

/** All settings of one module. `configuration`: the class that DJANGO_CONFIGURATION names, if the repo says so. */
export function effectsOf(module: PyModule, host: SettingsHost, configuration?: string): Effects {
  const found: Found = new Map()
  collect(module, host, found, new Set())
  for (const cls of configurations(module, host, configuration)) for (const at of [...repoBases(host.resolver as Resolver, cls)].reverse().concat(cls)) walkBlock(classBody(at), { scope: at.scope, host, found, uncertain: false, seen: new Set() })
  return found
}

type At = { readonly scope: PyScope; readonly host: SettingsHost; readonly found: Found; readonly uncertain: boolean; readonly seen: Set<PyModule> }

function collect(module: PyModule, host: SettingsHost, found: Found, seen: Set<PyModule>, uncertain = false): void {
  if (seen.has(module)) return
  seen.add(module)
  walkBlock(module.root.children, { scope: module.scope, host, found, uncertain, seen })
}

function* configurations(module: PyModule, host: SettingsHost, wanted: string | undefined): Generator<PyClass> {
  const classes = [...module.scope.bindings.values()].flatMap((bindings) => bindings.flatMap((binding) => (binding.kind === 'class' ? [binding.cls] : [])))
  const own = classes.filter((cls) => [...baseOrigins(host.resolver as Resolver, cls)].some((origin) => /^configurations\.(base\.)?Configuration$/.test(origin)))
  const chosen = own.filter((cls) => cls.name === wanted)
  if (chosen.length > 0) return yield* chosen
  for (const cls of own) if (!own.some((other) => [...repoBases(host.resolver as Resolver, other)].includes(cls))) yield cls
}
function classBody(cls: PyClass): readonly PyNode[] {
  return field(cls.node, 'body')?.children ?? []
}

function walkBlock(statements: readonly PyNode[], at: At): void {
  for (const statement of statements) walkStatement(statement, at)
}
function walkStatement(statement: PyNode, at: At): void {
  const { host, scope } = at
  switch (statement.kind) {
    case 'expression_statement':
      for (const child of statement.children) expression(child, statement, at)
      return
    case 'import_from_statement':
      return imported(statement, at)
    case 'if_statement': {
      for (const arm of [statement, ...fieldsOf(statement, 'alternative')]) {
        const condition = field(arm, 'condition')
        const body = field(arm, 'consequence') ?? field(arm, 'body')
        const known = condition ? host.guards.test(condition, scope) : undefined
        if (body && known !== false && known !== 'main' && known !== 'typing') walkBlock(body.children, { ...at, uncertain: at.uncertain || known !== true })
        if (known === true) return
      }
      return
    }
    case 'try_statement':
      for (const child of statement.children) {
        const body = child.kind === 'block' ? child : child.kind === 'except_clause' ? child.children.find((inner) => inner.kind === 'block') : (field(child, 'body') ?? child.children.find((inner) => inner.kind === 'block'))
        if (body) walkBlock(body.children, { ...at, uncertain: true })
      }
      return
    case 'with_statement': {
      const body = field(statement, 'body')
      if (body) walkBlock(body.children, at)
    }
  }
}

function chained(node: PyNode): PyNode {
  const inner = node.kind === 'assignment' ? field(node, 'right') : undefined
  return inner ? chained(inner) : node
}
function expression(node: PyNode, statement: PyNode, at: At): void {
  const { scope, uncertain } = at
  const slice = (part: PyNode): string => scope.module.text.slice(part.start, part.end)
  if (node.kind === 'assignment' || node.kind === 'augmented_assignment') {
    const [left, written] = [field(node, 'left'), field(node, 'right')]
    if (!left || !written) return
    // `A = B = value` sets both.
    if (written.kind === 'assignment') expression(written, statement, at)
    const right = chained(written)
    if (left.kind === 'identifier' && settingName.test(slice(left))) return record({ key: slice(left), op: node.kind === 'assignment' ? 'set' : 'add', node: right, scope, statement, uncertain }, at.found)
    const keys = itemKeys(left, scope)
    if (keys && node.kind === 'assignment') record({ key: keys[0] ?? '', op: 'item', path: keys.slice(1), node: right, scope, statement, uncertain }, at.found)
    return
  }
  if (node.kind !== 'call') return
  const callee = field(node, 'function')
  const args = (field(node, 'arguments')?.children ?? []).filter((child) => child.kind !== 'comment')
  if (!callee) return
  if (callee.kind === 'attribute') {
    const [object, method] = [field(callee, 'object'), field(callee, 'attribute')]
    const last = args.at(-1)
    if (object?.kind === 'identifier' && settingName.test(slice(object)) && method && last && /^(append|extend|insert|remove|update)$/.test(slice(method))) record({ key: slice(object), op: 'call', method: slice(method), node: last, scope, statement, uncertain }, at.found)
    return
  }
  if (at.host.resolver.values(callee, scope).some((value) => value.kind === 'name' && value.name === 'split_settings.tools.include'))
    for (const arg of args) {
      const text = literalText(arg.kind === 'call' ? (field(arg, 'arguments')?.children[0] ?? arg) : arg, scope.module.text)
      const target = text === undefined ? undefined : at.host.moduleAt(join(dirOf(scope.module.path), text))
      if (target) merge(target, at, arg.kind === 'call' || uncertain)
    }
}

/** `DATABASES['default']['NAME']` → ['DATABASES', 'default', 'NAME']. */
function itemKeys(node: PyNode, scope: PyScope): readonly string[] | undefined {
  if (node.kind === 'identifier') {
    const name = scope.module.text.slice(node.start, node.end)
    return settingName.test(name) ? [name] : undefined
  }
  const [value, key] = node.kind === 'subscript' ? [field(node, 'value'), field(node, 'subscript')] : [undefined, undefined]
  const name = key ? literalText(key, scope.module.text) : undefined
  const outer = value && name !== undefined ? itemKeys(value, scope) : undefined
  return outer && name !== undefined ? [...outer, name] : undefined
}

function imported(statement: PyNode, at: At): void {
  const { scope, host } = at
  const from = field(statement, 'module_name')
  const written = from ? scope.module.text.slice(from.start, from.end).replace(/\s+/g, '') : ''
  const path = written === '' ? undefined : host.moduleOf(written, scope.module)?.path
  const target = path === undefined || path.endsWith('/') ? undefined : host.moduleAt(path)
  if (!target) return
  if (statement.children.some((child) => child.kind === 'wildcard_import')) return merge(target, at, at.uncertain)
  const names = fieldsOf(statement, 'name').filter((item) => item.kind === 'dotted_name').map((item) => scope.module.text.slice(item.start, item.end)).filter((name) => settingName.test(name))
  if (names.length > 0) merge(target, at, at.uncertain, new Set(names))
}
function merge(target: PyModule, at: At, uncertain: boolean, only?: ReadonlySet<string>): void {
  if (at.seen.has(target)) return
  const sub: Found = new Map()
  collect(target, at.host, sub, new Set(at.seen))
  for (const [key, effects] of sub) if (!only || only.has(key)) for (const effect of effects) record(uncertain ? { ...effect, uncertain: true } : effect, at.found)
}
function record(effect: Effect, found: Found): void {
  const before = found.get(effect.key)
  if (!before || (effect.op === 'set' && !effect.uncertain && !mentions(effect))) found.set(effect.key, [effect])
  else before.push(effect)
}
/** `MIDDLEWARE = ['x'] + MIDDLEWARE` builds on what was there. */
function mentions({ key, node, scope }: Effect): boolean {
  return new RegExp(`\\b${key}\\b`).test(scope.module.text.slice(node.start, node.end))
}
