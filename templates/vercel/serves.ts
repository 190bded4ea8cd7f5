/** Which file Vercel would serve as the repo is now: the question behind every rule on entries. */
import { UserError } from '../../src/errors.js'
import { isList, isObject } from '../../src/json-text.js'
import type { App, Path, Snapshot } from '../../src/types.js'
import { boundNames } from './binding.js'
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
  const named = namedByConfig(place)
  // A named file that binds no app ends the build; the others are not tried.
  const file = named === undefined ? presets[app.framework]?.serves(place.home) : boundNames(place.home.text(named) ?? '').length > 0 ? named : undefined
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
function namedByConfig({ config, home }: Place): Path | undefined {
  const builds = config['builds']
  if (isList(builds)) {
    const sources = builds.flatMap(build => (isObject(build) && typeof build['src'] === 'string' ? [build['src'].replace(/^\.?\//, '')] : []))
    const file = sources.find(source => source.endsWith('.py') && home.has(source))
    if (file !== undefined) return file
  }
  const services = config['services']
  for (const service of isObject(services) ? Object.values(services) : []) {
    if (!isObject(service) || !sameFolder(service['root'], home.root) || typeof service['entrypoint'] !== 'string') continue
    const entrypoint = service['entrypoint']
    const file = entrypoint.endsWith('.py') ? entrypoint : `${(entrypoint.split(':')[0] ?? '').replaceAll('.', '/')}.py`
    if (home.has(file)) return file
  }
  if (typeof config['framework'] === 'string') return undefined
  return candidates.find(file => file.startsWith('api/') && home.has(file) && rewritesOf(config).some(rule => leadsTo(rule, file)))
}
