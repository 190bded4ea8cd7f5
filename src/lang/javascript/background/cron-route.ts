/** Turns work that the process repeats by itself into routes that a schedule calls. */
import type { Change, Remedy, RuleContext } from '../../../types.js'
import { freePaths, saysNothing, scheduleRemedy, slug, withoutRoutes, type TimedJob } from '../../schedule-remedy.js'
import { appPlace } from '../express/app-place.js'
import { writeCronRoutes } from '../express/cron-routes.js'
import type { JsProgram, JsSite } from '../program.js'
import { asExport, roundOf, type Round } from './one-round.js'
import { jobNameOf } from './scheduler-jobs.js'
import { sharedState } from './shared-state.js'
import { guardStart } from './start-guard.js'

export type Repeated = {
  readonly begun: JsSite
  /** Another place that starts it, which goes under the guard as well. */
  readonly also?: JsSite
  readonly round: Round
  readonly isTimer: boolean
} & TimedJob

/** One job whose trigger is switched off on the host and whose route a schedule calls. */
export function cronRemedy(program: JsProgram, context: RuleContext, given: Repeated): Remedy {
  const job = appPlace(program)?.module === given.round.module ? given : { ...given, round: asExport(given.round) }
  const state = sharedState(program, [job.round.fn])
  if (state !== undefined) return { kind: 'manual', reason: `It was not moved to the host's schedule, because ${state}. Keep that in a database first, or run the work as a process on another host.` }
  const guard = guardStart(program, context.target, job.begun, job.round, job.isTimer)
  if ('refused' in guard) return withoutRoutes(guard.refused)
  const more = job.also ? guardStart(program, context.target, job.also) : []
  if ('refused' in more) return withoutRoutes(more.refused)
  const paths = freePaths([job], program.routes)
  const made: readonly Change[] | { readonly refused: string } = writeCronRoutes(program, [{ path: paths[0] ?? '', job: job.name, round: job.round }])
  if ('refused' in made) return withoutRoutes(made.refused)
  return scheduleRemedy(context, [job], { paths, changes: [...guard, ...more, ...made], left: [] })
}

/** A name for a function that has none: by its file, or by what it calls. */
export function wantedName(program: JsProgram, site: JsSite): string {
  const file = site.module.path.replace(/(\/index)?\.[cm]?[jt]sx?$/, '').split('/').at(-1) ?? ''
  const words = slug(file).split('-')
  const camel = words.map((word, at) => (at === 0 ? word : (word[0] ?? '').toUpperCase() + word.slice(1))).join('')
  const plain = /^(app|server|index|main|cron|crons|jobs?|scheduler?|tasks?)$/.test(camel) || site.module === program.entry || !/^[a-z]/.test(camel)
  return plain ? 'runScheduledJob' : `run${(camel[0] ?? '').toUpperCase()}${camel.slice(1)}`
}
/** The job's name for people and paths. */
export function jobOf({ name, module, lifted }: Round): string {
  const plain = name.replace(/^(module\.)?exports\./, '')
  if (lifted) return slug(plain.replace(/^run(?=[A-Z])/, ''))
  const file = module.path.replace(/(\/index)?\.[cm]?[jt]sx?$/, '').split('/').at(-1) ?? ''
  return saysNothing(plain) ? slug(`${file}_${plain}`) : jobNameOf(plain)
}
export { roundOf }
