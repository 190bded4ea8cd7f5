/** The routes that a FastAPI or Starlette app declares, with the prefixes of routers, inclusions and mounts. */
import { bare, field, literalText, type PyCall, type PyFunction, type PyNode, type PyRoute, type PyScope, type PythonProgram } from '../../lang/python/program.js'
import { appConstructor, fastapiKnowledge, routerConstructor } from './knowledge.js'

const deepest = 6

export function* fastapiRoutes(program: PythonProgram): Generator<PyRoute> {
  const prefixesOf = prefixTable(program)
  for (const { fn } of program.functions())
    for (const mark of fn.decorators) {
      const scope = fn.scope.parent ?? fn.scope
      if (mark.kind === 'call') yield* routesAt(program, program.callAt({ module: scope.module, node: mark, scope, fn: undefined, runs: [], handled: false }), fn, prefixesOf)
    }
  for (const call of program.callsMatching(/\.add_(api_|websocket_|api_websocket_)?route$/)) yield* routesAt(program, call, functionIn(program, call.kwargs.get('endpoint') ?? call.kwargs.get('route') ?? call.args[1], call.scope), prefixesOf)
  for (const call of program.calls('starlette.routing.Route', 'fastapi.routing.APIRoute', 'starlette.routing.WebSocketRoute')) {
    const path = textOf(program, call.args[0] ?? call.kwargs.get('path'), call.scope)
    const prefix = mountsAround(program, call)
    if (path !== undefined) yield { path: prefix + path, methods: call.names.some((name) => name.endsWith('WebSocketRoute')) ? ['WEBSOCKET'] : listed(call), fn: functionIn(program, call.kwargs.get('endpoint') ?? call.args[1], call.scope), node: call.node, module: call.module, scope: call.scope }
  }
}

function* routesAt(program: PythonProgram, call: PyCall, fn: PyFunction | undefined, prefixesOf: PrefixTable): Generator<PyRoute> {
  const callee = field(call.node, 'function')
  const fixed = call.names.map((origin) => fastapiKnowledge.route(origin)).find((methods) => methods !== undefined)
  if (!callee || !fixed) return
  const path = textOf(program, call.args[0] ?? call.kwargs.get('path'), call.scope)
  if (path === undefined) return
  const methods = fixed.length > 0 ? fixed : listed(call)
  for (const prefix of prefixesOf(field(callee, 'object'), call.scope)) yield { path: prefix + path || '/', methods, fn, node: call.node, module: call.module, scope: call.scope }
}

function listed(call: PyCall): readonly string[] {
  const given = (call.kwargs.get('methods')?.children ?? []).flatMap((child) => (child.kind === 'string' ? [literalText(child, call.module.text)?.toUpperCase() ?? ''] : []))
  return given.length > 0 ? given : ['GET']
}
function functionIn(program: PythonProgram, node: PyNode | undefined, scope: PyScope): PyFunction | undefined {
  return node ? program.values(node, scope).flatMap((value) => (value.kind === 'function' ? [value.fn] : []))[0] : undefined
}
function textOf(program: PythonProgram, node: PyNode | undefined, scope: PyScope): string | undefined {
  return node ? program.fold.text(node, scope).find((piece) => piece.exact)?.text : undefined
}
/** Prefixes of `Mount('/x', routes=[…])` around a route. */
function mountsAround(program: PythonProgram, call: PyCall): string {
  let prefix = ''
  for (let at = call.node.parent; at; at = at.parent) {
    const callee = at.kind === 'call' ? field(at, 'function') : undefined
    if (!callee || !program.origins(callee, call.scope).includes('starlette.routing.Mount')) continue
    const first = field(at, 'arguments')?.children.find((child) => child.kind !== 'comment')
    prefix = (textOf(program, first, call.scope) ?? '') + prefix
  }
  return prefix
}

type PrefixTable = (object: PyNode | undefined, scope: PyScope) => readonly string[]
type Inclusion = { readonly prefix: string; readonly into: PyNode | undefined; readonly scope: PyScope }

/** The paths at which an app or router is served, from the calls that make, include and mount it. */
function prefixTable(program: PythonProgram): PrefixTable {
  const own = new Map<PyNode, string>()
  for (const call of program.calls()) if (call.names.some((name) => appConstructor.test(name) || routerConstructor.test(name))) own.set(call.node, textOf(program, call.kwargs.get('prefix'), call.scope) ?? '')
  const inclusions = new Map<PyNode, Inclusion[]>()
  const include = (target: PyNode | undefined, scope: PyScope, inclusion: Inclusion): void => {
    for (const made of target ? makers(program, target, scope, own) : []) inclusions.set(made, [...(inclusions.get(made) ?? []), inclusion])
  }
  for (const call of program.callsMatching(/\.(include_router|mount)$/)) {
    const callee = field(call.node, 'function')
    const into = callee && field(callee, 'object')
    const mounts = call.names.some((name) => name.endsWith('.mount'))
    const prefix = textOf(program, mounts ? (call.args[0] ?? call.kwargs.get('path')) : (call.kwargs.get('prefix') ?? call.args[1]), call.scope) ?? ''
    include(mounts ? (call.args[1] ?? call.kwargs.get('app')) : (call.args[0] ?? call.kwargs.get('router')), call.scope, { prefix, into, scope: call.scope })
  }
  const served = (made: PyNode, depth: number): readonly string[] => {
    const last = own.get(made) ?? ''
    const into = depth > deepest ? undefined : inclusions.get(made)
    if (!into) return [last]
    return [...new Set(into.flatMap(({ prefix, into: object, scope }) => at(object, scope, depth + 1).map((outer) => outer + prefix + last)))]
  }
  const at = (object: PyNode | undefined, scope: PyScope, depth: number): readonly string[] => {
    const made = object ? makers(program, object, scope, own) : []
    return made.length === 0 ? [''] : [...new Set(made.flatMap((node) => served(node, depth)))]
  }
  return (object, scope) => at(object, scope, 0)
}
/** The constructor calls behind an expression, through wrappers' and factories' names as far as definitions go. */
function makers(program: PythonProgram, node: PyNode, scope: PyScope, own: ReadonlyMap<PyNode, string>): readonly PyNode[] {
  const inner = bare(node)
  if (own.has(inner)) return [inner]
  if (inner.kind === 'attribute' && /\.router$/.test(program.text(inner, scope.module))) {
    const object = field(inner, 'object')
    const found = object ? makers(program, object, scope, own) : []
    if (found.length > 0) return found
  }
  return program.definitions(inner, scope).map((one) => bare(one.node)).filter((one) => own.has(one))
}
