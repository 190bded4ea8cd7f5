import type { Change, Problem, PythonProgram, Remedy, Rule, RuleContext } from '../../../src/types.js'
import { backgroundStarts } from '../../../src/lang/python/background/background.js'
import { cronRemedy, jobOf, problemWithState } from '../../../src/lang/python/background/cron-route.js'
import { guardedOff } from '../../../src/lang/python/settings/host-guard.js'
import { rearming, repeats } from '../../../src/lang/python/background/known-background.js'
import { callable, type Given } from '../../../src/lang/python/background/one-round.js'
import { every, everySeconds, type Timing } from '../../../src/lang/schedules.js'
import { numberOf } from '../../../src/lang/python/background/seconds.js'
import { severityFor } from '../../../src/lang/python/severity.js'
import { guardStart } from '../../../src/lang/python/background/start-guard.js'
import { bare, field, statementOf, type PyCall, type PyFunction, type PyNode, type PySite, type Run } from '../../../src/lang/python/program.js'

/** Allowed remedy: review or more careful. */
export const bgRearmedTimer = {
  id: 'bg-rearmed-timer',
  title: 'Timer that arms itself again',
  hazard: 'in-process-scheduler',
  language: 'python',
  assumes: 'scheduler',
  severity: 'breaks',
  *check(program: PythonProgram, context: RuleContext): Generator<Problem> {
    for (const { fn } of program.functions()) {
      const timer = rearming(program, fn)
      // A timer that starts in a request and only then repeats is found there too: it is the same loop.
      const run = timer?.runs.find((one) => one.when === 'import' || one.when === 'startup' || one.when === 'request')
      const started = timer && startOf(program, timer)
      if (timer && run && started) yield problemOf(program, context, { timer, started, run, fn, repeats: false })
    }
    for (const start of backgroundStarts(program)) {
      if (!repeats(program, start)) continue
      const timer = madeBy(program, start)
      const target = timer && (timer.kwargs.get('function') ?? timer.args[1])
      const [value] = target ? program.values(target, timer.scope) : []
      if (timer && value?.kind === 'function') yield problemOf(program, context, { timer, started: start.begun, run: start.run, fn: value.fn, repeats: true })
    }
  },
} satisfies Rule

type Chain = { readonly timer: PyCall; readonly started: PySite; readonly run: Run; readonly fn: PyFunction; /** The timer itself repeats; the function only works. */ readonly repeats: boolean }

function problemOf(program: PythonProgram, context: RuleContext, chain: Chain): Problem {
  const { timer, run, fn } = chain
  const delay = timer.kwargs.get('interval') ?? timer.args[0]
  const known = delay && numberOf(program, delay, timer.scope)
  const pace = known && known.value > 0 ? every(known.value) : 'again and again'
  const timing: Timing = known && known.value > 0 ? everySeconds(known.value, jobOf(program, fn)) : { kind: 'unknown', why: 'the delay is known only while it runs' }
  return {
    path: timer.module.path, range: { start: timer.node.start, end: timer.node.end }, when: run.when as Problem['when'], severity: severityFor(run, 'breaks'),
    trace: program.trace(timer, chain.repeats ? `a timer repeats ${fn.qualname}()` : `${fn.qualname}() arms a timer for itself`, run),
    message: `A timer calls ${fn.qualname}() ${pace}. On the host the process sleeps between requests and exists several times or not at all, so timers fire late, twice or never, without an error. Let a schedule call ${fn.qualname}() through a route, or run it as a worker elsewhere.`,
    remedy: remedyFor(program, context, chain, pace, timing),
  }
}

/** `RepeatTimer(5, work)` behind the name that is started. */
function madeBy(program: PythonProgram, { begun }: { readonly begun: PySite }): PyCall | undefined {
  const callee = field(begun.node, 'function')
  const object = callee && bare(field(callee, 'object') ?? callee)
  const [home] = object?.kind === 'call' ? [{ node: object, scope: begun.scope }] : object ? program.definitions(object, begun.scope) : []
  const site = home && home.node.kind === 'call' ? program.siteOf(home.node, home.scope) : undefined
  return site && program.callAt(site)
}

function startOf(program: PythonProgram, timer: PyCall): PySite | undefined {
  const starts = [...program.calls('threading.Timer().start', 'threading.Thread().start')].filter((call) => {
    const callee = field(call.node, 'function')
    const object = callee && field(callee, 'object')
    return object !== undefined && (object === timer.node || program.definitions(object, call.scope).some((one) => one.node === timer.node))
  })
  return starts.find((call) => call.fn === timer.fn && call.module === timer.module && call.node.start >= timer.node.start) ?? starts[0]
}

/** The function is one round already: its own timer and whatever begins the chain are guarded off. */
function remedyFor(program: PythonProgram, context: RuleContext, { fn, timer, started, run, repeats: repeated }: Chain, pace: string, timing: Timing): Remedy {
  const manual = (why: string): Remedy => ({ kind: 'manual', reason: `${fn.qualname}() was not moved to the host's schedule, because ${why}. Call it from a route that checks a secret, let a schedule call that route, and keep the timer off on the host.` })
  const target = timer.kwargs.get('function') ?? timer.args[1]
  if (!target || !program.values(target, timer.scope).some((value) => value.kind === 'function' && value.fn === fn)) return manual('it and another function arm each other')
  const list = timer.kwargs.get('args') ?? timer.args[2]
  if (timer.spread || timer.kwargs.has('kwargs') || timer.args.length > 3 || (list && list.kind !== 'list' && list.kind !== 'tuple')) return manual('what it is given can\'t be read off the code')
  const object = target.kind === 'attribute' ? field(target, 'object') : undefined
  const given = (node: PyNode): Given => ({ node, scope: timer.scope })
  const round = callable(program, fn, { args: (list?.children ?? []).filter((child) => child.kind !== 'comment').map(given), kwargs: new Map(), self: object && given(object) })
  if ('refused' in round) return manual(round.refused)
  const state = problemWithState(program, [fn])
  if (state.blocking !== undefined) return manual(state.blocking)
  const own = guardStart(program, context.target, started, timer)
  if ('refused' in own) return manual(own.refused)
  if (repeated && run.when === 'request') return manual('a request begins it')
  const begins = repeated ? [] : beginnings(program, context, fn, timer)
  if (typeof begins === 'string') return manual(begins)
  return cronRemedy(program, context, [{ name: jobOf(program, fn), means: 'a timer', pace, timing, round }], [...own, ...begins], state.note)
}

/** Whatever starts the chain with the app, put under the guard. */
function beginnings(program: PythonProgram, { target }: RuleContext, fn: PyFunction, timer: PyCall): readonly Change[] | string {
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
    const begun = startOf(program, made)
    const edits = begun ? guardStart(program, target, begun, made) : { refused: 'its start was not found' }
    if ('refused' in edits) return `the timer that begins it (${made.module.path}:${program.line(made.node, made.module)}) can't be guarded: ${edits.refused}`
    out.push(...edits)
  }
  return found === 0 ? 'a request begins it' : out
}
