import type { Problem, PythonProgram, Remedy, Rule, RuleContext } from '../../../src/types.js'
import { guardedLines, outerStatement, quoteLike, takesLines } from '../../../src/lang/python/django/edit-setting.js'
import { servedEffects, servedList } from '../../../src/lang/python/django/served.js'
import { replaceNode } from '../../../src/lang/python/edit.js'
import { readManifests } from '../../../src/lang/python/manifest/manifest.js'
import { mayInstall } from '../../../src/lang/python/manifest/versions.js'
import { spotted } from '../../../src/lang/python/settings/spotted.js'

export const cfgCsrfOrigins = {
  id: 'cfg-csrf-origins',
  title: 'Forms that are refused because of their origin',
  hazard: 'allowed-hosts',
  language: 'config',
  about: 'python',
  assumes: 'nothing',
  severity: 'breaks',
  *check(program: PythonProgram, context: RuleContext): Generator<Problem> {
    yield* withoutScheme(program, context)
    if (context.target.hosts.scheme === 'forwarded') yield* behindProxy(program, context)
  },
} satisfies Rule

/** Since Django 4.0 an origin is written with its scheme. */
function* withoutScheme(program: PythonProgram, { repo, app }: RuleContext): Generator<Problem> {
  if (!mayInstall(readManifests(repo, app), 'django', '4.0')) return
  for (const { text, node, module, scope } of servedList(program, 'CSRF_TRUSTED_ORIGINS').items) {
    if (/^[a-z][a-z0-9+.-]*:\/\//i.test(text) || !/^[\w.*:-]+$/.test(text) || node.kind !== 'string') continue
    const site = program.siteOf(node, scope)
    const place = site && spotted(program, site, node, 'an origin without its scheme', 'breaks')
    if (!place) continue
    const local = /^(localhost|127\.|0\.0\.0\.0|\[?::1)/.test(text)
    const full = `${local ? 'http' : 'https'}://${text.startsWith('.') ? `*${text}` : text}`
    yield {
      ...place,
      message: `${text} in CSRF_TRUSTED_ORIGINS has no scheme: since Django 4.0 it matches nothing, so forms from there are "403 Origin checking failed", and commands such as migrate refuse to run (4_0.E001). Write ${full}.`,
      remedy: module.brokenAt !== undefined ? { kind: 'manual', reason: `Write ${full} in ${module.path}.` } : { kind: 'fix', safety: 'safe', title: `Write ${full}`, changes: [replaceNode(module, node, quoteLike(module, node, full))] },
    }
  }
}

/** Django compares the form's origin with the scheme that it sees, which is the proxy's http. */
function* behindProxy(program: PythonProgram, { target }: RuleContext): Generator<Problem> {
  const { items } = servedList(program, 'MIDDLEWARE')
  const csrf = items.find(({ text }) => text === 'django.middleware.csrf.CsrfViewMiddleware')
  const trusted = servedList(program, 'CSRF_TRUSTED_ORIGINS')
  if (!csrf || servedEffects(program, 'SECURE_PROXY_SSL_HEADER').length > 0) return
  if (trusted.effects.length > 0 && (!trusted.complete || trusted.items.some(({ text }) => target.hosts.names.some((name) => text.startsWith('https://') && text.endsWith(name))))) return
  const near = ['CSRF_TRUSTED_ORIGINS', 'ALLOWED_HOSTS', 'MIDDLEWARE'].flatMap((key) => servedEffects(program, key).slice(-1))[0]
  const site = near && program.siteOf(near.node, near.scope)
  const place = near && site && spotted(program, site, near.node, 'the scheme that visitors use is not known to Django', 'breaks')
  if (!near || !place) return
  const remedy: Remedy =
    near.scope.module.brokenAt !== undefined || !takesLines(near)
      ? { kind: 'manual', reason: `Set SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") in ${near.scope.module.path}, on the host only.` }
      : { kind: 'fix', safety: 'safe', title: 'Take the scheme from the proxy, on the host', changes: guardedLines(target, outerStatement(near.node), near.scope, ['SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")']) }
  yield {
    ...place,
    message: `The platform speaks https to visitors and http to the app, and SECURE_PROXY_SSL_HEADER does not tell Django: it takes every form that is sent for one of another origin ("403 Origin checking failed"), logins in the admin too. Let Django take the scheme from X-Forwarded-Proto there.`,
    remedy,
  }
}
