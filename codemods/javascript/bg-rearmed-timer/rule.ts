import { cronRemedy, jobOf, roundOf, wantedName } from '../../../src/lang/javascript/background/cron-route.js'
import { armedBy, timersOf, type Timer } from '../../../src/lang/javascript/background/timers.js'
import { field, literalText, type JsCall, type JsFunction, type JsNode } from '../../../src/lang/javascript/program.js'
import type { Run } from '../../../src/lang/runs.js'
import { every, everySeconds, type Timing } from '../../../src/lang/schedules.js'
import { severityFor } from '../../../src/lang/severity.js'
import type { JsProgram, Problem, Remedy, Rule, RuleContext } from '../../../src/types.js'

/** Allowed remedy: review or more careful. */
export const bgRearmedTimer = {
  id: 'bg-rearmed-timer',
  title: 'Timer that sets itself again',
  hazard: 'in-process-scheduler',
  language: 'javascript',
  assumes: 'scheduler',
  severity: 'breaks',
  *check(program: JsProgram, context: RuleContext): Generator<Problem> {
    const seen = new Set<JsNode>()
    for (const timer of timersOf(program)) {
      const fn = timer.kind === 'timeout' ? armedBy(program, timer) : undefined
      const run = timer.call.runs.find(({ when }) => when === 'import' || when === 'startup')
      if (!fn || !run || seen.has(fn.node) || triesAgain(program, timer.call.node, fn)) continue
      seen.add(fn.node)
      yield problemOf(program, context, timer, fn, run)
    }
  },
} satisfies Rule

/** Only after a failure, such as a connection that was lost. */
function triesAgain(program: JsProgram, node: JsNode, fn: JsFunction): boolean {
  for (let at: JsNode | undefined = node; at && at !== fn.node; at = at.parent) {
    if (at.kind === 'CatchClause') return true
    const call = at.parent?.kind === 'CallExpression' && at.field === 'arguments' ? at.parent : undefined
    const method = call && program.text(field(call, 'expression') ?? call)
    const event = call && field(call, 'arguments')
    if (method !== undefined && (/\.catch$/.test(method) || (/\.(on|once)$/.test(method) && event && /^(error|close|end|disconnected|disconnect)$/.test(literalText(event, fn.module.text) ?? '')))) return true
    const test = at.kind === 'IfStatement' ? field(at, 'expression') : undefined
    if (test && /\b(err|error|fail|retr|attempt|tries)\w*/i.test(program.text(test))) return true
  }
  return false
}

function problemOf(program: JsProgram, context: RuleContext, timer: Timer, fn: JsFunction, run: Run): Problem {
  const { call, seconds } = timer
  const pace = seconds === undefined || seconds <= 0 ? 'again and again' : every(seconds)
  const name = fn.name === '' ? 'A function' : `${fn.name}()`
  return {
    path: call.module.path, range: { start: call.node.start, end: call.node.end }, when: run.when === 'startup' ? 'startup' : 'import', severity: severityFor(run, 'breaks'),
    trace: program.trace(call, `sets the timer for ${name} again`, run),
    message: `${name} sets a timer for itself each time it runs, so it is called ${pace} from the start of the app on. On the host the process sleeps between requests and exists several times or not at all, so the chain stalls, or runs in several copies. Let a schedule call a route that runs it once, or run it as a worker elsewhere.`,
    remedy: remedyFor(program, context, timer, fn, pace),
  }
}
function remedyFor(program: JsProgram, context: RuleContext, { call, callback, seconds }: Timer, fn: JsFunction, pace: string): Remedy {
  const manual = (why: string): Remedy => ({ kind: 'manual', reason: `It was not moved to the host's schedule, because ${why}. Move one round of the work into a function, call it from a route that checks a secret, and let a schedule call that route.` })
  const starts = program.callers(fn).filter((site) => site.runs.some(({ when }) => when === 'import' || when === 'startup'))
  const [start] = starts
  if (!start || starts.length > 1) return manual('it is started in more than one place, or by something else than a call')
  const round = roundOf(program, callback, wantedName(program, call))
  if ('refused' in round) return manual(round.refused)
  const name = jobOf(round)
  const timing: Timing = seconds === undefined || seconds <= 0 ? { kind: 'unknown', why: 'its interval is known only while it runs' } : everySeconds(seconds, name)
  return cronRemedy(program, context, { name, means: 'a timer that sets itself again', pace, timing, round, begun: call, also: start satisfies JsCall, isTimer: true })
}
