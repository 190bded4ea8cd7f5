/** Vercel's reader of Python projects, asked about the entry and the dependencies. */
import { encode } from '../../src/encoding.js'
import { exists, tempDir, writeFile } from '../../src/io/files.js'
import { readManifests } from '../../src/lang/python/manifest/manifest.js'
import { normalizeName } from '../../src/lang/python/manifest/requirement.js'
import type { App, Check, EmitContext, Path, Snapshot } from '../../src/types.js'
import { loadAnalysis, type Analysis } from './analysis.js'
import { isList, isObject, type Config } from '../../src/json-text.js'
import { candidates } from './lookup.js'
import { managedIn } from './manage.js'
import { pinnedEntry } from './pin.js'
import type { Place } from './place.js'
import { presets, type Preset } from './presets.js'
import { below, folderOf, inside, type Folder } from './project.js'
import { dropped } from './public-folder.js'
import type { Proof } from './proof.js'
import { leadsTo, rewritesOf, takesEverything } from './rewrites.js'
import { sameFolder } from './shape.js'

export async function provePython(repo: Snapshot, context: EmitContext, place: Place): Promise<Proof> {
  const analysis = loadAnalysis()
  const served = await servedFile(place, presets[context.app.framework], analysis)
  return { way: served?.way, entry: [await entryCheck(place, served, analysis)], rest: [await dependencyCheck(repo, context, place, served?.file, analysis)] }
}

type Served = { readonly way: 'builds' | 'services' | 'null' | 'preset'; readonly file: Path; readonly symbol: string | undefined; /** What leads there, where it is not the file's name. */ readonly through?: string }

async function servedFile(place: Place, preset: Preset, analysis: Analysis): Promise<Served | undefined> {
  const { config, home } = place
  const managed = preset.managed && config['builds'] === undefined ? await managedFile(home, analysis) : undefined
  if (managed) return managed
  const named = builtFile(config) ?? (place.services ? serviceFile(config, home) : undefined)
  if (named) return named
  if (config['framework'] === null) {
    const file = home.list('api').find(path => path.endsWith('.py') && rewritesOf(config).some(rule => takesEverything(rule) && leadsTo(rule, path)))
    return file === undefined ? undefined : { way: 'null', file, symbol: undefined }
  }
  const pinned = pinnedEntry(home)
  if (pinned) return { way: 'preset', ...pinned }
  for (const path of candidates) {
    const source = home.text(path)
    if (source !== undefined && (await analysis.findAppOrHandler(source)) !== null) return { way: 'preset', file: path, symbol: undefined }
  }
  return undefined
}

/** The builder runs manage.py; its reader of constants stands in for that, so that nothing of the project is run here. */
async function managedFile(home: Folder, analysis: Analysis): Promise<Served | undefined> {
  const managed = managedIn(home)
  if (!managed?.application) return undefined
  const { kind, because, file, symbol } = managed.application
  const name = `${kind.toUpperCase()}_APPLICATION`
  // A value that is not a plain constant is unknown to that reader; its place is known all the same.
  const said = (await analysis.getStringConstant(home.repo.text(because.file) ?? '', name)) ?? because.note
  return { way: 'preset', file: inside(home.root, file) ?? file, symbol, through: `${below(home.root, managed.manage)} leads to ${name} in ${because.file}:${because.line} (${said})` }
}

function builtFile(config: Config): Served | undefined {
  const first = isList(config['builds']) ? config['builds'].find(build => isObject(build) && typeof build['src'] === 'string' && build['src'].endsWith('.py')) : undefined
  return isObject(first) && typeof first['src'] === 'string' ? { way: 'builds', file: first['src'].replace(/^\.?\//, ''), symbol: undefined } : undefined
}

function serviceFile(config: Config, home: Folder): Served | undefined {
  const services = isObject(config['services']) ? Object.values(config['services']) : []
  const service = services.find(item => isObject(item) && sameFolder(item['root'], home.root))
  const entrypoint = isObject(service) ? service['entrypoint'] : undefined
  if (typeof entrypoint !== 'string') return undefined
  if (entrypoint.endsWith('.py')) return { way: 'services', file: entrypoint, symbol: undefined }
  const [module = '', symbol] = entrypoint.split(':')
  const base = module.replaceAll('.', '/')
  return { way: 'services', file: [`${base}.py`, `${base}/__init__.py`].find(path => home.has(path)) ?? `${base}.py`, symbol }
}

async function entryCheck({ home }: Place, served: Served | undefined, analysis: Analysis): Promise<Check> {
  const title = 'Vercel finds the app'
  if (!served && managedIn(home)) return { title, ok: false, detail: 'manage.py is found, but no ASGI_APPLICATION or WSGI_APPLICATION can be read from its settings, so the build would end without an entrypoint. Add WSGI_APPLICATION = "<project>.wsgi.application".' }
  if (!served) return { title, ok: false, detail: 'No file that Vercel looks at binds app, application or handler at its top level.' }
  const path = below(home.root, served.file)
  const source = home.text(served.file)
  if (source === undefined) return { title, ok: false, detail: `${path} is named as the entry and does not exist.` }
  if (dropped(home, served.file)) return { title, ok: false, detail: `${path} is left out by .gitignore or .vercelignore.` }
  if (served.through !== undefined) return { title, ok: boundSomehow(source, served.symbol), detail: `${served.through}, so it serves ${served.symbol ?? 'the app'} of ${path}.` }
  if (served.symbol !== undefined) return { title, ok: true, detail: `${path} is named as the entry, with ${served.symbol}.` }
  const name = await analysis.findAppOrHandler(source)
  if (name === null) return { title, ok: false, detail: `Vercel's reader finds no app in ${path}.` }
  return { title, ok: true, detail: `It serves ${path} and takes ${name} from it; nothing is tried before it.` }
}

/** The runtime takes the name from the imported module, however it came to be there. */
function boundSomehow(source: string, symbol = 'application'): boolean {
  return new RegExp(`\\b${symbol}\\b`).test(source)
}

const manifests: readonly Path[] = ['pyproject.toml', 'uv.lock', 'pylock.toml', 'Pipfile', 'Pipfile.lock', 'requirements.frozen.txt', 'requirements-frozen.txt', 'requirements.txt', 'requirements.in', 'requirements/prod.txt', '.python-version']

/** Vercel's discovery reads a disk, so the manifests alone are put on one. */
async function dependencyCheck(repo: Snapshot, { app, needs }: EmitContext, place: Place, served: Path | undefined, analysis: Analysis): Promise<Check> {
  const title = 'Vercel finds the dependencies'
  const dir = tempDir('to-serverless-manifest-')
  try {
    // A service is looked through up to the repo's root, a project up to its own.
    const top = place.services ? '.' : place.home.root
    const file = below(place.home.root, served ?? inside(place.home.root, app.entry.file) ?? app.entry.file)
    const entryDir = folderOf(inside(top, file) ?? file)
    for (let at = entryDir; ; at = folderOf(at)) {
      for (const name of manifests) {
        const file = repo.files.get(below(top, below(at, name)))
        if (file) writeFile(`${dir.path}/${below(at, name)}`, encode(file))
      }
      if (at === '.') break
    }
    if (!exists(`${dir.path}/${entryDir}`)) writeFile(`${dir.path}/${below(entryDir, '.entry')}`, '')
    const found = await analysis.discoverPythonPackage({ entrypointDir: `${dir.path}/${entryDir === '.' ? '' : entryDir}`, rootDir: dir.path })
    const names = (found.manifest?.data.project?.dependencies ?? []).map(item => normalizeName(/^[\w.-]+/.exec(item.trim())?.[0] ?? ''))
    const own = presets[app.framework]?.distributions ?? [app.framework]
    const wanted = [...new Set([own.find(name => names.includes(normalizeName(name))) ?? own[0] ?? app.framework, ...needs.flatMap(need => (need.kind === 'dependency' ? [need.name] : [])), ...declared(repo, app)].map(normalizeName))]
    const missing = wanted.filter(name => !names.includes(name))
    const from = found.manifest?.origin?.path ?? found.manifest?.path
    if (from === undefined) return { title, ok: false, detail: 'There is no manifest, so nothing would be installed.' }
    if (missing.length > 0) return { title, ok: false, detail: `${from} is what Vercel installs from, and it lacks ${missing.join(', ')}.` }
    return { title, ok: true, detail: `${names.length} from ${from}.` }
  } catch (error) {
    if (!(error instanceof Error)) throw error
    return { title, ok: false, detail: `Vercel's reader refuses the manifest: ${(error.message.split('\n')[0] ?? '').replaceAll(dir.path, '.')}` }
  } finally {
    dir.remove()
  }
}

/** What a Pipfile asks for: its lock is what is installed, and may be older. */
function declared(repo: Snapshot, app: App): readonly string[] {
  const { effective } = readManifests(repo, app)
  return effective?.kind === 'pipfile' ? effective.requirements.filter(({ marker, url }) => marker === undefined && url === undefined).map(({ name }) => name) : []
}
