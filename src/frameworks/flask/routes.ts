/** The routes a Flask app declares, with blueprint prefixes where they can be told. */
import { field, literalText, type PyCall, type PyFunction, type PyNode, type PyRoute, type PyScope, type PythonProgram } from '../../lang/python/program.js'
import { flaskKnowledge } from './knowledge.js'

export function* flaskRoutes(program: PythonProgram): Generator<PyRoute> {
  const prefixes = blueprintPrefixes(program)
  const prefixOf = (object: PyNode | undefined, scope: PyScope): string => {
    if (!object) return ''
    for (const one of program.definitions(object, scope)) {
      const known = prefixes.get(one.node)
      if (known !== undefined) return known
    }
    return ''
  }
  for (const { fn } of program.functions()) for (const mark of fn.decorators) yield* declared(mark, fn, fn.scope.parent ?? fn.scope, program, prefixOf)
  for (const site of program.sites('class_definition')) {
    const cls = site.node
    const marks = cls.parent?.kind === 'decorated_definition' ? cls.parent.children.filter((child) => child.kind === 'decorator').flatMap((child) => child.children) : []
    for (const mark of marks) yield* declared(mark, undefined, site.scope, program, prefixOf)
  }
  for (const call of program.callsMatching(/\(\)\.(add_url_rule|add_resource)$/)) {
    const isResource = call.names.some((name) => name.endsWith('add_resource'))
    const paths = isResource ? call.args.slice(1) : call.args.slice(0, 1)
    const callee = field(call.node, 'function')
    const view = call.kwargs.get('view_func') ?? (isResource ? undefined : call.args[2])
    const fn = view ? program.values(view, call.scope).flatMap((value) => (value.kind === 'function' ? [value.fn] : []))[0] : undefined
    for (const path of paths) {
      const text = path.kind === 'string' ? literalText(path, call.module.text) : undefined
      if (text !== undefined) yield { path: glue(prefixOf(callee && field(callee, 'object'), call.scope), text), methods: isResource ? resourceMethods(call, program) : methodsOf(call.kwargs.get('methods'), call), fn, node: call.node, module: call.module, scope: call.scope }
    }
  }
}

function* declared(mark: PyNode, fn: PyFunction | undefined, scope: PyScope, program: PythonProgram, prefixOf: (object: PyNode | undefined, scope: PyScope) => string): Generator<PyRoute> {
  if (mark.kind !== 'call') return
  const callee = field(mark, 'function')
  if (!callee) return
  for (const origin of program.origins(callee, scope)) {
    const fixed = flaskKnowledge.route(origin)
    if (!fixed) continue
    const call = program.callAt({ module: scope.module, node: mark, scope, fn: undefined, runs: [], handled: false })
    const first = call.args[0] ?? call.kwargs.get('rule')
    const path = first ? program.fold.text(first, scope).find((piece) => piece.exact)?.text : undefined
    if (path === undefined) return
    const methods = fixed.length > 0 ? fixed : methodsOf(call.kwargs.get('methods'), call)
    yield { path: glue(prefixOf(field(callee, 'object'), scope), path), methods, fn, node: mark, module: scope.module, scope }
    return
  }
}

function methodsOf(node: PyNode | undefined, call: PyCall): readonly string[] {
  const listed = (node?.children ?? []).flatMap((child) => (child.kind === 'string' ? [literalText(child, call.module.text)?.toUpperCase() ?? ''] : []))
  return listed.length > 0 ? listed : ['GET']
}
function resourceMethods(call: PyCall, program: PythonProgram): readonly string[] {
  const first = call.args[0]
  for (const value of first ? program.values(first, call.scope) : []) if (value.kind === 'class') return [...value.cls.scope.bindings.keys()].filter((name) => /^(get|post|put|delete|patch)$/.test(name)).map((name) => name.toUpperCase())
  return ['GET']
}

/** Prefix by the node of the `Blueprint(...)` call. */
function blueprintPrefixes(program: PythonProgram): ReadonlyMap<PyNode, string> {
  const prefixes = new Map<PyNode, string>()
  const textOf = (node: PyNode | undefined, scope: PyScope): string | undefined => (node ? program.fold.text(node, scope).find((piece) => piece.exact)?.text : undefined)
  for (const call of program.calls('flask.Blueprint')) prefixes.set(call.node, textOf(call.kwargs.get('url_prefix'), call.scope) ?? '')
  for (const call of program.callsMatching(/\(\)\.register_blueprint$/)) {
    const [first] = call.args
    const prefix = textOf(call.kwargs.get('url_prefix'), call.scope)
    if (!first || prefix === undefined) continue
    for (const one of program.definitions(first, call.scope)) prefixes.set(one.node, prefix)
  }
  return prefixes
}
function glue(prefix: string, path: string): string {
  return prefix === '' ? path : `${prefix.replace(/\/$/, '')}/${path.replace(/^\//, '')}`
}
