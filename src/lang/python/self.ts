/** Instance attributes: what methods assign to `self.x`. */
import { field } from './tree.js'
import type { PyClass, PyFunction, PyNode, PyScope } from './types.js'

type Set_ = { readonly node: PyNode; readonly scope: PyScope }

/** A lookup that reads each class once. */
export function selfAssignments(): (cls: PyClass, name: string) => readonly Set_[] {
  const known = new Map<PyClass, Map<string, Set_[]>>()
  return (cls, name) => {
    let sets = known.get(cls)
    if (!sets) {
      sets = new Map()
      known.set(cls, sets)
      for (const bindings of cls.scope.bindings.values()) for (const binding of bindings) if (binding.kind === 'function') collect(binding.fn, sets)
    }
    return (sets.get(name) ?? []).slice(0, 6)
  }
}

function collect(fn: PyFunction, into: Map<string, Set_[]>): void {
  const self = fn.params[0]?.name
  const text = (node: PyNode): string => fn.module.text.slice(node.start, node.end)
  const visit = (node: PyNode): void => {
    if (node.kind === 'assignment') {
      const [left, right] = [field(node, 'left'), field(node, 'right')]
      const object = left?.kind === 'attribute' ? field(left, 'object') : undefined
      const attribute = left?.kind === 'attribute' ? field(left, 'attribute') : undefined
      if (object && attribute && right && text(object) === self) {
        const list = into.get(text(attribute)) ?? []
        list.push({ node: right, scope: fn.scope })
        into.set(text(attribute), list)
      }
    }
    for (const child of node.children) if (child.kind !== 'function_definition' && child.kind !== 'class_definition') visit(child)
  }
  if (self) visit(fn.body)
}
