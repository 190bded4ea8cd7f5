/** Passwords written into Django's settings: of the mail account, and of databases elsewhere. */
import type { Problem, PythonProgram } from '../../../src/types.js'
import { settingAt } from '../../../src/lang/python/django/settings.js'
import { givenSettings } from '../../../src/lang/python/settings/given-settings.js'
import { served } from '../../../src/lang/python/settings/served.js'
import { spotted } from '../../../src/lang/python/settings/spotted.js'
import { underTests } from '../../../src/lang/python/settings/tested.js'
import { needsVariable } from '../../../src/lang/python/settings/when-unset.js'
import { djangoDatabases } from '../../../src/lang/python/storage/django-databases.js'
import { bare, literalText, type PyNode, type PyScope } from '../../../src/lang/python/program.js'

const local = /^(|localhost|127\.0\.0\.1|\[?::1\]?|0\.0\.0\.0|host\.docker\.internal|[a-z_-]+)$/
const stand = /^$|pass(word|wd)|^(secret|changeme|root|admin|postgres|mysql|test|none|null)$|your|xxx|\*\*\*|<|example|change[-_ ]?me|placeholder|enter|here$|\.\.\.|^#/i

export function* djangoPasswords(program: PythonProgram, places: ReadonlySet<string>): Generator<Problem> {
  for (const { node, scope, maybe } of givenSettings(program, 'EMAIL_HOST_PASSWORD')) yield* problemAt(program, node, scope, 'EMAIL_HOST_PASSWORD', 'send mail in your name', maybe, places)
  for (const { alias, engine, place } of djangoDatabases(program)) {
    // The password of a server on the developer's machine opens nothing.
    if (engine === 'sqlite3' || place === undefined || local.test(place)) continue
    for (const { node, scope, effect } of served(settingAt(program, 'DATABASES', alias, 'PASSWORD'))) yield* problemAt(program, node, scope, `the password of the database '${alias}'`, 'read and change its rows', effect.uncertain, places)
  }
}

function* problemAt(program: PythonProgram, at: PyNode, scope: PyScope, what: string, harm: string, maybe: boolean, places: ReadonlySet<string>): Generator<Problem> {
  const node = bare(at)
  const text = node.kind === 'string' ? (literalText(node, scope.module.text) ?? '') : ''
  const site = text.length >= 6 && !stand.test(text) && !underTests(node, scope) && !needsVariable(program, node, scope) ? program.siteOf(node, scope) : undefined
  const place = site && spotted(program, site, node, `${what} stands here`, maybe ? 'degrades' : 'breaks')
  if (!place || places.has(`${place.path}:${program.line(node, scope.module)}`)) return
  yield {
    ...place,
    message: `${what.charAt(0).toUpperCase()}${what.slice(1)} is written into the settings: whoever reads the repo can ${harm}. Make a new one where it was issued, keep it in an environment variable, and take it out of the code and of git's history.`,
    remedy: { kind: 'manual', reason: 'A password that was committed is known: it must be made anew, and only you can do that.' },
  }
}
