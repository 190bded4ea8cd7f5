/** Functions that are named in text, or that a decorator stands above. */
import { field } from '../../tree.js'
import type { PythonProgram } from '../../program.js'
import type { PyFunction, PyModule, PyNode, PyScope } from '../../types.js'

/** The function that a dotted name leads to, also in files that only a worker loads. */
export function functionNamed(program: PythonProgram, dotted: string, from: PyModule): PyFunction | undefined {
  const at = dotted.lastIndexOf('.')
  const path = at < 0 ? undefined : program.find(dotted.slice(0, at), from)
  const module = path === undefined ? undefined : program.moduleAt(path)
  const found = (module?.scope.bindings.get(dotted.slice(at + 1)) ?? []).flatMap((binding) => (binding.kind === 'function' ? [binding.fn] : []))
  return found.length === 1 ? found[0] : undefined
}

/** The function that a decorator stands above. */
export function decoratedBy(program: PythonProgram, mark: PyNode, scope: PyScope): PyFunction | undefined {
  const whole = mark.parent?.kind === 'decorator' ? mark.parent.parent : undefined
  const definition = whole && field(whole, 'definition')
  const name = definition && field(definition, 'name')
  if (!definition || !name) return undefined
  return (scope.bindings.get(program.text(name, scope.module)) ?? []).flatMap((binding) => (binding.kind === 'function' && binding.fn.node === definition ? [binding.fn] : []))[0]
}
