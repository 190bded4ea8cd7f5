/** The routes of a Django project, from ROOT_URLCONF down through `include()` and REST framework routers. */
import { bare, field, literalText, type PyCall, type PyClass, type PyFunction, type PyModule, type PyNode, type PyRoute, type PyScope, type PythonProgram } from '../../lang/python/program.js'
import { settingEffects } from '../../lang/python/django/settings.js'
import { urlPatterns } from './knowledge.js'

const verbs = ['get', 'post', 'put', 'patch', 'delete'] as const
/** Methods of a REST framework view set, and what the router makes of them. */
const actions: readonly (readonly [string, string, 'list' | 'one'])[] = [['list', 'GET', 'list'], ['create', 'POST', 'list'], ['retrieve', 'GET', 'one'], ['update', 'PUT', 'one'], ['partial_update', 'PATCH', 'one'], ['destroy', 'DELETE', 'one']]

export function* djangoRoutes(program: PythonProgram): Generator<PyRoute> {
  const seen = new Set<string>()
  for (const effect of settingEffects(program, 'ROOT_URLCONF')) {
    const name = literalText(effect.node, effect.scope.module.text)
    const path = name === undefined ? undefined : program.find(name, effect.scope.module)
    const module = path === undefined ? undefined : program.modules.get(path)
    if (module) yield* patternsOf(module, '/', program, seen)
  }
}

function* patternsOf(module: PyModule, prefix: string, program: PythonProgram, seen: Set<string>): Generator<PyRoute> {
  const key = `${module.path} ${prefix}`
  if (seen.has(key) || seen.size > 400) return
  seen.add(key)
  for (const statement of statementsOf(module.root.children, module, program)) {
    const assigned = statement.kind === 'expression_statement' ? statement.children[0] : undefined
    const [left, right] = assigned && /assignment$/.test(assigned.kind) ? [field(assigned, 'left'), field(assigned, 'right')] : [undefined, undefined]
    if (left && right && program.text(left, module) === 'urlpatterns') yield* listed(right, module.scope, prefix, program, seen)
  }
}
/** Those of branches too, but for what only a debug run adds. */
function* statementsOf(statements: readonly PyNode[], module: PyModule, program: PythonProgram): Generator<PyNode> {
  for (const statement of statements) {
    if (statement.kind !== 'if_statement') yield statement
    else if (!/DEBUG/.test(program.text(field(statement, 'condition') ?? statement, module))) yield* statementsOf(field(statement, 'consequence')?.children ?? [], module, program)
  }
}
function* listed(at: PyNode, scope: PyScope, prefix: string, program: PythonProgram, seen: Set<string>): Generator<PyRoute> {
  const node = bare(at)
  if (node.kind === 'list' || node.kind === 'tuple') for (const child of node.children) yield* listed(child, scope, prefix, program, seen)
  else if (node.kind === 'binary_operator' || node.kind === 'list_splat') for (const child of node.children) yield* listed(child, scope, prefix, program, seen)
  else if (node.kind === 'attribute') yield* routerRoutes(node, scope, prefix, program)
  else if (node.kind === 'identifier') {
    if (program.text(node, scope.module) !== 'urlpatterns') for (const one of program.definitions(node, scope)) if (one.node.kind === 'list') yield* listed(one.node, one.scope, prefix, program, seen)
  } else if (node.kind === 'call') yield* entry(node, scope, prefix, program, seen)
}
function* entry(node: PyNode, scope: PyScope, prefix: string, program: PythonProgram, seen: Set<string>): Generator<PyRoute> {
  const call = callAt(node, scope, program)
  if (call.names.some((name) => /\.i18n_patterns$/.test(name))) for (const arg of call.args) yield* listed(arg, scope, `${prefix}<language>/`, program, seen)
  if (call.names.some((name) => /^rest_framework\.urlpatterns\.format_suffix_patterns$/.test(name)) && call.args[0]) yield* listed(call.args[0], scope, prefix, program, seen)
  if (!call.names.some((name) => urlPatterns.test(name))) return
  const [first, second] = call.args
  const view = second ?? call.kwargs.get('view')
  const literal = first && program.fold.text(first, scope).find((piece) => piece.exact)?.text
  if (literal === undefined || !view) return
  const path = `${prefix}${call.names.some((name) => /\.(re_path|url)$/.test(name)) ? readable(literal) : literal}`.replace(/\/{2,}/g, '/')
  const target = bare(view)
  const included = target.kind === 'call' && /(^|\.)include$/.test(program.text(field(target, 'function') ?? target, scope.module)) ? callAt(target, scope, program).args[0] : undefined
  if (included) return yield* includedRoutes(included, scope, path, program, seen)
  if (target.kind === 'attribute' && program.text(target, scope.module).endsWith('.urls')) return
  yield* viewRoutes(target, scope, path, node, program)
}
function* includedRoutes(at: PyNode, scope: PyScope, prefix: string, program: PythonProgram, seen: Set<string>): Generator<PyRoute> {
  const node = at.kind === 'tuple' && at.children[0] ? at.children[0] : at
  const name = node.kind === 'string' ? literalText(node, scope.module.text) : undefined
  if (name !== undefined) {
    const path = program.find(name, scope.module)
    const module = path === undefined ? undefined : program.modules.get(path)
    if (module) yield* patternsOf(module, prefix, program, seen)
    return
  }
  for (const value of program.values(node, scope)) {
    const module = value.kind === 'module' ? program.modules.get(value.path) : undefined
    if (module) yield* patternsOf(module, prefix, program, seen)
  }
  yield* listed(node, scope, prefix, program, seen)
}

function* viewRoutes(view: PyNode, scope: PyScope, path: string, node: PyNode, program: PythonProgram): Generator<PyRoute> {
  const base = { path, node, module: scope.module, scope }
  const cls = classOf(view, scope, program)
  if (cls) {
    const own = verbs.flatMap((verb) => (methodNamed(cls, verb) ? [verb] : []))
    for (const verb of own) yield { ...base, methods: [verb.toUpperCase()], fn: methodNamed(cls, verb) }
    if (!own.includes('get')) yield { ...base, methods: own.length === 0 ? ['GET'] : [], fn: methodNamed(cls, 'get_queryset') ?? methodNamed(cls, 'get_context_data') }
    return
  }
  const fn = functionOf(view, scope, program)
  yield { ...base, methods: fn ? methodsOf(fn, program) : ['GET'], fn }
}
/** `View.as_view()`, wrapped or not in `login_required(…)`. */
function classOf(view: PyNode, scope: PyScope, program: PythonProgram): PyClass | undefined {
  if (view.kind !== 'call') return undefined
  const callee = field(view, 'function')
  const object = callee?.kind === 'attribute' && program.text(field(callee, 'attribute') ?? callee, scope.module) === 'as_view' ? field(callee, 'object') : undefined
  if (object) for (const value of program.values(object, scope)) if (value.kind === 'class') return value.cls
  for (const arg of field(view, 'arguments')?.children ?? []) {
    const inner = classOf(bare(arg), scope, program)
    if (inner) return inner
  }
  return undefined
}
function functionOf(view: PyNode, scope: PyScope, program: PythonProgram): PyFunction | undefined {
  for (const value of program.values(view, scope)) if (value.kind === 'function') return value.fn
  for (const arg of view.kind === 'call' ? (field(view, 'arguments')?.children ?? []) : []) {
    const inner = functionOf(bare(arg), scope, program)
    if (inner) return inner
  }
  return undefined
}
function methodNamed(cls: PyClass, name: string): PyFunction | undefined {
  const binding = cls.scope.bindings.get(name)?.at(-1)
  return binding?.kind === 'function' ? binding.fn : undefined
}
/** `@require_POST`, `@require_http_methods([…])`, `@api_view([…])`; a plain view answers every method, so GET stands for it. */
function methodsOf(fn: PyFunction, program: PythonProgram): readonly string[] {
  for (const mark of fn.decorators) {
    const text = program.text(mark, fn.module)
    if (/(^|\.)require_POST$/.test(text)) return ['POST']
    if (!/(^|\.)(require_http_methods|api_view)\b/.test(text)) continue
    const named = [...text.matchAll(/["'](\w+)["']/g)].map((match) => (match[1] ?? '').toUpperCase())
    return named.length > 0 ? named : ['GET']
  }
  return ['GET']
}

/** `router.urls`: what was registered on the router, in the same module. */
function* routerRoutes(node: PyNode, scope: PyScope, prefix: string, program: PythonProgram): Generator<PyRoute> {
  const router = field(node, 'object')
  if (!router || !program.text(node, scope.module).endsWith('.urls')) return
  const made = new Set(program.definitions(router, scope).map((one) => one.node))
  for (const call of program.callsMatching(/^rest_framework(_nested|_extensions)?\.routers\.\w+\(\)\.register$/)) {
    const callee = field(call.node, 'function')
    const object = callee && field(callee, 'object')
    if (!object || !program.definitions(object, call.scope).some((one) => made.has(one.node))) continue
    const [name, view] = [call.args[0] ?? call.kwargs.get('prefix'), call.args[1] ?? call.kwargs.get('viewset')]
    const text = name && literalText(name, call.module.text)
    const cls = view ? program.values(view, call.scope).flatMap((value) => (value.kind === 'class' ? [value.cls] : []))[0] : undefined
    if (text === undefined) continue
    const base = { node: call.node, module: call.module, scope: call.scope }
    const root = `${prefix}${readable(text)}/`.replace(/\/{2,}/g, '/')
    yield { ...base, path: root, methods: ['GET'], fn: cls && methodNamed(cls, 'list') }
    for (const [action, method, place] of actions) {
      const fn = cls && action !== 'list' ? methodNamed(cls, action) : undefined
      if (fn) yield { ...base, path: place === 'one' ? `${root}<pk>/` : root, methods: [method], fn }
    }
  }
}

/** A regular expression as a path a person reads: `^posts/(?P<pk>\d+)/$` → `posts/<pk>/`. */
function readable(pattern: string): string {
  return pattern.replace(/^\^/, '').replace(/\$$/, '').replace(/\(\?P<(\w+)>(?:[^()]|\([^()]*\))*\)/g, '<$1>').replace(/\\([./-])/g, '$1').replace(/\(\?:([^()]*)\)\??/g, '$1').replace(/[?+*]/g, '')
}
function callAt(node: PyNode, scope: PyScope, program: PythonProgram): PyCall {
  return program.callAt({ module: scope.module, node, scope, fn: undefined, runs: [], handled: false })
}
