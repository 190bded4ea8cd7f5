import { isInside, ancestor, field, type JsNode, type JsSite } from '../../../src/lang/javascript/program.js'
import { swallowing, unwrapTry } from '../../../src/lang/javascript/entry/try-block.js'
import { severityFor } from '../../../src/lang/severity.js'
import type { JsProgram, Problem, Rule } from '../../../src/types.js'
import { fallbackOf } from '../import-catch-all-fallback/fallback.js'

/** What keeps others out, by the package that makes it. Metrics and error trackers may fail quietly. */
const guards: readonly (readonly [RegExp, string])[] = [
  [/^helmet\b/, 'security headers'],
  [/^(csurf|csrf-csrf|csrf-sync|lusca|tiny-csrf)\b/, 'protection against forged requests'],
  [/^(express-rate-limit|express-slow-down|express-brute|rate-limiter-flexible)\b/, 'the rate limit'],
  [/^(passport|express-session|cookie-session|express-openid-connect|keycloak-connect)\b/, 'the login'],
  [/^(express-jwt|express-oauth2-jwt-bearer|express-basic-auth)\b/, 'the check of tokens'],
  [/^cors\b/, 'the rule which sites may call the API'],
  [/^(hpp|express-mongo-sanitize|xss-clean)\b/, 'the cleaning of requests'],
]
const keepsOthersOut = /secur|auth|csrf|permission|access|firewall|rate_?limit|limiter|throttl|protect/i

export const importSwallowedSecurity = {
  id: 'import-swallowed-security',
  title: 'Set-up whose failure is swallowed',
  hazard: 'unsafe-error-page',
  language: 'javascript',
  assumes: 'nothing',
  severity: 'breaks',
  *check(program: JsProgram): Generator<Problem> {
    for (const site of program.sites('TryStatement')) {
      const run = site.runs.find(({ when }) => when === 'import' || when === 'startup')
      if (!run || !swallowing(program, site.node) || fallbackOf(program, site)) continue
      const lost = lostIn(program, site)
      if (!lost) continue
      const changes = unwrapTry(site)
      yield {
        path: site.module.path,
        range: { start: lost.node.start, end: lost.node.end },
        when: run.when === 'startup' ? 'startup' : 'import',
        trace: program.trace({ ...site, node: lost.node }, 'its failure is caught and the app goes on', run),
        severity: severityFor(run, 'breaks'),
        message: `If this fails, the handler goes on and the app is served without ${lost.what}: nobody notices, and the deploy looks healthy. Let it fail, so that the deploy before it stays up.`,
        remedy: changes && changes.length > 0 ? { kind: 'fix', safety: 'review', title: 'Set it up without the try, so that a failure shows', changes } : { kind: 'manual', reason: 'Take it out of the try by hand, or throw again in the handler.' },
      }
    }
  },
} satisfies Rule

/** The first thing in the block that the app must not be without. */
function lostIn(program: JsProgram, { node, module }: JsSite): { readonly node: JsNode; readonly what: string } | undefined {
  const block = field(node, 'tryBlock')
  for (const call of program.callsMatching(/^express(\.Router)?\(\)\.use$/)) {
    if (call.module !== module || !block || !isInside(call.node, block) || ancestor(call.node, 'TryStatement', 'CatchClause') !== node) continue
    const what = call.args.map((arg) => lostWith(program, arg)).find((one) => one !== undefined)
    if (what !== undefined) return { node: call.node, what }
  }
  return undefined
}
function lostWith(program: JsProgram, arg: JsNode): string | undefined {
  const origins = program.origins(arg)
  const known = guards.find(([pattern]) => origins.some((origin) => pattern.test(origin)))
  if (known) return known[1]
  if (origins.some((origin) => /^express\.Router\(\)$|^express\(\)$/.test(origin))) return 'the routes registered here'
  const written = program.text(arg)
  const isOwn = program.values(arg).some((value) => value.kind === 'function')
  return isOwn && arg.kind === 'Identifier' && keepsOthersOut.test(written) ? `its middleware ${written}` : undefined
}
