/** The expressions a name or attribute was assigned from, through imports of the repo. */
import { field } from './tree.js'
import type { Resolver, World } from './values.js'
import type { PyNode, PyScope } from './types.js'

export type Defined = { readonly node: PyNode; readonly scope: PyScope }
export type Definitions = { of(node: PyNode, scope: PyScope): readonly Defined[] }

export function makeDefinitions(resolver: Resolver, world: World): Definitions {
  const busy = new Set<PyNode>()
  const of = (node: PyNode, scope: PyScope): readonly Defined[] => {
    const text = (at: PyNode): string => scope.module.text.slice(at.start, at.end)
    if (node.kind === 'identifier') return follow(text(node), scope, 0)
    if (node.kind !== 'attribute') return []
    const [object, attribute] = [field(node, 'object'), field(node, 'attribute')]
    if (!object || !attribute) return []
    const name = text(attribute)
    return resolver.values(object, scope).flatMap((value): readonly Defined[] => {
      if (value.kind === 'module') {
        const home = world.moduleAt(value.path)?.scope
        return home ? follow(name, home, 0) : []
      }
      if (value.kind !== 'class' && value.kind !== 'object') return []
      const own = follow(name, value.cls.scope, 0, true)
      return own.length > 0 ? own : resolver.selfSets(value.cls, name)
    })
  }
  const follow = (name: string, scope: PyScope, depth: number, ownOnly = false): readonly Defined[] => {
    const bindings = ownOnly ? (scope.bindings.get(name) ?? []) : resolver.lookup(name, scope)
    return bindings.flatMap((binding): readonly Defined[] => {
      if (binding.kind === 'assign' && binding.index === undefined) return [{ node: binding.value, scope: binding.scope }]
      if (binding.kind === 'with') return [{ node: binding.value, scope: binding.scope }]
      if (binding.kind === 'loop' && binding.index === undefined) return listed(binding.value, binding.scope, depth)
      if (binding.kind === 'param') {
        const passed = world.argumentsFor(binding.fn, binding.index, binding.name).slice(0, 6)
        return [...passed, ...(binding.fallback ? [{ node: binding.fallback, scope: binding.fn.scope.parent ?? binding.fn.scope }] : [])]
      }
      if (binding.kind !== 'import' || binding.member === undefined || depth > 4) return []
      const module = world.moduleOf(binding.module, binding.scope.module)
      const home = module && world.moduleAt(module.path)
      return home ? follow(binding.member, home.scope, depth + 1) : []
    })
  }
  /** The elements of a written-out list: `for folder in ('a', 'b')`, through a name too. */
  const listed = (node: PyNode, scope: PyScope, depth: number): readonly Defined[] => {
    if (node.kind === 'list' || node.kind === 'tuple' || node.kind === 'set') return node.children.filter((child) => child.kind !== 'comment').slice(0, 12).map((child) => ({ node: child, scope }))
    // `for item in item:` asks for itself.
    if ((node.kind !== 'identifier' && node.kind !== 'attribute') || depth > 4 || busy.has(node)) return []
    busy.add(node)
    const found = of(node, scope).flatMap((one) => (one.node.kind === 'list' || one.node.kind === 'tuple' || one.node.kind === 'set' ? listed(one.node, one.scope, depth + 1) : []))
    busy.delete(node)
    return found
  }
  return { of }
}
