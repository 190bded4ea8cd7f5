/**
 * What expressions evaluate to, as far as names alone can tell. Cycles and depth are bounded; several bindings give several values.
 */
import { isBuiltin } from './builtins.js'
import { literalText } from './literals.js'
import { makeMembers } from './members.js'
import { makeMemo } from '../memo.js'
import { bare, field, walk } from './tree.js'
import type { PyBinding, PyClass, PyFunction, PyModule, PyNode, PyScope, Value } from './types.js'

/** What the resolver needs from the program: modules by import, and the calls seen so far. */
export type World = {
  /** The module an import names, loaded; undefined when it is not in the repo. */
  moduleOf(written: string, from: PyModule): { readonly kind: 'module'; readonly path: string } | undefined
  moduleAt(path: string): PyModule | undefined
  submodule(path: string, name: string): { readonly kind: 'module'; readonly path: string } | undefined
  functionAt(node: PyNode): PyFunction | undefined
  scopeAt(node: PyNode): PyScope | undefined
  /** Arguments passed to a parameter at the calls seen so far. */
  argumentsFor(fn: PyFunction, index: number, name: string): readonly { readonly node: PyNode; readonly scope: PyScope }[]
  /** Functions a decorator of the repo was applied to come in as values. */
  decorated(fn: PyFunction): readonly PyFunction[]
  /** Grows whenever a call that could bind a parameter is seen. */
  version(): number
}
export type Resolver = {
  values(node: PyNode, scope: PyScope): readonly Value[]
  lookup(name: string, scope: PyScope): readonly PyBinding[]
  attribute(value: Value, name: string): readonly Value[]
  returns(fn: PyFunction): readonly Value[]
  /** Bindings of a name as seen from a scope resolve to these. */
  named(name: string, scope: PyScope): readonly Value[]
  /** Expressions assigned to `self.name` in the class's methods. */
  selfSets(cls: PyClass, name: string): readonly { readonly node: PyNode; readonly scope: PyScope }[]
}

const givesWhatItCalls = /^fastapi\.(params\.|param_functions\.)?(Depends|Security)$/
/** Calls on these keep giving the same kind of thing. */
const pathMethods = /\.(parent|parents\[\]|resolve\(\)|absolute\(\)|expanduser\(\)|joinpath\(\)|with_suffix\(\)|with_name\(\)|with_stem\(\)|cwd\(\)|home\(\)|relative_to\(\))$/
function tidy(name: string): string {
  let out = name
  if (out.startsWith('pathlib.')) {
    out = out.replace(/^pathlib\.(PurePath|PosixPath|WindowsPath|PurePosixPath)\b/, 'pathlib.Path')
    if (/^pathlib\.Path\.(cwd|home)\(\)$/.test(out)) return 'pathlib.Path()'
    while (out.startsWith('pathlib.Path()') && pathMethods.test(out)) out = out.replace(pathMethods, '')
  }
  return out
}
const named = (name: string): Value => ({ kind: 'name', name: tidy(name) })

export function makeResolver(world: World): Resolver {
  const memo = makeMemo<PyNode | PyBinding | PyFunction, Value>({ version: world.version, identity, most: 8, depth: 72 })
  const { once } = memo
  const values = (node: PyNode, scope: PyScope): readonly Value[] => once(node, () => evaluate(bare(node), scope))

  const evaluate = (node: PyNode, scope: PyScope): readonly Value[] => {
    const text = (at: PyNode): string => scope.module.text.slice(at.start, at.end)
    switch (node.kind) {
      case 'identifier':
        return named_(text(node), scope)
      case 'attribute': {
        const object = field(node, 'object')
        const attribute = field(node, 'attribute')
        if (!object || !attribute) return []
        return values(object, scope).flatMap((value) => attributeOf(value, text(attribute)))
      }
      case 'call': {
        const callee = field(node, 'function')
        return callee ? values(callee, scope).flatMap((value) => called(value, node, scope)) : []
      }
      case 'subscript': {
        const value = field(node, 'value')
        return value ? values(value, scope).flatMap((at) => (at.kind === 'name' ? [named(`${at.name}[]`)] : [])) : []
      }
      case 'binary_operator': {
        const left = field(node, 'left')
        const right = field(node, 'right')
        if (node.op !== '/' || !left || !right) return []
        const sides = [...values(left, scope), ...values(right, scope)]
        return sides.some((at) => at.kind === 'name' && at.name === 'pathlib.Path()') ? [named('pathlib.Path()')] : []
      }
      case 'boolean_operator':
        return node.children.flatMap((child) => values(child, scope))
      case 'conditional_expression':
        return [node.children[0], node.children[2]].flatMap((child) => (child ? values(child, scope) : []))
      case 'named_expression': {
        const value = field(node, 'value')
        return value ? values(value, scope) : []
      }
      case 'lambda': {
        const fn = world.functionAt(node)
        return fn ? [{ kind: 'function', fn }] : []
      }
      case 'list_splat': {
        // tree-sitter-python #314: the callee of `[*f(x)]` becomes a splat.
        const inner = node.children[0]
        return inner ? values(inner, scope) : []
      }
      case 'string':
      case 'concatenated_string': {
        const value = literalText(node, scope.module.text)
        return value === undefined ? [] : [{ kind: 'literal', value, node }]
      }
      case 'integer':
      case 'float': {
        const value = Number(text(node).replaceAll('_', ''))
        return Number.isNaN(value) ? [] : [{ kind: 'literal', value, node }]
      }
      case 'true':
        return [{ kind: 'literal', value: true, node }]
      case 'false':
        return [{ kind: 'literal', value: false, node }]
      case 'none':
        return [{ kind: 'literal', value: null, node }]
      case 'dictionary':
      case 'dictionary_comprehension':
        return [named('builtins.dict()')]
      case 'list':
      case 'list_comprehension':
        return [named('builtins.list()')]
      case 'set':
      case 'set_comprehension':
        return [named('builtins.set()')]
      default:
        return []
    }
  }

  const lookup = (name: string, scope: PyScope): readonly PyBinding[] => {
    for (let at: PyScope | undefined = scope; at; at = at.parent) {
      if (at.kind === 'class' && at !== scope) continue
      if (at.globals.has(name)) return moduleScope(at).bindings.get(name) ?? []
      const found = at.bindings.get(name)
      if (found) return found
    }
    return []
  }

  const named_ = (name: string, scope: PyScope): readonly Value[] => {
    const bindings = lookup(name, scope)
    if (bindings.length > 0) return bindings.slice(-12).flatMap((binding) => bound(binding))
    const starred = moduleScope(scope).stars.flatMap((written): readonly Value[] => {
      const module = world.moduleOf(written, scope.module)
      if (!module) return isBuiltin(name) ? [] : [named(`${written}.${name}`)]
      return exported(module.path, name)
    })
    if (starred.length > 0) return starred
    return isBuiltin(name) ? [named(`builtins.${name}`)] : []
  }

  const bound = (binding: PyBinding): readonly Value[] => once(binding, () => boundOnce(binding))
  const boundOnce = (binding: PyBinding): readonly Value[] => {
    switch (binding.kind) {
      case 'import': {
        const from = binding.scope.module
        const module = world.moduleOf(binding.topOnly ? (binding.module.split('.')[0] ?? binding.module) : binding.module, from)
        if (binding.member === undefined) return module ? [module] : [named(binding.topOnly ? (binding.module.split('.')[0] ?? binding.module) : binding.module)]
        if (!module) return binding.module.startsWith('.') ? [] : [named(`${binding.module}.${binding.member}`)]
        return exported(module.path, binding.member)
      }
      case 'function':
        return [{ kind: 'function', fn: binding.fn }]
      case 'class':
        return [{ kind: 'class', cls: binding.cls }]
      case 'assign':
        return element(binding.value, binding.index, binding.scope)
      case 'loop':
        return iterated(binding.value, binding.index, scopeOf(binding))
      case 'with':
        return values(binding.value, binding.scope)
      case 'except':
        return exceptionTypes(binding.value, binding.scope)
      case 'param':
        return parameter(binding)
      case 'annotation':
        return instanceOf(binding.annotation, binding.scope)
      case 'other':
        return []
    }
  }
  // Loop variables of comprehensions are bound in the scope that holds them.
  const scopeOf = (binding: PyBinding): PyScope => binding.scope
  const element = (value: PyNode, index: number | undefined, scope: PyScope): readonly Value[] => {
    if (index === undefined) return values(value, scope)
    const inner = bare(value)
    if (inner.kind === 'tuple' || inner.kind === 'expression_list' || inner.kind === 'list') {
      const at = inner.children.filter((child) => child.kind !== 'comment')[index]
      return at ? values(at, scope) : []
    }
    return values(value, scope).flatMap((at) => (at.kind === 'name' ? [named(`${at.name}[]`)] : []))
  }
  const iterated = (value: PyNode, index: number | undefined, scope: PyScope): readonly Value[] => {
    const inner = bare(value)
    if (inner.kind === 'tuple' || inner.kind === 'list' || inner.kind === 'expression_list') return inner.children.flatMap((child) => element(child, index, scope))
    return values(value, scope).flatMap((at) => (at.kind === 'name' ? [named(`${at.name}[]${index === undefined ? '' : '[]'}`)] : []))
  }
  const exceptionTypes = (value: PyNode | undefined, scope: PyScope): readonly Value[] => {
    if (!value) return [named('builtins.BaseException()')]
    const types = value.kind === 'tuple' ? value.children : [value]
    return types.flatMap((type) => values(type, scope).flatMap((at) => called(at, undefined, scope)))
  }
  const parameter = (binding: PyBinding & { readonly kind: 'param' }): readonly Value[] => {
    const { fn } = binding
    if (fn.cls && binding.index === 0 && !isStatic(fn)) return [isClassMethod(fn) ? { kind: 'class', cls: fn.cls } : { kind: 'object', cls: fn.cls }]
    if (binding.star !== '') return []
    memo.dependsOnCalls()
    const out: Value[] = []
    if (binding.annotation) out.push(...instanceOf(binding.annotation, fn.scope.parent ?? fn.scope))
    if (binding.fallback) out.push(...values(binding.fallback, fn.scope.parent ?? fn.scope))
    if (binding.index === 0) out.push(...world.decorated(fn).map((inner): Value => ({ kind: 'function', fn: inner })))
    for (const arg of world.argumentsFor(fn, binding.index, binding.name).slice(0, 6)) out.push(...values(arg.node, arg.scope))
    return out
  }
  /** `x: Flask` holds a Flask; `Optional[X]`, `X | None` and quoted names too. */
  const instanceOf = (annotation: PyNode, scope: PyScope): readonly Value[] => {
    const inner = annotation.kind === 'type' ? annotation.children[0] : annotation
    if (!inner) return []
    if (inner.kind === 'binary_operator' || inner.kind === 'union_type') return inner.children.flatMap((child) => instanceOf(child, scope))
    if (inner.kind === 'generic_type' || inner.kind === 'subscript') {
      const head = scope.module.text.slice(inner.children[0]?.start ?? 0, inner.children[0]?.end ?? 0)
      return /(^|\.)(Optional|Annotated)$/.test(head) ? (inner.children[1]?.children ?? inner.children.slice(1)).flatMap((child) => instanceOf(child, scope)) : []
    }
    if (inner.kind !== 'identifier' && inner.kind !== 'attribute') return []
    return values(inner, scope).flatMap((at) => (at.kind === 'class' || at.kind === 'name' ? called(at, undefined, scope) : []))
  }

  const called = (value: Value, node: PyNode | undefined, scope: PyScope): readonly Value[] => {
    if (value.kind === 'name') {
      const first = node && field(node, 'arguments')?.children.find((child) => child.kind !== 'comment')
      if (value.name === 'functools.partial' && first) return values(first, scope)
      // `Depends(get_db)` stands for what get_db gives.
      if (first && givesWhatItCalls.test(value.name)) {
        const given = values(first, scope).flatMap((at) => (at.kind === 'function' && !at.fn.isLambda ? [...returns(at.fn), ...yielded(at.fn)] : at.kind === 'class' ? called(at, undefined, scope) : []))
        if (given.length > 0) return given
      }
      if (value.name === 'importlib.import_module' && first) {
        const target = values(first, scope).find((at) => at.kind === 'literal')
        const module = target?.kind === 'literal' && typeof target.value === 'string' ? world.moduleOf(target.value, scope.module) : undefined
        return module ? [module] : []
      }
      return [named(`${value.name}()`)]
    }
    if (value.kind === 'class') return [{ kind: 'object', cls: value.cls }]
    if (value.kind === 'object') return member(value.cls, '__call__', new Set()).flatMap((at) => (at.kind === 'function' ? returns(at.fn) : []))
    if (value.kind === 'function') return returns(value.fn)
    return []
  }

  const returns = (fn: PyFunction): readonly Value[] => once(fn, () => (fn.isLambda ? values(fn.body, fn.scope) : [...returned(fn.body)].flatMap((node) => values(node, fn.scope))))

  const yielded = (fn: PyFunction): readonly Value[] => [...walk(fn.body, (child) => child.kind !== 'function_definition')].flatMap((node) => (node.kind === 'yield' && node.children[0] ? values(node.children[0], fn.scope) : []))

  const { attributeOf, exported, member, selfSets } = makeMembers({ world, values, bound, named })
  return { values, lookup, attribute: attributeOf, returns, named: named_, selfSets }
}

export function moduleScope(scope: PyScope): PyScope {
  let at = scope
  while (at.parent) at = at.parent
  return at
}
export function isStatic(fn: PyFunction): boolean {
  return fn.decorators.some((mark) => fn.module.text.slice(mark.start, mark.end) === 'staticmethod')
}
function isClassMethod(fn: PyFunction): boolean {
  return fn.decorators.some((mark) => fn.module.text.slice(mark.start, mark.end) === 'classmethod')
}
/** Expressions after `return` in the function itself. */
function* returned(body: PyNode): Generator<PyNode> {
  for (const child of body.children) {
    if (child.kind === 'return_statement') {
      const value = child.children.find((at) => at.kind !== 'comment')
      if (value) yield value
    } else if (child.kind !== 'function_definition' && child.kind !== 'class_definition' && child.kind !== 'decorated_definition') yield* returned(child)
  }
}

function identity(value: Value): unknown {
  return value.kind === 'name' ? value.name : value.kind === 'module' ? `m:${value.path}` : value.kind === 'function' ? value.fn : value.kind === 'literal' ? `l:${String(value.value)}` : value.kind === 'class' ? value.cls : value.cls.scope
}
