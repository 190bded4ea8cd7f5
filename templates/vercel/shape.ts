/** How Vercel enters the app: the table of VERCEL.md section 10 as a decision. */
import { UserError } from '../../src/errors.js'
import type { EmitContext, Entry, Path } from '../../src/types.js'
import { boundNames } from './binding.js'
import { isList, isObject, type Config } from '../../src/json-text.js'
import { candidates, lookup } from './lookup.js'
import { pinnedEntry } from './pin.js'
import { ownFunctions, type Place } from './place.js'
import type { Preset } from './presets.js'
import { below, inside } from './project.js'
import { dropped, publicFile } from './public-folder.js'
import { leadsTo, rewritesOf, takesEverything } from './rewrites.js'
import { importsModule, moduleRoute, shimText } from './shim.js'

/**
 * `null`: no preset, `api/` is a function and a rewrite leads to it. `preset`: the framework's preset finds `api/index.py`.
 * `native`: the preset finds the app itself. `builds`: an old config that is left as it is.
 */
export type Way = 'null' | 'preset' | 'native' | 'services' | 'builds'
export type Shape = {
  readonly way: Way
  /** The file that is served, relative to the app's folder; with `pin`, by name. */
  readonly served: Path
  /** The text of `served`, when it has to be made. */
  readonly shim: string | undefined
  /** `module:object` for `[tool.vercel] entrypoint` or a service's `entrypoint`. */
  readonly pin: string | undefined
  readonly why: string
  /** The folder of built files that the preset serves from. */
  readonly output?: Path
}

export type Situation = {
  readonly place: Place
  readonly preset: Preset
  readonly context: EmitContext
  /** The app's file, relative to its folder. */
  readonly file: Path
  readonly entry: Entry
}

/** The shapes of an app whose object a file hands over by name: Flask's and FastAPI's. */
export function pythonShape(situation: Situation): Shape {
  const { place, context } = situation
  if (place.services) return asService(situation)
  if (context.shape === 'native') return native(situation) ?? refuse('native', nativeProblem(situation) ?? 'the preset does not find the app')
  if (context.shape === 'api') return inApi(situation) ?? refuse('api', apiProblem(situation))
  return automatic(situation)
}

export function refuse(shape: 'native' | 'api', reason: string): never {
  throw new UserError(`--entry ${shape} cannot work here: ${reason}.`, 3, 'Use --entry auto.')
}

function automatic(at: Situation): Shape {
  const { place, context } = at
  const publicRead = context.folders.some(dir => inside(place.home.root, dir)?.split('/')[0] === 'public')
  const found = native(at)
  if (found && found.pin === undefined) {
    const other = place.home.list('api').find(path => path !== shimFile(at) || !isOurs(at, path))
    const reason = other !== undefined ? `api/ holds other code (${other})` : publicRead ? 'the app uses public/' : nullProblem(at, shimFile(at))
    if (reason !== undefined) return { ...found, why: `The ${at.preset.title} preset finds the app in ${at.file} by itself; an api/ entry is not used because ${reason}.` }
  }
  const kept = place.config['framework'] === at.preset.slug && !apiNames.some(path => isOurs(at, path)) ? handedOn(at) : undefined
  const shape = kept ?? inApi(at) ?? native(at) ?? handedOn(at) ?? atRoot(at)
  if (shape) return shape
  throw new UserError(`No entry for Vercel can be written: ${apiProblem(at)}; and ${nativeProblem(at) ?? 'the preset does not find the app'}.`, 3, 'Rename the file that stands in the way, or move the app into a folder of its own.')
}

const notFound = ({ preset }: Situation): string => `${preset.slug.toUpperCase()}_ENTRYPOINT_NOT_FOUND`

// ── the preset finds the app's own file ───────────────────────────────────────────────────────────

function nativeProblem(at: Situation): string | undefined {
  const { file, entry, place } = at
  const { home } = place
  const pinned = pinnedEntry(home)
  if (pinned?.file === file && pinned.symbol === entry.symbol && entry.kind !== 'factory') return undefined
  if (entry.kind === 'factory') return `${entry.symbol} in ${file} is a factory, and the builder wants an app object at the top level of a file (the build would end with ${notFound(at)})`
  const { path } = moduleRoute(home, file)
  if (path !== undefined) return `${file} imports its neighbours by bare name, and Vercel does not put ${path}/ on the import path (it would build, and die at import)`
  if (canPin(at)) return undefined
  if (!candidates.includes(file)) return `the builder does not look into ${file} (the build would end with ${notFound(at)})`
  if (!lookup.names.includes(entry.symbol) || !boundNames(home.text(file) ?? '').includes(entry.symbol)) return `the builder does not count "${entry.symbol}" in ${file} as an app; it wants app or application, bound at the top level`
  const first = at.preset.serves(home)
  return first === file ? undefined : `${first ?? 'another file'} is tried before ${file}, and would be served in its place`
}

/** `[tool.vercel] entrypoint` is safe only where pyproject.toml holds the dependencies: else it hides requirements.txt. */
function canPin({ place, entry, context }: Situation): boolean {
  if (entry.kind === 'factory' || pinnedEntry(place.home)) return false
  return context.app.packageManager !== 'pip' && context.app.packageManager !== 'pipenv' && /^\[project\]\s*$[^[]*^dependencies\s*=/m.test(place.home.text('pyproject.toml') ?? '')
}

function native(at: Situation): Shape | undefined {
  const { file, entry, place } = at
  if (nativeProblem(at) !== undefined) return undefined
  const found = at.preset.serves(place.home) === file && (pinnedEntry(place.home)?.file === file || lookup.names.includes(entry.symbol))
  const pin = found ? undefined : `${moduleRoute(place.home, file).module}:${entry.symbol}`
  const why = pin === undefined ? `The ${at.preset.title} preset finds the app in ${file} by itself.` : `The ${at.preset.title} preset finds the app through [tool.vercel] entrypoint = "${pin}".`
  return { way: 'native', served: file, shim: undefined, pin, why }
}

/** The entry only hands on the app of a file that the preset serves by itself: that file is enough. */
function handedOn(at: Situation): Shape | undefined {
  const { home } = at.place
  const served = at.preset.serves(home)
  const source = home.text(at.file)
  if (served === undefined || served === at.file || source === undefined || at.entry.kind !== 'instance' || !importsModule(home, source, served)) return undefined
  const shape = native({ ...at, file: served, entry: { ...at.entry, file: below(home.root, served) } })
  return shape && { ...shape, why: `The ${at.preset.title} preset finds the app in ${served} by itself, and ${at.file} is not needed for it.` }
}

// ── a file in api/ hands the app over ─────────────────────────────────────────────────────────────

const apiNames: readonly Path[] = ['index', 'server', 'main', 'wsgi', 'app', 'asgi'].map(stem => `api/${stem}.py`)

/** Is this file in api/ already the app's entry, written by a person or by an earlier run? */
function isOurs({ place, file }: Situation, path: Path): boolean {
  const source = place.home.text(path)
  if (source === undefined || boundNames(source).length === 0) return false
  if (path === file) return moduleRoute(place.home, file).path === undefined
  // An earlier run may have written an entry beside an older one that it did not touch: api/server.py of api/index.py of the app.
  const between = place.home.list('api').filter(one => one.endsWith('.py') && one !== path && importsModule(place.home, source, one))
  return importsModule(place.home, source, file) || between.some(one => importsModule(place.home, place.home.text(one) ?? '', file))
}

function shimFile(at: Situation): Path | undefined {
  const { place, file } = at
  if (file.startsWith('api/') && isOurs(at, file)) return file
  return apiNames.find(path => isOurs(at, path)) ?? apiNames.find(path => !place.home.has(path) && !dropped(place.home, path))
}

function inApi(at: Situation): Shape | undefined {
  const path = shimFile(at)
  if (path === undefined) return undefined
  const made = { served: path, shim: isOurs(at, path) ? undefined : shimText(at.place.home, path, at.entry, at.file), pin: undefined }
  const noPreset = presetProblem(at, path)
  const noNull = nullProblem(at, path)
  const wasNull = at.place.config['framework'] === null || (at.place.config['framework'] === undefined && rewritesOf(at.place.config).some(rule => leadsTo(rule, path)))
  if (noPreset === undefined && !(wasNull && noNull === undefined)) return { way: 'preset', ...made, why: `The ${at.preset.title} preset finds ${path}, and the paths that the app sees stay as they are.` }
  if (noNull !== undefined) return undefined
  const because = noPreset === undefined ? 'vercel.json already leads everything to it' : `with the ${at.preset.title} preset ${noPreset}`
  return { way: 'null', ...made, why: `Vercel serves ${path} without a preset: ${because}.` }
}

function presetProblem({ place, preset }: Situation, path: Path): string | undefined {
  const first = preset.serves(place.home)
  if (first === undefined || first === path) return undefined
  const order = (file: Path): number => (candidates.includes(file) ? candidates.indexOf(file) : -1)
  return order(first) < order(path) ? `${first} would be served, and ${path} ignored` : undefined
}

function nullProblem({ place }: Situation, path: Path | undefined): string | undefined {
  if (path === undefined) return 'every file name that would do in api/ is taken'
  const own = ownFunctions(place.home, path).next().value
  if (own) return `without the preset ${own} becomes a function of its own, and the routes of the app that begin with /${own.replace(/\.\w+$/, '')} no longer reach it`
  if (!publicFile(place.home)) return 'no file in public/ would be uploaded (.gitignore or .vercelignore drops it), and Vercel would publish the source in its place'
  const away = rewritesOf(place.config).find(rule => takesEverything(rule) && !leadsTo(rule, path))
  const mine = rewritesOf(place.config).find(rule => leadsTo(rule, path))
  if (away && (!mine || mine.at > away.at)) return `a rewrite in vercel.json sends every path to ${away.destination}`
  return undefined
}

function apiProblem(at: Situation): string {
  const path = shimFile(at)
  if (path === undefined) return 'every file name that would do in api/ is taken'
  return [presetProblem(at, path), nullProblem(at, path)].filter(reason => reason !== undefined).join('; and ')
}

/** The last resort: an entry at the project's root, under a name that the preset tries early enough. */
function atRoot(at: Situation): Shape | undefined {
  const { home } = at.place
  const path = ['wsgi.py', 'index.py', 'main.py', 'server.py', 'app.py'].find(candidate => !home.has(candidate) && !home.list(candidate.slice(0, -3)).some(inner => inner.endsWith('.py')) && presetProblem(at, candidate) === undefined)
  if (path === undefined || pinnedEntry(home)) return undefined
  return { way: 'preset', served: path, shim: shimText(home, path, at.entry, at.file), pin: undefined, why: `The ${at.preset.title} preset finds ${path}; api/ could not be used, because ${apiProblem(at)}.` }
}

// ── the app is one service of a repo ──────────────────────────────────────────────────────────────

/** A service's entrypoint is named, so nothing can shadow it. */
function asService(at: Situation): Shape {
  const { place, file, entry, context } = at
  const pinned = serviceEntrypoint(place)
  const pinnedFile = pinned?.endsWith('.py') ? pinned : pinned === undefined ? undefined : `${(pinned.split(':')[0] ?? '').replaceAll('.', '/')}.py`
  if (context.shape === 'auto' && pinnedFile !== undefined && place.home.has(pinnedFile) && (pinnedFile === file || isOurs(at, pinnedFile))) {
    return { way: 'services', served: pinnedFile, shim: undefined, pin: pinned, why: `The service in vercel.json already names ${pinnedFile}.` }
  }
  if (context.shape === 'native') {
    if (entry.kind === 'factory') refuse('native', `${entry.symbol} in ${file} is a factory, and a service's entrypoint names an app object`)
    const { module, path } = moduleRoute(place.home, file)
    if (path !== undefined) refuse('native', `${file} imports its neighbours by bare name, and Vercel does not put ${path}/ on the import path`)
    return { way: 'services', served: file, shim: undefined, pin: `${module}:${entry.symbol}`, why: `The app in ${place.home.root}/ is a service whose entrypoint is ${module}:${entry.symbol}.` }
  }
  const path = shimFile(at)
  if (path === undefined) refuse('api', 'every file name that would do in api/ is taken')
  const shim = isOurs(at, path) ? undefined : shimText(place.home, path, entry, file)
  return { way: 'services', served: path, shim, pin: path, why: `The app lies in ${place.home.root}/, so it is a service of the repo, entered through ${place.home.root}/${path}.` }
}

export function serviceEntrypoint(place: Place): string | undefined {
  const service = serviceOf(place)
  return service !== undefined && typeof service['entrypoint'] === 'string' ? service['entrypoint'] : undefined
}

export function serviceOf({ config, home }: Pick<Place, 'config' | 'home'>): Config | undefined {
  const services = config['services']
  const service = isObject(services) ? Object.values(services).find(item => isObject(item) && sameFolder(item['root'], home.root)) : undefined
  return isObject(service) ? service : undefined
}

/** A service's root as written may begin with './' or end with '/'. */
export function sameFolder(written: unknown, root: Path): boolean {
  return typeof written === 'string' && (written.replace(/^\.\//, '').replace(/\/$/, '') || '.') === root
}

// ── an old config that its rule was not allowed to rewrite ────────────────────────────────────────

export function throughBuilds(at: Situation): Shape {
  const { place, file } = at
  const builds = place.config['builds']
  const sources = (isList(builds) ? builds : []).flatMap(build => (isObject(build) && typeof build['src'] === 'string' ? [build['src'].replace(/^\/|^\.\//, '')] : []))
  const python = sources.filter(src => src.endsWith('.py'))
  const mine = python.find(src => src === file || isOurs(at, src)) ?? python[0]
  const served = mine ?? file
  const shim = mine !== undefined && !place.home.has(mine) ? shimText(place.home, mine, at.entry, file) : undefined
  return { way: 'builds', served, shim, pin: undefined, why: `"builds" in vercel.json names ${served}, and is kept until its finding is taken.` }
}
