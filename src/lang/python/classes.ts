/** Classes of the repo: their methods and what they derive from. */
import type { PyClass, PyFunction, PyNode, PyScope, Value } from './types.js'

/** Anything that tells what an expression may be: the resolver, or a program. */
type Resolver = { values(node: PyNode, scope: PyScope): readonly Value[] }

export function* methodsOf(cls: PyClass): Generator<PyFunction> {
  for (const bindings of cls.scope.bindings.values()) for (const binding of bindings) if (binding.kind === 'function') yield binding.fn
}
/** Origins outside the repo that the class derives from, through classes of the repo. */
export function* baseOrigins(resolver: Pick<Resolver, 'values'>, cls: PyClass, seen = new Set<PyClass>()): Generator<string> {
  if (seen.has(cls)) return
  seen.add(cls)
  for (const base of cls.bases)
    for (const value of resolver.values(base, cls.scope.parent ?? cls.scope)) {
      if (value.kind === 'name') yield value.name
      else if (value.kind === 'class') yield* baseOrigins(resolver, value.cls, seen)
    }
}
/** Classes of the repo that it derives from, nearest first. */
export function* repoBases(resolver: Pick<Resolver, 'values'>, cls: PyClass, seen = new Set<PyClass>()): Generator<PyClass> {
  for (const base of cls.bases)
    for (const value of resolver.values(base, cls.scope.parent ?? cls.scope))
      if (value.kind === 'class' && !seen.has(value.cls)) {
        seen.add(value.cls)
        yield value.cls
        yield* repoBases(resolver, value.cls, seen)
      }
}
/** A `__call__` as servers call it: ASGI's three arguments, or WSGI's two. */
export function isInterface(fn: PyFunction): boolean {
  const own = fn.params.slice(1).map(({ name }) => name)
  return (fn.isAsync && own.length === 3) || (own.length === 2 && /^(environ|env)$/.test(own[0] ?? ''))
}
