/** From a thread that repeats something to a scheduled route: the parts put together, or the reason why not. */
import type { Remedy, RuleContext } from '../../../types.js'
import type { Start } from './background.js'
import { cronRemedy, jobOf, problemWithState } from './cron-route.js'
import { endlessLoop, isTalk, type Endless } from './loops.js'
import { calledFunction, roundOf, type Bound, type Given } from './one-round.js'
import { every, everySeconds, type Timing } from '../../schedules.js'
import { guardStart } from './start-guard.js'
import { bare, field } from '../tree.js'
import type { PythonProgram } from '../program.js'
import type { PyFunction } from '../types.js'

/** The loop that a start ends up in, and what its function is given. */
export type Behind = { readonly loop: Endless; readonly bound: Bound }

export function loopBehind(program: PythonProgram, start: Start): Behind | undefined {
  const [fn] = start.targets
  return fn && start.targets.length === 1 ? follow(program, fn, boundBy(start), 0) : undefined
}
function boundBy(start: Start): Bound {
  const scope = start.made.scope
  const given = (node: Given['node']): Given => ({ node, scope })
  const callee = start.target ?? field(start.begun.node, 'function')
  const object = callee?.kind === 'attribute' ? field(callee, 'object') : undefined
  return { args: start.args.map(given), kwargs: new Map([...start.kwargs].map(([name, node]) => [name, given(node)])), self: object && given(bare(object)) }
}
/** Through `lambda: loop(app)` and `def run(): loop()`. */
function follow(program: PythonProgram, fn: PyFunction, bound: Bound, depth: number): Behind | undefined {
  const loop = endlessLoop(program, fn)
  if (loop) return { loop, bound }
  const statements = fn.isLambda ? [fn.body] : fn.body.children.filter((child) => child.kind !== 'comment' && !isTalk(program, child, fn) && child.children[0]?.kind !== 'string')
  const [only] = statements
  if (depth > 2 || !only || statements.length !== 1) return undefined
  if (only.kind === 'with_statement' && /\.app_context\(\)\s*:/.test(program.text(only, fn.module).split('\n')[0] ?? '')) {
    const inner = (field(only, 'body')?.children ?? []).filter((child) => child.kind !== 'comment' && !isTalk(program, child, fn))
    return inner.length === 1 && inner[0] ? into(program, inner[0], fn, bound, depth) : undefined
  }
  return into(program, only, fn, bound, depth)
}
function into(program: PythonProgram, statement: Given['node'], fn: PyFunction, bound: Bound, depth: number): Behind | undefined {
  const call = bare(statement.kind === 'expression_statement' ? (statement.children[0] ?? statement) : statement)
  const inner = call.kind === 'call' ? calledFunction(program, call, fn, bound) : undefined
  const [next] = inner?.functions ?? []
  if (!inner || !next) return undefined
  const callee = field(call, 'function')
  const object = callee?.kind === 'attribute' ? field(callee, 'object') : undefined
  const positional = inner.args.filter((arg) => arg.name === undefined).map((arg) => arg.value)
  const named = new Map(inner.args.flatMap((arg) => (arg.name === undefined ? [] : [[arg.name, arg.value] as const])))
  return follow(program, next, { args: positional, kwargs: named, self: next.cls && object ? { node: bare(object), scope: fn.scope } : undefined }, depth + 1)
}

export type Pace = { readonly text: string; readonly timing: Timing }
/** How often a loop comes round. */
export function paceOf(loop: Extract<Endless, { kind: 'poller' }>, job: string): Pace {
  if (loop.seconds === undefined) return { text: `with a pause of ${loop.wait === '' ? 'unknown length' : loop.wait}`, timing: { kind: 'unknown', why: 'how long it waits is known only while it runs' } }
  const timing = everySeconds(loop.seconds, job)
  const note = loop.env === undefined ? undefined : `the pace came from ${loop.env} and is fixed now`
  return { text: every(loop.seconds), timing: timing.kind === 'cron' && note !== undefined ? { ...timing, note: timing.note === undefined ? note : `${timing.note}; ${note}` } : timing }
}

function meansOf({ means }: Start): string {
  return means === 'process' ? 'a process' : means === 'task' ? 'a background task' : 'a thread'
}

/** The remedy for a start whose loop was found. */
export function remedyForStart(program: PythonProgram, context: RuleContext, start: Start, behind: Behind): Remedy {
  const { loop, bound } = behind
  const manual = (why: string): Remedy => ({ kind: 'manual', reason: `The loop of ${loop.fn.qualname}() was not turned into a scheduled job, because ${why}. Move one round of the work into a function that needs no memory of the last one, call it from a route that checks a secret, and let a scheduler or a worker elsewhere run it.` })
  if (loop.kind === 'other') return manual(`it ${loop.why}`)
  if (start.opaque) return manual('what it is given can\'t be read off the code')
  const round = roundOf(program, loop, bound)
  if ('refused' in round) return manual(round.refused)
  const state = problemWithState(program, [...new Set([loop.fn, ...round.functions])])
  if (state.blocking !== undefined) return manual(state.blocking)
  const guard = guardStart(program, context.target, start.begun, start.made)
  if ('refused' in guard) return manual(guard.refused)
  const name = jobOf(program, round.changes.length > 0 ? loop.fn : (round.functions[0] ?? loop.fn))
  const pace = paceOf(loop, name)
  return cronRemedy(program, context, [{ name, means: meansOf(start), pace: pace.text, timing: pace.timing, round }], guard, state.note)
}
