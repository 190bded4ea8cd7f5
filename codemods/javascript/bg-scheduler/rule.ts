import { cronRemedy, jobOf, roundOf, wantedName } from '../../../src/lang/javascript/background/cron-route.js'
import { scheduledJobs, type ScheduledJob } from '../../../src/lang/javascript/background/scheduler-jobs.js'
import { nameOf } from '../../../src/lang/javascript/background/timers.js'
import { bare, type JsSite } from '../../../src/lang/javascript/program.js'
import type { Run } from '../../../src/lang/runs.js'
import { severityFor } from '../../../src/lang/severity.js'
import type { JsProgram, Problem, Remedy, Rule, RuleContext } from '../../../src/types.js'

/** Allowed remedy: review or more careful. */
export const bgScheduler = {
  id: 'bg-scheduler',
  title: 'Scheduler inside the app',
  hazard: 'in-process-scheduler',
  language: 'javascript',
  assumes: 'scheduler',
  severity: 'breaks',
  *check(program: JsProgram, context: RuleContext): Generator<Problem> {
    for (const job of scheduledJobs(program)) {
      const run = servedRun(job.begun)
      if (run) yield problemAt(program, job.made, run, `${job.library} runs a job inside the app`, messageFor(program, job), remedyFor(program, context, job, run))
    }
    // Their jobs are in a database or in files of their own: what they are is not told by one call.
    for (const { starts, title, why } of others)
      for (const call of program.callsMatching(starts)) {
        const run = servedRun(call)
        if (run) yield problemAt(program, call, run, `starts ${title}`, `${title} runs jobs inside the app. ${effect} Let the host's schedule call a route for each job, or run ${title} as a worker elsewhere.`, { kind: 'manual', reason: why })
      }
  },
} satisfies Rule

const effect = 'On the host the process sleeps between requests and exists several times or not at all, so jobs are skipped or run more than once, without an error.'

const others: readonly { readonly starts: RegExp; readonly title: string; readonly why: string }[] = [
  { starts: /^agenda(\.Agenda)?\(\)\.start$/, title: 'Agenda', why: 'Agenda keeps its jobs in the database and takes them from there: run `agenda.start()` in a worker on a host that keeps processes, with the same database; the app may go on adding jobs. Or write a route for each job and let a schedule call it.' },
  { starts: /^bree\(\)\.start$/, title: 'Bree', why: 'Bree starts a thread for each file of its jobs: run it in a worker on a host that keeps processes, or write a route for each job and let a schedule call it.' },
  { starts: /^later\.setInterval$/, title: 'Later', why: 'Write a route for each job and let a schedule call it, or run the jobs in a worker on a host that keeps processes.' },
]

function servedRun(site: JsSite): Run | undefined {
  return site.runs.find(({ when, background }) => !background && (when === 'import' || when === 'startup' || when === 'request'))
}
function messageFor(program: JsProgram, { library, callback, pace }: ScheduledJob): string {
  const fns = callback ? program.values(bare(callback)).flatMap((value) => (value.kind === 'function' ? [value.fn] : [])) : []
  const what = callback ? nameOf(program, callback, fns) : 'A job'
  return `${what} is run by ${library} inside the app, ${pace}. ${effect} Let the host's schedule call a route that does it, or run the scheduler as a worker elsewhere.`
}
function problemAt(program: JsProgram, site: JsSite, run: Run, note: string, message: string, remedy: Remedy): Problem {
  return { path: site.module.path, range: { start: site.node.start, end: site.node.end }, when: run.when as Problem['when'], severity: severityFor(run, 'breaks'), trace: program.trace(site, note, run), message: /^(a|the) /.test(message) ? (message[0] ?? '').toUpperCase() + message.slice(1) : message, remedy }
}

function remedyFor(program: JsProgram, context: RuleContext, job: ScheduledJob, run: Run): Remedy {
  const manual = (why: string): Remedy => ({ kind: 'manual', reason: `The job was not moved to the host's schedule, because ${why}. Write a route for it that checks a secret, and let a schedule call it; or keep the scheduler in a worker process on another host.` })
  if (run.when === 'request') return manual('a request starts it')
  const round = roundOf(program, job.callback, wantedName(program, job.made))
  if ('refused' in round) return manual(round.refused)
  const name = jobOf(round)
  const timing = job.timing(name)
  if (timing.kind === 'unknown' && /runs once/.test(timing.why)) return manual(timing.why)
  return cronRemedy(program, context, { name, means: `${job.library} in the app`, pace: job.pace, timing, round, begun: job.begun, isTimer: false })
}
