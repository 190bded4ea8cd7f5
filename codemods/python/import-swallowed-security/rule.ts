import { field, isInside, type PyCall, type PyFunction, type PyNode, type PySite } from '../../../src/lang/python/program.js'
import { severityFor } from '../../../src/lang/python/severity.js'
import { beforeOrigin, joinOrigin, middlewareOrigin } from '../../../src/lang/python/entry/app-origins.js'
import { namesBoundIn, swallowingHandlers, unwrapTry } from '../../../src/lang/python/entry/try-block.js'
import type { Problem, PythonProgram, Rule } from '../../../src/types.js'
import { fallbackOf } from '../import-catch-all-fallback/fallback.js'

/** What keeps others out, or is the app itself. Metrics and error trackers may fail quietly. */
const guards: Readonly<Record<string, string>> = {
  'flask_wtf.csrf.CSRFProtect': 'protection against forged requests', 'flask_wtf.CSRFProtect': 'protection against forged requests', 'flask_seasurf.SeaSurf': 'protection against forged requests',
  'flask_talisman.Talisman': 'security headers', 'flask_limiter.Limiter': 'the rate limit', 'flask_login.LoginManager': 'the login', 'flask_jwt_extended.JWTManager': 'the check of tokens',
  'flask_security.Security': 'the login', 'flask_principal.Principal': 'the permissions', 'flask_cors.CORS': 'the rule which sites may call the API', 'flask_httpauth.HTTPBasicAuth': 'the login', 'flask_httpauth.HTTPTokenAuth': 'the check of tokens',
}
/** Measures and reports, and may be missing. */
const telemetry = /prometheus|metric|telemetry|\botel|sentry|newrelic|datadog|ddtrace|elasticapm|logging|logger|timing|profil|gzip|brotli/i
const keepsOthersOut = /secur|auth|csrf|permission|access|firewall|rate_?limit|limiter|throttl/i

export const importSwallowedSecurity = {
  id: 'import-swallowed-security',
  title: 'Set-up whose failure is swallowed',
  hazard: 'unsafe-error-page',
  language: 'python',
  assumes: 'nothing',
  severity: 'breaks',
  *check(program: PythonProgram): Generator<Problem> {
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
function lostIn(program: PythonProgram, site: PySite, body: PyNode): { readonly node: PyNode; readonly what: string } | undefined {
  for (const call of program.calls()) {
    if (call.module !== site.module || !isInside(call.node, body) || innermost(call) !== site.node) continue
    if (call.names.some((name) => joinOrigin.test(name))) return { node: call.node, what: 'the routes registered here' }
    if (call.names.some((name) => beforeOrigin.test(name))) return { node: call.node, what: 'the check before each request' }
    const between = call.names.some((name) => middlewareOrigin.test(name)) ? call.args[0] : undefined
    const written = between && program.text(between, call.module)
    if (written !== undefined && !telemetry.test(written)) return { node: call.node, what: `its middleware ${written}` }
    const guard = call.names.map((name) => guards[name.replace(/\(\)\.init_app$/, '')]).find((what) => what !== undefined)
    if (call.args.length > 0 && call.callees.some((fn) => registers(program, fn))) return { node: call.node, what: 'the routes registered here' }
    // `limiter = Limiter()` alone attaches nothing yet.
    if (guard !== undefined && (call.args.length > 0 || call.kwargs.has('app'))) return { node: call.node, what: guard }
    const name = becomesNothing(program, call, site)
    if (name !== undefined && keepsOthersOut.test(name)) return { node: call.node, what: name }
  }
  return undefined
}
/** The name that holds what a function of the repo gives, and None when that failed. */
function becomesNothing(program: PythonProgram, call: PyCall, site: PySite): string | undefined {
  const assignment = call.node.parent
  const left = assignment?.kind === 'assignment' && call.node.field === 'right' ? field(assignment, 'left') : undefined
  if (left?.kind !== 'identifier' || call.callees.length === 0) return undefined
  const name = program.text(left, call.module)
  const nothing = swallowingHandlers(program, site.node, site.scope).some((handler) => namesBoundIn(handler, site.scope).has(name) && program.bindings(name, site.scope).every((binding) => !isInside(binding.node, handler) || (binding.kind === 'assign' && binding.value.kind === 'none')))
  return nothing ? name : undefined
}
/** A function of the repo that registers blueprints on the app it is given. */
function registers(program: PythonProgram, fn: PyFunction): boolean {
  return [...program.callsMatching(joinOrigin)].some((call) => call.fn === fn)
}
/** The nearest `try` whose body holds the call. */
function innermost(call: PyCall): PyNode | undefined {
  for (let at: PyNode | undefined = call.node; at?.parent; at = at.parent) if (at.parent.kind === 'try_statement' && at.field === 'body') return at.parent
  return undefined
}
