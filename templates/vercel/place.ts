/** Which folder becomes Vercel's project, and what its config says now. */
import { parse } from 'smol-toml'
import { UserError } from '../../src/errors.js'
import type { EmitContext, Path, Snapshot } from '../../src/types.js'
import { isObject, parseConfig, type Config } from '../../src/json-text.js'
import { boundNames, boundCandidates } from './binding.js'
import { below, folder, type Folder } from './project.js'
import { pythonSlugs } from './presets.js'

export type Place = {
  /** Repo-relative path of vercel.json. */
  readonly file: Path
  readonly text: string | undefined
  readonly config: Config
  /** The app's folder. With `services` it lies below the project, otherwise it is the project. */
  readonly home: Folder
  readonly services: boolean
  /** Set when the project is a sub-folder, which Vercel is told in its dashboard. */
  readonly rootDirectory: Path | undefined
}

/** Settings that the CLI refuses beside `services` ([SERVICES_AND_TOP_LEVEL_BUILD_SETTINGS]) or that build something else. */
const wholeProject = ['framework', 'functions', 'builds', 'routes', 'buildCommand', 'installCommand', 'devCommand', 'outputDirectory', 'ignoreCommand']

/** An app in a sub-folder becomes a service of the repo, unless a config of its own or a foreign one at the root says otherwise. */
export function placeOf(repo: Snapshot, { app }: Pick<EmitContext, 'app'>): Place {
  const own = readConfig(repo, app.root)
  const home = folder(repo, app.root)
  if (app.root === '.') return { ...own, home, services: isObject(own.config['services']), rootDirectory: undefined }
  const top = readConfig(repo, '.')
  const taken = own.text !== undefined || wholeProject.some(key => key in top.config)
  return taken ? { ...own, home, services: false, rootDirectory: app.root } : { ...top, home, services: true, rootDirectory: undefined }
}

function readConfig(repo: Snapshot, dir: Path): Pick<Place, 'file' | 'text' | 'config'> {
  for (const other of ['vercel.toml', 'vercel.ts', 'vercel.mts', 'vercel.js', 'vercel.mjs', 'now.json']) {
    if (repo.has(below(dir, other))) throw new UserError(`${below(dir, other)} configures Vercel here, and only vercel.json can be merged.`, 3, 'Move its settings into vercel.json, then run again.')
  }
  const file = below(dir, 'vercel.json')
  const text = repo.text(file)
  const config = text === undefined ? {} : parseConfig(file, text)
  const framework = config['framework']
  if (typeof framework === 'string' && !pythonSlugs.includes(framework)) {
    throw new UserError(`${file} builds this folder as "${framework}", so the Python app cannot be the project as well.`, 3, 'Move the app into a folder of its own and name it with --app.')
  }
  return { file, text, config }
}

/** The app object that pyproject.toml pins with `[tool.vercel] entrypoint`; it wins over every search. */
export function pinnedEntry(home: Folder): { readonly file: Path; readonly symbol: string } | undefined {
  const text = home.text('pyproject.toml')
  if (text === undefined || !text.includes('entrypoint')) return undefined
  let value: unknown
  try {
    const tool = parse(text)['tool']
    value = (tool as { readonly vercel?: { readonly entrypoint?: unknown } } | undefined)?.vercel?.entrypoint
  } catch (error) {
    if (error instanceof Error) return undefined
    throw error
  }
  if (typeof value !== 'string') return undefined
  const [module = '', symbol = ''] = value.split(':')
  const base = module.replaceAll('.', '/')
  const file = [`${base}.py`, `${base}/__init__.py`].find(path => home.has(path))
  return file === undefined ? undefined : { file, symbol }
}

/** The file that the preset serves as things are: the pinned one, else the first candidate that binds an app. */
export function servedByPreset(home: Folder): Path | undefined {
  return pinnedEntry(home)?.file ?? boundCandidates(home).next().value ?? undefined
}

/** Files in `api/` that become functions of their own when no preset is on. */
export function* ownFunctions(home: Folder, except: Path): Generator<Path> {
  for (const path of home.list('api')) {
    if (path === except || path.split('/').some(part => /^[_.]/.test(part))) continue
    if (/\.(?:[cm]?js|tsx?|go|rb)$/.test(path) && !path.endsWith('.d.ts')) yield path
    if (path.endsWith('.py') && boundNames(home.text(path) ?? '').length > 0) yield path
  }
}
