import { UserError } from '../../src/errors.js'
import { readSchedule } from '../../src/cron.js'
import { readManifests } from '../../src/lang/python/manifest/manifest.js'
import type { Change, Emission, EmitContext, Need, Path, Snapshot } from '../../src/types.js'
import { configChange, type Cron } from './config.js'
import { replaced } from '../../src/json-text.js'
import { ignoreChange } from './ignore-file.js'
import { facts, planFacts } from './limits.js'
import { manifestChanges } from './manifest.js'
import { placeOf, type Place } from './place.js'
import { presets, type Preset } from './presets.js'
import { below, folder, folderOf, inside, type Folder } from './project.js'
import { dropped, placeholderText, publicFile } from './public-folder.js'
import { guessedPackages, withEntrypoint, withPackages } from './pyproject.js'
import { decideShape, type Shape } from './shape.js'
import { stepsFor } from './steps.js'
import { withSubscribers } from './subscribers.js'

/** Vercel's files for an app whose hazards are already cured in `repo`. What is there already is kept, and a second run adds nothing. */
export function emit(repo: Snapshot, context: EmitContext): Emission {
  const preset = presets[context.app.framework]
  if (!preset) throw new UserError(`not written yet: ${context.app.framework} on Vercel`, 2)
  const place = placeOf(repo, context)
  const shape = decideShape(place, context, preset)
  const file = inside(place.home.root, context.app.entry.file) ?? context.app.entry.file
  const served = below(place.home.root, shape.served)
  const manifested = manifestChanges(repo, context.app, served, context.needs, preset.distributions[0] ?? preset.slug)
  const runtime = runtimeChanges(repo.with(manifested.changes), context, place.home)
  const changes = [
    ...(shape.shim === undefined ? [] : [{ kind: 'create', path: served, text: shape.shim } as const]),
    ...(shape.way === 'null' ? placeholder(place.home) : []),
    ...configChange(place, { shape, slug: preset.slug, file, crons: cronsOf(context), maxDuration: durationOf(context) }),
    ...ignoreChange(folder(repo, folderOf(place.file)), [...context.needs, ...leftBehind(place.home, context, preset)]),
    ...runtime.changes,
    ...pyprojectChanges(repo, manifested.changes, place, shape, context),
  ]
  const queued = withSubscribers(repo.with(manifested.changes).text(below(place.home.root, 'pyproject.toml')), context.needs, shape.way === 'native').steps
  const steps = stepsFor(context, place, [...manifested.steps, ...runtime.steps, ...queued], preset.steps(place.home))
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

/** Pins the Python version where nothing does: Vercel's default is announced to change. */
function runtimeChanges(repo: Snapshot, { app, needs }: EmitContext, home: Folder): { readonly changes: readonly Change[]; readonly steps: readonly string[] } {
  const { effective } = readManifests(repo, app)
  const asked = needs.find((need): need is Extract<Need, { readonly kind: 'runtime' }> => need.kind === 'runtime')?.version ?? /\d+\.\d+/.exec(effective?.python?.text ?? '')?.[0]
  const wanted = facts.pythonVersions.value.find(version => version === asked) ?? facts.pythonDefault.value
  // Of pipenv's files the builder asks the lock, not the Pipfile (tried with CLI 64.0.2).
  const declared = effective?.python !== undefined && effective.declares && (effective.kind !== 'pipfile' || effective.lock !== undefined)
  const pinned = home.has('.python-version') || repo.has('.python-version') || declared
  if (pinned) return { changes: [], steps: [] }
  if (dropped(home, '.python-version')) return { changes: [], steps: [`Pin Python ${wanted}: .python-version would do, but .gitignore or .vercelignore leaves it out.`] }
  return { changes: [{ kind: 'create', path: below(home.root, '.python-version'), text: `${wanted}\n` }], steps: [] }
}

/** All that changes in pyproject.toml and the other manifests, each file as one edit. */
function* pyprojectChanges(repo: Snapshot, manifested: readonly Change[], place: Place, shape: Shape, { app, needs }: EmitContext): Generator<Change> {
  const path = below(place.home.root, 'pyproject.toml')
  const before = repo.text(path)
  if (before === undefined) {
    yield* manifested
    return
  }
  yield* manifested.filter(change => change.path !== path)
  let after = repo.with(manifested).text(path) ?? before
  if (shape.way === 'native' && shape.pin !== undefined) after = withEntrypoint(after, shape.pin)
  const packages = topPackages(place.home)
  const newFolder = shape.shim !== undefined && shape.served.startsWith('api/') && place.home.list('api').length === 0
  const plain = !place.home.has('setup.py') && !place.home.has('setup.cfg') && place.home.list('src').length === 0
  if (app.language === 'python' && newFolder && plain && packages.length === 1 && guessedPackages(after)) after = withPackages(after, packages)
  after = withSubscribers(after, needs, shape.way === 'native').text ?? after
  yield* replaced(path, before, after)
}

function topPackages(home: Folder): readonly Path[] {
  return home.list().flatMap(path => (/^[^/]+\/__init__\.py$/.test(path) ? [folderOf(path)] : [])).filter(name => !/^(tests?|docs|examples|scripts)$/.test(name))
}
