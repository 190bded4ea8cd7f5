/** Which folder becomes Vercel's project, and what its config says now. */
import { UserError } from '../../src/errors.js'
import type { EmitContext, Path, Snapshot } from '../../src/types.js'
import { editConfig, isList, isObject, parseConfig, type Config, type ConfigEdit } from '../../src/json-text.js'
import { buildsOf, sayRoute, staticSources } from '../../src/legacy-config.js'
import { below, folder, inside, type Folder } from './project.js'
import type { Builder } from './builder.js'
import { stemOf } from './lookup.js'
import { presets } from './presets.js'

export type Place = {
  /** Repo-relative path of vercel.json. */
  readonly file: Path
  readonly text: string | undefined
  /** What the edits start from: the text without old shapes that only said what the target says anyway. */
  readonly base: string | undefined
  readonly config: Config
  /** The app's folder. With `services` it lies below the project, otherwise it is the project. */
  readonly home: Folder
  readonly services: boolean
  /** Set when the project is a sub-folder, which Vercel is told in its dashboard. */
  readonly rootDirectory: Path | undefined
}

/** Without `folders` the config is taken as it stands. */
type Wanting = Pick<EmitContext, 'app'> & Partial<Pick<EmitContext, 'folders'>>

/** Settings that the CLI refuses beside `services` ([SERVICES_AND_TOP_LEVEL_BUILD_SETTINGS]) or that build something else. */
const wholeProject = ['framework', 'functions', 'builds', 'routes', 'buildCommand', 'installCommand', 'devCommand', 'outputDirectory', 'ignoreCommand']

/** An app in a sub-folder becomes a service of the repo, unless a config of its own or a foreign one at the root says otherwise. */
export function placeOf(repo: Snapshot, context: Wanting): Place {
  const { app } = context
  const { builder, home: homeOf } = presets[app.framework]
  const root = homeOf(repo, app)
  const own = readConfig(repo, root, context)
  const home = folder(repo, root)
  if (root === '.') return { ...own, home, services: isObject(own.config['services']), rootDirectory: undefined }
  // A front end at the root builds a project of its own; the app's folder becomes another.
  if (buildsForeign(repo.text('vercel.json'), builder)) return { ...own, home, services: false, rootDirectory: root }
  const top = readConfig(repo, '.', context)
  const taken = own.text !== undefined || wholeProject.some(key => key in top.config)
  return taken ? { ...own, home, services: false, rootDirectory: root } : { ...top, home, services: true, rootDirectory: undefined }
}

function buildsForeign(text: string | undefined, { slugs }: Builder): boolean {
  if (text === undefined) return false
  const { framework } = parseConfig('vercel.json', text)
  return typeof framework === 'string' && !slugs.includes(framework)
}

function readConfig(repo: Snapshot, dir: Path, context: Wanting): Pick<Place, 'file' | 'text' | 'base' | 'config'> {
  for (const other of ['vercel.toml', 'vercel.ts', 'vercel.mts', 'vercel.js', 'vercel.mjs', 'now.json']) {
    if (repo.has(below(dir, other))) throw new UserError(`${below(dir, other)} configures Vercel here, and only vercel.json can be merged.`, 3, 'Move its settings into vercel.json, then run again.')
  }
  const file = below(dir, 'vercel.json')
  const text = repo.text(file)
  const written = text === undefined ? {} : parseConfig(file, text)
  const base = text === undefined ? undefined : withoutOld(text, written, dir, context)
  const config = base === undefined ? {} : parseConfig(file, base)
  const framework = config['framework']
  const { slugs, language } = presets[context.app.framework].builder
  if (typeof framework === 'string' && !slugs.includes(framework)) {
    throw new UserError(`${file} builds this folder as "${framework}", so the ${language} app cannot be the project as well.`, 3, 'Move the app into a folder of its own and name it with --app.')
  }
  return { file, text, base, config }
}

/**
 * `builds` of nothing but the app's own entry, with routes that only led there, are the old way to say what `emit` says in the new
 * one, so they go. Anything more is for a person to decide, through the finding on it. Folders that a static build published must
 * be served by the app.
 */
function withoutOld(text: string, config: Config, dir: Path, { app, folders }: Wanting): string {
  if (!folders) return text
  const builds = buildsOf(config)
  const entry = inside(dir, app.entry.file)
  const statics = staticSources(builds)
  const { legacy } = presets[app.framework].builder
  const made = builds.filter(({ use }) => legacy.test(use))
  const own = builds.length > 0 && made.length === 1 && made[0]?.src === entry && made.length + statics.length === builds.length
  const served = statics.every(glob => folders.includes(below(dir, glob.split('/')[0] ?? '')))
  const included = isObject(made[0]?.config) && made[0].config['includeFiles'] !== undefined
  const routes = isList(config['routes']) ? config['routes'] : []
  const said = routes.map(route => sayRoute(route, made.map(({ src }) => src), statics))
  const rewrites = said.flatMap(item => (item.kind === 'rewrites' ? [item.value] : []))
  const plain = said.every(({ kind }) => kind === 'nothing' || kind === 'rewrites') && rewrites.every(rule => isObject(rule) && rule['destination'] === `/${stemOf(entry ?? '')}`)
  if (!own || !served || included || !plain || config['rewrites'] !== undefined) return text
  const edits: ConfigEdit[] = ['builds', 'routes', 'version'].flatMap(key => (config[key] === undefined ? [] : [{ at: [key], value: undefined }]))
  return editConfig(text, rewrites.length > 0 ? [...edits, { at: ['rewrites'], value: rewrites }] : edits)
}

const builders = [...new Set(Object.values(presets).map(({ builder }) => builder))]

/** Files in `api/` that become functions of their own when no preset is on. */
export function* ownFunctions(home: Folder, except: Path): Generator<Path> {
  for (const path of home.list('api')) {
    if (path === except || path.split('/').some(part => /^[_.]/.test(part))) continue
    if (/\.(?:go|rb)$/.test(path) || builders.some(({ isFunction }) => isFunction(home, path))) yield path
  }
}
