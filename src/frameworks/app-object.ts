/** Frameworks whose app is an object that the code makes: Flask, FastAPI. Where it is made or handed over, and which of several is the one that is served. */
import type { App, Entry, FrameworkId, Path, Snapshot } from '../types.js'
import { candidatesIn, type Candidate } from './app-candidates.js'
import { declaredEntry } from './declared-entry.js'
import { platformFiles } from './platform-files.js'
import { appRoot, packageManagerOf, runtimeOf } from './python-project.js'

/** What tells one framework's app from another's. */
export type AppObject = {
  readonly framework: FrameworkId
  /** A file without this text makes no app. */
  readonly mentions: RegExp
  /** 'module.Class' of everything that is an app when called. */
  readonly constructors: readonly string[]
  /** Last part of a callee that takes an app and gives one back: `ASGIApp(sio, app)`. */
  readonly wrappers?: RegExp
  /** Places in a file's text that declare routes, to be counted. */
  readonly routes: RegExp
  /** File names in the order in which a person would look for the app. */
  readonly files: readonly string[]
}

/** One app for each folder with a manifest that makes or hands over such an object. */
export function* appsOf(repo: Snapshot, kind: AppObject): Generator<App> {
  const byRoot = new Map<Path, Candidate[]>()
  for (const candidate of candidatesIn(repo, kind)) {
    const root = appRoot(repo, candidate.file)
    byRoot.set(root, [...(byRoot.get(root) ?? []), candidate])
  }
  for (const [root, found] of [...byRoot].sort(([a], [b]) => (a < b ? -1 : 1))) yield appOf(repo, root, found, kind)
}

function appOf(repo: Snapshot, root: Path, found: readonly Candidate[], kind: AppObject): App {
  const declared = declaredEntry(repo, root, found)
  const ranked = [...found].sort((a, b) => b.score - a.score || a.file.length - b.file.length || (a.file < b.file ? -1 : 1))
  const best = declared?.entry ?? ranked[0]
  if (!best) throw new Error('an app without a candidate')
  const entry: Entry = { file: best.file, symbol: best.symbol, kind: best.kind, ...(best.args === undefined ? {} : { args: best.args }) }
  const own = found.find((one) => one.file === best.file && one.symbol === best.symbol)
  const runtime = runtimeOf(repo, root)
  return {
    root, framework: kind.framework, language: 'python', entry,
    rivals: ranked.filter((one) => one.file !== entry.file || one.symbol !== entry.symbol).map(({ file, symbol, kind: how }) => ({ file, symbol, kind: how })),
    packageManager: packageManagerOf(repo, root),
    ...(runtime === undefined ? {} : { runtime }),
    existing: platformFiles(repo, root),
    evidence: [...(own ? [{ file: own.file, line: own.line, note: own.note }] : []), ...(declared ? [declared.evidence] : [])],
  }
}
