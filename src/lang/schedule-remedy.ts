/** What can be done about work that the process repeats by itself, once each piece has a route: by what a schedule can say and what the plan allows. */
import type { Change, Fix, Need, Remedy, RuleContext } from '../types.js'
import { readSchedule } from '../cron.js'
import { listed } from '../text.js'
import { dailySchedule, type Timing } from './schedules.js'

/** One piece of work, without the code that does it. */
export type TimedJob = {
  /** For people and paths: 'check-events'. */
  readonly name: string
  /** The old trigger, for people: 'a thread'. */
  readonly means: string
  /** 'every 10 seconds' */
  readonly pace: string
  readonly timing: Timing
}
/** The process that repeats them today, where that is not the app itself. */
export type Worker = { readonly by: string; readonly command: string }
/** The routes that were written, one for each job, and all edits: theirs and those that switch the old trigger off. */
export type Routed = {
  readonly paths: readonly string[]
  readonly changes: readonly Change[]
  /** Checklist lines that hold for any choice. */
  readonly left: readonly string[]
  readonly worker?: Worker | undefined
}

const generic = /^(run|do|start|main|loop|work|worker|job|task|tick|poll|process|background|execute|schedule|scheduled|bg)$/i
/** Does a function's name say nothing of what it does? */
export function saysNothing(name: string): boolean {
  return generic.test(name.replace(/^_+|_+$/g, ''))
}
/** 'check-events' for check_events_loop. */
export function jobName(fn: string): string {
  const plain = fn.replace(/^_+|_+$/g, '')
  const short = plain.replace(/_(loop|worker|thread|forever|daemon|once|job|task)$/i, '').replace(/([a-z])(Loop|Worker|Forever|Daemon|Once|Job|Task)$/, '$1')
  return slug(short === '' || generic.test(short) ? plain : short)
}
/** Words of any writing, as a path has them. */
export function slug(name: string): string {
  return name.replace(/([a-z])([A-Z])/g, '$1-$2').toLowerCase().replace(/[^a-z0-9]+/g, '-').replace(/^-|-$/g, '') || 'job'
}
/** The same jobs, each with a name of its own: one function may be scheduled twice. */
export function namedApart<J extends TimedJob>(all: readonly J[]): readonly J[] {
  return all.map((job, at) => {
    const before = all.slice(0, at).filter(({ name }) => name === job.name).length
    return before === 0 ? job : { ...job, name: `${job.name}-${before + 1}` }
  })
}
/** Paths for the jobs that nothing answers yet. */
export function freePaths(jobs: readonly TimedJob[], taken: readonly { readonly path: string }[]): readonly string[] {
  const paths: string[] = []
  for (const { name } of jobs) {
    let path = `/api/cron/${name}`
    for (let n = 2; paths.includes(path) || taken.some((route) => route.path === path); n++) path = `/api/cron/${name}-${n}`
    paths.push(path)
  }
  return paths
}
/** What remains to a person when no route could be written. */
export function withoutRoutes(why: string): Remedy {
  return { kind: 'manual', reason: `No route was written, because ${why}. Move one round of the work into a function, call it from a route that checks a secret, and let a scheduler call that route.` }
}

/** All or nothing: one fix where every job fits the plan, else the ways to choose from. */
export function scheduleRemedy(context: RuleContext, jobs: readonly TimedJob[], { paths, changes, left, worker }: Routed): Remedy {
  const gap = context.target.limits[context.plan].cronGap
  const fits = ({ timing }: TimedJob): boolean => timing.kind === 'cron' && timing.exact && allowed(timing.schedule, gap)
  const routed = jobs.map((job, at) => ({ job, path: paths[at] ?? '' }))
  const secret: Need = { kind: 'env', name: 'CRON_SECRET', secret: true, why: `only a caller that knows it may start ${listed(jobs.map(({ name }) => name))}` }
  const cron = ({ job, path }: Placed, schedule: string): Need => ({ kind: 'cron', job: job.name, path, schedule, was: `${job.means}, ${job.pace}` })
  const said = new Map<string, string[]>()
  for (const { name, timing } of jobs) if (timing.kind === 'cron' && timing.exact && timing.note !== undefined) said.set(timing.note, [...(said.get(timing.note) ?? []), name])
  const notes = [...said].map(([note, names]) => `${names.length > 3 ? `${names.slice(0, 3).join(', ')} and ${names.length - 3} more` : listed(names)}: ${note}.`)
  const tell = (...lines: readonly string[]): { readonly left?: string } => {
    const all = [...lines, ...notes, ...(worker ? [`Stop ${worker.by} where it runs now, or ${listed(jobs.map(({ name }) => name))} ${jobs.length > 1 ? 'run' : 'runs'} twice.`] : []), ...left]
    return all.length > 0 ? { left: all.join(' ') } : {}
  }
  if (jobs.every(fits)) {
    const needs = routed.map((item) => cron(item, scheduleOf(item.job)))
    return { kind: 'fix', safety: 'review', title: `Call ${listed(paths)} by a schedule instead (${jobs.map((job) => `\`${scheduleOf(job)}\``).join('; ')} UTC)`, changes, needs: [secret, ...needs], ...tell() }
  }

  const odd = routed.filter(({ job }) => !fits(job))
  const kept = routed.filter(({ job }) => fits(job)).map((item) => cron(item, scheduleOf(item.job)))
  const calls = odd.map(({ job, path }) => `${job.pace}: curl -fsS -H "Authorization: Bearer $CRON_SECRET" https://YOUR-DOMAIN${path}`).join('; ')
  const options: ({ readonly id: string } & Fix)[] = []
  const close = odd.every(({ job }) => job.timing.kind === 'cron')
  if (close) {
    const [only, ...more] = odd
    const label = only && more.length === 0 && only.job.timing.kind === 'cron' ? only.job.timing.label : 'own'
    const written = odd.map(({ job, path }) => `\`${scheduleOf(job)}\` for ${path}`).join(', ')
    const can = odd.every(({ job }) => allowed(scheduleOf(job), gap))
    const why = listed([...new Set(odd.flatMap(({ job }) => (job.timing.kind === 'cron' && job.timing.note !== undefined ? [job.timing.note] : [])))])
    options.push({
      id: can && context.plan === 'free' ? 'nearest' : `paid-${label}`,
      title: can ? `Schedule ${odd.map(({ job }) => `\`${scheduleOf(job)}\``).join('; ')} UTC${why === '' ? '' : ` (${why})`}` : `Write the route now, add the schedule ${odd.map(({ job }) => `\`${scheduleOf(job)}\``).join('; ')} on the paid plan`,
      changes,
      needs: [secret, ...kept, ...(can ? odd.map((item) => cron(item, scheduleOf(item.job))) : [])],
      ...(can ? tell() : tell(`Nothing calls ${listed(odd.map(({ path }) => path))} yet: once the project is on the paid plan, add its schedules (UTC) there: ${written}. Or undo, and run again with --plan paid.`)),
    })
  }
  // Once a day must not be more than before: a monthly booking that runs daily does harm.
  const slows = odd.every(({ job }) => job.timing.kind === 'cron' && (gapOf(job.timing.schedule) ?? 0) < 86_400)
  if (slows) options.push({ id: 'daily', title: `Run ${listed(odd.map(({ job }) => job.name))} once a day`, changes, needs: [secret, ...kept, ...odd.map((item) => cron(item, dailySchedule(item.job.name)))], ...tell(`${listed(odd.map(({ job }) => job.name))} now ${odd.length > 1 ? 'run' : 'runs'} once a day. For the old pace, let something outside make this call ${calls}.`) })
  options.push({ id: 'external', title: 'Write the route, and have something outside call it', changes, needs: [secret, ...kept], ...tell(`Nothing calls ${listed(odd.map(({ path }) => path))} yet. Let something outside make this call ${calls}.`) })
  options.push(elsewhere(jobs, worker))
  const near = options[0]?.id
  const byDefault = close && near !== undefined && odd.every(({ job }) => allowed(scheduleOf(job), gap)) ? near : slows ? 'daily' : 'leave'
  return { kind: 'choice', question: question(odd.map(({ job }) => job), context), options, byDefault }
}

function elsewhere(jobs: readonly TimedJob[], worker: Worker | undefined): { readonly id: string } & Fix {
  const names = listed(jobs.map(({ name }) => name))
  const base = { id: 'worker', title: 'Change nothing here, run the work as a process elsewhere', changes: [] }
  if (!worker) return { ...base, left: `Run ${names} on a host that keeps processes, such as a background worker. Until it is switched off here, it also runs in every instance that is awake.` }
  return { ...base, needs: [{ kind: 'worker', job: worker.by, command: worker.command }], left: `Keep ${worker.by} (\`${worker.command}\`) on a host that keeps processes, with the same database and broker: it goes on running ${names}.` }
}

type Placed = { readonly job: TimedJob; readonly path: string }

function gapOf(schedule: string): number | undefined {
  const read = readSchedule(schedule)
  return read.kind === 'valid' ? read.gap : undefined
}
function allowed(schedule: string, gap: number): boolean {
  return (gapOf(schedule) ?? 0) >= gap
}
function scheduleOf({ name, timing }: TimedJob): string {
  return timing.kind === 'cron' ? timing.schedule : dailySchedule(name)
}
function question(odd: readonly TimedJob[], { plan, target }: RuleContext): string {
  const reasons = odd.map(({ name, means, pace, timing }) => `${name} (${means}, ${pace}): ${timing.kind === 'unknown' ? timing.why : timing.exact ? `the ${plan} plan of ${target.title} runs nothing that often` : (timing.note ?? 'cron has no such interval')}`)
  return `How should ${listed(odd.map(({ name }) => name))} run? ${reasons.join('; ')}.`
}
