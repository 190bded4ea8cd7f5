/** What every Python app has: package manager, wanted version, platform files, the command that starts it. */
import { dirOf, join } from '../lang/python/modules.js'
import type { App, Evidence, PackageManager, Path, PlatformFile, Snapshot } from '../types.js'

const manifests = ['pyproject.toml', 'requirements.txt', 'Pipfile', 'setup.py', 'uv.lock', 'poetry.lock', 'requirements.in']
/** Folders whose code is not a deployable app: tests, examples, environments. */
const aside = /(^|\/)(tests?|testing|__tests__|docs?|examples?|samples?|demos?|notebooks?|migrations|alembic|versions|node_modules|site-packages|\.?venv|env|virtualenv|__pycache__|build|dist|vendor|third_party|\.\w[^/]*)\//i
export function isAside(path: Path): boolean {
  return aside.test(`/${path}`.slice(1)) || /(^|\/)(test_[^/]*|[^/]*_test|conftest|setup)\.py$/.test(path)
}

/** The nearest folder at or above the file that holds a manifest; the repo itself when there is none. */
export function appRoot(repo: Snapshot, file: Path): Path {
  for (let dir = dirOf(file); ; dir = dirOf(dir)) {
    if (manifests.some((name) => repo.has(join(dir, name)))) return dir
    if (dir === '.') return '.'
  }
}

export function packageManagerOf(repo: Snapshot, root: Path): PackageManager {
  const at = (name: string): string | undefined => repo.text(join(root, name))
  if (repo.has(join(root, 'uv.lock')) || at('pyproject.toml')?.includes('[tool.uv')) return 'uv'
  if (repo.has(join(root, 'poetry.lock')) || at('pyproject.toml')?.includes('[tool.poetry')) return 'poetry'
  if (repo.has(join(root, 'Pipfile'))) return 'pipenv'
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

export function platformFiles(repo: Snapshot, root: Path): readonly PlatformFile[] {
  const out: PlatformFile[] = []
  const has = (...names: readonly string[]): boolean => names.some((name) => repo.has(join(root, name)) || repo.has(name))
  if (has('vercel.json', 'vercel.toml', 'vercel.ts', 'now.json')) out.push('vercel')
  if (has('render.yaml')) out.push('render')
  if (has('Dockerfile', 'docker-compose.yml', 'docker-compose.yaml', 'compose.yaml', 'compose.yml')) out.push('docker')
  if (has('Procfile')) out.push('procfile')
  return out
}

export type StartCommand = { readonly module: string; readonly symbol: string; readonly args: string | undefined; readonly evidence: Evidence; /** Folder the command starts in. */ readonly cwd: Path }

/** `gunicorn pkg.mod:app`, `uvicorn …`, `waitress-serve …`, FLASK_APP=… in Procfile, Dockerfile, render.yaml, .flaskenv, Makefile and shell scripts. */
export function* startCommands(repo: Snapshot, root: Path): Generator<StartCommand> {
  const named = ['Procfile', 'render.yaml', 'Dockerfile', 'docker-compose.yml', 'fly.toml', 'railway.json', 'railway.toml', 'nixpacks.toml', 'app.yaml', '.flaskenv', 'Makefile', 'start.sh', 'run.sh', 'entrypoint.sh', 'docker-entrypoint.sh', 'startup.sh', 'build.sh']
  for (const name of named)
    for (const path of [...new Set([join(root, name), name])]) {
      const text = repo.text(path)
      if (text === undefined) continue
      for (const [index, line] of text.split(/\r\n|\r|\n/).entries()) {
        if (/^\s*#/.test(line)) continue
        const command = /\b(?:gunicorn|uvicorn|hypercorn|waitress-serve|uwsgi|daphne|granian)\b(.*)/.exec(line)?.[1]
        const flask = /FLASK_APP["']?\s*[=:\s]\s*["']?([\w./]+?)(?:\.py)?(?::(\w+)(\([^)]*\))?)?["']?\s*(?:$|,|\s)/.exec(line)
        const target = command === undefined ? undefined : /["'\s,]([A-Za-z_][\w.]*):([A-Za-z_]\w*)\s*(\([^)]*\))?/.exec(command)
        if (target?.[1] && target[2]) yield { module: target[1], symbol: target[2], args: target[3]?.slice(1, -1), evidence: { file: path, line: index + 1, note: line.trim().slice(0, 100) }, cwd: /--chdir[= ]+["']?([\w./-]+)/.exec(line)?.[1] ?? dirOf(path) }
        else if (flask?.[1]) yield { module: flask[1].replaceAll('/', '.'), symbol: flask[2] ?? 'app', args: flask[3]?.slice(1, -1), evidence: { file: path, line: index + 1, note: line.trim().slice(0, 100) }, cwd: dirOf(path) }
      }
    }
}
