import { editConfig, isList, isObject, replaced, type ConfigEdit } from '../../../src/json-text.js'
import { buildsOf, sayRoute, staticSources, type Build, type Said } from '../../../src/legacy-config.js'
import type { Path, Problem, Program, Remedy, Rule, RuleContext, Snapshot } from '../../../src/types.js'
import { inRepo, placeIn, vercelConfigs, type ConfigFile } from '../vercel-json.js'
import { collectScript, type CollectScript } from './collect-script.js'

const isNode = (use: string): boolean => /^@(?:vercel|now)\/node(?:-server)?(?:@|$)/.test(use)
const ownBuilders = /^(?:@(?:vercel|now)\/(?:python|static|static-build|node)|now-python)(?:@|$)/

export const entryLegacyBuildsRoutes = {
  id: 'entry-legacy-builds-routes',
  title: 'Old builds and routes in vercel.json',
  hazard: 'platform-config',
  language: 'config',
  about: 'any',
  assumes: 'config-dialect',
  severity: 'degrades',
  *check(_program: Program, { app, repo, target }: RuleContext): Generator<Problem> {
    // A wrapper of the app is the app's build as well.
    const entries = [app.entry.file, target.serves?.(repo, app)]
    for (const file of vercelConfigs(repo, app)) {
      const builds = buildsOf(file.config)
      const strange = builds.find(({ use }) => !ownBuilders.test(use))
      // A community builder has no preset that could take its place.
      if (strange !== undefined) continue
      if (builds.length > 0) {
        const refused = file.config['functions'] !== undefined
        yield {
          ...placeIn(file, ['builds'], '"builds" is set'),
          when: 'build',
          ...(refused ? { severity: 'blocks' } as const : {}),
          message: `"builds" turns off what the platform does today: the project's settings, the framework's own build, static files and function settings${refused ? '; with "functions" beside it the deploy is refused (FUNCTIONS_AND_BUILDS)' : ''}. Remove it, and say "routes" as rewrites where the framework does not route by itself.`,
          remedy: remedyFor(file, builds, repo, entries),
        }
        continue
      }
      const routes = file.config['routes']
      const dead = isList(routes) ? routes.findIndex(route => isObject(route) && typeof route['dest'] === 'string' && route['dest'].endsWith('.py')) : -1
      if (dead < 0) continue
      yield {
        ...placeIn(file, ['routes', dead], 'a route that ends in a Python file'),
        when: 'build',
        message: 'A route that ends in a Python file needs the old "builds": without it there is no such path, and the app sees another one or nothing. Remove the route; the entry is found by itself.',
        remedy: remedyFor(file, [{ src: app.entry.file, use: '@vercel/python' }], repo, entries),
      }
    }
  },
} satisfies Rule

function remedyFor(file: ConfigFile, builds: readonly Build[], repo: Snapshot, entries: readonly (Path | undefined)[]): Remedy {
  const own = builds.filter(({ src, use }) => use.includes('python') || (isNode(use) && entries.includes(inRepo(file, src))))
  const statics = staticSources(builds)
  const scripts = builds.flatMap(({ src, use }) => (/static-build(@|$)/.test(use) ? (collectScript(repo, inRepo(file, src)) ?? []) : []))
  const other = builds.find((build) => !own.includes(build) && !/static(@|$)/.test(build.use) && !scripts.some(({ path }) => path === inRepo(file, build.src)))
  if (other) return { kind: 'manual', reason: `"builds" also builds ${other.src} with ${other.use}. Make it a project or a service of its own, then remove "builds" and "routes".` }
  if (own.length > 1) return { kind: 'manual', reason: `"builds" makes ${own.length} functions (${own.map(({ src }) => src).join(', ')}), and one app becomes one function. Decide which of them is the app, then remove "builds" and "routes".` }
  const routes = isList(file.config['routes']) ? file.config['routes'] : []
  const said = routes.map(route => sayRoute(route, own.map(({ src }) => src), statics))
  const at = said.findIndex(({ kind }) => kind === 'unsayable')
  const unsayable = said[at]
  if (unsayable?.kind === 'unsayable') return { kind: 'manual', reason: `Route ${at + 1} cannot be said as a rewrite, redirect or header: ${unsayable.why}. Say it another way, then remove "builds" and "routes".` }
  const changes = [...replaced(file.path, file.text, editConfig(file.text, [...editsFor(file, said, own)]))]
  return {
    kind: 'fix',
    safety: 'review',
    title: 'Remove builds and routes',
    changes,
    ...leftFor(statics, scripts),
  }
}

function leftFor(statics: readonly string[], scripts: readonly CollectScript[]): { readonly left?: string } {
  const [script] = scripts
  if (script !== undefined) return { left: `${script.path} is not run any more: the build installs the packages and collects the static files by itself. Delete it.${script.migrates ? ' It also ran the migrations: run them by hand before a deployment that brings new ones.' : ''}` }
  return statics.length > 0 ? { left: `Look at the static files once after the deploy: the app serves ${statics.join(', ')} now, no longer the platform.` } : {}
}

function* editsFor(file: ConfigFile, said: readonly Said[], mine: readonly Build[]): Generator<ConfigEdit> {
  const { config } = file
  if (config['builds'] !== undefined) yield { at: ['builds'], value: undefined }
  if (config['routes'] !== undefined) yield { at: ['routes'], value: undefined }
  if (config['version'] === 2) yield { at: ['version'], value: undefined }
  for (const key of ['rewrites', 'redirects', 'headers'] as const) {
    const fresh = said.flatMap(item => (item.kind === key ? [item.value] : []))
    if (fresh.length === 0) continue
    const there = config[key]
    // Old routes came first.
    yield { at: [key], value: [...fresh, ...(isList(there) ? there : [])] }
  }
  const build = mine[0]
  const included = isObject(build?.config) ? build.config['includeFiles'] : undefined
  const globs = isList(included) ? included.filter(item => typeof item === 'string') : typeof included === 'string' ? [included] : []
  if (!build || globs.length === 0) return
  const functions = isObject(config['functions']) ? config['functions'] : {}
  const own = isObject(functions[build.src]) ? functions[build.src] : {}
  const includeFiles = globs.length === 1 ? (globs[0] ?? '') : `{${globs.join(',')}}`
  if (includeFiles.length <= 256 && isObject(own) && own['includeFiles'] === undefined) yield { at: ['functions', build.src], value: { ...own, includeFiles } }
}
