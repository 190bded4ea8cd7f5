/**
 * What an expression may evaluate to: names followed through the compiler's bindings, imports, exports, members, parameters and returns.
 * Several answers are all possible; none means unknown.
 */
import type { Path } from '../../types.js'
import { instanceOrigin, memberOrigin, packageOrigin, resultOrigin } from './origins.js'
import { indexModule, type Exported, type ModuleIndex } from './module-index.js'
import type { Bound } from './project.js'
import { ancestor, bare, field, fieldsOf, functionAround, literalText, rootOf, walk } from './tree.js'
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
  /** Expressions that a name, member or parameter was given. */
  definitions(node: JsNode): readonly JsNode[]
  /** The class and those of the repo it extends, nearest first. */
  lineage(cls: JsClass): readonly JsClass[]
}

const maxAnswers = 24
const maxDepth = 60

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

  const memo = new Map<JsNode, { readonly found: readonly JsValue[]; readonly version: number | undefined }>()
  const busy = new Set<JsNode>()
  // Set while an answer hangs on what callers pass, or was cut short by a cycle: such answers are kept only until more is known.
  let open = false

  const values = (node: JsNode): readonly JsValue[] => {
    const known = memo.get(node)
    if (known && (known.version === undefined || known.version === world.version())) {
      if (known.version !== undefined) open = true
      return known.found
    }
    if (busy.has(node) || busy.size > maxDepth) {
      open = true
      return []
    }
    const before = open
    open = false
    busy.add(node)
    const found = distinct(evaluate(node))
    busy.delete(node)
    if (!open) memo.set(node, { found, version: undefined })
    else if (busy.size === 0) memo.set(node, { found, version: world.version() })
    open ||= before
    return found
  }
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
  const specifierOf = (node: JsNode, module: JsModule): string | undefined => {
    const statement = ancestor(node, 'ImportDeclaration', 'ExportDeclaration')
    const specifier = statement && field(statement, 'moduleSpecifier')
    return specifier && literalText(specifier, module.text)
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
    open = true
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

  // ── modules ────────────────────────────────────────────────────────────────────────────────────

  const imported = (from: JsModule, written: string | undefined, name: string | undefined): readonly JsValue[] => {
    if (written === undefined) return []
    const path = world.resolution.resolve(written, from.path)
    if (path === undefined) return world.resolution.isPackage(written, from.path) ? [{ kind: 'name', name: name === undefined || name === 'default' ? packageOrigin(written) : memberOrigin(packageOrigin(written), name) }] : []
    return name === undefined ? [{ kind: 'module', path }] : exportedAs(path, name)
  }
  const required = (from: JsModule, written: string | undefined): readonly JsValue[] => {
    if (written === undefined) return []
    const path = world.resolution.resolve(written, from.path)
    if (path === undefined) return world.resolution.isPackage(written, from.path) ? [{ kind: 'name', name: packageOrigin(written) }] : []
    const module = world.moduleAt(path)
    const whole = module ? all(indexOf(module).whole) : []
    return [...whole, { kind: 'module', path }]
  }
  const exportedAs = (path: Path, name: string, depth = 0): readonly JsValue[] => {
    const module = world.moduleAt(path)
    if (!module || depth > 8) return []
    const index = indexOf(module)
    const found = (index.exported.get(name) ?? []).flatMap((one) => exportedValue(module, one))
    if (found.length > 0) return found
    if (index.whole.length > 0) return name === 'default' ? all(index.whole) : memberOf(all(index.whole), name)
    if (name === 'default' && module.system === 'cjs') return [{ kind: 'module', path }]
    return index.stars.flatMap((star) => {
      const target = world.resolution.resolve(star, path)
      return target === undefined ? [] : exportedAs(target, name, depth + 1)
    })
  }
  const exportedValue = (module: JsModule, one: Exported): readonly JsValue[] => ('node' in one ? values(one.node) : imported(module, one.from, one.name))

  // ── members and calls ──────────────────────────────────────────────────────────────────────────

  const memberOf = (holders: readonly JsValue[], name: string): readonly JsValue[] =>
    holders.flatMap((holder): readonly JsValue[] => {
      switch (holder.kind) {
        case 'name':
          return [{ kind: 'name', name: memberOrigin(holder.name, name) }]
        case 'module':
          return exportedAs(holder.path, name)
        case 'instance':
          return classMember(holder.cls, name, false)
        case 'class':
          return classMember(holder.cls, name, true)
        case 'literal-object':
          return literalMember(holder.node, name)
        case 'function':
          return /^(bind|call|apply)$/.test(name) ? [holder] : expando(holder.fn, name)
        case 'literal':
          return []
      }
    })
  const literalMember = (object: JsNode, name: string): readonly JsValue[] => {
    if (object.kind !== 'ObjectLiteralExpression') return []
    return object.children.flatMap((property) => {
      const key = field(property, 'name')
      const said = key && textOf(key).replace(/^['"]|['"]$/g, '')
      if (property.kind === 'SpreadAssignment') return memberOf(all([field(property, 'expression')]), name)
      if (said !== name) return []
      if (property.kind === 'PropertyAssignment') return all([field(property, 'initializer')])
      if (property.kind === 'ShorthandPropertyAssignment') return key ? identifier(key) : []
      if (property.kind === 'MethodDeclaration') return evaluate(property)
      if (property.kind === 'GetAccessor') return evaluate(property).flatMap((value) => (value.kind === 'function' ? returns(value.fn) : []))
      return []
    })
  }
  const classMember = (cls: JsClass, name: string, isStatic: boolean): readonly JsValue[] => {
    for (const at of lineage(cls)) {
      const found = at.node.children.flatMap((member): readonly JsValue[] => {
        if (member.field !== 'members') return []
        if (member.kind === 'Constructor') return isStatic ? [] : fieldsOf(member, 'parameters').flatMap((param) => (param.children.some((child) => child.field === 'modifiers') && textOf(field(param, 'name') ?? param) === name ? parameter(param) : []))
        const key = field(member, 'name')
        if (!key || textOf(key) !== name || member.children.some((child) => child.kind === 'StaticKeyword') !== isStatic) return []
        if (member.kind === 'MethodDeclaration') return evaluate(member)
        if (member.kind === 'GetAccessor') return evaluate(member).flatMap((value) => (value.kind === 'function' ? returns(value.fn) : []))
        return all([field(member, 'initializer')])
      })
      const assigned = (indexOf(at.module).members.get(name) ?? []).flatMap(({ object, value }) => (object.kind === 'ThisKeyword' && classAround(object) === at ? values(value) : []))
      if (found.length + assigned.length > 0) return [...found, ...assigned]
      const declared = at.node.children.find((member) => member.kind === 'PropertyDeclaration' && textOf(field(member, 'name') ?? member) === name)
      const byType = declared ? typed(field(declared, 'type')) : []
      if (byType.length > 0) return byType
    }
    // What a class of a package gives to its children.
    const base = lineage(cls).at(-1)?.base
    return base && !isStatic ? values(base).flatMap((value): readonly JsValue[] => (value.kind === 'name' ? [{ kind: 'name', name: memberOrigin(`${value.name}()`, name) }] : [])) : []
  }
  const lineage = (cls: JsClass): readonly JsClass[] => {
    const found = [cls]
    for (let at: JsClass | undefined = cls; at?.base && found.length < 6; ) {
      const parent: JsClass | undefined = values(at.base).flatMap((value) => (value.kind === 'class' ? [value.cls] : []))[0]
      if (!parent || found.includes(parent)) break
      found.push(parent)
      at = parent
    }
    return found
  }
  /** `list.all = () => …` on a function of the repo. */
  const expando = (fn: JsFunction, name: string): readonly JsValue[] => (indexOf(fn.module).members.get(name) ?? []).flatMap(({ object, value }) => (object.kind === 'Identifier' && values(object).some((known) => known.kind === 'function' && known.fn === fn) ? values(value) : []))
  /** `cache.client = …` anywhere in the module, on the same variable. */
  const assignedMembers = (object: JsNode, name: string): readonly JsValue[] => {
    const target = bare(object)
    if (target.kind !== 'Identifier' || isGlobal(target)) return []
    return (indexFor(target).members.get(name) ?? []).flatMap(({ object: other, value }) => (other.kind === 'Identifier' && world.same(other, target) ? values(value) : []))
  }
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
    if (node.kind === 'CallExpression' && (callee.kind === 'ImportKeyword' || (callee.kind === 'Identifier' && textOf(callee) === 'require' && isGlobal(callee)))) {
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
    // Arrow functions keep `this`; other functions inside a method do not.
    for (let at = node.parent; at; at = at.parent) {
      if (at.kind === 'ClassDeclaration' || at.kind === 'ClassExpression') return classAt(at)
      if ((at.kind === 'FunctionExpression' || at.kind === 'FunctionDeclaration') && at !== node) return undefined
    }
    return undefined
  }

  const definitions = (outer: JsNode): readonly JsNode[] => {
    const node = bare(outer)
    if (node.kind === 'Identifier') {
      const declared = world.declarations(node).flatMap((one): readonly JsNode[] => {
        if (one.kind === 'VariableDeclaration') return one.parent?.parent?.kind === 'ForOfStatement' ? [] : [field(one, 'initializer') ?? []].flat()
        if (one.kind === 'Parameter') {
          const fn = one.parent && functionAt(one.parent)
          const fallback = field(one, 'initializer')
          return [...(fn ? world.given(fn, fn.params.indexOf(one)).nodes : []), ...(fallback ? [fallback] : [])]
        }
        if (/^Import(Specifier|Clause)$/.test(one.kind)) {
          const named = one.kind === 'ImportClause' ? undefined : (field(one, 'propertyName') ?? field(one, 'name'))
          return exportedNodes(world.moduleOf(one), specifierOf(one, world.moduleOf(one)), named ? textOf(named) : 'default')
        }
        if (one.kind === 'BindingElement') return destructured(one)
        return []
      })
      const later = (indexFor(node).assigned.get(textOf(node)) ?? []).filter(({ target }) => world.same(target, node)).map(({ value }) => value)
      return [...new Set([...declared, ...later])]
    }
    if (node.kind === 'PropertyAccessExpression') {
      const [object, key] = [field(node, 'expression'), field(node, 'name')]
      return object && key ? memberNodes(values(object), textOf(key)) : []
    }
    return []
  }
  const destructured = (element: JsNode): readonly JsNode[] => {
    const holder = element.parent?.parent
    const key = field(element, 'propertyName') ?? field(element, 'name')
    const source = holder?.kind === 'VariableDeclaration' ? field(holder, 'initializer') : undefined
    const fallback = field(element, 'initializer')
    return [...(source && key && element.parent?.kind === 'ObjectBindingPattern' ? memberNodes(values(source), textOf(key)) : []), ...(fallback ? [fallback] : [])]
  }
  const memberNodes = (holders: readonly JsValue[], name: string): readonly JsNode[] =>
    holders.flatMap((holder): readonly JsNode[] => {
      if (holder.kind === 'module') return exportedNodes(undefined, undefined, name, holder.path)
      if (holder.kind === 'literal-object') return holder.node.children.flatMap((property) => (property.kind === 'PropertyAssignment' && textOf(field(property, 'name') ?? property).replace(/^['"]|['"]$/g, '') === name ? [field(property, 'initializer') ?? []].flat() : property.kind === 'ShorthandPropertyAssignment' && textOf(field(property, 'name') ?? property) === name ? definitions(field(property, 'name') as JsNode) : []))
      if (holder.kind === 'instance' || holder.kind === 'class')
        return lineage(holder.cls).flatMap((cls) => [
          ...cls.node.children.flatMap((member) => (member.kind === 'PropertyDeclaration' && textOf(field(member, 'name') ?? member) === name ? [field(member, 'initializer') ?? []].flat() : [])),
          ...(indexOf(cls.module).members.get(name) ?? []).filter(({ object }) => object.kind === 'ThisKeyword' && classAround(object) === cls).map(({ value }) => value),
        ])
      return []
    })
  const exportedNodes = (from: JsModule | undefined, written: string | undefined, name: string, known?: Path): readonly JsNode[] => {
    const path = known ?? (from && written !== undefined ? world.resolution.resolve(written, from.path) : undefined)
    const module = path === undefined ? undefined : world.moduleAt(path)
    if (!module) return []
    const index = indexOf(module)
    const direct = (index.exported.get(name) ?? []).flatMap((one) => ('node' in one ? (one.node.kind === 'Identifier' ? definitions(one.node) : [one.node]) : exportedNodes(module, one.from, one.name ?? 'default')))
    if (direct.length > 0) return direct
    return name === 'default' ? index.whole : index.whole.flatMap((whole) => memberNodes(values(whole), name))
  }

  return {
    values,
    origins: (node) => [...new Set(values(node).flatMap((value) => (value.kind === 'name' ? [value.name] : [])))],
    member: memberOf,
    returns,
    indexOf,
    functionAt: (node) => (rootOf(node) ? functionAt(node) : undefined),
    classAt,
    definitions,
    lineage,
  }
}

function distinct(found: readonly JsValue[]): readonly JsValue[] {
  const seen = new Map<unknown, JsValue>()
  for (const value of found) {
    const key = value.kind === 'name' ? `n:${value.name}` : value.kind === 'module' ? `m:${value.path}` : value.kind === 'function' ? value.fn : value.kind === 'class' ? value.cls : value.kind === 'instance' ? value.cls.node : value.node
    if (!seen.has(key)) seen.set(key, value)
  }
  return [...seen.values()].slice(0, maxAnswers)
}
