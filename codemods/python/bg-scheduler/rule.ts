import type { Problem, PythonProgram, Remedy, Rule, RuleContext } from '../../../src/types.js'
import { backgroundStarts } from '../../../src/lang/python/background/background.js'
import { cronRemedy, problemWithState, type Job } from '../../../src/lang/python/background/cron-route.js'
import { runsPending } from '../../../src/lang/python/background/known-background.js'
import { endlessLoop, isTalk } from '../../../src/lang/python/background/loops.js'
import { apschedulerJobs, identityOf, scheduleJobs, schedulerStart, type PlannedJob } from '../../../src/lang/python/background/scheduler-jobs.js'
import { severityFor } from '../../../src/lang/python/severity.js'
import { configuredJobs } from '../../../src/lang/python/background/periodic/flask-jobs.js'
import { guardStart } from '../../../src/lang/python/background/start-guard.js'
import { servedRun, shortened } from './jobs.js'
import { ofRepeatEvery } from './repeat-every.js'
import { ofWorkers } from './workers.js'
import { field, type PyCall, type PyFunction, type PyNode, type PySite, type Run } from '../../../src/lang/python/program.js'

/** Allowed remedy: review or more careful. */
export const bgScheduler = {
  id: 'bg-scheduler',
  title: 'Scheduler inside the app',
  hazard: 'in-process-scheduler',
  language: 'python',
  assumes: 'scheduler',
  severity: 'breaks',
  *check(program: PythonProgram, context: RuleContext): Generator<Problem> {
    yield* ofApscheduler(program, context)
    yield* ofSchedule(program, context)
    yield* ofRepeatEvery(program)
    yield* ofWorkers(program, context)
  },
} satisfies Rule

/** Added by a call, or written into the configuration. */
type Scheduled = PlannedJob & { readonly call?: PyCall }

function* ofApscheduler(program: PythonProgram, context: RuleContext): Generator<Problem> {
  const jobs = [...apschedulerJobs(program)]
  const seen = new Set<PyNode>()
  for (const start of program.callsMatching(schedulerStart)) {
    const run = servedRun(start)
    const [identity = start.node] = identityOf(program, start)
    if (!run || seen.has(identity)) continue
    seen.add(identity)
    const ownAll = identityOf(program, start)
    const own = jobs.filter(({ owner }) => owner.length === 0 || ownAll.length === 0 || owner.some((node) => ownAll.includes(node)))
    const configured = start.names.some((name) => name.startsWith('flask_apscheduler.')) ? [...configuredJobs(program)] : []
    if (own.length + configured.length === 0) continue
    yield problemAt(program, context, start, run, 'starts a scheduler inside the app', [...own, ...configured], undefined, start)
  }
}

/** A thread whose loop is `schedule.run_pending()`. */
function* ofSchedule(program: PythonProgram, context: RuleContext): Generator<Problem> {
  const jobs = [...scheduleJobs(program)]
  for (const start of backgroundStarts(program)) {
    const [fn] = start.targets
    if (!fn || runsPending(program, fn) === undefined || jobs.length === 0) continue
    yield problemAt(program, context, start.made, start.run, 'starts a thread that runs scheduled jobs', jobs, otherWork(program, fn), start.begun, start.made)
  }
  for (const call of program.callsMatching(/^schedule\.(Scheduler\(\)\.)?run_pending$/)) {
    const run = call.runs.find((one) => one.when === 'request' && !one.background)
    if (run && jobs.length > 0) yield problemAt(program, context, call, run, 'runs scheduled jobs while a request waits', jobs, 'requests run the jobs that are due', call)
  }
}
/** What the loop does besides running what is due, which no schedule would do. */
function otherWork(program: PythonProgram, fn: PyFunction): string | undefined {
  const loop = endlessLoop(program, fn)
  if (loop?.kind !== 'poller') return 'the loop that runs its jobs has another shape'
  const more = loop.work.filter((statement) => !isTalk(program, statement, fn) && statement.children[0] !== runsPending(program, fn))
  return more.length > 0 ? `the loop of ${fn.qualname}() does more than run what is due` : undefined
}

function problemAt(program: PythonProgram, context: RuleContext, site: PySite, run: Run, note: string, jobs: readonly Scheduled[], obstacle: string | undefined, begun: PySite, made?: PySite): Problem {
  const names = [...new Set(jobs.map(({ name }) => `${name}()`))]
  const what = names.length === 0 ? 'Its jobs' : shortened(names)
  const paces = [...new Set(jobs.map(({ pace }) => pace))]
  const blocking = program.callAt(site).names.some((name) => name.includes('BlockingScheduler'))
  const base = severityFor(run, blocking && run.when === 'import' ? 'blocks' : 'breaks')
  return {
    path: site.module.path, range: { start: site.node.start, end: site.node.end },
    when: run.when as Problem['when'], trace: program.trace(site, note, run), severity: base,
    message: `${what} ${names.length === 1 ? 'runs' : 'run'} by a scheduler inside the app${paces.length > 0 && paces.length < 3 ? `, ${paces.join(' and ')}` : ''}. ${blocking ? 'This scheduler also keeps the import from ending. ' : ''}On the host the process sleeps between requests and exists several times or not at all, so jobs are skipped or run more than once, without an error. Let the host's schedule call a route for each job, or run the scheduler as a worker elsewhere.`,
    remedy: remedyFor(program, context, jobs, obstacle ?? (run.when === 'request' ? 'a request starts the scheduler' : undefined), begun, made),
  }
}

function remedyFor(program: PythonProgram, context: RuleContext, scheduled: readonly Scheduled[], obstacle: string | undefined, begun: PySite, made: PySite | undefined): Remedy {
  const manual = (why: string): Remedy => ({ kind: 'manual', reason: `The jobs were not moved to the host's schedule, because ${why}. Write a route for each job that checks a secret, and let a schedule call it; or keep the scheduler in a worker process on another host.` })
  if (obstacle !== undefined) return manual(obstacle)
  const jobs: Job[] = []
  const functions = new Set<PyFunction>()
  for (const one of scheduled) {
    if (one.call && !isAddedAtStart(one.call)) return manual('jobs are added while requests are served')
    if ('refused' in one.round) return manual(one.round.refused)
    if (one.timing.kind === 'unknown' && /runs once/.test(one.timing.why)) return manual(`${one.name}(): ${one.timing.why}`)
    for (const fn of one.round.functions) functions.add(fn)
    jobs.push({ name: one.job, means: 'a scheduler in the app', pace: one.pace, timing: one.timing, round: one.round })
  }
  const state = problemWithState(program, [...functions])
  if (state.blocking !== undefined) return manual(state.blocking)
  const guard = guardStart(program, context.target, begun, made)
  return 'refused' in guard ? manual(guard.refused) : cronRemedy(program, context, jobs, guard, state.note)
}
function isAddedAtStart(call: PyCall): boolean {
  for (let at: PyNode | undefined = call.node; at && at.kind !== 'function_definition'; at = at.parent) if (at.kind === 'for_statement' || at.kind === 'while_statement' || at.kind === 'list_comprehension') return false
  return field(call.node, 'function') === undefined || call.runs.some((run) => run.when === 'import' || run.when === 'startup')
}
