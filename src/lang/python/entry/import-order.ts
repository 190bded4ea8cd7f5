/** The order in which the entry's import runs the repo's modules, and what a module takes from one that is not done. */
import type { Path } from '../../../types.js'
import type { PythonProgram } from '../program.js'
import { statementOf } from '../tree.js'
import type { PyCall, PyFunction, PyImport, PyModule, PyNode, PySite } from '../types.js'

export type Unfinished = {
  readonly site: PySite
  readonly name: string
  readonly from: PyModule
  /** The imports that are under way, from the unfinished module's own to the one that runs the taker. */
  readonly circle: readonly { readonly file: Path; readonly line: number }[]
  /** The line that would bind the name; undefined when it comes from a star import or elsewhere. */
  readonly bound: number | undefined
}

type Step = PyImport | PyCall
type Loading = { readonly module: PyModule; at: PyNode }
const deepest = 12

/** Names that are taken from a module before it has bound them, when the import starts at the app's entry. */
export function* unfinishedImports(program: PythonProgram): Generator<Unfinished> {
  if (!program.entry) return
  const steps = stepsOf(program)
  const done = new Set<PyModule>()
  const stack: Loading[] = []
  const found: Unfinished[] = []

  const load = (module: PyModule): void => {
    if (done.has(module) || stack.some((one) => one.module === module)) return
    const loading: Loading = { module, at: module.root }
    stack.push(loading)
    for (const step of steps.get(module) ?? []) {
      loading.at = step.node
      run(step, new Set())
    }
    stack.pop()
    done.add(module)
  }
  const run = (step: Step, inside: ReadonlySet<PyFunction>): void => {
    if ('callees' in step) {
      // A name may stand for several functions, and of these only one is surely called.
      const [fn] = step.callees.length === 1 ? step.callees : []
      if (!fn || inside.has(fn) || inside.size > deepest || fn.isAsync) return
      for (const inner of steps.get(fn) ?? []) run(inner, new Set([...inside, fn]))
      return
    }
    for (const path of step.resolved) {
      const module = program.moduleAt(path)
      if (module) load(module)
    }
    const [name] = step.names
    const from = name === undefined ? undefined : program.find(step.target, step.module)
    const open = stack.find((one) => one.module.path === from)
    if (name !== undefined && open && open.module !== step.module && isMissing(program, open, name, step)) found.push(describe(program, stack, open, step, name))
  }
  load(program.entry)
  const made = program.app.entry.kind === 'factory' ? program.entry.scope.bindings.get(program.app.entry.symbol)?.at(-1) : undefined
  if (made?.kind === 'function') for (const step of steps.get(made.fn) ?? []) run(step, new Set([made.fn]))
  const seen = new Set<PyNode>()
  for (const one of found) {
    // The same import may be come to twice, and a statement that fails does so at its first name.
    if (seen.has(one.site.node)) continue
    seen.add(one.site.node)
    yield one
  }
}

/** Imports and calls in the order in which they stand, by the module or function that runs them itself. */
function stepsOf(program: PythonProgram): ReadonlyMap<PyModule | PyFunction, readonly Step[]> {
  const out = new Map<PyModule | PyFunction, Step[]>()
  const add = (step: Step): void => {
    const owner = step.fn ?? step.module
    const list = out.get(owner)
    if (list) list.push(step)
    else out.set(owner, [step])
  }
  const runsAtImport = (site: PySite): boolean => site.runs.some(({ when, background }) => when === 'import' && !background)
  for (const one of program.imports()) if (runsAtImport(one)) add(one)
  for (const call of program.calls()) if (call.callees.length > 0 && runsAtImport(call)) add(call)
  // What a call is given is evaluated before it.
  for (const list of out.values()) list.sort((a, b) => a.node.end - b.node.end)
  return out
}

function isMissing(program: PythonProgram, { module, at }: Loading, name: string, step: PyImport): boolean {
  if (step.handled || program.first(step).conditional || program.first(step).weak || program.first(step).when !== 'import') return false
  const { bindings, stars } = module.scope
  const homes = bindings.get(name) ?? []
  // A star import or `__getattr__` may give any name, and a name that is bound nowhere is another fault.
  if (homes.length === 0 || bindings.has('__getattr__')) return false
  if (stars.length > 0 && homes.every((home) => home.kind === 'import')) return false
  // A submodule of that name is imported instead.
  const dotted = module.isPackage ? `${module.path.replace(/\/?__init__\.py$/, '')}/${name}` : undefined
  if (dotted !== undefined && (program.repo.has(`${dotted}.py`) || program.repo.hasDir(dotted))) return false
  // The statement under way binds its names at its end.
  return homes.every(({ node }) => node.start >= statementOf(at).start)
}

function describe(program: PythonProgram, stack: readonly Loading[], open: Loading, site: PySite, name: string): Unfinished {
  const from = stack.indexOf(open)
  const home = open.module.scope.bindings.get(name)?.[0]
  return {
    site, name, from: open.module,
    circle: stack.slice(from, -1).map(({ module, at }) => ({ file: module.path, line: program.line(at, module) })),
    bound: home && program.line(home.node, open.module),
  }
}
