/** The rules by which the Express builder finds an app and the platform's launcher runs it, asked of the files as they are. */
import { manifestAt } from '../../src/lang/javascript/manifest/manifest.js'
import { isList, isObject } from '../../src/json-text.js'
import type { Check, EmitContext, Path, Snapshot } from '../../src/types.js'
import { unresolvedAlias } from './aliases.js'
import { facts } from './limits.js'
import { handedBy, leadsToFile, nodeServes, onlyStarts, runs } from './node-entry.js'
import { allowsMajor } from '../../src/lang/javascript/manifest/node-range.js'
import { ownFunctions, type Place } from './place.js'
import { presets } from './presets.js'
import { below, inside, type Folder } from './project.js'
import type { Proof } from './proof.js'
import { dropped } from './public-folder.js'
import { leadsTo, rewritesOf, takesEverything } from './rewrites.js'
import { serviceOf } from './shape.js'

type Served = { readonly way: NonNullable<Proof['way']>; readonly file: Path; /** Made by the project's build. */ readonly built?: boolean }

export function proveNode(_repo: Snapshot, context: EmitContext, place: Place): Proof {
  const served = servedFile(place, context)
  return { way: served?.way, entry: [entryCheck(place, served), ...startCheck(context, place, served), ...collisionCheck(place, served)], rest: [dependencyCheck(context, place), versionCheck(place)] }
}

function servedFile({ config, home }: Place, { app }: EmitContext): Served | undefined {
  const { builder } = presets[app.framework]
  const built = isList(config['builds']) ? config['builds'].find(build => isObject(build) && typeof build['src'] === 'string' && builder.isCode(build['src'])) : undefined
  if (isObject(built) && typeof built['src'] === 'string') return { way: 'builds', file: built['src'].replace(/^\.?\//, '') }
  const service = serviceOf({ config, home })
  const natural = nodeServes(home)
  if (service) {
    const file = typeof service['entrypoint'] === 'string' ? service['entrypoint'] : natural
    return file === undefined ? undefined : { way: 'services', file }
  }
  if (config['framework'] === null) {
    const file = home.list('api').find(path => builder.isCode(path) && rewritesOf(config).some(rule => takesEverything(rule) && leadsTo(rule, path)))
    return file === undefined ? undefined : { way: 'null', file }
  }
  const output = config['outputDirectory']
  if (typeof output === 'string') return { way: 'preset', file: output, built: true }
  return natural === undefined ? undefined : { way: 'preset', file: natural }
}

function entryCheck({ home }: Place, served: Served | undefined): Check {
  const title = 'Vercel finds the app'
  if (!served) return { title, ok: false, detail: 'No file that Vercel looks at imports express: app, index and server, at the root and in src/, and main of package.json.' }
  if (served.built === true) return { title, ok: true, detail: `It serves what the build script puts into ${served.file}/, if app, index or server there imports express.` }
  const path = below(home.root, served.file)
  if (!home.has(served.file)) return { title, ok: false, detail: `${path} is named as the entry and does not exist.` }
  if (dropped(home, served.file)) return { title, ok: false, detail: `${path} is left out by .gitignore or .vercelignore.` }
  const alias = unresolvedAlias(home, served.file)
  if (alias !== undefined) return { title, ok: false, detail: `${path} would be served, and die when it is imported: ${alias}. Write these imports as relative paths.` }
  const reason = problemOf(home, served.file)
  return { title, ok: reason === undefined, detail: reason ?? `It serves ${path}, which ${said(home, served.file)}; nothing is tried before it.` }
}

/** Why importing the file would not give the platform an app. An entry in api/ is followed to what it imports. */
function problemOf(home: Folder, file: Path): string | undefined {
  const path = below(home.root, file)
  const target = handedOn(home, file)
  if (target?.built === true) return undefined
  const handed = handedBy(home, target?.file ?? file)
  const name = below(home.root, target?.file ?? file)
  if (target?.file !== undefined && handed === undefined) return `${path} imports ${name}, which does not exist.`
  if (handed && handed.whole === undefined && handed.names.length > 0 && target !== undefined) return undefined
  if (!runs(handed)) return `${name} neither exports the app as the module itself nor listens when it is imported, so every request would fail.`
  if (handed?.whole === undefined && handed?.listens === 'late') return `${name} listens only after something that takes time, and Vercel waits one second for it. Export the app as well.`
  return undefined
}

function said(home: Folder, file: Path): string {
  const target = handedOn(home, file)
  if (target) return `hands on ${below(home.root, target.file)}`
  return handedBy(home, file)?.whole === undefined ? 'listens when it is imported' : 'exports the app'
}

/** The file of the project that an entry in api/ imports. */
function handedOn(home: Folder, file: Path): { readonly file: Path; readonly built?: boolean } | undefined {
  const text = home.text(file) ?? ''
  if (!file.startsWith('api/') || /\bexpress\s*\(/.test(text)) return undefined
  const name = /(?:from|require\(|import)\s*["'](\.[^"']*)["']/.exec(text)?.[1]
  if (name === undefined) return undefined
  const found = home.list().find(path => /\.[cm]?[jt]sx?$|(?:^|\/)bin\/[\w-]+$/.test(path) && leadsToFile(file, name, path))
  return found === undefined ? { file: name.replace(/^(?:\.\.?\/)+/, ''), built: /^(?:\.\.\/)+(?:dist|build|lib|out)\//.test(name) } : { file: found }
}

/** The file that starts the app elsewhere may do more than that, and the platform does not run it when it serves another. */
function* startCheck({ app }: EmitContext, { home }: Place, served: Served | undefined): Generator<Check> {
  const start = inside(home.root, app.entry.file)
  if (served === undefined || served.built === true || start === undefined || start === served.file || served.way === 'builds' || !home.has(start)) return
  const target = handedOn(home, served.file)
  if (target?.built === true || target?.file === start || onlyStarts(home, start, target?.file ?? served.file)) return
  yield { title: 'What starts the app is run', ok: false, detail: `${app.entry.file} does more than start the server, and Vercel serves ${below(home.root, served.file)} without it. Move what the app needs of it there.` }
}

function* collisionCheck({ home }: Place, served: Served | undefined): Generator<Check> {
  if (served?.way !== 'null' && served?.way !== 'preset') return
  const own = ownFunctions(home, served.file).next().value ?? undefined
  const harm = served.way === 'preset' ? 'and every route below /api that is not a file answers 404' : 'and takes its path from the app'
  yield { title: 'Nothing else in api/ becomes a function', ok: own === undefined, detail: own === undefined ? 'There is nothing else.' : `${below(home.root, own)} becomes a function of its own, ${harm}.` }
}

function dependencyCheck({ app, needs }: EmitContext, { home }: Place): Check {
  const title = 'Vercel finds the dependencies'
  const manifest = manifestAt(home.repo, home.root)
  if (!manifest) return { title, ok: false, detail: 'There is no package.json, so nothing would be installed.' }
  if (manifest.brokenAt !== undefined) return { title, ok: false, detail: `${manifest.path} does not parse at line ${manifest.brokenAt}.` }
  const wanted = [...presets[app.framework].distributions, ...needs.flatMap(need => (need.kind === 'dependency' ? [need.name] : []))]
  const above = manifestAt(home.repo, '.')
  const missing = [...new Set(wanted)].filter(name => manifest.dependencies[name] === undefined && above?.dependencies[name] === undefined)
  if (missing.length > 0) return { title, ok: false, detail: `${manifest.path} does not list ${missing.join(', ')} under "dependencies".` }
  return { title, ok: true, detail: `${Object.keys(manifest.dependencies).length} from ${manifest.path}.` }
}

function versionCheck({ home }: Place): Check {
  const title = 'Vercel has the version of Node'
  const { value: offered } = facts.nodeVersions
  const engines = manifestAt(home.repo, home.root)?.data['engines']
  const range = isObject(engines) && typeof engines['node'] === 'string' ? engines['node'] : undefined
  if (range === undefined) return { title, ok: true, detail: `package.json names none, so it is ${facts.nodeDefault.value}.` }
  const fits = [...offered].reverse().find(major => allowsMajor(range, Number(major)))
  return { title, ok: fits !== undefined, detail: fits === undefined ? `"engines" in package.json asks for ${range}, and Vercel has ${offered.join(' and ')}; the build would stop. Set it to ${facts.nodeDefault.value}.x.` : `${range} allows ${fits}.` }
}
