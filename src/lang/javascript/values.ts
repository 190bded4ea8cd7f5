/**
 * What an expression may evaluate to: names followed through the compiler's bindings, imports, exports, members, parameters and returns.
 * Several answers are all possible; none means unknown.
 */
import { makeMemo } from '../memo.js'
import { makeMembers } from './members.js'
import { indexModule, type ModuleIndex } from './module-index.js'
import { makeModuleValues, specifierOf } from './module-values.js'
import { instanceOrigin, resultOrigin } from './origins.js'
import type { Bound } from './project.js'
import { bare, field, fieldsOf, functionAround, literalText, walk } from './tree.js'
import type { JsClass, JsFunction, JsModule, JsNode, JsValue } from './types.js'

/** What is given to a function's parameter, as far as calls in reached code show. */
export type Given = { readonly nodes: readonly JsNode[]; readonly origins: readonly string[] }
export type World = Bound & {
  given(fn: JsFunction, index: number): Given
  /** Changes when `given` may answer more than before. */
  version(): number
}
export type Resolver = {
  values(node: JsNode): readonly JsValue[]
  origins(node: JsNode): readonly string[]
  /** Values of a member of whatever the expression may be. */
  member(values: readonly JsValue[], name: string): readonly JsValue[]
  returns(fn: JsFunction): readonly JsValue[]
  indexOf(module: JsModule): ModuleIndex
  functionAt(node: JsNode): JsFunction | undefined
  classAt(node: JsNode): JsClass | undefined
  /** The class whose `this` an expression means: arrow functions keep it, other functions inside a method do not. */
  classAround(node: JsNode): JsClass | undefined
  /** The class and those of the repo it extends, nearest first. */
  lineage(cls: JsClass): readonly JsClass[]
}

export function makeResolver(world: World): Resolver {
  const indexes = new Map<JsModule, ModuleIndex>()
  const indexOf = (module: JsModule): ModuleIndex => {
    let index = indexes.get(module)
    if (!index) indexes.set(module, (index = indexModule(module)))
    return index
  }
  const indexFor = (node: JsNode): ModuleIndex => indexOf(world.moduleOf(node))
  const textOf = (node: JsNode): string => world.moduleOf(node).text.slice(node.start, node.end)
  const functionAt = (node: JsNode): JsFunction | undefined => indexFor(node).functions.get(node)
  const classAt = (node: JsNode): JsClass | undefined => indexFor(node).classes.get(node)

  const memo = makeMemo<JsNode, JsValue>({ version: world.version, identity, most: 24, depth: 60 })
  const values = (node: JsNode): readonly JsValue[] => memo.once(node, () => evaluate(node))
  const all = (nodes: readonly (JsNode | undefined)[]): readonly JsValue[] => nodes.flatMap((node) => (node ? values(node) : []))

  const evaluate = (outer: JsNode): readonly JsValue[] => {
    const node = bare(outer)
    switch (node.kind) {
      case 'Identifier':
        return identifier(node)
      case 'ThisKeyword': {
        const cls = classAround(node)
        return cls ? [{ kind: 'instance', cls }] : []
      }
      case 'PropertyAccessExpression': {
        const [object, name] = [field(node, 'expression'), field(node, 'name')]
        if (!object || !name) return []
        if (textOf(node) === 'import.meta' || textOf(object) === 'import.meta') return [{ kind: 'name', name: textOf(node) }]
        if (/^(module\.)?exports$/.test(textOf(object)) && isGlobal(object)) return exportedAs(world.moduleOf(node).path, textOf(name))
        return [...memberOf(values(object), textOf(name)), ...assignedMembers(object, textOf(name))]
      }
      case 'MetaProperty':
        return [{ kind: 'name', name: 'import.meta' }]
      case 'ElementAccessExpression': {
        const [object, key] = [field(node, 'expression'), field(node, 'argumentExpression')]
        if (!object) return []
        const name = key && literalText(key, world.moduleOf(key).text)
        return name === undefined ? values(object).flatMap((value) => elementOf(value)) : memberOf(values(object), name)
      }
      case 'CallExpression':
      case 'NewExpression':
        return call(node)
      case 'ConditionalExpression':
        return all([field(node, 'whenTrue'), field(node, 'whenFalse')])
      case 'BinaryExpression':
        if (node.op === '||' || node.op === '??') return all([field(node, 'left'), field(node, 'right')])
        if (node.op === '&&' || node.op === ',' || node.op === '=') return all([field(node, 'right')])
        return []
      case 'ArrowFunction':
      case 'FunctionExpression':
      case 'FunctionDeclaration':
      case 'MethodDeclaration':
      case 'GetAccessor': {
        const fn = functionAt(node)
        return fn ? [{ kind: 'function', fn }] : []
      }
      case 'ClassExpression':
      case 'ClassDeclaration': {
        const cls = classAt(node)
        return cls ? [{ kind: 'class', cls }] : []
      }
      case 'ObjectLiteralExpression':
      case 'ArrayLiteralExpression':
        return [{ kind: 'literal-object', node }]
      case 'StringLiteral':
      case 'NoSubstitutionTemplateLiteral':
        return [{ kind: 'literal', value: literalText(node, world.moduleOf(node).text) ?? '', node }]
      case 'NumericLiteral':
        return [{ kind: 'literal', value: Number(textOf(node).replaceAll('_', '')), node }]
      case 'TrueKeyword':
      case 'FalseKeyword':
        return [{ kind: 'literal', value: node.kind === 'TrueKeyword', node }]
      case 'NullKeyword':
        return [{ kind: 'literal', value: null, node }]
      case 'ExpressionWithTypeArguments':
        return all([field(node, 'expression')])
      default:
        return []
    }
  }

  // ── names ──────────────────────────────────────────────────────────────────────────────────────

  const isGlobal = (node: JsNode): boolean => world.declarations(node).length === 0
  const identifier = (node: JsNode): readonly JsValue[] => {
    const name = textOf(node)
    const declared = world.declarations(node)
    if (declared.length === 0) {
      if (name === 'exports') return [{ kind: 'module', path: world.moduleOf(node).path }]
      return name === 'undefined' ? [] : [{ kind: 'name', name: name === 'globalThis' || name === 'global' ? 'globalThis' : name }]
    }
    const later = (indexFor(node).assigned.get(name) ?? []).filter(({ target }) => target !== node && world.same(target, node)).map(({ value }) => value)
    return [...declared.flatMap(declaration), ...all(later)]
  }
  const declaration = (node: JsNode): readonly JsValue[] => {
    const module = world.moduleOf(node)
    switch (node.kind) {
      case 'VariableDeclaration': {
        const loop = node.parent?.parent
        if (loop?.kind === 'ForOfStatement') return all([field(loop, 'expression')]).flatMap(elementOf)
        const initializer = field(node, 'initializer')
        const found = initializer ? values(initializer) : []
        return found.length > 0 || initializer ? found : typed(field(node, 'type'))
      }
      case 'BindingElement':
        return bindingElement(node)
      case 'Parameter':
        return parameter(node)
      case 'FunctionDeclaration':
      case 'FunctionExpression':
      case 'ClassDeclaration':
      case 'ClassExpression':
        return evaluate(node)
      case 'ImportSpecifier': {
        const named = field(node, 'propertyName') ?? field(node, 'name')
        return imported(module, specifierOf(node, module), named ? textOf(named) : 'default')
      }
      case 'ImportClause':
        return imported(module, specifierOf(node, module), 'default')
      case 'NamespaceImport':
      case 'NamespaceExport':
        return imported(module, specifierOf(node, module), undefined)
      case 'ImportEqualsDeclaration': {
        const reference = field(node, 'moduleReference')
        const written = reference && field(reference, 'expression')
        return reference?.kind === 'ExternalModuleReference' ? required(module, written && literalText(written, module.text)) : all([reference])
      }
      default:
        return []
    }
  }
  const bindingElement = (node: JsNode): readonly JsValue[] => {
    const pattern = node.parent
    const holder = pattern?.parent
    if (!pattern || !holder) return []
    const source = holder.kind === 'BindingElement' ? bindingElement(holder) : declaration(holder)
    const fallback = field(node, 'initializer')
    const found = pattern.kind === 'ArrayBindingPattern' ? source.flatMap((value) => itemOf(value, pattern.children.indexOf(node))) : node.children.some((child) => child.kind === 'DotDotDotToken') ? source : memberOf(source, textOf(field(node, 'propertyName') ?? field(node, 'name') ?? node).replace(/^['"]|['"]$/g, ''))
    return fallback ? [...found, ...values(fallback)] : found
  }
  const parameter = (node: JsNode): readonly JsValue[] => {
    memo.dependsOnCalls()
    const holder = node.parent
    const fn = holder && functionAt(holder)
    const fallback = field(node, 'initializer')
    const index = fn ? fn.params.indexOf(node) : -1
    const given: Given = fn && index >= 0 ? world.given(fn, index) : { nodes: [], origins: [] }
    const found: readonly JsValue[] = [...given.origins.map((name): JsValue => ({ kind: 'name', name })), ...all(given.nodes), ...(fallback ? values(fallback) : [])]
    return found.length > 0 ? found : typed(field(node, 'type'))
  }
  /** By its TypeScript type: an object of the repo's class, or what a package calls it. */
  const typed = (type: JsNode | undefined): readonly JsValue[] => {
    const name = type?.kind === 'TypeReference' ? field(type, 'typeName') : undefined
    if (!name) return []
    const found = name.kind === 'QualifiedName' ? qualified(name) : values(name)
    return found.flatMap((value): readonly JsValue[] => (value.kind === 'class' ? [{ kind: 'instance', cls: value.cls }] : value.kind === 'name' && value.name.includes('.') ? [{ kind: 'name', name: instanceOrigin(value.name) }] : []))
  }
  const qualified = (node: JsNode): readonly JsValue[] => {
    const [left, right] = [field(node, 'left'), field(node, 'right')]
    return left && right ? memberOf(left.kind === 'QualifiedName' ? qualified(left) : values(left), textOf(right)) : []
  }

  // ── elements and calls ─────────────────────────────────────────────────────────────────────────

  const elementOf = (value: JsValue): readonly JsValue[] => {
    if (value.kind === 'name') return [{ kind: 'name', name: `${value.name}[]` }]
    if (value.kind !== 'literal-object') return []
    if (value.node.kind === 'ObjectLiteralExpression') return value.node.children.flatMap((property) => (property.kind === 'PropertyAssignment' ? all([field(property, 'initializer')]) : []))
    return value.node.children.flatMap((element) => (element.kind === 'SpreadElement' ? all([field(element, 'expression')]).flatMap(elementOf) : values(element)))
  }
  const itemOf = (value: JsValue, index: number): readonly JsValue[] => {
    if (value.kind === 'literal-object' && value.node.kind === 'ArrayLiteralExpression') {
      const item = value.node.children[index]
      return item ? values(item) : []
    }
    return elementOf(value)
  }
  const call = (node: JsNode): readonly JsValue[] => {
    const callee = field(node, 'expression')
    if (!callee) return []
    const args = fieldsOf(node, 'arguments')
    const module = world.moduleOf(node)
    if (node.kind === 'CallExpression' && (callee.kind === 'ImportKeyword' || (callee.kind === 'Identifier' && textOf(callee) === 'require' && (isGlobal(callee) || values(callee).some((value) => value.kind === 'name' && value.name === 'module.createRequire()'))))) {
      const written = args[0] && literalText(args[0], module.text)
      return callee.kind === 'ImportKeyword' ? imported(module, written, undefined) : required(module, written)
    }
    // `handler.bind(this)` is the handler; `fn.call(…)` what it returns.
    const bound = callee.kind === 'PropertyAccessExpression' ? textOf(field(callee, 'name') ?? callee) : ''
    const object = field(callee, 'expression')
    if (bound === 'bind' && object) {
      const own = values(object).filter((value) => value.kind === 'function')
      if (own.length > 0) return own
    }
    return values(callee).flatMap((value): readonly JsValue[] => {
      if (value.kind === 'name') {
        const result = resultOrigin(value.name)
        if (result === 'instance') return all([args[0]]).flatMap((given): readonly JsValue[] => (given.kind === 'class' ? [{ kind: 'instance', cls: given.cls }] : []))
        return result === 'argument' ? all([args[0]]) : [{ kind: 'name', name: result }]
      }
      if (value.kind === 'class') return [{ kind: 'instance', cls: value.cls }]
      if (value.kind === 'function') return returns(value.fn)
      return []
    })
  }
  const returns = (fn: JsFunction): readonly JsValue[] => {
    if (fn.body.kind !== 'Block') return values(fn.body)
    return [...walk(fn.body, (at) => at === fn.body || (functionAround(at) === fn.node && !isFunction(at)))].flatMap((at) => (at.kind === 'ReturnStatement' && functionAround(at) === fn.node ? all([field(at, 'expression')]) : []))
  }
  const isFunction = (node: JsNode): boolean => indexFor(node).functions.has(node)
  const classAround = (node: JsNode): JsClass | undefined => {
    for (let at = node.parent; at; at = at.parent) {
      if (at.kind === 'ClassDeclaration' || at.kind === 'ClassExpression') return classAt(at)
      if ((at.kind === 'FunctionExpression' || at.kind === 'FunctionDeclaration') && at !== node) return undefined
    }
    return undefined
  }
  const { memberOf, assignedMembers, lineage } = makeMembers({ world, values, indexOf, returns: (fn) => returns(fn), parameter: (node) => parameter(node), typed: (type) => typed(type), classAround: (node) => classAround(node), exportedAs: (path, name) => exportedAs(path, name) })
  const { imported, required, exportedAs } = makeModuleValues(world, indexOf, values, memberOf)

  return {
    values,
    origins: (node) => [...new Set(values(node).flatMap((value) => (value.kind === 'name' ? [value.name] : [])))],
    member: memberOf,
    returns,
    indexOf,
    functionAt,
    classAt,
    lineage,
    classAround,
  }
}

function identity(value: JsValue): unknown {
  return value.kind === 'name' ? `n:${value.name}` : value.kind === 'module' ? `m:${value.path}` : value.kind === 'function' ? value.fn : value.kind === 'class' ? value.cls : value.kind === 'instance' ? value.cls.node : value.node
}
