/** Turns work that the process repeats by itself into routes that a scheduler calls, and says what each plan allows. */
import type { Change, Remedy, RuleContext, Snapshot } from '../../../types.js'
import { freePaths, jobName, namedApart, saysNothing, scheduleRemedy, slug, withoutRoutes, type TimedJob, type Worker } from '../../schedule-remedy.js'
import { routeWriterOf } from './routes/index.js'
import type { RouteWriter, WantedRoute } from './routes/route-writer.js'
import type { Refused, Round } from './one-round.js'
import type { PythonProgram } from '../program.js'
import { listed } from '../../../text.js'
import { carriedBetweenRounds, sendsToSockets, sharedWithRequests } from './shared-state.js'
import type { PyFunction, PySite } from '../types.js'

export type Job = TimedJob & { readonly round: Round }

/** The name of a function's job. Where other code has a function of that name, the file tells them apart. */
export function jobOf(program: PythonProgram, fn: PyFunction): string {
  const own = fn.cls ? (fn.name === 'run' ? fn.cls.name : `${fn.cls.name}_${fn.name}`) : fn.name
  const twice = [...program.functions()].some((other) => other.fn !== fn && other.fn.name === fn.name && !other.fn.isLambda && jobName(other.fn.name) === jobName(fn.name))
  const file = fn.module.path.replace(/\/__init__\.py$|\.py$/, '').split('/').at(-1) ?? ''
  return twice || saysNothing(own) ? slug(`${file}_${own}`) : jobName(own)
}

/** What can be done about jobs whose own trigger is `guard`ed off: all or nothing. */
export function cronRemedy(program: PythonProgram, context: RuleContext, all: readonly Job[], guard: readonly Change[], left?: string, worker?: Worker): Remedy {
  const jobs = namedApart(all)
  const writer = routeWriterOf(program.app.framework)
  const made = writer ? routesFor(program, context.repo, writer, jobs) : { refused: `routes of ${program.app.framework} are not written yet` }
  if (!writer || 'refused' in made) return withoutRoutes('refused' in made ? made.refused : '')
  const gates = writer.passage(program, made.paths)
  return scheduleRemedy(context, jobs, { paths: made.paths, changes: [...made.changes, ...gates.changes, ...guard], left: [...gates.left, ...(left === undefined ? [] : [left])], worker })
}

type Routes = { readonly changes: readonly Change[]; readonly paths: readonly string[] }

function routesFor(program: PythonProgram, repo: Snapshot, writer: RouteWriter, jobs: readonly Job[]): Routes | Refused {
  const paths = freePaths(jobs, program.routes)
  const wanted = jobs.map(({ name, round }, at): WantedRoute => ({ path: paths[at] ?? '', job: name, round }))
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
