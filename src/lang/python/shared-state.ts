/** Memory that background work shares with requests: on a host without a lasting process they no longer meet. */
import { bare, field, walk } from './tree.js'
import type { PythonProgram } from './program.js'
import type { PyFunction, PyNode, PyScope, PySite } from './types.js'

export type Shared = {
  readonly name: string
  /** 'container': things gathered in a list, dict or queue; 'value': a name that is bound anew, such as a status or a time. */
  readonly kind: 'container' | 'value'
  /** Where a request reads or fills it. */
  readonly seen: PySite
}

const containers = /^(builtins\.(dict|list|set)|collections\.(deque|defaultdict|OrderedDict|Counter)|queue\.\w*Queue|multiprocessing\.\w*Queue)\(\)$/
const changers = new Set(['append', 'appendleft', 'add', 'update', 'pop', 'popleft', 'put', 'put_nowait', 'get_nowait', 'clear', 'extend', 'insert', 'remove', 'discard', 'setdefault'])

/** Names at module level that these functions (and what they call in the repo) change, or queues they take from, and that requests use too. */
export function sharedWithRequests(program: PythonProgram, functions: readonly PyFunction[]): readonly Shared[] {
  const touched = new Map<PyNode, { readonly name: string; readonly kind: Shared['kind'] }>()
  const background = withCallees(program, functions)
  for (const fn of background) for (const [node, what] of changedBy(program, fn)) touched.set(node, what)
  if (touched.size === 0) return []
  const names = new Set([...touched.values()].map(({ name }) => name))
  const found = new Map<PyNode, Shared>()
  for (const site of program.sites('identifier', 'attribute')) {
    const last = site.node.kind === 'attribute' ? field(site.node, 'attribute') : site.node
    if (!last || !names.has(program.text(last, site.module))) continue
    if (!site.fn || background.has(site.fn) || !site.runs.some((run) => run.when === 'request' && !run.background)) continue
    for (const home of homesOf(program, site.node, site.scope)) {
      const what = touched.get(home)
      if (what && ![...found.values()].some((one) => one.name === what.name)) found.set(home, { ...what, seen: site })
    }
  }
  return [...found.values()]
}

function withCallees(program: PythonProgram, functions: readonly PyFunction[]): ReadonlySet<PyFunction> {
  const all = new Set<PyFunction>()
  let next = [...functions]
  for (let depth = 0; depth < 5 && next.length > 0; depth++) {
    const now = new Set(next.filter((fn) => !all.has(fn)))
    for (const fn of now) all.add(fn)
    next = [...program.calls()].flatMap((call) => (call.fn && now.has(call.fn) ? call.callees : []))
  }
  return all
}

/** The nodes that a module-level name is bound by: its identity. */
function homesOf(program: PythonProgram, node: PyNode, scope: PyScope): readonly PyNode[] {
  if (node.kind === 'identifier') {
    const bindings = program.bindings(program.text(node, scope.module), scope)
    if (bindings.some((binding) => binding.kind !== 'import')) return bindings.flatMap((binding) => (binding.scope.kind === 'module' && binding.kind === 'assign' ? [binding.value] : []))
  }
  return program.definitions(node, scope).map((one) => one.node)
}

function* changedBy(program: PythonProgram, fn: PyFunction): Generator<readonly [PyNode, { readonly name: string; readonly kind: Shared['kind'] }]> {
  const text = (node: PyNode): string => program.text(node, fn.module)
  const homes = (node: PyNode): readonly PyNode[] => (isLocal(program, node, fn) ? [] : homesOf(program, node, fn.scope))
  const nameOf = (node: PyNode): string => text(node).split('.').at(-1) ?? text(node)
  for (const node of walk(fn.body)) {
    if (node.kind === 'assignment' || node.kind === 'augmented_assignment' || node.kind === 'delete_statement') {
      const left = node.kind === 'delete_statement' ? node.children[0] : field(node, 'left')
      if (left?.kind === 'identifier' && fn.scope.globals.has(text(left)) && !isMachinery(program, field(node, 'right'), fn)) for (const home of homes(left)) yield [home, { name: text(left), kind: kindOf(program, home, fn.module.scope) }]
      const holder = left?.kind === 'subscript' ? field(left, 'value') : undefined
      if (holder && isContainer(program, holder, fn)) for (const home of homes(holder)) yield [home, { name: nameOf(holder), kind: 'container' }]
    }
    if (node.kind !== 'call') continue
    const callee = field(node, 'function')
    const [object, method] = callee?.kind === 'attribute' ? [field(callee, 'object'), field(callee, 'attribute')] : []
    if (!object || !method || !isContainer(program, object, fn)) continue
    const takes = text(method) === 'get' && program.origins(bare(object), fn.scope).some((origin) => /Queue\(\)$/.test(origin))
    if (changers.has(text(method)) || takes) for (const home of homes(object)) yield [home, { name: nameOf(object), kind: 'container' }]
  }
}
/** A thread, timer or lock kept under a name is no state that a request could miss. */
function isMachinery(program: PythonProgram, value: PyNode | undefined, fn: PyFunction): boolean {
  return value !== undefined && program.origins(value, fn.scope).some((origin) => /^(threading|multiprocessing|concurrent\.futures)\b.*\(\)$/.test(origin))
}
function isLocal(program: PythonProgram, node: PyNode, fn: PyFunction): boolean {
  return node.kind === 'identifier' && program.bindings(program.text(node, fn.module), fn.scope).some((binding) => binding.scope.kind === 'function')
}
function isContainer(program: PythonProgram, node: PyNode, fn: PyFunction): boolean {
  return (node.kind === 'identifier' || node.kind === 'attribute') && program.origins(node, fn.scope).some((origin) => containers.test(origin))
}
function kindOf(program: PythonProgram, value: PyNode, scope: PyScope): Shared['kind'] {
  return program.origins(value, scope).some((origin) => containers.test(origin)) ? 'container' : 'value'
}
