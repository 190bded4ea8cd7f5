import { field, isInside, type PyCall, type PyFunction, type PyNode, type PySite } from '../../../src/lang/python/program.js'
import { severityFor } from '../../../src/lang/python/severity.js'
import { swallowingHandlers, unwrapTry } from '../../../src/lang/python/entry/try-block.js'
import type { Problem, Program, Rule } from '../../../src/types.js'
import { fallbackOf } from '../import-catch-all-fallback/fallback.js'

/** What keeps others out, or is the app itself. Metrics and error trackers may fail quietly. */
const guards: Readonly<Record<string, string>> = {
  'flask_wtf.csrf.CSRFProtect': 'protection against forged requests', 'flask_wtf.CSRFProtect': 'protection against forged requests', 'flask_seasurf.SeaSurf': 'protection against forged requests',
  'flask_talisman.Talisman': 'security headers', 'flask_limiter.Limiter': 'the rate limit', 'flask_login.LoginManager': 'the login', 'flask_jwt_extended.JWTManager': 'the check of tokens',
  'flask_security.Security': 'the login', 'flask_principal.Principal': 'the permissions', 'flask_cors.CORS': 'the rule which sites may call the API', 'flask_httpauth.HTTPBasicAuth': 'the login', 'flask_httpauth.HTTPTokenAuth': 'the check of tokens',
}
const registration = /^flask\.(Flask|Blueprint)\(\)\.(register_blueprint|before_request)$|^(flask_restx|flask_restful|flask_smorest)\.Api\(\)\.(add_namespace|add_resource|register_blueprint)$/

export const importSwallowedSecurity = {
  id: 'import-swallowed-security',
  title: 'Set-up whose failure is swallowed',
  hazard: 'unsafe-error-page',
  language: 'python',
  assumes: 'nothing',
  severity: 'breaks',
  *check(program: Program): Generator<Problem> {
    for (const site of program.sites('try_statement')) {
      const run = site.runs.find(({ when }) => when === 'import')
      const body = field(site.node, 'body')
      if (!run || !body || swallowingHandlers(program, site.node, site.scope).length === 0 || fallbackOf(program, site)) continue
      const lost = lostIn(program, site, body)
      if (!lost) continue
      const changes = unwrapTry(site.module, site.node, site.scope)
      yield {
        path: site.module.path,
        range: { start: lost.node.start, end: lost.node.end },
        when: 'import',
        trace: program.trace({ ...site, node: lost.node }, 'its failure is caught and the app goes on', run),
        severity: severityFor(run, 'breaks'),
        message: `If this fails, the handler goes on and the app is served without ${lost.what}: nobody notices, and the deploy looks healthy. Let it fail, so that the deploy before it stays up.`,
        remedy: changes
          ? { kind: 'fix', safety: 'review', title: 'Set it up without the try, so that a failure shows', changes }
          : { kind: 'manual', reason: 'Take it out of the try by hand, or raise again in the handler.' },
      }
    }
  },
} satisfies Rule

/** The first thing in the body that the app must not be without. */
function lostIn(program: Program, site: PySite, body: PyNode): { readonly node: PyNode; readonly what: string } | undefined {
  for (const call of program.calls()) {
    if (call.module !== site.module || !isInside(call.node, body) || innermost(call) !== site.node) continue
    if (call.names.some((name) => registration.test(name))) return { node: call.node, what: call.names.some((name) => name.endsWith('before_request')) ? 'the check before each request' : 'the routes registered here' }
    const guard = call.names.map((name) => guards[name.replace(/\(\)\.init_app$/, '')]).find((what) => what !== undefined)
    if (call.args.length > 0 && call.callees.some((fn) => registers(program, fn))) return { node: call.node, what: 'the routes registered here' }
    // `limiter = Limiter()` alone attaches nothing yet.
    if (guard !== undefined && (call.args.length > 0 || call.kwargs.has('app'))) return { node: call.node, what: guard }
  }
  return undefined
}
/** A function of the repo that registers blueprints on the app it is given. */
function registers(program: Program, fn: PyFunction): boolean {
  return [...program.callsMatching(registration)].some((call) => call.fn === fn && call.names.some((name) => name.endsWith('register_blueprint')))
}
/** The nearest `try` whose body holds the call. */
function innermost(call: PyCall): PyNode | undefined {
  for (let at: PyNode | undefined = call.node; at?.parent; at = at.parent) if (at.parent.kind === 'try_statement' && at.field === 'body') return at.parent
  return undefined
}
