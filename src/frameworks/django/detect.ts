/** Finds Django projects: a manage.py, or a wsgi/asgi module alone, and the application that a host would serve. */
import { dirOf, join } from '../../lang/python/modules.js'
import { applicationsNamedIn, isManage, projectRoots, settingsNamedIn } from '../../lang/python/django/project.js'
import type { App, Entry, Evidence, Path, Snapshot } from '../../types.js'
import { platformFiles } from '../platform-files.js'
import { appRoot, isAside, packageManagerOf, runtimeOf } from '../python-project.js'
import { lineAt } from '../../text.js'
import { startCommands } from '../start-command.js'

export function* detectDjango(repo: Snapshot): Generator<App> {
  const byRoot = new Map<Path, App>()
  for (const app of projects(repo)) {
    const before = byRoot.get(app.root)
    byRoot.set(app.root, before ? { ...before, rivals: [...before.rivals, app.entry, ...app.rivals] } : app)
  }
  yield* byRoot.values()
}

type Found = { readonly entry: Entry; readonly because: Evidence }

function* projects(repo: Snapshot): Generator<App> {
  const files = [...repo.files.keys()].filter((path) => path.endsWith('.py') && !isAside(path)).sort((a, b) => a.split('/').length - b.split('/').length || (a < b ? -1 : 1))
  const homes = new Set<Path>()
  for (const file of files) {
    if (!isManage(repo, file)) continue
    const home = dirOf(file)
    homes.add(home)
    const found = [...applications(repo, file, [home])]
    const evidence: Evidence = { file, line: 1, note: 'manage.py of a Django project' }
    if (found.length > 0) yield appOf(repo, file, found, evidence)
  }
  for (const file of files) {
    const text = repo.text(file) ?? ''
    if (!/\bget_(wsgi|asgi)_application\b/.test(text) || !/^application\b|^\w+\s*=\s*get_(wsgi|asgi)_application\(/m.test(text)) continue
    const roots = projectRoots(repo, file)
    if ([...homes].some((home) => home === '.' || file.startsWith(`${home}/`)) || settingsNamedIn(repo, file, roots).length === 0) continue
    const found = handWritten(repo, file)
    if (found) yield appOf(repo, file, [found], found.because)
  }
}

/**
 * Applications of the project: the start command's, then ASGI where the project has something for it to do, then WSGI, then what is left.
 * A host that reads the settings may prefer the other one; that is a finding, not what the app is.
 */
function* applications(repo: Snapshot, manage: Path, roots: readonly Path[]): Generator<Found> {
  const settings = settingsNamedIn(repo, manage, roots)
  const named = settings.flatMap(({ path }) => [...applicationsNamedIn(repo, path, roots)].flatMap(({ kind, file, symbol, because }): Found[] => (bound(repo, file, symbol) ? [{ entry: { file, symbol, kind }, because }] : [])))
  for (const command of startCommands(repo, appRoot(repo, manage))) {
    const file = [...roots, '.'].map((root) => join(root, `${command.module.replaceAll('.', '/')}.py`)).find((path) => repo.has(path))
    if (file !== undefined && bound(repo, file, command.symbol)) yield { entry: { file, symbol: command.symbol, kind: kindOf(repo, file) }, because: command.evidence }
  }
  // A settings module that is not in the repo (ignored by git, made by hand on each machine) leaves the usual files.
  const homes = settings.length > 0 ? settings.flatMap(({ path }) => upwards(dirOf(path), roots)) : roots.flatMap((root) => repo.list(root).filter((path) => /(^|\/)(wsgi|asgi)\.py$/.test(path) && !isAside(path)).map(dirOf))
  const written = ['wsgi.py', 'asgi.py'].flatMap((name) => [...new Set(homes)].flatMap((dir) => (repo.has(join(dir, name)) ? (handWritten(repo, join(dir, name)) ?? []) : [])))
  const all = [...named, ...written]
  const isAsync = all.find(({ entry }) => entry.kind === 'asgi' && servesSockets(repo, entry.file))
  if (isAsync) yield isAsync
  yield* all.filter(({ entry }) => entry.kind === 'wsgi')
  yield* all.filter(({ entry }) => entry.kind === 'asgi')
  // A project that has no wsgi.py at all: manage.py stands in, so that everything else can still be said.
  if (all.length === 0) yield { entry: { file: manage, symbol: 'application', kind: 'wsgi' }, because: { file: manage, line: 1, note: 'no WSGI or ASGI application was found' } }
}
function servesSockets(repo: Snapshot, file: Path): boolean {
  return /ProtocolTypeRouter|channels\.|websocket|socketio|Starlette|FastAPI/i.test(repo.text(file) ?? '')
}
function upwards(dir: Path, roots: readonly Path[]): readonly Path[] {
  const out = [dir]
  while (!roots.includes(dir) && dir !== '.') out.push((dir = dirOf(dir)))
  return out
}
function handWritten(repo: Snapshot, file: Path): Found | undefined {
  const text = repo.text(file) ?? ''
  const match = /^(\w+)\s*(?::[^=\n]+)?=\s*(?:\w+\()*\s*(?:ProtocolTypeRouter|get_(?:wsgi|asgi)_application)\b/m.exec(text)
  const symbol = match?.[1] ?? (/^application\s*=/m.test(text) ? 'application' : undefined)
  if (symbol === undefined) return undefined
  return { entry: { file, symbol, kind: kindOf(repo, file) }, because: { file, line: match ? lineAt(text, match.index) : 1, note: `${symbol} is the application` } }
}
function kindOf(repo: Snapshot, file: Path): 'wsgi' | 'asgi' {
  const text = repo.text(file) ?? ''
  return /get_asgi_application|ProtocolTypeRouter/.test(text) && !/get_wsgi_application/.test(text) ? 'asgi' : 'wsgi'
}
function bound(repo: Snapshot, file: Path, symbol: string): boolean {
  return new RegExp(`^${symbol}\\s*(:[^=\\n]+)?=|^from\\s.+\\bimport\\b.*\\b${symbol}\\b`, 'm').test(repo.text(file) ?? '')
}

function appOf(repo: Snapshot, file: Path, found: readonly Found[], evidence: Evidence): App {
  const root = appRoot(repo, file)
  const [best] = found
  if (!best) throw new Error('a project without an application')
  const runtime = runtimeOf(repo, root)
  const rivals = found.map(({ entry }) => entry).filter((entry, index, all) => index === all.findIndex((one) => one.file === entry.file) && entry.file !== best.entry.file)
  return {
    root, framework: 'django', language: 'python', entry: best.entry, rivals,
    packageManager: packageManagerOf(repo, root),
    ...(runtime === undefined ? {} : { runtime }),
    existing: platformFiles(repo, root),
    evidence: [evidence, ...(best.because.file === evidence.file && best.because.line === evidence.line ? [] : [best.because])],
  }
}
