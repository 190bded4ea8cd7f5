import { pinnedVersion } from '../../../src/lang/python/manifest/requirement.js'
import { compareVersions } from '../../../src/lang/python/manifest/versions.js'
import { readManifests } from '../../../src/lang/python/manifest/manifest.js'
import { givenSettings } from '../../../src/lang/python/settings/given-settings.js'
import { onHost } from '../../../src/lang/python/settings/host-value.js'
import { spotted } from '../../../src/lang/python/settings/spotted.js'
import type { PyNode, PyScope, PythonProgram } from '../../../src/lang/python/program.js'
import type { Problem, Remedy, Rule, RuleContext } from '../../../src/types.js'

/** From here on FastAPI takes the root path off the front of what it is asked for. */
const strips = '0.109'
const maker = /^fastapi\.(applications\.)?FastAPI$/
const signedIn = /^flask\.session\b|^flask_login\.(login_user|current_user)\b|^flask_wtf\.csrf\./

export const faRootPath = {
  id: 'fa-root-path',
  title: 'Root path that the host does not put before the app',
  hazard: 'platform-config',
  language: 'python',
  assumes: 'nothing',
  severity: 'breaks',
  *check(program: PythonProgram, context: RuleContext): Generator<Problem> {
    if (program.app.framework === 'fastapi') yield* stripped(program, context)
    if (program.app.framework === 'flask') yield* cookies(program, context)
  },
} satisfies Rule

/** `FastAPI(root_path="/api")` with routes that say /api themselves. */
function* stripped(program: PythonProgram, context: RuleContext): Generator<Problem> {
  const made = [...program.callsMatching(maker)]
  const [app, other] = made
  const given = app?.kwargs.get('root_path')
  // Of several apps one is mounted below another, and there a root path is right.
  if (!app || other || !given || isOlder(context)) return
  const root = rootOf(program, given, app.scope)
  if (root === undefined) return
  const paths = new Set(program.routes.map(({ path }) => path))
  const lost = [...paths].filter((path) => (path === root || path.startsWith(`${root}/`)) && !paths.has(path.slice(root.length)))
  const [first] = lost
  const place = first && spotted(program, app, given, `the root path ${root}`, 'breaks')
  if (!first || !place) return
  yield {
    ...place,
    message: `root_path is ${root}, and ${lost.length === 1 ? `the route ${first} begins` : `${lost.length} routes such as ${first} begin`} with it, too. FastAPI takes the root path off what it is asked for and then looks for the rest, so ${first} answers 404. A root path is for a proxy that puts the app below ${root}; the host has none. Leave it out there.`,
    remedy: remedyOf(context, given, app.scope, '""', 'On the host, leave the root path out'),
  }
}
function isOlder({ repo, app }: RuleContext): boolean {
  const { effective } = readManifests(repo, app)
  const found = [...(effective?.requirements ?? []), ...(effective?.elsewhere ?? [])].find(({ name }) => name === 'fastapi')
  const version = found && (pinnedVersion(found) ?? /(?:<=?|~=)\s*(\d[\d.]*)/.exec(found.specifier)?.[1])
  return version !== undefined && compareVersions(version, strips) < 0
}

/** `APPLICATION_ROOT`: the session cookie is kept for paths below it. */
function* cookies(program: PythonProgram, context: RuleContext): Generator<Problem> {
  if ([...givenSettings(program, 'SESSION_COOKIE_PATH')].length > 0 || !keepsSession(program)) return
  for (const { node, scope } of givenSettings(program, 'APPLICATION_ROOT')) {
    const root = rootOf(program, node, scope)
    const site = root === undefined ? undefined : program.siteOf(node, scope)
    if (root === undefined || !site || program.routes.some(({ path }) => path === root || path.startsWith(`${root}/`))) continue
    // Something in the app itself puts it below that path.
    if ([...program.callsMatching(/\.DispatcherMiddleware$/)].length > 0) continue
    const place = spotted(program, site, node, `the root path ${root}`, 'breaks')
    if (place) yield { ...place, message: `APPLICATION_ROOT is ${root}, so Flask sets the session cookie for paths below ${root} only. The host serves the app at /, where no route begins with ${root}: browsers never send the cookie back, and every visitor is signed out at once. Leave it out there.`, remedy: remedyOf(context, node, scope, '"/"', 'On the host, serve the app from /') }
  }
}
function keepsSession(program: PythonProgram): boolean {
  for (const call of program.callsMatching(signedIn)) if (call.runs.length > 0) return true
  return [...program.sites('subscript')].some((site) => program.origins(site.node, site.scope).some((origin) => signedIn.test(origin)))
}

/** The one root path that is surely in force on the host, without its last slash. */
function rootOf(program: PythonProgram, node: PyNode, scope: PyScope): string | undefined {
  const [only, more] = program.fold.text(node, scope)
  if (!only || more || !only.exact || only.env !== undefined || !only.text.startsWith('/')) return undefined
  return only.text.replace(/\/+$/, '') || undefined
}
function remedyOf({ target }: RuleContext, node: PyNode, scope: PyScope, there: string, title: string): Remedy {
  if (scope.module.brokenAt !== undefined) return { kind: 'manual', reason: `${scope.module.path} does not parse, so it is not edited.` }
  return { kind: 'fix', safety: 'review', title, changes: onHost(target, node, scope, there) }
}
