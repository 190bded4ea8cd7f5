import { cronRemedy, jobOf, roundOf, wantedName } from '../../../src/lang/javascript/background/cron-route.js'
import { floatingCalls, type Floating } from '../../../src/lang/javascript/background/floating.js'
import { armedBy, isUnreferenced, nameOf, onlyGivesUp, onlyTidies, settlesPromise, timersOf, type Timer } from '../../../src/lang/javascript/background/timers.js'
import type { JsCall } from '../../../src/lang/javascript/program.js'
import type { Run } from '../../../src/lang/runs.js'
import { every, everySeconds, type Timing } from '../../../src/lang/schedules.js'
import { severityFor } from '../../../src/lang/severity.js'
import type { JsProgram, Problem, Remedy, Rule, RuleContext } from '../../../src/types.js'

/** Allowed remedy: review or more careful. */
export const bgThreadAtImport = {
  id: 'bg-thread-at-import',
  title: 'Background work started with the app',
  hazard: 'background-thread',
  language: 'javascript',
  assumes: 'background-work',
  severity: 'breaks',
  *check(program: JsProgram, context: RuleContext): Generator<Problem> {
    for (const timer of timersOf(program)) {
      const run = startRun(timer.call)
      if (!run || settlesPromise(program, timer.call.node) || onlyGivesUp(program, timer)) continue
      if (timer.kind === 'interval') yield ofInterval(program, context, timer, run)
      else if (timer.kind === 'timeout' && (timer.seconds ?? 1) >= 1 && timer.fns.length > 0 && !isUnreferenced(program, timer) && !armedBy(program, timer)) yield ofDelay(program, timer, run)
    }
    for (const floating of floatingCalls(program)) {
      const run = startRun(floating.call)
      if (run && floating.fns.some((fn) => sweeps.test(fn.name.split('.').at(-1) ?? ''))) yield ofSweep(program, floating, run)
    }
    for (const call of program.calls('worker_threads.Worker', 'Worker')) {
      const run = startRun(call)
      if (run && call.isNew) yield ofWorker(program, call, run)
    }
  },
} satisfies Rule

/** Work over what is stored, told by its name: the start of the app itself is async as well. */
const sweeps = /^(clean|cleanup|sweep|purge|expire|prune|removeOld|removeStale|removeExpired|deleteOld|deleteStale|deleteExpired|refresh|warmUp|warmup|prefetch|backfill|recompute|rebuild|reindex)([A-Z_]|$)/

function startRun(call: JsCall): Run | undefined {
  return call.runs.find(({ when, background }) => !background && (when === 'import' || when === 'startup'))
}
function at(program: JsProgram, call: JsCall, run: Run, note: string): Pick<Problem, 'path' | 'range' | 'when' | 'trace'> {
  return { path: call.module.path, range: { start: call.node.start, end: call.node.end }, when: run.when === 'startup' ? 'startup' : 'import', trace: program.trace(call, note, run) }
}

function ofInterval(program: JsProgram, context: RuleContext, timer: Timer, run: Run): Problem {
  const { call, seconds } = timer
  const what = capital(nameOf(program, timer.callback, timer.fns))
  const pace = seconds === undefined || seconds <= 0 ? 'again and again' : every(seconds)
  const base = at(program, call, run, `calls ${nameOf(program, timer.callback, timer.fns)} ${pace}`)
  if (onlyTidies(program, timer) || isUnreferenced(program, timer)) {
    return {
      ...base, severity: 'advice',
      message: `${what} is called ${pace} by a timer that starts with the app, and only looks after what this process holds. On the host the timer stands still between requests, which does no harm; entries just live longer. Check ages when an entry is used, and the timer is not needed.`,
      remedy: { kind: 'manual', reason: 'Nothing has to be done; what it tidies ends with the process anyway.' },
    }
  }
  return {
    ...base, severity: severityFor(run, 'breaks'),
    message: `${what} is called ${pace} by a timer that starts with the app. On the host the process sleeps between requests and exists several times or not at all, so the work is skipped or done twice, without an error. Let a schedule call a route that does it once, or run it as a worker elsewhere.`,
    remedy: remedyFor(program, context, timer, pace),
  }
}
function remedyFor(program: JsProgram, context: RuleContext, { call, callback, seconds }: Timer, pace: string): Remedy {
  const round = roundOf(program, callback, wantedName(program, call))
  if ('refused' in round) return { kind: 'manual', reason: `It was not moved to the host's schedule, because ${round.refused}. Move one round of the work into a function, call it from a route that checks a secret, and let a schedule call that route.` }
  const name = jobOf(round)
  const timing: Timing = seconds === undefined || seconds <= 0 ? { kind: 'unknown', why: 'its interval is known only while it runs' } : everySeconds(seconds, name)
  return cronRemedy(program, context, { name, means: 'a timer in the app', pace, timing, round, begun: call, isTimer: true })
}

function ofDelay(program: JsProgram, { call, callback, fns }: Timer, run: Run): Problem {
  const what = capital(nameOf(program, callback, fns))
  return {
    ...at(program, call, run, `calls ${nameOf(program, callback, fns)} a while after the start`), severity: severityFor(run, 'degrades'),
    message: `${what} is called a while after the app has started. On the host that happens again in each new instance, and an instance that has answered is frozen, so it runs late or never. Do it at build time, before the first use, or let a schedule call it.`,
    remedy: { kind: 'manual', reason: 'Whether it may run at once, later or not at all is a decision about what it does.' },
  }
}
function ofSweep(program: JsProgram, { call, what }: Floating, run: Run): Problem {
  return {
    ...at(program, call, run, `starts ${what} and goes on`), severity: severityFor(run, 'degrades'),
    message: `${what} runs once with each start of the app, and nobody waits for it. On the host a start happens with each new instance, often several at a time, and an instance that has answered is frozen: the work is repeated, and cut off in the middle. Let a schedule call it, or do it at build time.`,
    remedy: { kind: 'manual', reason: 'How often it has to run is not in the code: the start of the app was its only clock.' },
  }
}
function ofWorker(program: JsProgram, call: JsCall, run: Run): Problem {
  const [script] = call.args
  const name = script ? program.text(script).split(/\r|\n/)[0]?.slice(0, 60) : 'a file'
  return {
    ...at(program, call, run, `starts a thread for ${name}`), severity: severityFor(run, 'breaks'),
    message: `A worker thread (${name}) starts with the app. On the host the process sleeps between requests and exists several times or not at all, so what the thread does by itself is lost or done twice, and its file has to be part of the bundle. Run it as a worker on a host that keeps processes, or start it in the request that waits for it.`,
    remedy: { kind: 'manual', reason: 'What the thread does between requests can\'t be told from the code that starts it.' },
  }
}
const capital = (text: string): string => (/^[\w$.]+\(\)/.test(text) ? text : (text[0] ?? '').toUpperCase() + text.slice(1))
