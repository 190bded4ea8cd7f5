/** Handlers that put something else in the place of a part of the app that could not be imported. */
import { field, isInside, walk, type PyBinding, type PyNode, type PySite, type PythonProgram } from '../../../src/lang/python/program.js'
import { bindingValues, namesBoundIn, swallowingHandlers } from '../../../src/lang/python/entry/try-block.js'

export type Fallback = { readonly handler: PyNode; readonly name: string; readonly kind: 'app' | 'none' | 'routes' }

/** What a `try` at import puts in place of the app or its parts; undefined for optional features. */
export function fallbackOf(program: PythonProgram, site: PySite): Fallback | undefined {
  const body = field(site.node, 'body')
  if (!body) return undefined
  const inBody = namesBoundIn(body, site.scope)
  for (const handler of swallowingHandlers(program, site.node, site.scope)) {
    const inHandler = namesBoundIn(handler, site.scope)
    for (const name of inHandler) {
      if (!inBody.has(name)) continue
      const bindings = program.bindings(name, site.scope)
      const own = bindings.filter((binding) => isInside(binding.node, body))
      const other = bindings.filter((binding) => isInside(binding.node, handler))
      if (other.some((binding) => makesApp(program, binding)) && own.some((binding) => isOfApp(program, binding))) return { handler, name, kind: 'app' }
      if (other.every(isNothing) && own.some((binding) => isOfApp(program, binding) || usedUnguarded(program, binding, site))) return { handler, name, kind: 'none' }
    }
    if (loadsRepo(program, body, site) && definesRoutes(program, handler, site)) return { handler, name: 'its own routes', kind: 'routes' }
  }
  return undefined
}

function makesApp(program: PythonProgram, binding: PyBinding): boolean {
  return bindingValues(program, binding).some((value) => value.kind === 'name' && value.name === 'flask.Flask()')
}
function isNothing(binding: PyBinding): boolean {
  return binding.kind === 'assign' && (binding.value.kind === 'none' || binding.value.kind === 'false')
}
/** The app, a blueprint, or a factory of either; from the repo, not from a package. */
function isOfApp(program: PythonProgram, binding: PyBinding): boolean {
  return bindingValues(program, binding).some((value) =>
    value.kind === 'name' ? /^flask\.(Flask|Blueprint)\(\)$/.test(value.name) : value.kind === 'function' && program.returns(value.fn).some((made) => made.kind === 'name' && /^flask\.(Flask|Blueprint)\(\)$/.test(made.name)),
  )
}
/** A part of the repo that a view uses without asking whether it is there. */
function usedUnguarded(program: PythonProgram, binding: PyBinding, site: PySite): boolean {
  if (binding.kind !== 'import' || program.find(binding.module, site.module) === undefined) return false
  const { name } = binding
  // Any test of the name shows that it is meant to be optional.
  if (new RegExp(`\\b(if|not|and|or|is)\\s+(not\\s+)?${name}\\b|\\b${name}\\s+is\\b|\\b${name}\\s*(==|!=)`).test(site.module.text)) return false
  for (const use of program.sites('identifier')) {
    if (use.module !== site.module || program.text(use.node, use.module) !== name || isInside(use.node, site.node) || use.handled) continue
    if (!use.runs.some(({ when, weak }) => when === 'request' && !weak)) continue
    const parent = use.node.parent
    if ((parent?.kind === 'call' && use.node.field === 'function') || (parent?.kind === 'attribute' && use.node.field === 'object')) return true
  }
  return false
}
function loadsRepo(program: PythonProgram, body: PyNode, site: PySite): boolean {
  return [...program.imports()].some((one) => one.module === site.module && one.resolved.length > 0 && isInside(one.node, body))
}
function definesRoutes(program: PythonProgram, handler: PyNode, site: PySite): boolean {
  for (const node of walk(handler)) {
    const callee = node.kind === 'call' ? field(node, 'function') : undefined
    if (callee && program.origins(callee, site.scope).some((origin) => /^flask\.Flask\(\)\.(route|get|post|add_url_rule|errorhandler|register_error_handler)$/.test(origin))) return true
  }
  return false
}
