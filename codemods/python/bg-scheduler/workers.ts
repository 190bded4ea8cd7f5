/** Jobs that a process beside the app repeats: Celery beat, huey, django-crontab and the like. */
import type { Problem, PythonProgram, Remedy, RuleContext } from '../../../src/types.js'
import { cronRemedy, type Job } from '../../../src/lang/python/background/cron-route.js'
import type { Worker } from '../../../src/lang/schedule-remedy.js'
import { periodicJobs } from '../../../src/lang/python/background/periodic/index.js'
import { areRouted } from '../../../src/lang/python/background/periodic/routed.js'
import type { PlannedJob } from '../../../src/lang/python/background/scheduler-jobs.js'
import { severityFor } from '../../../src/lang/python/severity.js'
import { servedRun, shortened } from './jobs.js'

/** A route that runs the jobs already is the cure: then nothing is said. */
export function* ofWorkers(program: PythonProgram, context: RuleContext): Generator<Problem> {
  for (const { by, site, node, jobs, obstacle, command } of periodicJobs(program)) {
    const run = servedRun(site)
    if (!run || areRouted(program, jobs)) continue
    const names = [...new Set(jobs.map(({ name }) => `${name.split('.').at(-1) ?? name}()`))]
    const paces = [...new Set(jobs.map(({ pace }) => pace))]
    yield {
      path: site.module.path, range: { start: node.start, end: Math.min(node.end, endOfLine(site.module.text, node.start)) },
      when: run.when as Problem['when'], trace: program.trace({ ...site, node }, `tells ${by} what to repeat`, run), severity: severityFor(run, 'breaks'),
      message: `${names.length === 0 ? 'Its jobs' : shortened(names)} ${names.length === 1 ? 'is' : 'are'} repeated by ${by}${paces.length > 0 && paces.length < 3 ? `, ${paces.join(' and ')}` : ''}. That is a process of its own, and the host keeps none: the app works and nothing repeats, without an error. Let the host's schedule call a route for each job, or keep that process on another host.`,
      remedy: forWorkers(program, context, jobs, obstacle, { by, command }),
    }
  }
}
function forWorkers(program: PythonProgram, context: RuleContext, planned: readonly PlannedJob[], obstacle: string | undefined, worker: Worker): Remedy {
  const manual = (why: string): Remedy => ({ kind: 'manual', reason: `The jobs were not moved to the host's schedule, because ${why}. Write a route for each job that checks a secret, and let a schedule call it; or keep ${worker.by} (\`${worker.command}\`) on a host that keeps processes.` })
  if (obstacle !== undefined) return manual(obstacle)
  const jobs: Job[] = []
  for (const one of planned) {
    if ('refused' in one.round) return manual(one.round.refused)
    jobs.push({ name: one.job, means: worker.by, pace: one.pace, timing: one.timing, round: one.round })
  }
  return cronRemedy(program, context, jobs, [], undefined, worker)
}
function endOfLine(text: string, from: number): number {
  const at = text.slice(from).search(/[\r\n]/)
  return at < 0 ? text.length : from + at
}
