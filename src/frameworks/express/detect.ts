/** Finds Express apps: the file that starts the server, as the repo's scripts say it, or the one that a person would take for it. */
import { lineAt } from '../../text.js'
import type { NotChecked } from '../../inspect.js'
import { isTypeScriptPath } from '../../lang/javascript/tree.js'
import { dirOf } from '../../lang/paths.js'
import type { App, Entry, Evidence, Path, Snapshot } from '../../types.js'
import { listsPackage, manifestsFrom } from '../../lang/javascript/manifest/manifest.js'
import { brokenManifests, nodeProject, type NodeStart } from '../node-project.js'
import { isAsideScript } from '../node-sources.js'
import { nodeStarts } from '../node-start.js'
import { platformFiles } from '../platform-files.js'
import { candidateAt, candidatesIn, entryOf, mayHoldExpress, rank, servesNext, worldOf, type Candidate, type World } from './candidates.js'

/**
 * `entry.file` is what the local start runs: bin/www or server.js, which may import the app from another file; a built file is told by its source.
 * `kind`: 'listen' when it, or what it loads, starts a server; 'instance' when it only hands over the app; 'factory' when it hands over a function that makes one.
 * `symbol`: the name under which that file holds the app ('app'), else an object or server around it ('server'); of a factory the function's name.
 * How the app object itself is named and exported is told by `appObject` in app-object.ts.
 */
export function* detectExpress(repo: Snapshot): Generator<App> {
  if (!mayHoldExpress(repo)) return
  const world = worldOf(repo)
  const found = [...candidatesIn(repo, world)]
  const makers = new Set(found.flatMap(({ path, makes }) => (makes.length > 0 ? [path] : [])))
  if (makers.size === 0) return
  const byRoot = new Map<Path, Candidate[]>()
  for (const candidate of found) {
    const root = rootOf(repo, candidate.path)
    byRoot.set(root, [...(byRoot.get(root) ?? []), candidate])
  }
  const listening = new Set(found.flatMap(({ path, listens }) => (listens.length > 0 ? [path] : [])))
  const apps = [...byRoot].sort(([a], [b]) => (a < b ? -1 : 1)).flatMap(([root, candidates]) => appOf(repo, world, root, candidates, makers, listening) ?? [])
  // A package of a workspace whose app another one starts is a part of that one.
  yield* apps.filter((app) => app.entry.kind === 'listen' || !apps.some((other) => other !== app && other.entry.kind === 'listen' && world.files.closure(other.entry.file).has(app.entry.file)))
}

function appOf(repo: Snapshot, world: World, root: Path, candidates: readonly Candidate[], makers: ReadonlySet<Path>, listening: ReadonlySet<Path>): App | undefined {
  const touches = (path: Path, files: ReadonlySet<Path>): boolean => [...world.files.closure(path)].some((one) => files.has(one))
  const starts = [...nodeStarts(repo, root)].filter(({ file }) => touches(file, makers) && !servesNext(repo.text(file) ?? ''))
  const start = starts.find(({ file }) => touches(file, listening)) ?? starts[0]
  const ranked = candidates.filter(({ path, listens, handed }) => (listens.length > 0 || handed.length > 0) && touches(path, makers)).sort((a, b) => rank(b) - rank(a) || a.path.length - b.path.length || (a.path < b.path ? -1 : 1))
  const best = start ? (candidateAt(world, start.file) ?? { path: start.file, makes: [], listens: [], handed: [] }) : ranked[0]
  if (!best) return undefined
  // What a script runs listens somehow, even where the call is not to be made out.
  const starting = (candidate: Candidate): boolean => candidate.listens.length > 0 || (candidate === best && (start?.script !== undefined || touches(candidate.path, listening)))
  const entry = entryOf(world, best, starting(best))
  const { packageManager, runtime } = nodeProject(repo, root)
  return {
    root, framework: 'express', language: isTypeScriptPath(entry.file) ? 'typescript' : 'javascript', entry,
    rivals: ranked.filter(({ path }) => path !== entry.file).map((one) => entryOf(world, one, starting(one))),
    packageManager,
    ...(runtime === undefined ? {} : { runtime }),
    existing: platformFiles(repo, root),
    evidence: [...making(world, entry, makers), ...(start ? [start.evidence] : [])],
  }
}

/** The `express()` call that the entry leads to. */
function* making({ files, values }: World, entry: Entry, makers: ReadonlySet<Path>): Generator<Evidence> {
  for (const path of files.closure(entry.file)) {
    const file = makers.has(path) ? files.file(path) : undefined
    const call = file?.makes.find((one) => {
      const value = values.of(one, file)
      return value?.kind === 'app' && value.made === one
    })
    if (!file || !call) continue
    const line = lineAt(file.text, call.start)
    yield { file: path, line, note: (file.text.split(/\r\n|\r|\n/)[line - 1] ?? '').trim().slice(0, 80) }
    return
  }
}

/** The nearest folder whose package.json lists Express or starts something below it; else the nearest with a package.json; else the repo. */
function rootOf(repo: Snapshot, file: Path): Path {
  const manifests = [...manifestsFrom(repo, dirOf(file))]
  const own = manifests.find((manifest) => listsPackage(manifest, 'express') || startsBelow(repo, manifest.dir))
  return own?.dir ?? manifests.find(({ name, scripts }) => name !== undefined || Object.keys(scripts).length > 0)?.dir ?? '.'
}
function startsBelow(repo: Snapshot, dir: Path): boolean {
  const first: NodeStart | undefined = [...nodeStarts(repo, dir)].find(({ evidence }) => evidence.file === (dir === '.' ? 'package.json' : `${dir}/package.json`))
  return first !== undefined
}

/** What is no app of its own, or could not be read, in a sentence each. */
export function* expressNotes(repo: Snapshot): Generator<NotChecked> {
  yield* brokenManifests(repo)
  for (const { path, text } of repo.files.values()) if (!isAsideScript(path) && servesNext(text)) yield { file: path, reason: 'it is an Express server around a Next.js app; the host runs Next.js by itself, so this file was not looked into' }
}
