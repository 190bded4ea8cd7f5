/** The files in which a Python project says what it needs, and which of them the host reads. */
import type { App, Path, Range, Snapshot } from '../../../types.js'
import { parseLock, parsePipfile, parsePyproject, parseSetupCfg } from './manifest-toml.js'
import { normalizeName, parseRequirementsTxt, type OddLine, type Requirement } from './requirement.js'

export type Manifest = {
  readonly path: Path
  readonly kind: 'pyproject' | 'pipfile' | 'requirements' | 'setup'
  /** What the app itself needs: requirements, `[project] dependencies`, `[packages]`; with the requirements of included files. */
  readonly requirements: readonly Requirement[]
  /** Development, test and optional groups. */
  readonly optional: readonly Requirement[]
  /** Declared in a way that only pip, poetry or setuptools reads: `[tool.poetry.dependencies]`, `dynamic`, setup.py. */
  readonly elsewhere: readonly Requirement[]
  readonly odd: readonly OddLine[]
  /** It has a place for dependencies (`[project] dependencies`, `[packages]`, a requirements file), even if that is empty. */
  readonly declares: boolean
  /** `requires-python`, Pipfile's `python_version`. */
  readonly python: { readonly text: string; readonly range: Range; readonly line: number } | undefined
  /** Versions from the lock file beside it, by name. */
  readonly locked: ReadonlyMap<string, string>
  /** The lock file's path. */
  readonly lock: Path | undefined
  /** Why it could not be read. */
  readonly broken: string | undefined
}
export type Manifests = { readonly effective: Manifest | undefined; readonly all: readonly Manifest[] }

/**
 * The builder's order within one folder (@vercel/python-analysis 0.14.0, discoverPythonPackage, run 2026-11):
 * the first that exists wins entirely, also when it declares nothing.
 */
const order = ['pyproject.toml', 'Pipfile', 'requirements.frozen.txt', 'requirements-frozen.txt', 'requirements.txt', 'requirements.in', 'requirements/prod.txt']
const pythonFolder = /(^|\/)(node_modules|site-packages|dist-packages|__pycache__|\.venv|venv|env|\.tox|\.nox)(\/|$)/

/** All manifests of the app and of the folders above it, and the one that the host installs from: the nearest to the entry, going up. */
export function readManifests(repo: Snapshot, app: App): Manifests {
  const found = new Map<Path, Manifest>()
  const read = (path: Path): Manifest => {
    const known = found.get(path)
    if (known) return known
    const manifest = readManifest(repo, path)
    found.set(path, manifest)
    return manifest
  }
  let effective: Manifest | undefined
  for (const dir of upward(app.entry.file, app.root)) {
    const name = order.find((candidate) => repo.files.has(under(dir, candidate)))
    if (name === undefined) continue
    const manifest = read(under(dir, name))
    effective ??= manifest
  }
  for (const path of repo.list(app.root)) {
    if (repo.files.has(path) && isManifest(path) && !pythonFolder.test(path)) read(path)
  }
  return { effective, all: [...found.values()] }
}

/** Is a file with this name one in which dependencies are declared? */
export function isManifest(path: Path): boolean {
  const name = path.slice(path.lastIndexOf('/') + 1)
  return /^(pyproject\.toml|Pipfile|setup\.py|setup\.cfg)$/.test(name) || isRequirementsTxt(path)
}
export function isRequirementsTxt(path: Path): boolean {
  return /(^|\/)[^/]*requirements[^/]*\.(txt|in)$/i.test(path) || /(^|\/)requirements\/[^/]+\.(txt|in)$/i.test(path)
}
/** Requirements for people who work on the app, by the file's name. */
export function isForDevelopment(path: Path): boolean {
  return /(^|[/_.-])(dev|devel|development|test|tests|testing|lint|docs?|ci|local)([_.-]|\.(txt|in)$)/i.test(path.slice(path.lastIndexOf('requirements')))
}

/** The folders from the entry's up to the repo; those above the app's root come last. */
function* upward(entry: Path, root: Path): Generator<Path> {
  const seen = new Set<Path>()
  for (const from of [entry, `${root}/x`]) {
    for (let dir = parent(from); ; dir = parent(dir)) {
      if (!seen.has(dir)) yield dir
      seen.add(dir)
      if (dir === '.') break
    }
  }
}
const parent = (path: Path): Path => (path.includes('/') ? path.slice(0, path.lastIndexOf('/')) || '.' : '.')
const under = (dir: Path, name: string): Path => (dir === '.' ? name : `${dir}/${name}`)

const nothing = { requirements: [], optional: [], elsewhere: [], odd: [], declares: false, python: undefined, locked: new Map<string, string>(), lock: undefined, broken: undefined }

function readManifest(repo: Snapshot, path: Path): Manifest {
  const text = repo.text(path) ?? ''
  const dir = parent(path)
  const name = path.slice(path.lastIndexOf('/') + 1)
  if (name === 'pyproject.toml') return { ...nothing, ...parsePyproject(text, path), path, kind: 'pyproject', ...lockBeside(repo, dir, ['uv.lock', 'poetry.lock', 'pylock.toml', 'pdm.lock']) }
  if (name === 'Pipfile') return { ...nothing, ...parsePipfile(text, path), path, kind: 'pipfile', ...lockBeside(repo, dir, ['Pipfile.lock']) }
  if (name === 'setup.cfg') return { ...nothing, elsewhere: parseSetupCfg(text, path), path, kind: 'setup' }
  if (name === 'setup.py') return { ...nothing, path, kind: 'setup' }
  const { requirements, odd } = withIncludes(repo, path, new Set())
  return { ...nothing, path, kind: 'requirements', requirements, odd, declares: true, ...lockBeside(repo, dir, ['uv.lock', 'pylock.toml']) }
}

function lockBeside(repo: Snapshot, dir: Path, names: readonly string[]): Pick<Manifest, 'locked' | 'lock'> {
  for (const name of names) {
    const path = under(dir, name)
    const text = repo.text(path)
    if (text !== undefined) return { lock: path, locked: parseLock(text, name) }
    if (repo.has(path)) return { lock: path, locked: new Map() }
  }
  return { lock: undefined, locked: new Map() }
}

/** A requirements file with what it includes; only its own odd lines. */
function withIncludes(repo: Snapshot, path: Path, seen: Set<Path>): { requirements: Requirement[]; odd: readonly OddLine[] } {
  seen.add(path)
  const { requirements, odd } = parseRequirementsTxt(repo.text(path) ?? '', path, (target) => resolveFrom(repo, parent(path), target))
  const all = [...requirements]
  for (const line of odd) {
    if (line.kind === 'include' && line.target !== undefined && !seen.has(line.target)) all.push(...withIncludes(repo, line.target, seen).requirements)
  }
  return { requirements: all, odd }
}

function resolveFrom(repo: Snapshot, dir: Path, target: string): Path | undefined {
  const parts = dir === '.' ? [] : dir.split('/')
  for (const part of target.replace(/^["']|["']$/g, '').split(/[\\/]/)) {
    if (part === '..') {
      if (parts.pop() === undefined) return undefined
    } else if (part !== '.' && part !== '') parts.push(part)
  }
  const path = parts.join('/')
  return repo.files.has(path) ? path : undefined
}

/** The list of packages that a pyproject.toml without `[project] dependencies` hides from the host by standing beside it. */
export function hiddenBeside({ effective, all }: Manifests): Manifest | undefined {
  if (effective?.kind !== 'pyproject' || effective.declares || effective.broken !== undefined || effective.elsewhere.length > 0) return undefined
  const names = ['Pipfile', 'requirements.txt', 'requirements.in', 'requirements/prod.txt'].map((name) => under(parent(effective.path), name))
  for (const name of names) {
    const beside = all.find((manifest) => manifest.path === name && manifest.requirements.length > 0)
    if (beside) return beside
  }
  return undefined
}

/** The runtime requirement of this name in a manifest. */
export function requirementOf(manifest: Manifest | undefined, name: string): Requirement | undefined {
  const wanted = normalizeName(name)
  return manifest?.requirements.find((requirement) => requirement.name === wanted)
}
