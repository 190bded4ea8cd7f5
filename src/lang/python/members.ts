/** What a name means inside something: a module, a class, an instance, a decorated function. */
import { selfAssignments } from './self.js'
import type { PyBinding, PyClass, PyNode, PyScope, Value } from './types.js'
import type { Resolver, World } from './values.js'

type Core = {
  readonly world: World
  values(node: PyNode, scope: PyScope): readonly Value[]
  bound(binding: PyBinding): readonly Value[]
  named(name: string): Value
}
type Members = {
  attributeOf(value: Value, name: string): readonly Value[]
  exported(path: string, name: string): readonly Value[]
  member(cls: PyClass, name: string, seen: Set<PyClass>, instance?: boolean): readonly Value[]
  readonly selfSets: Resolver['selfSets']
}

export function makeMembers({ world, values, bound, named }: Core): Members {
  const attributeOf = (value: Value, name: string): readonly Value[] => {
    switch (value.kind) {
      case 'name':
        return [named(`${value.name}.${name}`)]
      case 'module':
        return exported(value.path, name)
      case 'class':
      case 'object':
        return member(value.cls, name, new Set(), value.kind === 'object')
      case 'function':
        return value.fn.decorators.flatMap((mark) => values(mark, value.fn.scope.parent ?? value.fn.scope)).flatMap((at) => (at.kind === 'name' ? [named(`${at.name}().${name}`)] : []))
      case 'literal':
        return typeof value.value === 'string' ? [named(`builtins.str().${name}`)] : []
    }
  }

  const exported = (path: string, name: string, seen: ReadonlySet<string> = new Set()): readonly Value[] => {
    const module = world.moduleAt(path)
    if (module) {
      const own = (module.scope.bindings.get(name) ?? []).slice(-12).flatMap((binding) => bound(binding))
      if (own.length > 0) return own
      for (const written of module.scope.stars) {
        const target = world.moduleOf(written, module)
        if (!target) return [named(`${written}.${name}`)]
        if (target.path === path || seen.has(target.path)) continue
        const found = exported(target.path, name, new Set([...seen, path]))
        if (found.length > 0) return found
      }
    }
    const sub = world.submodule(path, name)
    return sub ? [sub] : []
  }

  const member = (cls: PyClass, name: string, seen: Set<PyClass>, instance = true): readonly Value[] => {
    if (seen.has(cls)) return []
    seen.add(cls)
    const own = cls.scope.bindings.get(name)
    if (own) return own.flatMap((binding) => bound(binding))
    const set = instance ? instanceAttribute(cls, name) : []
    if (set.length > 0) return set
    for (const base of cls.bases)
      for (const value of values(base, cls.scope.parent ?? cls.scope)) {
        if (value.kind === 'class') {
          const found = member(value.cls, name, seen, instance)
          if (found.length > 0) return found
        } else if (value.kind === 'name') return [named(`${value.name}${instance ? '()' : ''}.${name}`)]
      }
    return []
  }
  const selfSets = selfAssignments()
  const instanceAttribute = (cls: PyClass, name: string): readonly Value[] => selfSets(cls, name).flatMap((set) => values(set.node, set.scope))
  return { attributeOf, exported, member, selfSets }
}
