/** A Django project as its files name it: manage.py, the settings module, the application that is served. */
import type { Evidence, Path, Snapshot } from '../../../types.js'
import { lineAt } from '../../../text.js'
import { dirOf, join, locate } from '../modules.js'

export type NamedSettings = { readonly name: string; readonly path: Path; readonly because: Evidence }

const named = /DJANGO_SETTINGS_MODULE["']\s*(?:,|\]\s*=|:|=)\s*["']([A-Za-z_]\w*(?:\.\w+)*)["']/g
const testRun = /\bif\b(?!.*\bnot\b).*(["']test["'].*\bsys\.argv\b|\bsys\.argv\b.*["']test["'])/
/** `f'config.settings.{environment}'`, `'config.settings.' + environment`: the package, of which a variable picks a module. */
const composed = /DJANGO_SETTINGS_MODULE["']\s*(?:,|\]\s*=)\s*(?:f["']([A-Za-z_][\w.]*)\.\{|["']([A-Za-z_][\w.]*)\.(?:["']\s*\+|%s|\{))/
const dotted = /["']([A-Za-z_]\w*(?:\.\w+)+)["']/g

/** The manage.py of the project that holds this file: the nearest one at or above its folder that names settings, else one a level down. */
export function managePath(repo: Snapshot, file: Path): Path | undefined {
  for (let dir = dirOf(file); ; dir = dirOf(dir)) {
    const path = join(dir, 'manage.py')
    if (isManage(repo, path)) return path
    if (dir === '.') return undefined
  }
}
export function isManage(repo: Snapshot, path: Path): boolean {
  return /(^|\/)manage\.py$/.test(path) && (repo.text(path)?.includes('DJANGO_SETTINGS_MODULE') ?? false)
}

/** Folders that a Django process finds modules in: that of manage.py, and what manage.py and the served file add to the path. */
export function projectRoots(repo: Snapshot, file: Path): readonly Path[] {
  const manage = managePath(repo, file)
  return [manage === undefined ? packageParent(repo, file) : dirOf(manage)]
}
function packageParent(repo: Snapshot, file: Path): Path {
  let dir = dirOf(file)
  while (dir !== '.' && repo.has(join(dir, '__init__.py'))) dir = dirOf(dir)
  return dir
}

/** Settings modules that a file (wsgi.py, asgi.py, manage.py) sets, in the order written; usually one. Only those that are in the repo. */
export function settingsNamedIn(repo: Snapshot, file: Path, roots: readonly Path[]): readonly NamedSettings[] {
  const text = withoutComments(repo.text(file) ?? '')
  if (!text.includes('DJANGO_SETTINGS_MODULE')) return []
  const plain = servedName(text)
  const picked = plain === undefined ? composed.exec(text) : null
  const inside = picked && forProduction(repo, roots, picked[1] ?? picked[2] ?? '')
  if (picked && inside) return [{ ...inside, because: { file, line: lineAt(text, picked.index), note: `DJANGO_SETTINGS_MODULE is picked by a variable; ${inside.name} is taken for it` } }]
  const names = plain?.[1] === undefined ? [...text.matchAll(dotted)].map((match) => [match[1] ?? '', match.index] as const) : [[plain[1], plain.index] as const]
  const out: NamedSettings[] = []
  for (const [written, at] of names) {
    const { name, path } = holding(repo, roots, written)
    if (path === undefined || out.some((one) => one.path === path)) continue
    if (plain === undefined && !/settings|config/i.test(name) && !repo.text(path)?.includes('INSTALLED_APPS')) continue
    out.push({ name, path, because: { file, line: lineAt(text, at), note: name === written ? `DJANGO_SETTINGS_MODULE is ${name}` : `DJANGO_SETTINGS_MODULE is ${written}, which sets nothing; ${name} is taken for it` } })
  }
  return out
}
/** The first name that is not only for `manage.py test`. */
function servedName(text: string): RegExpExecArray | undefined {
  const all = [...text.matchAll(named)]
  return all.find(({ index }) => !isForTests(text, index)) ?? all[0]
}
function isForTests(text: string, at: number): boolean {
  const [own = '', ...above] = text.slice(0, at).split(/\r\n|\r|\n/).reverse()
  let indent = own.search(/\S|$/)
  for (const line of above) {
    const depth = line.search(/\S/)
    if (depth < 0 || depth >= indent) continue
    if (testRun.test(line)) return true
    indent = depth
  }
  return false
}
/** Lines that are comments blanked, offsets kept. */
function withoutComments(text: string): string {
  return text.replace(/^[ \t]*#.*$/gm, (line) => ' '.repeat(line.length))
}
/** A settings package whose own file sets nothing needs one of its modules named by the environment; that of production stands for it. */
function holding(repo: Snapshot, roots: readonly Path[], name: string): { readonly name: string; readonly path: Path | undefined } {
  const path = modulePath(repo, roots, name)
  if (path === undefined || !path.endsWith('/__init__.py') || /^\s*(from|import)\s|^\s*[A-Z][A-Z0-9_]*\s*(:[^=\n]+)?=/m.test(repo.text(path) ?? '')) return { name, path }
  return forProduction(repo, roots, name) ?? { name, path }
}
/** The module of a settings package that a server would load. */
function forProduction(repo: Snapshot, roots: readonly Path[], name: string): { readonly name: string; readonly path: Path } | undefined {
  for (const part of ['production', 'prod', 'deploy', 'live', 'staging', 'base', 'common', 'settings']) {
    const path = modulePath(repo, roots, `${name}.${part}`)
    if (path !== undefined) return { name: `${name}.${part}`, path }
  }
  return undefined
}
/** The settings module that a file names and the repo does not hold: ignored by git, or made on each machine. */
export function missingSettings(repo: Snapshot, file: Path, roots: readonly Path[]): NamedSettings | undefined {
  const text = withoutComments(repo.text(file) ?? '')
  const match = servedName(text)
  const name = match?.[1]
  if (!match || name === undefined || modulePath(repo, roots, name) !== undefined) return undefined
  const path = join(roots[0] ?? '.', `${name.replaceAll('.', '/')}.py`)
  return { name, path, because: { file, line: lineAt(text, match.index), note: `DJANGO_SETTINGS_MODULE is ${name}` } }
}
export function modulePath(repo: Snapshot, roots: readonly Path[], name: string): Path | undefined {
  return locate(repo, roots, name)?.path
}

/** A settings module and the modules of the repo that it imports from, nearest first. */
function imported(repo: Snapshot, settings: Path, roots: readonly Path[]): readonly Path[] {
  const out = [settings]
  for (const path of out) {
    for (const [, dots = '', rest = ''] of (repo.text(path) ?? '').matchAll(/^\s*from\s+(\.*)([\w.]*)\s+import\b/gm)) {
      let dir = dirOf(path)
      for (let up = 1; up < dots.length; up++) dir = dirOf(dir)
      const found = rest === '' ? undefined : modulePath(repo, dots === '' ? roots : [dir], rest)
      if (found !== undefined && !out.includes(found) && out.length < 40) out.push(found)
    }
  }
  return out
}

export type NamedApplication = { readonly kind: 'wsgi' | 'asgi'; readonly file: Path; readonly symbol: string; readonly because: Evidence }

/** What `ASGI_APPLICATION` and `WSGI_APPLICATION` name, the first of which a host that asks the settings prefers. Values are read as text: the settings may be split over the files beside the module. */
export function* applicationsNamedIn(repo: Snapshot, settings: Path, roots: readonly Path[]): Generator<NamedApplication> {
  const dir = dirOf(settings)
  const beside = /(^|\/)__init__\.py$/.test(settings) || /settings|config/i.test(dir.split('/').at(-1) ?? '') ? repo.list(dir).filter((path) => path.endsWith('.py') && !/\/(tests?|migrations)\//.test(path)) : []
  const files = [...new Set([...imported(repo, settings, roots), ...beside])]
  for (const kind of ['asgi', 'wsgi'] as const)
    for (const file of files) {
      const text = repo.text(file) ?? ''
      const match = new RegExp(`^\\s*${kind.toUpperCase()}_APPLICATION\\s*(?::\\s*str\\s*)?=\\s*["']([\\w.]+)["']`, 'm').exec(text)
      const name = match?.[1]
      if (!match || name === undefined) continue
      const module = name.split('.').slice(0, -1).join('.')
      const path = modulePath(repo, roots, module)
      if (path === undefined) continue
      yield { kind, file: path, symbol: name.split('.').at(-1) ?? 'application', because: { file, line: lineAt(text, match.index + match[0].length), note: match[0].trim() } }
      break
    }
}
