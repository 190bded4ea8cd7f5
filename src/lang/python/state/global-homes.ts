/** Objects that outlive a request: names of modules, attributes of classes, instances kept at module level, variables of a factory. */
import { ancestor, bare, field, walk } from '../tree.js'
import type { PythonProgram } from '../program.js'
import type { PyBinding, PyClass, PyNode, PyScope } from '../types.js'

export type Home = {
  readonly scope: PyScope
  readonly name: string
  /** The attribute meant, where the home holds an instance of a class of the repo. */
  readonly attribute: string | undefined
  /** The first binding: where a person would look for it. */
  readonly node: PyNode
  /** What it starts as; undefined when it is only declared `global`. */
  readonly value: PyNode | undefined
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
    if (instance) return { ...instance, attribute: name(attribute) }
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

type Facts = { readonly start: ReadonlySet<PyNode>; readonly instances: ReadonlyMap<PyClass, Home> }
const known = new WeakMap<PythonProgram, Facts>()
function factsOf(program: PythonProgram): Facts {
  const found = known.get(program)
  if (found) return found
  const start = new Set<PyNode>()
  for (const { fn, runs } of program.functions()) if (runs.length > 0 && runs.every((run) => (run.when === 'import' || run.when === 'startup' || run.when === 'main') && !run.background)) start.add(fn.node)
  const instances = new Map<PyClass, Home>()
  for (const site of program.sites('assignment')) {
    if (site.fn !== undefined || site.scope.kind !== 'module' || site.runs.every((run) => run.when === 'main')) continue
    const [left, right] = [field(site.node, 'left'), field(site.node, 'right')]
    if (left?.kind !== 'identifier' || right?.kind !== 'call') continue
    for (const value of program.values(right, site.scope))
      if (value.kind === 'object' && !instances.has(value.cls) && !isMadePerRequest(program, value.cls)) instances.set(value.cls, { scope: site.scope, name: program.text(left, site.module), attribute: undefined, node: left, value: right })
  }
  const facts = { start, instances }
  known.set(program, facts)
  return facts
}
/** Then what `self` holds may be gone with the request. */
function isMadePerRequest(program: PythonProgram, cls: PyClass): boolean {
  return [...program.calls()].some((call) => call.runs.some((run) => run.when === 'request') && call.fn?.cls !== cls && call.callees.some((fn) => fn.name === '__init__' && fn.cls === cls))
}
const startFunctions = (program: PythonProgram): ReadonlySet<PyNode> => factsOf(program).start
/** The one instance of a class that a module keeps. */
function instanceOf(program: PythonProgram, cls: PyClass): Home | undefined {
  return factsOf(program).instances.get(cls)
}
function setsInInit(cls: PyClass, name: string): boolean {
  const init = cls.scope.bindings.get('__init__')?.at(-1)
  if (init?.kind !== 'function') return false
  const self = init.fn.params[0]?.name ?? 'self'
  const text = (node: PyNode): string => cls.module.text.slice(node.start, node.end)
  return [...walk(init.fn.body)].some((node) => node.kind === 'assignment' && node.children[0] !== undefined && text(node.children[0]) === `${self}.${name}`)
}
