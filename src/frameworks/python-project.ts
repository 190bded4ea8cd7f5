/** What every Python app has: package manager, wanted version. */
import { dirOf, join } from '../lang/python/modules.js'
import type { App, PackageManager, Path, Snapshot } from '../types.js'

const manifests = ['pyproject.toml', 'requirements.txt', 'Pipfile', 'setup.py', 'uv.lock', 'poetry.lock', 'requirements.in']
/** Folders whose code is not a deployable app: tests, examples, environments. */
const aside = /(^|\/)(tests?|testing|__tests__|docs?|examples?|samples?|demos?|notebooks?|migrations|alembic|versions|node_modules|site-packages|\.?venv|env|virtualenv|__pycache__|build|dist|vendor|third_party|\.\w[^/]*)\//i
export function isAside(path: Path): boolean {
  return aside.test(`/${path}`.slice(1)) || /(^|\/)(test_[^/]*|[^/]*_test|conftest|setup)\.py$/.test(path)
}

/** The whole project is one Python app, or has functions in api/ only. */
const pythonProject = /"framework"\s*:\s*("(flask|fastapi|python)"|null)/

/** The nearest folder at or above the file that holds a manifest, or whose vercel.json names the file; the repo itself when there is none. */
export function appRoot(repo: Snapshot, file: Path): Path {
  const inApi = /^(?:(.+)\/)?(api\/\w+)\.py$/.exec(file)
  // api/ may have a manifest of its own; the project is where the platform's config lies.
  const config = inApi ? repo.text(join(inApi[1] ?? '.', 'vercel.json')) : undefined
  if (inApi?.[2] !== undefined && config !== undefined && (config.includes(inApi[2]) || (pythonProject.test(config) && !config.includes('"services"')))) return inApi[1] ?? '.'
  const lowest = importHome(repo, file)
  for (let dir = lowest; ; dir = dirOf(dir)) {
    if (manifests.some((name) => repo.has(join(dir, name)))) return dir
    if (dir === '.') return lowest === dirOf(file) ? '.' : lowest
  }
}
/** The lowest folder from which the file can be imported as it is written: above its package, where it imports its neighbours as parts of that. */
function importHome(repo: Snapshot, file: Path): Path {
  const text = repo.text(file) ?? ''
  const dots = Math.max(0, ...[...text.matchAll(/^from\s+(\.+)/gm)].map(([, written = '']) => written.length))
  let dir = dirOf(file)
  for (let up = 0; up < dots && dir !== '.'; up++) dir = dirOf(dir)
  if (dots > 0 || dir === '.') return dir
  // `from app.models import …` in app/main.py.
  const own = dir.slice(dir.lastIndexOf('/') + 1)
  const byName = [...text.matchAll(/^(?:from|import)\s+([A-Za-z_]\w*)\.(\w+)/gm)].some(([, head, next]) => head === own && !repo.hasDir(join(dir, own)) && (repo.has(join(dir, `${next ?? ''}.py`)) || repo.hasDir(join(dir, next ?? ''))))
  return byName ? dirOf(dir) : dir
}

export function packageManagerOf(repo: Snapshot, root: Path): PackageManager {
  const at = (name: string): string | undefined => repo.text(join(root, name))
  if (repo.has(join(root, 'uv.lock')) || at('pyproject.toml')?.includes('[tool.uv')) return 'uv'
  if (repo.has(join(root, 'poetry.lock')) || at('pyproject.toml')?.includes('[tool.poetry')) return 'poetry'
  if (repo.has(join(root, 'Pipfile'))) return 'pipenv'
  // Groups beside [project] and nothing else to install from: what `uv init` and `uv add --dev` write.
  const groups = /^\[dependency-groups\]|\buv_build\b/m.test(at('pyproject.toml') ?? '') && !/^\[tool\.(pdm|hatch)/m.test(at('pyproject.toml') ?? '')
  if (groups && !repo.has(join(root, 'requirements.txt'))) return 'uv'
  return 'pip'
}

/** First of .python-version, pyproject, Pipfile, runtime.txt that names a version. */
export function runtimeOf(repo: Snapshot, root: Path): App['runtime'] {
  const sources: readonly (readonly [string, RegExp])[] = [
    ['.python-version', /^\s*(?:cpython-|python-)?(\d+\.\d+(?:\.\d+)?)/m],
    ['pyproject.toml', /^\s*(?:requires-python|python)\s*=\s*["']([^"']+)["']/m],
    ['Pipfile', /^\s*python_(?:full_)?version\s*=\s*["']([^"']+)["']/m],
    ['runtime.txt', /python-(\d+\.\d+(?:\.\d+)?)/],
  ]
  for (const [name, pattern] of sources) {
    const path = join(root, name)
    const wanted = pattern.exec(repo.text(path) ?? '')?.[1]
    if (wanted !== undefined) return { wanted, source: path }
  }
  return undefined
}
