/** How Vercel enters a Node app: by itself, through `api/` without a preset, or as a service whose entrypoint is named. */
import { UserError } from '../../src/errors.js'
import { isList, isObject } from '../../src/json-text.js'
import type { Path } from '../../src/types.js'
import { builtFrom, unresolvedAlias } from './aliases.js'
import { nodeCandidates } from './lookup.js'
import { handedBy, leadsToFile, nodeServes, onlyStarts, runs } from './node-entry.js'
import { ownFunctions } from './place.js'
import { inside } from './project.js'
import { dropped, publicFile } from './public-folder.js'
import { leadsTo, rewritesOf, takesEverything } from './rewrites.js'
import { nodeShimText, takingOf, type Taking } from './shim-node.js'
import { refuse, serviceEntrypoint, type Shape, type Situation } from './shape.js'

/** The file whose import runs the app, and what is taken from it. */
type Handover = { readonly file: Path; readonly taking: Taking }

export function nodeShape(at: Situation): Shape {
  const { place, context } = at
  if (place.services) return asService(at)
  if (context.shape === 'native') return native(at) ?? refuse('native', nativeProblem(at))
  if (context.shape === 'api') return inApi(at) ?? refuse('api', apiProblem(at))
  const shape = native(at) ?? inApi(at)
  if (shape) return shape
  // Nothing hands the app over yet: that is a finding's to cure, and the preset finds the file already.
  if (handover(at) === undefined && ownCode(at) === undefined) return { way: 'native', served: nodeServes(place.home) ?? at.file, shim: undefined, pin: undefined, why: `The ${at.preset.title} preset looks for the app by itself; but ${apiProblem(at)}.` }
  // Only a named entrypoint keeps the builder from making functions of the app's own files in api/.
  if (handover(at)?.taking.kind !== 'call') return { ...asService(at), why: `The app is the one service of the repo, entered by name: ${nativeProblem(at)}; and in api/ ${apiProblem(at)}.` }
  throw new UserError(`No entry for Vercel can be written: ${nativeProblem(at)}; and in api/ ${apiProblem(at)}.`, 3, 'Rename the folder api/, or export the app itself.')
}

/** The file that starts the server if importing it leads anywhere, else the one that exports the app. */
function handover(at: Situation): Handover | undefined {
  const { home } = at.place
  const rivals = at.context.app.rivals.filter(({ kind }) => kind !== 'listen')
  for (const entry of [at.entry, ...rivals]) {
    const file = inside(home.root, entry.file)
    const taking = file === undefined ? undefined : takingOf(home, file, entry)
    if (file !== undefined && taking) return { file, taking }
  }
  return undefined
}

// ── the preset finds the app's own file ───────────────────────────────────────────────────────────

/** The file that the preset serves, if it is the app as it is started elsewhere. */
function found(at: Situation): Path | undefined {
  const { home } = at.place
  const served = nodeServes(home)
  if (served === undefined || !runs(handedBy(home, served))) return undefined
  return served === at.file || onlyStarts(home, at.file, served) ? served : undefined
}

function native(at: Situation): Shape | undefined {
  const { place, preset, file } = at
  if (ownCode(at) !== undefined || ourEntry(at) !== undefined) return undefined
  const served = found(at)
  if (served === undefined) return undefined
  const built = builtFrom(place.home, served)
  const shape = { way: 'native', shim: undefined, pin: undefined } as const
  if (built && nodeCandidates.includes(built.rest)) return { ...shape, served: built.file, output: built.dir, why: `The ${preset.title} preset finds ${built.file}, which the build script makes: ${built.why}.` }
  if (built) return undefined
  const aside = served === file ? '' : ` ${file} only starts the server, which Vercel does itself.`
  return { ...shape, served, why: `The ${preset.title} preset finds the app in ${served} by itself.${aside}` }
}

function nativeProblem(at: Situation): string {
  const { place, file, entry } = at
  const own = ownCode(at)
  if (own !== undefined) return `with the ${at.preset.title} preset ${own} becomes a function of its own, and every other route below /api answers 404`
  const served = nodeServes(place.home)
  if (served === undefined && nodeCandidates.includes(file)) return `${file} does not import express itself, and the builder takes only a file that does`
  if (served === undefined) return `the builder looks for express in app, index and server, at the root and in src/, and not in ${file}`
  if (entry.kind === 'factory') return `${entry.symbol} in ${file} is a function that makes the app, and the builder wants the app`
  if (!runs(handedBy(place.home, served))) return `${served} would be served, and it neither exports the app nor listens when it is imported`
  const built = builtFrom(place.home, served)
  if (built) return `${built.why}, and the preset would not find ${built.file}`
  return `${served} is tried before ${file}, and would be served in its place`
}

// ── a file in api/ hands the app over ─────────────────────────────────────────────────────────────

const apiNames: readonly Path[] = ['index', 'server', 'main', 'app'].flatMap(stem => ['js', 'mjs', 'ts', 'mts'].map(end => `api/${stem}.${end}`))

/** A file in api/ that is the app or hands it over, by a person or by an earlier run. */
function ourEntry({ place, file, context }: Situation): Path | undefined {
  const { home } = place
  if (file.startsWith('api/') && runs(handedBy(home, file))) return file
  const files = [file, ...context.app.rivals.flatMap(entry => inside(home.root, entry.file) ?? [])]
  return apiNames.find(path => {
    const text = home.text(path)
    if (text === undefined) return false
    const targets = [...text.matchAll(/(?:from|require\(|import\(?)\s*["']([^"']+)["']/g)].map(([, name = '']) => name)
    const isApp = (name: string): boolean => [...files, ...files.flatMap(one => builtFrom(home, one)?.file ?? [])].some(one => leadsToFile(path, name, one))
    return targets.some(isApp)
  })
}

/** Code in api/ that is not the entry. */
function ownCode(at: Situation): Path | undefined {
  return ownFunctions(at.place.home, ourEntry(at) ?? '').next().value ?? undefined
}

function inApi(at: Situation): Shape | undefined {
  const { place, preset } = at
  const { home } = place
  const ours = ourEntry(at)
  const wasNull = ours !== undefined && place.config['framework'] !== preset.slug && rewritesOf(place.config).some(rule => leadsTo(rule, ours))
  if (apiProblemOf(at, ours) !== undefined && !(wasNull && publicFile(home))) return undefined
  if (ours !== undefined) return { way: 'null', served: ours, shim: undefined, pin: undefined, why: `Vercel serves ${ours} without a preset: with the preset a file in api/ would become a second function, and the routes of the app below /api would answer 404.` }
  const from = freeName(at)
  const handed = handover(at)
  if (from === undefined || handed === undefined) return undefined
  const built = builtFrom(home, handed.file)
  return { way: 'null', served: from, shim: nodeShimText(home, from, built?.file ?? handed.file, handed.taking), pin: undefined, why: `Vercel serves ${from} without a preset: ${nativeProblem(at)}.` }
}

const freeName = ({ place: { home } }: Situation): Path | undefined => apiNames.find(path => path.endsWith('.js') && !home.has(path) && !dropped(home, path))

function apiProblemOf(at: Situation, ours: Path | undefined): string | undefined {
  const { place } = at
  const own = ownCode(at)
  if (own !== undefined) return `${own} becomes a function of its own, which takes its path from the app`
  const path = ours ?? freeName(at)
  if (path === undefined) return 'every file name that would do is taken'
  if (ours === undefined && handover(at) === undefined) return `${at.file} neither exports the app nor listens when it is imported`
  if (!publicFile(place.home)) return 'no file in public/ would be uploaded (.gitignore or .vercelignore drops it), and Vercel would publish the source in its place'
  const away = rewritesOf(place.config).find(rule => takesEverything(rule) && !leadsTo(rule, path) && !leadsTo(rule, at.file))
  if (away) return `a rewrite in vercel.json sends every path to ${away.destination}`
  return undefined
}
const apiProblem = (at: Situation): string => apiProblemOf(at, ourEntry(at)) ?? 'nothing stands in the way'

// ── the app is one service of a repo ──────────────────────────────────────────────────────────────

/** A service's entrypoint may be any file, so no other is needed unless the app has to be made first. */
function asService(at: Situation): Shape {
  const { place, file } = at
  const { home } = place
  const pinned = serviceEntrypoint(place)
  if (pinned !== undefined && home.has(pinned) && runs(handedBy(home, pinned))) return { way: 'services', served: pinned, shim: undefined, pin: pinned, why: `The service in vercel.json already names ${pinned}.` }
  const handed = handover(at)
  const where = home.root === '.' ? '' : `${home.root}/`
  if (handed && handed.taking.kind !== 'whole' && handed.taking.kind !== 'nothing') {
    const from = ourEntry(at) ?? freeName(at)
    if (from === undefined) refuse('api', 'every file name that would do in api/ is taken')
    return { way: 'services', served: from, shim: home.has(from) ? undefined : nodeShimText(home, from, handed.file, handed.taking), pin: from, why: `The app lies in ${where}, so it is a service of the repo, entered through ${where}${from}.` }
  }
  const served = found(at) ?? handed?.file ?? file
  const aside = unresolvedAlias(home, served)
  if (aside !== undefined) throw new UserError(`${served} cannot be a service of Vercel: ${aside}, and a service takes no built file.`, 3, `Write the imports as relative paths, or make ${home.root} the Root Directory of the project and give it a vercel.json of its own.`)
  return { way: 'services', served, shim: undefined, pin: served, why: `The app lies in ${where}, so it is a service of the repo whose entrypoint is ${where}${served}.` }
}

// ── an old config that its rule was not allowed to rewrite ────────────────────────────────────────

export function buildsOfNode(at: Situation): Shape {
  const { place, file, preset } = at
  const builds = place.config['builds']
  const sources = (isList(builds) ? builds : []).flatMap(build => (isObject(build) && typeof build['src'] === 'string' && preset.builder.isCode(build['src']) ? [build['src'].replace(/^\.?\//, '')] : []))
  const served = sources.find(src => src === file) ?? sources.find(src => runs(handedBy(place.home, src))) ?? sources[0] ?? file
  return { way: 'builds', served, shim: undefined, pin: undefined, why: `"builds" in vercel.json names ${served}, and is kept until its finding is taken.` }
}
