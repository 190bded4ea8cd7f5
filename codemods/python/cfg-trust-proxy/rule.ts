import type { Change, Problem, PythonProgram, Remedy, Rule, RuleContext, Target } from '../../../src/types.js'
import { guardedLines, outerStatement, takesLines } from '../../../src/lang/python/django/edit-setting.js'
import { servedEffects } from '../../../src/lang/python/django/served.js'
import { ensureImport, insertAfter, standsAlone } from '../../../src/lang/python/edit.js'
import { field, statementOf, type PyCall, type PySite } from '../../../src/lang/python/program.js'
import { hostGuard } from '../../../src/lang/python/settings/host-guard.js'
import { spotted } from '../../../src/lang/python/settings/spotted.js'

export const cfgTrustProxy = {
  id: 'cfg-trust-proxy',
  title: 'Scheme and address of the proxy taken for the visitor\'s',
  hazard: 'allowed-hosts',
  language: 'python',
  assumes: 'nothing',
  severity: 'breaks',
  *check(program: PythonProgram, context: RuleContext): Generator<Problem> {
    // Where the app is given the visitor's own scheme there is nothing to trust.
    if (context.target.hosts.scheme !== 'forwarded') return
    yield* djangoRedirect(program, context)
    yield* flaskUses(program, context)
    yield* starletteUses(program, context)
  },
} satisfies Rule

function* djangoRedirect(program: PythonProgram, { target }: RuleContext): Generator<Problem> {
  const redirect = servedEffects(program, 'SECURE_SSL_REDIRECT').at(-1)
  if (!redirect || servedEffects(program, 'SECURE_PROXY_SSL_HEADER').length > 0) return
  const { module } = redirect.scope
  if (!/^True$|\bdefault\s*=\s*True\b|,\s*True\b|^not\s+DEBUG$/.test(program.text(redirect.node, module))) return
  const site = program.siteOf(redirect.node, redirect.scope)
  const place = site && spotted(program, site, redirect.node, 'redirects to https', 'breaks')
  if (!place) return
  yield {
    ...place,
    // `if not DEBUG:` around it is how it is on the host.
    severity: 'breaks',
    message: 'SECURE_SSL_REDIRECT sends every http request to https, and behind the platform\'s proxy every request is http for Django: it redirects without end. Let it take the scheme from X-Forwarded-Proto there.',
    remedy:
      module.brokenAt !== undefined || !takesLines(redirect)
        ? { kind: 'manual', reason: `Set SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") in ${module.path}, on the host only.` }
        : { kind: 'fix', safety: 'safe', title: 'Take the scheme from the proxy, on the host', changes: guardedLines(target, outerStatement(redirect.node), redirect.scope, ['SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")']) },
  }
}

function* flaskUses(program: PythonProgram, { target }: RuleContext): Generator<Problem> {
  const makers = [...program.calls('flask.Flask')].filter((call) => call.runs.some(({ when }) => when === 'import' || when === 'startup'))
  const [maker] = makers
  if (!maker || [...program.callsMatching(/(^|\.)ProxyFix$/)].length > 0 || [...program.callsMatching(/^flask_talisman\.Talisman/)].some((call) => program.text(call.node, call.module).includes('force_https=False'))) return
  const use = first(program, [...flaskSites(program)])
  if (!use) return
  const place = spotted(program, use.site, use.site.node, use.what, 'breaks')
  if (!place) return
  yield {
    ...place,
    message: `${use.what}: behind the platform's proxy Flask sees http and the proxy's address, so ${use.harm}. Let Werkzeug's ProxyFix take them from the headers that the proxy sets.`,
    remedy: makers.length === 1 ? proxyFix(program, target, maker) : { kind: 'manual', reason: 'The repo makes several Flask apps: wrap the wsgi_app of the served one in ProxyFix(…, x_for=1, x_proto=1, x_host=1), on the host only.' },
  }
}
type Use = { readonly site: PySite; readonly what: string; readonly harm: string }
function* flaskSites(program: PythonProgram): Generator<Use> {
  const links = 'the links and callback addresses that it builds begin with http (a login elsewhere then refuses them)'
  for (const call of program.calls('flask.url_for')) if (call.kwargs.get('_external')?.kind === 'true') yield { site: call, what: 'url_for(…, _external=True) builds a whole address', harm: links }
  for (const call of program.callsMatching(/^(authlib\..*|flask_dance\..*)\.authorize_redirect$/)) yield { site: call, what: 'A login elsewhere is started from the request\'s address', harm: links }
  for (const site of program.sites('attribute')) {
    const [name] = program.origins(site.node, site.scope).flatMap((origin) => /^flask\.request\.(is_secure|scheme|url_root|host_url|base_url|remote_addr)$/.exec(origin)?.[1] ?? [])
    if (name === 'remote_addr') yield { site, what: 'request.remote_addr is read', harm: 'every visitor has the same address' }
    else if (name !== undefined) yield { site, what: `request.${name} is read`, harm: links }
  }
}
function first(program: PythonProgram, uses: readonly Use[]): Use | undefined {
  return uses.find(({ site }) => site.runs.some(({ when }) => when === 'request') && program.first(site).when !== 'main')
}
function proxyFix(program: PythonProgram, target: Target, maker: PyCall): Remedy {
  const { module, scope, node } = maker
  const statement = statementOf(node)
  const assignment = statement.children[0]
  const left = assignment?.kind === 'assignment' && field(assignment, 'right') === node ? field(assignment, 'left') : undefined
  if (module.brokenAt !== undefined || left?.kind !== 'identifier' || !standsAlone(module, statement)) return { kind: 'manual', reason: `Wrap the app's wsgi_app in ProxyFix(…, x_for=1, x_proto=1, x_host=1) in ${module.path}, on the host only.` }
  const name = program.text(left, module)
  const guard = hostGuard(target, module, scope, statement)
  const fix = ensureImport(module, 'werkzeug.middleware.proxy_fix', 'ProxyFix')
  const changes: readonly Change[] = [...guard.changes, ...fix.changes, insertAfter(module, statement, [`if ${guard.text}:`, `    ${name}.wsgi_app = ${fix.name}(${name}.wsgi_app, x_for=1, x_proto=1, x_host=1)`])]
  return { kind: 'fix', safety: 'safe', title: 'Take scheme and address from the proxy, on the host', changes }
}

/** Starlette's server takes the headers only from addresses that it is told to trust. */
function* starletteUses(program: PythonProgram, { repo }: RuleContext): Generator<Problem> {
  const told = /forwarded[-_]allow[-_]ips/i
  if ([...program.callsMatching(/\.ProxyHeadersMiddleware$/)].length > 0) return
  for (const call of program.callsMatching(/(\.add_middleware|\.middleware\.Middleware|\.HTTPSRedirectMiddleware)$/)) {
    const arg = call.args[0]
    const name = /^(starlette|fastapi)\.middleware\.httpsredirect\.HTTPSRedirectMiddleware$/
    if (!call.names.some((origin) => name.test(origin)) && !(arg && program.origins(arg, call.scope).some((origin) => name.test(origin)))) continue
    if (repo.list().some((path) => /(^|\/)(Procfile|render\.yaml|Dockerfile|start\.sh|\.env\.example)$/.test(path) && told.test(repo.text(path) ?? ''))) return
    const place = spotted(program, call, call.node, 'redirects to https', 'breaks')
    if (place) yield { ...place, message: 'HTTPSRedirectMiddleware sends every http request to https, and behind the platform\'s proxy every request is http for the app: it redirects without end. Tell the server to take the scheme from the proxy: uvicorn with --proxy-headers --forwarded-allow-ips="*".', remedy: { kind: 'manual', reason: 'It is an option of the start command (or the variable FORWARDED_ALLOW_IPS), not of the code. The platform redirects to https by itself, so the middleware may go as well.' } }
  }
}
