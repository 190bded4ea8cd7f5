/** Turns work that the process repeats by itself into routes that a scheduler calls, and says what each plan allows. */
import type { Change, Fix, Need, Remedy, RuleContext, Snapshot } from '../../../types.js'
import { readSchedule } from '../../../cron.js'
import { routeWriterOf } from './routes/index.js'
import type { RouteWriter, WantedRoute } from './routes/route-writer.js'
import { dailySchedule, type Timing } from './schedules.js'
import type { Refused, Round } from './one-round.js'
import type { PythonProgram } from '../program.js'
import { carriedBetweenRounds, sendsToSockets, sharedWithRequests } from './shared-state.js'
import type { PyFunction, PySite } from '../types.js'

export type Job = {
  /** For people and paths: 'check-events'. */
  readonly name: string
  /** The old trigger, for people: 'a thread'. */
  readonly means: string
  /** 'every 10 seconds' */
  readonly pace: string
  readonly timing: Timing
  readonly round: Round
}

const generic = /^(run|do|start|main|loop|work|worker|job|task|tick|poll|process|background|execute|schedule|scheduled|bg)$/i
/** 'check-events' for check_events_loop. */
export function jobName(fn: string): string {
  const plain = fn.replace(/^_+|_+$/g, '')
  const short = plain.replace(/_(loop|worker|thread|forever|daemon|once|job|task)$/i, '')
  return slug(short === '' || generic.test(short) ? plain : short)
}
function slug(name: string): string {
  return name.replace(/([a-z])([A-Z])/g, '$1-$2').toLowerCase().replace(/[^a-z0-9]+/g, '-').replace(/^-|-$/g, '') || 'job'
}

/** The name of a function's job. Where other code has a function of that name, the file tells them apart. */
export function jobOf(program: PythonProgram, fn: PyFunction): string {
  const own = fn.cls ? (fn.name === 'run' ? fn.cls.name : `${fn.cls.name}_${fn.name}`) : fn.name
  const twice = [...program.functions()].some((other) => other.fn !== fn && other.fn.name === fn.name && !other.fn.isLambda && jobName(other.fn.name) === jobName(fn.name))
  const file = fn.module.path.replace(/\/__init__\.py$|\.py$/, '').split('/').at(-1) ?? ''
  return twice || generic.test(own.replace(/^_+|_+$/g, '')) ? slug(`${file}_${own}`) : jobName(own)
}

/** The process that repeats them today, where that is not the app itself. */
export type Worker = { readonly by: string; readonly command: string }

/** What can be done about jobs whose own trigger is `guard`ed off: all or nothing. */
export function cronRemedy(program: PythonProgram, context: RuleContext, all: readonly Job[], guard: readonly Change[], left?: string, worker?: Worker): Remedy {
  // One function may be scheduled twice.
  const jobs = all.map((job, at) => {
    const before = all.slice(0, at).filter(({ name }) => name === job.name).length
    return before === 0 ? job : { ...job, name: `${job.name}-${before + 1}` }
  })
  const writer = routeWriterOf(program.app.framework)
  const made = writer ? routesFor(program, context.repo, writer, jobs) : { refused: `routes of ${program.app.framework} are not written yet` }
  if (!writer || 'refused' in made) return { kind: 'manual', reason: `No route was written, because ${'refused' in made ? made.refused : ''}. Move one round of the work into a function, call it from a route that checks a secret, and let a scheduler call that route.` }
  const gates = writer.passage(program, made.paths)
  const changes = [...made.changes, ...gates.changes, ...guard]
  const gap = context.target.limits[context.plan].cronGap
  const fits = ({ timing }: Job): boolean => timing.kind === 'cron' && timing.exact && allowed(timing.schedule, gap)
  const routed = jobs.map((job, at) => ({ job, path: made.paths[at] ?? '' }))
  const secret: Need = { kind: 'env', name: 'CRON_SECRET', secret: true, why: `only a caller that knows it may start ${listed(jobs.map(({ name }) => name))}` }
  const cron = ({ job, path }: Routed, schedule: string): Need => ({ kind: 'cron', job: job.name, path, schedule, was: `${job.means}, ${job.pace}` })
  const said = new Map<string, string[]>()
  for (const { name, timing } of jobs) if (timing.kind === 'cron' && timing.exact && timing.note !== undefined) said.set(timing.note, [...(said.get(timing.note) ?? []), name])
  const notes = [...said].map(([note, names]) => `${names.length > 3 ? `${names.slice(0, 3).join(', ')} and ${names.length - 3} more` : listed(names)}: ${note}.`)
  const tell = (...lines: readonly string[]): { readonly left?: string } => {
    const all = [...lines, ...notes, ...(worker ? [`Stop ${worker.by} where it runs now, or ${listed(jobs.map(({ name }) => name))} ${jobs.length > 1 ? 'run' : 'runs'} twice.`] : []), ...gates.left, ...(left === undefined ? [] : [left])]
    return all.length > 0 ? { left: all.join(' ') } : {}
  }
  if (jobs.every(fits)) {
    const needs = routed.map((item) => cron(item, scheduleOf(item.job)))
    return { kind: 'fix', safety: 'review', title: `Call ${listed(made.paths)} by a schedule instead (${jobs.map((job) => `\`${scheduleOf(job)}\``).join('; ')} UTC)`, changes, needs: [secret, ...needs], ...tell() }
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

function elsewhere(jobs: readonly Job[], worker: Worker | undefined): { readonly id: string } & Fix {
  const names = listed(jobs.map(({ name }) => name))
  const base = { id: 'worker', title: 'Change nothing here, run the work as a process elsewhere', changes: [] }
  if (!worker) return { ...base, left: `Run ${names} on a host that keeps processes, such as a background worker. Until it is switched off here, it also runs in every instance that is awake.` }
  return { ...base, needs: [{ kind: 'worker', job: worker.by, command: worker.command }], left: `Keep ${worker.by} (\`${worker.command}\`) on a host that keeps processes, with the same database and broker: it goes on running ${names}.` }
}

type Routed = { readonly job: Job; readonly path: string }

function gapOf(schedule: string): number | undefined {
  const read = readSchedule(schedule)
  return read.kind === 'valid' ? read.gap : undefined
}
function allowed(schedule: string, gap: number): boolean {
  return (gapOf(schedule) ?? 0) >= gap
}
function scheduleOf({ name, timing }: Job): string {
  return timing.kind === 'cron' ? timing.schedule : dailySchedule(name)
}
function listed(items: readonly string[]): string {
  return items.length < 2 ? (items[0] ?? '') : `${items.slice(0, -1).join(', ')} and ${items.at(-1) ?? ''}`
}
function question(odd: readonly Job[], { plan, target }: RuleContext): string {
  const reasons = odd.map(({ name, means, pace, timing }) => `${name} (${means}, ${pace}): ${timing.kind === 'unknown' ? timing.why : timing.exact ? `the ${plan} plan of ${target.title} runs nothing that often` : (timing.note ?? 'cron has no such interval')}`)
  return `How should ${listed(odd.map(({ name }) => name))} run? ${reasons.join('; ')}.`
}
type Routes = { readonly changes: readonly Change[]; readonly paths: readonly string[] }

function routesFor(program: PythonProgram, repo: Snapshot, writer: RouteWriter, jobs: readonly Job[]): Routes | Refused {
  const paths: string[] = []
  const wanted = jobs.map(({ name, round }): WantedRoute => {
    let path = `/api/cron/${name}`
    for (let n = 2; paths.includes(path) || program.routes.some((route) => route.path === path); n++) path = `/api/cron/${name}-${n}`
    paths.push(path)
    return { path, job: name, round }
  })
  const changes = writer.write(program, repo, wanted)
  return 'refused' in changes ? changes : { changes, paths }
}

/** What the work shares with requests in one process and would lose in another: `blocking` completes "because …", `note` is a checklist line. */
export function problemWithState(program: PythonProgram, functions: readonly PyFunction[]): { readonly blocking?: string; readonly note?: string } {
  const place = ({ module, node }: PySite): string => `${module.path}:${program.line(node, module)}`
  const sends = sendsToSockets(program, functions)
  if (sends) return { blocking: `it sends to sockets (${place(sends)}) that only this process holds open` }
  const carried = carriedBetweenRounds(program, functions)
  if (carried) return { blocking: `'${carried.name}' (${place(carried.site)}) is carried in memory from one round to the next` }
  const shared = sharedWithRequests(program, functions)
  const named = (all: typeof shared): string => listed(all.map(({ name, seen }) => `'${name}' (${place(seen)})`))
  const containers = shared.filter(({ kind }) => kind === 'container')
  if (containers.length > 0) return { blocking: `it shares ${named(containers)} with requests, and on the host they run in different processes` }
  return shared.length > 0 ? { note: `Requests use ${named(shared)} too and may run in another process: keep it in a database.` } : {}
}
