/** Objects that outlive a request: names of modules, attributes of classes, instances kept at module level, variables of a factory. */
import { isKept } from '../storage/clients.js'
import { ancestor, bare, field, walk } from '../tree.js'
import type { PythonProgram } from '../program.js'
import type { PyBinding, PyCall, PyClass, PyModule, PyNode, PyScope } from '../types.js'

export type Home = {
  readonly scope: PyScope
  readonly name: string
  /** The attribute meant, where the home holds an instance of a class of the repo. */
  readonly attribute: string | undefined
  /** That class. */
  readonly cls?: PyClass
  /** The first binding: where a person would look for it. */
  readonly node: PyNode
  /** What it starts as; undefined when it is only declared `global`. */
  readonly value: PyNode | undefined
}

/** Where a person would look for what is held: the line in the class that makes the attribute, or the object itself. */
export function placeOf({ scope, node, attribute, cls }: Home): { readonly module: PyModule; readonly node: PyNode } {
  const made = cls && attribute !== undefined ? setInInit(cls, attribute) : undefined
  return made && cls ? { module: cls.module, node: made } : { module: scope.module, node }
}

/** The object that an expression names, if it lives longer than a request. `assigned`: the expression is bound anew, which never changes the class of an instance. */
export function globalHome(program: PythonProgram, at: PyNode, scope: PyScope, assigned = false): Home | undefined {
  const node = bare(at)
  const name = (inner: PyNode): string => program.text(inner, scope.module)
  if (node.kind === 'identifier') return ofName(program, name(node), scope, 0)
  if (node.kind !== 'attribute') return undefined
  const [object, attribute] = [field(node, 'object'), field(node, 'attribute')]
  if (!object || !attribute) return undefined
  for (const value of program.values(object, scope)) {
    if (value.kind === 'module') {
      const module = program.modules.get(value.path)
      const found = module && ofName(program, name(attribute), module.scope, 0)
      if (found) return found
    }
    if (value.kind !== 'class' && value.kind !== 'object') continue
    const own = value.cls.scope.bindings.get(name(attribute))
    const isSet = value.kind === 'object' && (assigned || setsInInit(value.cls, name(attribute)))
    if (own && !isSet) return made(value.cls.scope, name(attribute), own)
    if (value.kind === 'class') return undefined
    const instance = instanceOf(program, value.cls)
    if (instance) return { ...instance, attribute: name(attribute), cls: value.cls }
  }
  return undefined
}

function ofName(program: PythonProgram, name: string, scope: PyScope, depth: number): Home | undefined {
  const bindings = program.bindings(name, scope)
  const [first] = bindings
  if (!first) return ofStar(program, name, scope, depth)
  const imported = bindings.find((binding) => binding.kind === 'import')
  if (imported?.kind === 'import') {
    if (imported.member === undefined || depth > 4) return undefined
    const path = program.find(imported.module, imported.scope.module)
    const module = path === undefined ? undefined : program.modules.get(path)
    return module?.scope.bindings.has(imported.member) ? ofName(program, imported.member, module.scope, depth + 1) : undefined
  }
  if (bindings.some((binding) => binding.kind === 'function' || binding.kind === 'class' || binding.kind === 'param')) return undefined
  if (first.scope.kind === 'module') return made(first.scope, name, bindings)
  return first.scope.kind === 'function' && first.scope !== scope && runsAtStartOnly(program, first.scope) ? made(first.scope, name, bindings) : undefined
}
function ofStar(program: PythonProgram, name: string, scope: PyScope, depth: number): Home | undefined {
  for (const written of depth > 4 ? [] : scope.module.scope.stars) {
    const path = program.find(written, scope.module)
    const module = path === undefined ? undefined : program.modules.get(path)
    if (module?.scope.bindings.has(name)) return ofName(program, name, module.scope, depth + 1)
  }
  return undefined
}
function made(scope: PyScope, name: string, bindings: readonly PyBinding[]): Home | undefined {
  const outside = bindings.filter((binding) => scope.kind === 'function' || !ancestor(binding.node, 'function_definition'))
  const first = outside.find((binding) => binding.kind === 'assign') ?? outside[0] ?? bindings[0]
  if (!first) return undefined
  return { scope, name, attribute: undefined, node: first.node, value: outside.includes(first) && first.kind === 'assign' && first.index === undefined ? first.value : undefined }
}
/** A factory's variables live as long as the app it makes. */
function runsAtStartOnly(program: PythonProgram, scope: PyScope): boolean {
  return startFunctions(program).has(scope.node)
}

/** What is made where a dependency is declared is kept as long as the route: `Depends(RateLimiter(5, 60))`. */
const dependency = /^fastapi\.(params\.|param_functions\.)?(Depends|Security)$/
/** The app makes one of the class that it is given, and keeps it. */
const middleware = /\(\)\.add_middleware$|^(fastapi|starlette)\.middleware\.Middleware$/

type Facts = { readonly start: ReadonlySet<PyNode>; readonly instances: ReadonlyMap<PyClass, Home> }
const known = new WeakMap<PythonProgram, Facts>()
function factsOf(program: PythonProgram): Facts {
  const found = known.get(program)
  if (found) return found
  const start = new Set<PyNode>()
  for (const { fn, runs } of program.functions()) if (runs.length > 0 && runs.every((run) => (run.when === 'import' || run.when === 'startup' || run.when === 'main') && !run.background)) start.add(fn.node)
  const instances = new Map<PyClass, Home>()
  const add = (cls: PyClass, home: Home): void => {
    if (!instances.has(cls) && !isMadePerRequest(program, cls)) instances.set(cls, home)
  }
  for (const site of program.sites('assignment')) {
    if (site.runs.every((run) => run.when === 'main')) continue
    const [left, right] = [field(site.node, 'left'), field(site.node, 'right')]
    if (left?.kind !== 'identifier' || !right) continue
    const name = program.text(left, site.module)
    // `global _service; _service = Service()` on first use is one instance too.
    const first = site.fn === undefined ? undefined : site.scope.globals.has(name) ? site.module.scope.bindings.get(name)?.[0]?.node : undefined
    if (site.fn === undefined ? site.scope.kind !== 'module' || right.kind !== 'call' : first === undefined) continue
    for (const value of program.values(right, site.scope))
      if (value.kind === 'object') add(value.cls, { scope: site.module.scope, name, attribute: undefined, node: first ?? left, value: right })
  }
  for (const call of program.callsMatching(middleware))
    for (const node of [...call.args, ...call.kwargs.values()].slice(0, 1))
      for (const value of program.values(node, call.scope))
        if (value.kind === 'class') add(value.cls, { scope: call.module.scope, name: value.cls.name, attribute: undefined, node, value: undefined })
  for (const call of program.callsMatching(dependency))
    for (const node of call.args.slice(0, 1))
      for (const value of node.kind === 'call' ? program.values(node, call.scope) : [])
        if (value.kind === 'object') add(value.cls, { scope: call.module.scope, name: value.cls.name, attribute: undefined, node, value: undefined })
  const facts = { start, instances }
  known.set(program, facts)
  return facts
}
/** Then what `self` holds may be gone with the request. */
function isMadePerRequest(program: PythonProgram, cls: PyClass): boolean {
  const makes = (call: PyCall): boolean => call.callees.some((fn) => fn.name === '__init__' && fn.cls === cls)
  return [...program.calls()].some((call) => call.runs.some((run) => run.when === 'request') && call.fn?.cls !== cls && makes(call) && !isKept(program, call))
}
const startFunctions = (program: PythonProgram): ReadonlySet<PyNode> => factsOf(program).start
/** The one instance of a class that a module keeps. */
function instanceOf(program: PythonProgram, cls: PyClass): Home | undefined {
  return factsOf(program).instances.get(cls)
}
const setsInInit = (cls: PyClass, name: string): boolean => setInInit(cls, name) !== undefined
/** The target of `self.name = …` in the class's `__init__`. */
function setInInit(cls: PyClass, name: string): PyNode | undefined {
  const init = cls.scope.bindings.get('__init__')?.at(-1)
  if (init?.kind !== 'function') return undefined
  const self = init.fn.params[0]?.name ?? 'self'
  const text = (node: PyNode): string => cls.module.text.slice(node.start, node.end)
  return [...walk(init.fn.body)].find((node) => node.kind === 'assignment' && node.children[0] !== undefined && text(node.children[0]) === `${self}.${name}`)?.children[0]
}
