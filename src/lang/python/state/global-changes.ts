/** Where code that serves requests, or runs beside them, changes an object that outlives the request. */
import { globalHome, type Home } from './global-homes.js'
import { bare, field } from '../tree.js'
import type { PythonProgram } from '../program.js'
import type { PyNode, PyScope, PySite } from '../types.js'

export type GlobalChange = {
  readonly home: Home
  readonly site: PySite
  /** rebind: `x = …` · count: `x += …` · item: `x[k] = …`, `del x[k]` · method: `x.append(…)` · inner: something held by x is changed. */
  readonly how: 'rebind' | 'count' | 'item' | 'method' | 'inner'
  /** The method's name, for 'method'. */
  readonly method: string | undefined
  /** What is put in. */
  readonly value: PyNode | undefined
}

const growing = new Set(['append', 'appendleft', 'add', 'extend', 'extendleft', 'insert', 'update', 'setdefault', 'put', 'put_nowait'])
const shrinking = new Set(['pop', 'popitem', 'popleft', 'remove', 'discard', 'clear', 'sort', 'reverse', 'subtract', 'rotate', 'get_nowait'])
const container = /^(builtins\.(dict|list|set|bytearray)|collections\.(deque|defaultdict|OrderedDict|Counter)|queue\.\w*Queue|weakref\.Weak\w+|cachetools\.\w*Cache|multiprocessing\.\w*Queue)\(\)$/

export function* globalChanges(program: PythonProgram): Generator<GlobalChange> {
  for (const site of program.sites('assignment', 'augmented_assignment', 'delete_statement', 'call')) {
    if (!site.fn || !site.runs.some((run) => run.when === 'request' || (run.background && run.when !== 'main'))) continue
    yield* changesAt(program, site)
  }
}

function* changesAt(program: PythonProgram, site: PySite): Generator<GlobalChange> {
  const { node, scope } = site
  if (node.kind === 'call') return yield* byMethod(program, site)
  const value = field(node, 'right')
  const lefts = node.kind === 'delete_statement' ? node.children : [field(node, 'left')]
  const counts = node.kind === 'augmented_assignment'
  for (const left of lefts.flatMap((at) => (at ? targets(at) : []))) {
    if (left.kind === 'identifier') {
      if (!isGlobal(program.text(left, scope.module), scope)) continue
      const home = globalHome(program, left, scope)
      if (home) yield { home, site, how: counts ? 'count' : 'rebind', method: undefined, value }
    } else if (left.kind === 'attribute') {
      const home = globalHome(program, left, scope, true)
      // A client or connection that an instance keeps for itself is not what requests share.
      if (home && !isInit(program, site, home) && (counts || home.attribute === undefined)) yield { home, site, how: counts ? 'count' : 'rebind', method: undefined, value }
    } else if (left.kind === 'subscript') {
      const holder = field(left, 'value')
      if (!holder) continue
      const [root, depth] = rootOf(program, holder, scope)
      const home = isContainer(program, root, scope) ? globalHome(program, root, scope) : undefined
      if (home && !isInit(program, site, home)) yield { home, site, how: depth > 0 || counts ? 'inner' : 'item', method: node.kind === 'delete_statement' ? 'del' : undefined, value }
    }
  }
}
function* byMethod(program: PythonProgram, site: PySite): Generator<GlobalChange> {
  const { node, scope } = site
  const callee = field(node, 'function')
  const [object, attribute] = callee?.kind === 'attribute' ? [field(callee, 'object'), field(callee, 'attribute')] : []
  if (!object || !attribute) return
  const method = program.text(attribute, scope.module)
  if (!growing.has(method) && !shrinking.has(method)) return
  const [root, depth] = rootOf(program, object, scope)
  if (!isContainer(program, root, scope)) return
  const home = globalHome(program, root, scope)
  const value = field(node, 'arguments')?.children.find((child) => child.kind !== 'comment')
  if (home && !isInit(program, site, home)) yield { home, site, how: depth > 0 ? 'inner' : 'method', method, value }
}

/** `a, b = …` and `(a, b) = …` one by one. */
function targets(left: PyNode): readonly PyNode[] {
  return ['pattern_list', 'tuple_pattern', 'expression_list', 'tuple'].includes(left.kind) ? left.children.flatMap(targets) : [left]
}
/** `x` of `x[k]['n']` and of `x.setdefault(k, [])`, and how many steps it is away. */
function rootOf(program: PythonProgram, at: PyNode, scope: PyScope): readonly [PyNode, number] {
  let node = bare(at)
  for (let depth = 0; ; depth++) {
    const callee = node.kind === 'call' ? field(node, 'function') : undefined
    const method = callee?.kind === 'attribute' ? field(callee, 'attribute') : undefined
    const inner = node.kind === 'subscript' ? field(node, 'value') : callee && method && /^(get|setdefault)$/.test(program.text(method, scope.module)) ? field(callee, 'object') : undefined
    if (!inner) return [node, depth]
    node = bare(inner)
  }
}
function isContainer(program: PythonProgram, node: PyNode, scope: PyScope): boolean {
  return (node.kind === 'identifier' || node.kind === 'attribute') && program.origins(node, scope).some((origin) => container.test(origin))
}
function isGlobal(name: string, scope: PyScope): boolean {
  for (let at: PyScope | undefined = scope; at && at.kind === 'function'; at = at.parent) {
    if (at.globals.has(name)) return true
    if (at.bindings.has(name)) return false
  }
  return false
}
const making = /^__(init|post_init|new)__$/
/** `self.x = …` while the object is made: there, or in a method that only the making calls. */
function isInit(program: PythonProgram, { fn }: PySite, home: Home): boolean {
  if (home.attribute === undefined || !fn) return false
  if (making.test(fn.name)) return true
  const callers = fn.cls === undefined ? [] : program.callers(fn)
  return callers.length > 0 && callers.every((call) => call.fn?.cls === fn.cls && making.test(call.fn?.name ?? ''))
}

/** Every mention of this object in reached code. */
export function mentionsOf(program: PythonProgram, home: Home): readonly PySite[] {
  return (mentions(program).get(home.attribute ?? home.name) ?? []).filter((site) => {
    const found = globalHome(program, site.node, site.scope)
    return found !== undefined && found.scope === home.scope && found.name === home.name && found.attribute === home.attribute
  })
}
const known = new WeakMap<PythonProgram, ReadonlyMap<string, readonly PySite[]>>()
function mentions(program: PythonProgram): ReadonlyMap<string, readonly PySite[]> {
  const found = known.get(program)
  if (found) return found
  const all = new Map<string, PySite[]>()
  for (const site of program.sites('identifier', 'attribute')) {
    const { node, module } = site
    if (node.parent?.kind === 'global_statement' || node.field === 'attribute' || (node.parent?.kind === 'keyword_argument' && node.field === 'name')) continue
    const last = node.kind === 'attribute' ? field(node, 'attribute') : node
    const name = last ? program.text(last, module) : ''
    const list = all.get(name)
    if (list) list.push(site)
    else all.set(name, [site])
  }
  known.set(program, all)
  return all
}
