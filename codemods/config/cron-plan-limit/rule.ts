import { readSchedule } from '../../../src/cron.js'
import { editConfig, replaced } from '../../../src/json-text.js'
import type { Problem, Program, Remedy, Rule, RuleContext } from '../../../src/types.js'
import { cronJobs, placeIn, vercelConfigs, type ConfigFile, type CronJob } from '../vercel-json.js'

export const cronPlanLimit = {
  id: 'cron-plan-limit',
  title: 'Cron that runs more often than the plan allows',
  hazard: 'cron-limit',
  language: 'config',
  about: 'any',
  assumes: 'any-schedule',
  severity: 'blocks',
  *check(_program: Program, { app, repo, target, plan }: RuleContext): Generator<Problem> {
    const least = target.limits[plan].cronGap
    for (const file of vercelConfigs(repo, app)) {
      for (const job of cronJobs(file)) {
        const schedule = readSchedule(job.schedule)
        if (schedule.kind === 'valid' && schedule.gap >= least) continue
        const place = { ...placeIn(file, ['crons', job.at, 'schedule'], `the schedule of ${job.path}`), when: 'build' } as const
        if (schedule.kind === 'invalid') {
          yield {
            ...place,
            message: `The schedule "${job.schedule}" of ${job.path} is refused: ${schedule.reason}. Write five fields of numbers, in UTC.`,
            remedy: { kind: 'manual', reason: `Write the schedule of ${job.path} as five fields of numbers, in UTC.` },
          }
          continue
        }
        yield {
          ...place,
          message: `The schedule "${job.schedule}" of ${job.path} runs every ${spoken(schedule.gap)}, and the ${plan} plan allows one run every ${spoken(least)}: the whole deploy is refused. Run it daily, trigger it from outside, or take the paid plan.`,
          remedy: remedyFor(file, job),
        }
      }
    }
  },
} satisfies Rule

function spoken(seconds: number): string {
  const [size, name] = seconds % 86_400 === 0 ? [86_400, 'day'] : seconds % 3600 === 0 ? [3600, 'hour'] : [60, 'minute']
  const count = Math.round(seconds / size)
  return count === 1 ? name : `${count} ${name}s`
}

/** Daily at the first time of day that the old schedule names. */
function daily(schedule: string): string {
  const [minute = '', hour = ''] = schedule.trim().split(/\s+/)
  const first = (field: string): string => String(Number(/^\d+/.exec(field)?.[0] ?? '0'))
  return `${first(minute)} ${first(hour)} * * *`
}

function remedyFor(file: ConfigFile, job: CronJob): Remedy {
  const becomes = daily(job.schedule)
  const set = [...replaced(file.path, file.text, editConfig(file.text, [{ at: ['crons', job.at, 'schedule'], value: becomes }]))]
  const alone = cronJobs(file).length === 1
  const removed = [...replaced(file.path, file.text, editConfig(file.text, [{ at: alone ? ['crons'] : ['crons', job.at], value: undefined }]))]
  return {
    kind: 'choice',
    question: `${job.path} runs "${job.schedule}", which the plan refuses. What should become of it?`,
    options: [
      { id: 'daily', title: `Run it once a day ("${becomes}")`, changes: set, left: `${job.path} runs once a day now, in place of "${job.schedule}".` },
      {
        id: 'external',
        title: 'Take it out, and call it from outside',
        changes: removed,
        needs: [{ kind: 'env', name: 'CRON_SECRET', secret: true, why: `the caller of ${job.path} sends it as a bearer token` }],
        left: `Let a scheduler of your own (for example a scheduled workflow of your Git host) call ${job.path} on "${job.schedule}" with the header Authorization: Bearer and the value of CRON_SECRET.`,
      },
    ],
    byDefault: 'daily',
  }
}
