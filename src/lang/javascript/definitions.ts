/** The expressions behind a name, member or parameter: where a value was written, followed through imports. */
import type { Path } from '../../types.js'
import { specifierOf } from './module-values.js'
import { bare, field, literalText } from './tree.js'
import type { JsModule, JsNode, JsValue } from './types.js'
import type { Resolver, World } from './values.js'

export type Definitions = (node: JsNode) => readonly JsNode[]

export function makeDefinitions({ values, functionAt, indexOf, lineage, classAround }: Resolver, world: World): Definitions {
  const indexFor = (node: JsNode) => indexOf(world.moduleOf(node))
  const textOf = (node: JsNode): string => world.moduleOf(node).text.slice(node.start, node.end)
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
    if (node.kind === 'CallExpression') {
      const [callee, first] = [field(node, 'expression'), field(node, 'arguments')]
      const written = first && callee?.kind === 'Identifier' && textOf(callee) === 'require' ? literalText(first, world.moduleOf(node).text) : undefined
      return written === undefined ? [] : exportedNodes(world.moduleOf(node), written, 'default')
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

  return definitions
}
