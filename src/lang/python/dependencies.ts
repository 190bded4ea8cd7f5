/** What FastAPI asks before a route runs: functions and objects given to `Depends()`, on the route, its router or the app. */
import { field, walk } from './tree.js'
import type { PythonProgram } from './program.js'
import type { PyFunction, PyNode, PyScope } from './types.js'

export type Dependency = { /** A function of the repo. */ readonly fn: PyFunction | undefined; /** What else it is, by its origins. */ readonly outside: readonly string[] }

const marker = /^fastapi\.(params\.|param_functions\.)?(Depends|Security)$/

/** The dependencies of a view, those of its router and app included; nested ones are in the functions themselves. */
export function* dependenciesOf(program: PythonProgram, view: PyFunction): Generator<Dependency> {
  const outer = view.scope.parent ?? view.scope
  const parameters = field(view.node, 'parameters')
  if (parameters) yield* asked(program, parameters, outer)
  for (const mark of view.decorators) {
    yield* asked(program, mark, outer)
    const callee = mark.kind === 'call' ? field(mark, 'function') : undefined
    const holder = callee?.kind === 'attribute' ? field(callee, 'object') : undefined
    if (holder) yield* ofHolder(program, holder, outer, new Set())
  }
}
/** `Depends(x)` in a piece of code, and behind a name such as `CurrentUser = Annotated[User, Depends(x)]`. */
function* asked(program: PythonProgram, at: PyNode, scope: PyScope, depth = 0): Generator<Dependency> {
  for (const node of walk(at)) {
    const callee = node.kind === 'call' ? field(node, 'function') : undefined
    if (callee && program.origins(callee, scope).some((origin) => marker.test(origin))) {
      const [first] = (field(node, 'arguments')?.children ?? []).filter((child) => child.kind !== 'comment')
      const given = first?.kind === 'keyword_argument' ? field(first, 'value') : first
      const values = given ? program.values(given, scope) : []
      for (const value of values) if (value.kind === 'function') yield { fn: value.fn, outside: [] }
      const outside = values.flatMap((value) => (value.kind === 'name' ? [value.name] : value.kind === 'object' || value.kind === 'class' ? [value.cls.name] : []))
      if (outside.length > 0) yield { fn: undefined, outside }
    }
    if (node.kind === 'type' && depth < 3) for (const name of node.children) if (name.kind === 'identifier') for (const one of program.definitions(name, scope)) yield* asked(program, one.node, one.scope, depth + 1)
  }
}
/** Those of the router or app that a route is declared on, and of what includes it. */
function* ofHolder(program: PythonProgram, holder: PyNode, scope: PyScope, seen: Set<PyNode>): Generator<Dependency> {
  for (const made of program.definitions(holder, scope)) {
    if (seen.has(made.node)) continue
    seen.add(made.node)
    yield* asked(program, made.node, made.scope)
    for (const call of program.callsMatching(/^fastapi\.(FastAPI|APIRouter|applications\.FastAPI|routing\.APIRouter)\(\)\.include_router$/)) {
      const router = call.kwargs.get('router') ?? call.args[0]
      if (!router || !program.definitions(router, call.scope).some((one) => one.node === made.node)) continue
      yield* asked(program, call.node, call.scope)
      const callee = field(call.node, 'function')
      const outer = callee?.kind === 'attribute' ? field(callee, 'object') : undefined
      if (outer) yield* ofHolder(program, outer, call.scope, seen)
    }
  }
}
