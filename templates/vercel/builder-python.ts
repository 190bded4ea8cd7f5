/** What Vercel's Python builder is given: manifests, a pinned version, and what pyproject.toml has to say. */
import { readManifests } from '../../src/lang/python/manifest/manifest.js'
import { replaced } from '../../src/json-text.js'
import type { Change, EmitContext, Need, Path, Snapshot } from '../../src/types.js'
import { boundNames } from './binding.js'
import type { Builder, Furnished, Furnishing } from './builder.js'
import { facts } from './limits.js'
import { manifestChanges } from './manifest.js'
import type { Place } from './place.js'
import { below, folderOf, type Folder } from './project.js'
import { dropped } from './public-folder.js'
import { guessedPackages, withEntrypoint, withPackages } from './pyproject.js'
import type { Shape } from './shape.js'
import { withSubscribers } from './subscribers.js'

export const pythonBuilder: Builder = {
  language: 'Python',
  slugs: ['flask', 'fastapi', 'django', 'python'],
  legacy: /^@(?:vercel|now)\/python(?:@|$)/,
  isCode: path => path.endsWith('.py'),
  isFunction: (home, path) => path.endsWith('.py') && binds(home, path),
  binds,
  ignored: ['.venv/', 'venv/', '__pycache__/', '*.pyc', '.pytest_cache/', '.mypy_cache/', '.ruff_cache/'],
  furnish,
  settings: (shape, { maxDuration }) => [{ key: shape.served, ...(maxDuration === undefined ? {} : { maxDuration }) }],
}

function binds(home: Folder, path: Path): boolean {
  return boundNames(home.text(path) ?? '').length > 0
}

function furnish({ repo, place, shape, context, distribution }: Furnishing): Furnished {
  const manifested = manifestChanges(repo, context.app, below(place.home.root, shape.served), context.needs, distribution)
  const runtime = runtimeChanges(repo.with(manifested.changes), context, place.home)
  const queued = withSubscribers(repo.with(manifested.changes).text(below(place.home.root, 'pyproject.toml')), context.needs, shape.way === 'native').steps
  return {
    changes: [...runtime.changes, ...pyprojectChanges(repo, manifested.changes, place, shape, context)],
    steps: [...manifested.steps, ...runtime.steps, ...queued],
  }
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
