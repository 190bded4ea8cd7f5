/** Members of what an expression may be: of packages, modules, classes, literals and functions of the repo. */
import type { ModuleIndex } from './module-index.js'
import { memberOrigin } from './origins.js'
import { bare, field, fieldsOf } from './tree.js'
import type { JsClass, JsFunction, JsModule, JsNode, JsValue } from './types.js'
import type { World } from './values.js'

/** The part of the resolver that members are asked through. */
export type Inner = {
  readonly world: World
  values(node: JsNode): readonly JsValue[]
  indexOf(module: JsModule): ModuleIndex
  exportedAs(path: string, name: string): readonly JsValue[]
  returns(fn: JsFunction): readonly JsValue[]
  /** What calls give to a parameter. */
  parameter(node: JsNode): readonly JsValue[]
  /** By a TypeScript type. */
  typed(type: JsNode | undefined): readonly JsValue[]
  classAround(node: JsNode): JsClass | undefined
}
export type Members = {
  memberOf(holders: readonly JsValue[], name: string): readonly JsValue[]
  /** `cache.client = …` anywhere in the module, on the same variable. */
  assignedMembers(object: JsNode, name: string): readonly JsValue[]
  lineage(cls: JsClass): readonly JsClass[]
}

export function makeMembers(inner: Inner): Members {
  const { world, values, indexOf } = inner
  const { exportedAs, returns, parameter, typed, classAround } = inner
  const textOf = (node: JsNode): string => world.moduleOf(node).text.slice(node.start, node.end)
  const all = (nodes: readonly (JsNode | undefined)[]): readonly JsValue[] => nodes.flatMap((node) => (node ? values(node) : []))
  const indexFor = (node: JsNode): ModuleIndex => indexOf(world.moduleOf(node))
  const isGlobal = (node: JsNode): boolean => world.declarations(node).length === 0
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
  const spreading = new Set<JsNode>()
  const literalMember = (object: JsNode, name: string): readonly JsValue[] => {
    // `settings = { ...settings, x }` spreads itself.
    if (object.kind !== 'ObjectLiteralExpression' || spreading.has(object)) return []
    spreading.add(object)
    const found = membersIn(object, name)
    spreading.delete(object)
    return found
  }
  const membersIn = (object: JsNode, name: string): readonly JsValue[] => {
    return object.children.flatMap((property) => {
      const key = field(property, 'name')
      const said = key && textOf(key).replace(/^['"]|['"]$/g, '')
      if (property.kind === 'SpreadAssignment') return memberOf(all([field(property, 'expression')]), name)
      if (said !== name) return []
      if (property.kind === 'PropertyAssignment') return all([field(property, 'initializer')])
      if (property.kind === 'ShorthandPropertyAssignment') return key ? values(key) : []
      if (property.kind === 'MethodDeclaration') return values(property)
      if (property.kind === 'GetAccessor') return values(property).flatMap((value) => (value.kind === 'function' ? returns(value.fn) : []))
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
        if (member.kind === 'MethodDeclaration') return values(member)
        if (member.kind === 'GetAccessor') return values(member).flatMap((value) => (value.kind === 'function' ? returns(value.fn) : []))
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
  return { memberOf, assignedMembers, lineage }
}
