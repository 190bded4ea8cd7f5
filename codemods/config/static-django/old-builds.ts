/** Where an old `builds` keeps the build from collecting static files, what depends on them is broken. */
import type { Problem, PythonProgram, RuleContext } from '../../../src/types.js'
import { isList, isObject } from '../../../src/json-text.js'
import { buildsOf } from '../../../src/legacy-config.js'
import { literalSetting } from '../../../src/lang/python/django/served.js'
import { spotted } from '../../../src/lang/python/settings/spotted.js'
import { inRepo, placeIn, vercelConfigs } from '../vercel-json.js'
import type { Backend } from './rule.js'

const cured = 'It goes away with "builds": take the fix of entry-legacy-builds-routes, and the build collects and publishes them by itself.'

export function* publishedByOldBuilds(program: PythonProgram, { app, repo, target }: RuleContext, backend: Backend | undefined): Generator<Problem> {
  if (target.collected !== 'published') return
  for (const file of vercelConfigs(repo, app)) {
    const builds = buildsOf(file.config)
    // A shell script as a build step may well collect them.
    if (builds.length === 0 || builds.some(({ use }) => /static-build/.test(use))) continue
    const routes = file.config['routes']
    for (const [index, route] of (isList(routes) ? routes : []).entries()) {
      if (!isObject(route) || typeof route['src'] !== 'string' || typeof route['dest'] !== 'string') continue
      const kind = startsWith(route['src'], literalSetting(program, 'STATIC_URL')) ? 'static' : startsWith(route['src'], literalSetting(program, 'MEDIA_URL')) ? 'media' : undefined
      const folder = /^\/?([\w./-]+)\/\$\d/.exec(route['dest'])?.[1]
      if (kind === undefined || folder === undefined || folder.endsWith('.py')) continue
      const committed = repo.list(inRepo(file, folder)).length > 0
      if (kind === 'static' && committed) continue
      yield {
        ...placeIn(file, ['routes', index, 'dest'], `a route to ${folder}`),
        when: 'build',
        message: kind === 'static'
          ? `This route leads to ${folder}/, which only collectstatic makes, and with "builds" nobody runs it: static files are 404. Let the build collect them.`
          : `This route serves the media files that are in the repo: what people upload never appears there. Keep uploads in object storage and let its address be their URL.`,
        remedy: { kind: 'manual', reason: kind === 'static' ? cured : 'Where uploads should live is a decision: see the findings on uploads.' },
      }
    }
    const manifest = backend && /Manifest/.test(backend.text) ? backend : undefined
    const site = manifest && program.siteOf(manifest.effect.node, manifest.effect.scope)
    const place = manifest && site && spotted(program, site, manifest.effect.node, 'a storage that needs collectstatic', 'breaks')
    if (!place) continue
    yield {
      ...place,
      message: `This storage looks every static file up in a manifest that collectstatic writes, and "builds" in ${file.path} keeps the build from running it: with DEBUG off, pages that use {% static %} answer 500 ("Missing staticfiles manifest entry"). Let the build collect them.`,
      remedy: { kind: 'manual', reason: cured },
    }
  }
}
function startsWith(source: string, url: string | boolean | null | undefined): boolean {
  if (typeof url !== 'string' || /^https?:/.test(url)) return false
  const name = url.replace(/^\/|\/$/g, '')
  return name !== '' && source.replace(/^\^?\/?/, '').startsWith(`${name}/`)
}
