import type { Change, Problem, Program, Remedy, Rule, RuleContext } from '../../../src/types.js'
import { cronRemedy, jobOf, problemWithState } from '../../../src/lang/python/cron-route.js'
import { guardedOff } from '../../../src/lang/python/host-guard.js'
import { rearming } from '../../../src/lang/python/known-background.js'
import { callable, type Given } from '../../../src/lang/python/one-round.js'
import { every, everySeconds, type Timing } from '../../../src/lang/python/schedules.js'
import { numberOf } from '../../../src/lang/python/seconds.js'
import { severityFor } from '../../../src/lang/python/severity.js'
import { sharedWithRequests } from '../../../src/lang/python/shared-state.js'
import { guardStart } from '../../../src/lang/python/start-guard.js'
import { field, statementOf, type PyCall, type PyFunction, type PyNode, type PySite } from '../../../src/lang/python/program.js'

/** Allowed remedy: review or more careful. */
export const bgRearmedTimer = {
  id: 'bg-rearmed-timer',
  title: 'Timer that arms itself again',
  hazard: 'in-process-scheduler',
  language: 'python',
  assumes: 'scheduler',
  severity: 'breaks',
  *check(program: Program, context: RuleContext): Generator<Problem> {
    for (const { fn } of program.functions()) {
      const timer = rearming(program, fn)
      // A timer that starts in a request and only then repeats is found there too: it is the same loop.
      const run = timer?.runs.find((one) => one.when === 'import' || one.when === 'startup' || one.when === 'request')
      const started = timer && startOf(program, timer)
      if (!timer || !run || !started) continue
      const delay = timer.kwargs.get('interval') ?? timer.args[0]
      const known = delay && numberOf(program, delay, timer.scope)
      const pace = known && known.value > 0 ? every(known.value) : 'again and again'
      yield {
        path: timer.module.path, range: { start: timer.node.start, end: timer.node.end }, when: run.when as Problem['when'], severity: severityFor(run, 'breaks'),
        trace: program.trace(timer, `${fn.qualname}() arms a timer for itself`, run),
        message: `${fn.qualname}() sets a timer that calls it again, ${pace}. On the host the process sleeps between requests and exists several times or not at all, so timers fire late, twice or never, without an error. Let a schedule call ${fn.qualname}() through a route, or run it as a worker elsewhere.`,
        remedy: remedyFor(program, context, fn, timer, started, pace, known ? everySeconds(known.value, jobOf(program, fn)) : { kind: 'unknown', why: 'the delay is known only while it runs' }),
      }
    }
  },
} satisfies Rule

function startOf(program: Program, timer: PyCall): PySite | undefined {
  for (const call of program.calls('threading.Timer().start')) {
    const callee = field(call.node, 'function')
    const object = callee && field(callee, 'object')
    if (object && (object === timer.node || program.definitions(object, call.scope).some((one) => one.node === timer.node))) return call
  }
  return undefined
}

/** The function is one round already: its own timer and whatever begins the chain are guarded off. */
function remedyFor(program: Program, context: RuleContext, fn: PyFunction, timer: PyCall, started: PySite, pace: string, timing: Timing): Remedy {
  const manual = (why: string): Remedy => ({ kind: 'manual', reason: `${fn.qualname}() was not moved to the host's schedule, because ${why}. Call it from a route that checks a secret, let a schedule call that route, and keep the timer off on the host.` })
  const target = timer.kwargs.get('function') ?? timer.args[1]
  if (!target || !program.values(target, timer.scope).some((value) => value.kind === 'function' && value.fn === fn)) return manual('it and another function arm each other')
  const list = timer.kwargs.get('args') ?? timer.args[2]
  if (timer.spread || timer.kwargs.has('kwargs') || timer.args.length > 3 || (list && list.kind !== 'list' && list.kind !== 'tuple')) return manual('what it is given can\'t be read off the code')
  const object = target.kind === 'attribute' ? field(target, 'object') : undefined
  const given = (node: PyNode): Given => ({ node, scope: timer.scope })
  const round = callable(program, fn, { args: (list?.children ?? []).filter((child) => child.kind !== 'comment').map(given), kwargs: new Map(), self: object && given(object) })
  if ('refused' in round) return manual(round.refused)
  const state = problemWithState(program, sharedWithRequests(program, [fn]))
  if (state.blocking !== undefined) return manual(state.blocking)
  const own = guardStart(program, context.target, started, timer)
  if ('refused' in own) return manual(own.refused)
  const begins = beginnings(program, context, fn, timer)
  if (typeof begins === 'string') return manual(begins)
  return cronRemedy(program, context, [{ name: jobOf(program, fn), means: 'a timer', pace, timing, round }], [...own, ...begins], state.note)
}

/** Whatever starts the chain with the app, put under the guard. */
function beginnings(program: Program, { target }: RuleContext, fn: PyFunction, timer: PyCall): readonly Change[] | string {
  const out: Change[] = []
  let found = 0
  const atStart = (site: PySite): boolean => site.runs.some((run) => run.when === 'import' || run.when === 'startup')
  for (const call of program.callers(fn)) {
    if (call.fn === fn || !atStart(call)) continue
    found++
    const statement = statementOf(call.node)
    const edits = statement.kind === 'expression_statement' && statement.children[0] === call.node && call.module.brokenAt === undefined ? guardedOff(target, call.module, call.scope, statement) : undefined
    if (!edits) return `the call that begins it (${call.module.path}:${program.line(call.node, call.module)}) is part of a larger statement`
    out.push(...edits)
  }
  for (const made of program.calls('threading.Timer', 'threading.Thread')) {
    const passed = made.kwargs.get('function') ?? made.kwargs.get('target') ?? made.args[1]
    if (made.node === timer.node || made.fn === fn || !atStart(made) || !passed || !program.values(passed, made.scope).some((value) => value.kind === 'function' && value.fn === fn)) continue
    found++
    const statement = statementOf(made.node)
    const edits = statement.kind === 'expression_statement' && statement.children[0]?.kind === 'call' ? guardedOff(target, made.module, made.scope, statement) : undefined
    if (!edits) return `the timer that begins it (${made.module.path}:${program.line(made.node, made.module)}) is kept under a name`
    out.push(...edits)
  }
  return found === 0 ? 'a request begins it' : out
}
