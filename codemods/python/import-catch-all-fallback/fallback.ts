/** Handlers that put something else in the place of a part of the app that could not be imported. */
import { appOrigin, partOrigin, routeOrigin } from '../../../src/lang/python/entry/app-origins.js'
import { lambdaAdapter } from '../../../src/lang/python/entry/lambda-adapters.js'
import { bare, field, isInside, walk, type PyBinding, type PyFunction, type PyNode, type PySite, type PythonProgram } from '../../../src/lang/python/program.js'
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
  return holds(program, binding, appOrigin)
}
function isNothing(binding: PyBinding): boolean {
  return binding.kind === 'assign' && (binding.value.kind === 'none' || binding.value.kind === 'false')
}
/** The app, a blueprint or router, or a factory of one; from the repo, not from a package. */
function isOfApp(program: PythonProgram, binding: PyBinding): boolean {
  return holds(program, binding, partOrigin) || bindingValues(program, binding).some((value) => value.kind === 'function' && returnsOne(program, value.fn, partOrigin))
}
/** Does the binding hold such an object: made there, by a function of the repo, or inside an adapter for AWS Lambda? */
function holds(program: PythonProgram, binding: PyBinding, wanted: RegExp): boolean {
  const values = bindingValues(program, binding)
  if (values.some((value) => value.kind === 'name' && wanted.test(value.name))) return true
  if (binding.kind !== 'assign' || binding.index !== undefined) return false
  const made = bare(binding.value)
  const callee = made.kind === 'call' ? field(made, 'function') : undefined
  if (!callee) return false
  if (program.values(callee, binding.scope).some((value) => value.kind === 'function' && returnsOne(program, value.fn, wanted))) return true
  if (!program.origins(callee, binding.scope).some((origin) => lambdaAdapter.test(origin))) return false
  const wrapped = field(made, 'arguments')?.children.find((child) => child.kind !== 'comment')
  if (wrapped?.kind === 'call') return holds(program, { ...binding, value: wrapped }, wanted)
  return wrapped?.kind === 'identifier' && program.bindings(program.text(wrapped, binding.scope.module), binding.scope).some((inner) => inner.node !== binding.node && holds(program, inner, wanted))
}
function returnsOne(program: PythonProgram, fn: PyFunction, wanted: RegExp): boolean {
  return program.returns(fn).some((made) => made.kind === 'name' && wanted.test(made.name))
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
    if (callee && program.origins(callee, site.scope).some((origin) => routeOrigin.test(origin))) return true
  }
  return false
}
