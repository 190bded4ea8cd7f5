/** Where the program starts work beside the requests (threads, timers, tasks), and whether anyone waits for it. */
import { ancestor, bare, field, statementOf, walk } from '../tree.js'
import type { PythonProgram } from '../program.js'
import type { PyCall, PyClass, PyFunction, PyNode, PyScope, PySite, Run } from '../types.js'

export type Start = {
  readonly means: 'thread' | 'timer' | 'process' | 'pool' | 'task'
  /** The call that makes the thread; a person would point here. */
  readonly made: PyCall
  /** The call from which it runs: `.start()`, or `made` itself. */
  readonly begun: PySite
  /** The way in which the served app comes to start it. */
  readonly run: Run
  readonly target: PyNode | undefined
  /** Functions of the repo that it runs. */
  readonly targets: readonly PyFunction[]
  /** What it runs when that is not in the repo, as origins. */
  readonly outside: readonly string[]
  readonly args: readonly PyNode[]
  readonly kwargs: ReadonlyMap<string, PyNode>
  /** The arguments can't be read off the call. */
  readonly opaque: boolean
}

const makers = ['threading.Thread', 'threading.Timer', 'multiprocessing.Process', 'multiprocessing.context.Process'] as const
const starters = /^(threading\.(Thread|Timer)|multiprocessing\.(context\.)?Process)\(\)\.start$/
const spawners = /^(gevent\.(spawn|spawn_later)|eventlet\.(spawn|spawn_n|spawn_after)|_thread\.start_new_thread|asyncio\.(create_task|ensure_future))$|Executor\(\)\.submit$|\(\)\.(start_background_task|run_in_executor)$/

/** Every start that the served app comes to by itself or by a request; what only background work starts is left to the outer one. */
export function* backgroundStarts(program: PythonProgram): Generator<Start> {
  const begins = [...program.callsMatching(starters)]
  const seen = new Set<PyNode>()
  for (const made of program.calls(...makers)) {
    const own = begins.filter((call) => begins_(program, call, made))
    // A name that several threads are kept under: the start that follows in the same function is this one's.
    const begun = own.find((call) => call.fn === made.fn && call.module === made.module && call.node.start >= made.node.start) ?? own[0] ?? startedInLoop(program, made)
    if (begun) yield* started(program, made, begun, readTarget(made))
    for (const call of own) seen.add(call.node)
  }
  for (const call of begins) {
    if (seen.has(call.node)) continue
    const object = receiver(call)
    for (const value of object ? program.values(object, call.scope) : []) {
      const fn = value.kind === 'object' ? methodOf(program, value.cls, 'run') : undefined
      if (fn) yield* started(program, call, call, { target: undefined, args: [], kwargs: new Map(), opaque: false }, [fn])
    }
  }
  for (const call of program.callsMatching(spawners)) {
    const skip = call.names.some((name) => /run_in_executor$|spawn_later$|spawn_after$/.test(name)) ? 1 : 0
    const target = call.args[skip]
    const inner = target && bare(target)
    // asyncio takes the coroutine, not the function: the call's own callee is the target.
    const coroutine = inner?.kind === 'call' && call.names.some((name) => name.startsWith('asyncio.')) ? field(inner, 'function') : undefined
    yield* started(program, call, call, { target: coroutine ?? target, args: coroutine ? [] : call.args.slice(skip + 1), kwargs: call.kwargs, opaque: call.spread })
  }
}

type Target = Pick<Start, 'target' | 'args' | 'kwargs' | 'opaque'>

function* started(program: PythonProgram, made: PyCall, begun: PySite, read: Target, targets?: readonly PyFunction[]): Generator<Start> {
  const run = begun.runs.find((one) => !one.background && (one.when === 'import' || one.when === 'startup' || one.when === 'request'))
  if (!run) return
  const values = read.target ? program.values(read.target, made.scope) : []
  yield {
    means: meansOf(made), made, begun, run, ...read,
    targets: targets ?? values.flatMap((value) => (value.kind === 'function' ? [value.fn] : [])),
    outside: values.flatMap((value) => (value.kind === 'name' ? [value.name] : [])),
  }
}
function meansOf(made: PyCall): Start['means'] {
  const name = made.names.join(' ')
  return /Timer/.test(name) ? 'timer' : /Process\b/.test(name) ? 'process' : /Executor\(\)/.test(name) ? 'pool' : /Thread|start_new_thread/.test(name) || name === '' ? 'thread' : 'task'
}
function readTarget(made: PyCall): Target {
  const timer = made.names.includes('threading.Timer')
  const target = made.kwargs.get(timer ? 'function' : 'target') ?? made.args[1]
  const args = made.kwargs.get('args') ?? made.args[timer ? 2 : 3]
  const kwargs = made.kwargs.get('kwargs') ?? made.args[timer ? 3 : 4]
  const listed = args === undefined || args.kind === 'tuple' || args.kind === 'list'
  return {
    target,
    args: listed ? (args?.children ?? []).filter((child) => child.kind !== 'comment') : [],
    kwargs: new Map(),
    opaque: made.spread || !listed || (kwargs !== undefined && kwargs.kind !== 'none'),
  }
}
function receiver(call: PyCall): PyNode | undefined {
  const callee = field(call.node, 'function')
  const object = callee?.kind === 'attribute' ? field(callee, 'object') : undefined
  return object && bare(object)
}
function begins_(program: PythonProgram, call: PyCall, made: PyCall): boolean {
  const object = receiver(call)
  if (!object || call.module !== made.module) return object !== undefined && program.definitions(object, call.scope).some((one) => bare(one.node) === made.node)
  return object === made.node || program.definitions(object, call.scope).some((one) => bare(one.node) === made.node)
}
/** `threads.append(Thread(…))` … `for t in threads: t.start()`. */
function startedInLoop(program: PythonProgram, made: PyCall): PySite | undefined {
  for (const call of program.calls()) {
    if (call.fn !== made.fn || call.module !== made.module || call.node.start < made.node.start || call.args.length + call.kwargs.size > 0) continue
    const callee = field(call.node, 'function')
    const method = callee?.kind === 'attribute' ? field(callee, 'attribute') : undefined
    const object = receiver(call)
    if (!method || program.text(method, call.module) !== 'start' || object?.kind !== 'identifier') continue
    if (program.bindings(program.text(object, call.module), call.scope).some((binding) => binding.kind === 'loop')) return call
  }
  return undefined
}
function methodOf(program: PythonProgram, cls: PyClass, name: string): PyFunction | undefined {
  for (const binding of cls.scope.bindings.get(name) ?? []) if (binding.kind === 'function') return binding.fn
  for (const base of cls.bases) for (const value of program.values(base, cls.scope.parent ?? cls.scope)) if (value.kind === 'class' && value.cls !== cls) return methodOf(program, value.cls, name)
  return undefined
}

/**
 * Does the code that starts the work wait for it? 'bounded' when it gives up after a timeout.
 * Waiting is `.join()`, `.result()`, a queue's `.get()`, an event's `.wait()`, leaving an executor's `with`, `await`, as_completed and the like.
 */
export function waitedFor(program: PythonProgram, start: Start): 'yes' | 'bounded' | 'no' {
  const statement = statementOf(start.begun.node)
  if (ancestor(start.begun.node, 'await') || ancestor(start.made.node, 'await') || statement.kind === 'return_statement' && start.means === 'task') return 'yes'
  const home = ancestor(start.begun.node, 'function_definition', 'module') ?? start.begun.module.root
  if (start.means === 'pool' && inExecutorWith(program, start)) return 'yes'
  let answer: 'bounded' | 'no' = 'no'
  for (const node of walk(home)) {
    if (node.kind !== 'call' || node.start < start.begun.node.end || !isLive(program, node, start.begun.scope)) continue
    const callee = field(node, 'function')
    const args = (field(node, 'arguments')?.children ?? []).filter((child) => child.kind !== 'comment')
    if (!callee) continue
    const text = program.text(callee, start.begun.module)
    if (/(^|\.)(as_completed|wait_for|gather|asyncio\.wait|futures\.wait|joinall)$/.test(text)) return 'yes'
    if (callee.kind !== 'attribute') continue
    const method = text.slice(text.lastIndexOf('.') + 1)
    if (method === 'join' && (args.length === 0 || isTimeout(args, program, start))) {
      if (args.length === 0) return 'yes'
      answer = 'bounded'
    }
    if (method === 'result' && start.means !== 'thread' && text.split('.').length >= 2) return 'yes'
    if ((method === 'get' || method === 'wait') && onWaitable(program, callee, start.begun.scope)) return 'yes'
    if (method === 'shutdown' && start.means === 'pool' && !/wait\s*=\s*False/.test(program.text(node, start.begun.module))) return 'yes'
  }
  return answer
}
/** Code switched off on the host waits for nobody there. */
function isLive(program: PythonProgram, node: PyNode, scope: PyScope): boolean {
  for (let at = node; at.parent; at = at.parent) {
    const condition = at.parent.kind === 'if_statement' ? field(at.parent, 'condition') : undefined
    if (condition && at.field === 'consequence' && program.guards.test(condition, scope) === false) return false
  }
  return true
}
function isTimeout(args: readonly PyNode[], program: PythonProgram, start: Start): boolean {
  const [only] = args
  return args.length === 1 && only !== undefined && (/^(integer|float)$/.test(only.kind) || (only.kind === 'keyword_argument' && program.text(only, start.begun.module).startsWith('timeout')))
}
function onWaitable(program: PythonProgram, callee: PyNode, scope: PyScope): boolean {
  const object = field(callee, 'object')
  return object !== undefined && program.origins(object, scope).some((origin) => /^(queue\.\w*Queue|threading\.(Event|Condition|Barrier)|multiprocessing\.(\w*Queue|Event)|asyncio\.\w+)\(\)$/.test(origin))
}
function inExecutorWith(program: PythonProgram, start: Start): boolean {
  for (let at = ancestor(start.made.node, 'with_statement'); at; at = ancestor(at, 'with_statement')) {
    const clause = at.children.find((child) => child.kind === 'with_clause')
    if (clause && /Executor\(/.test(program.text(clause, start.made.module))) return true
  }
  return false
}
