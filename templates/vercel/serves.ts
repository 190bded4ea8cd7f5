/** Which file Vercel would serve as the repo is now: the question behind every rule on entries. */
import { UserError } from '../../src/errors.js'
import { isList, isObject } from '../../src/json-text.js'
import type { App, Path, Snapshot } from '../../src/types.js'
import type { Builder } from './builder.js'
import { candidates } from './lookup.js'
import { placeOf, type Place } from './place.js'
import { presets } from './presets.js'
import { below } from './project.js'
import { leadsTo, rewritesOf } from './rewrites.js'
import { sameFolder } from './shape.js'

/** Repo-relative; undefined when the build would find no app (or the config is one that Vercel refuses). */
export function serves(repo: Snapshot, app: App): Path | undefined {
  const place = projectOf(repo, app)
  if (!place) return undefined
  const { builder, serves: natural } = presets[app.framework]
  const named = namedByConfig(place, builder)
  // A named file that binds no app ends the build; the others are not tried.
  const file = named === undefined ? natural(place.home) : builder.binds(place.home, named) ? named : undefined
  return file === undefined ? undefined : below(place.home.root, file)
}

function projectOf(repo: Snapshot, app: App): Place | undefined {
  try {
    return placeOf(repo, { app })
  } catch (error) {
    // A config that can't be read or merged is told by the rules on configs, and by emit.
    if (error instanceof UserError) return undefined
    throw error
  }
}

/** `builds` names files; a service names its entry; and rewrites into `api/` say which function answers. */
function namedByConfig({ config, home }: Place, { isCode }: Builder): Path | undefined {
  const builds = config['builds']
  if (isList(builds)) {
    const sources = builds.flatMap(build => (isObject(build) && typeof build['src'] === 'string' ? [build['src'].replace(/^\.?\//, '')] : []))
    const file = sources.find(source => isCode(source) && home.has(source))
    if (file !== undefined) return file
  }
  const services = config['services']
  for (const service of isObject(services) ? Object.values(services) : []) {
    if (!isObject(service) || !sameFolder(service['root'], home.root) || typeof service['entrypoint'] !== 'string') continue
    const entrypoint = service['entrypoint']
    const file = isCode(entrypoint) || home.has(entrypoint) ? entrypoint : `${(entrypoint.split(':')[0] ?? '').replaceAll('.', '/')}.py`
    if (home.has(file)) return file
  }
  if (typeof config['framework'] === 'string') return undefined
  return home.list('api').filter(isCode).sort(byCandidate).find(file => rewritesOf(config).some(rule => leadsTo(rule, file)))
}

/** Of several functions that rewrites lead to, the one that the builder's own search would try first. */
function byCandidate(a: Path, b: Path): number {
  const place = (path: Path): number => (candidates.includes(path) ? candidates.indexOf(path) : candidates.length)
  return place(a) - place(b)
}
