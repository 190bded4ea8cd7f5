import { UserError } from '../../src/errors.js'
import { readSchedule } from '../../src/cron.js'
import type { Change, Emission, EmitContext, Need, Snapshot } from '../../src/types.js'
import { configChange, type Cron } from './config.js'
import { decideShape } from './decide.js'
import { ignoreChange } from './ignore-file.js'
import { facts, planFacts } from './limits.js'
import { placeOf } from './place.js'
import { presets, type Preset } from './presets.js'
import { below, folder, folderOf, inside, type Folder } from './project.js'
import { placeholderText, publicFile } from './public-folder.js'
import { stepsFor } from './steps.js'

/** Vercel's files for an app whose hazards are already cured in `repo`. What is there already is kept, and a second run adds nothing. */
export function emit(repo: Snapshot, context: EmitContext): Emission {
  const preset = presets[context.app.framework]
  const place = placeOf(repo, context)
  const shape = decideShape(place, context, preset)
  const file = inside(place.home.root, context.app.entry.file) ?? context.app.entry.file
  const served = below(place.home.root, shape.served)
  const { builder } = preset
  const furnished = builder.furnish({ repo, place, shape, context, distribution: preset.distributions[0] ?? preset.slug })
  const settings = builder.settings(shape, { home: place.home, maxDuration: durationOf(context), folders: context.folders })
  const changes = [
    ...(shape.shim === undefined ? [] : [{ kind: 'create', path: served, text: shape.shim } as const]),
    ...(shape.way === 'null' ? placeholder(place.home) : []),
    ...configChange(place, { shape, slug: preset.slug, file, crons: cronsOf(context), settings }),
    ...ignoreChange(folder(repo, folderOf(place.file)), builder.ignored, [...context.needs, ...leftBehind(place.home, context, preset)]),
    ...furnished.changes,
  ]
  const steps = stepsFor(context, place, furnished.steps, preset.steps(place.home))
  const named = shape.way === 'services' ? 'services' : shape.served.startsWith('api/') ? 'api' : 'native'
  return { changes, steps, entry: { shape: named, file: served, why: shape.why } }
}

function* leftBehind(home: Folder, { needs }: EmitContext, { databaseFile }: Preset): Generator<Need> {
  const moved = needs.some(need => need.kind === 'database' && need.engine === 'postgres')
  if (moved && databaseFile !== undefined && home.has(databaseFile)) yield { kind: 'ignore', pattern: databaseFile }
}

function* placeholder(home: Folder): Generator<Change> {
  const file = publicFile(home)
  if (file?.create) yield { kind: 'create', path: below(home.root, file.path), text: placeholderText }
}

/** A schedule that the plan refuses fails the whole deploy, so none is ever written. */
function cronsOf({ needs, plan }: EmitContext): readonly Cron[] {
  const least = planFacts.cronGap[plan].value
  return needs.flatMap(need => {
    if (need.kind !== 'cron') return []
    const schedule = readSchedule(need.schedule)
    if (schedule.kind === 'invalid') throw new UserError(`The schedule of ${need.job}, "${need.schedule}", is not one that Vercel takes: ${schedule.reason}.`, 3)
    if (schedule.gap < least) {
      throw new UserError(`The schedule of ${need.job}, "${need.schedule}", runs every ${schedule.gap} seconds, and the ${plan} plan of Vercel allows one run every ${least} seconds.`, 3, 'Choose a rarer schedule, or another plan with --plan paid.')
    }
    return [{ path: need.path, schedule: need.schedule }]
  })
}

/** Never below the platform's own default: a need says how long a request may take, not how long it must not. */
function durationOf({ needs, plan }: EmitContext): number | undefined {
  const seconds = needs.flatMap(need => (need.kind === 'duration' ? [need.seconds] : []))
  if (seconds.length === 0) return undefined
  return Math.min(planFacts.requestSeconds[plan].value, Math.max(facts.defaultRequestSeconds.value, Math.ceil(Math.max(...seconds))))
}
