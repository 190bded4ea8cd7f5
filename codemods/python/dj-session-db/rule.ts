import type { Fix, Problem, PythonProgram, Remedy, Rule, RuleContext } from '../../../src/types.js'
import { guardedLines, isInClass, takesLines } from '../../../src/lang/python/django/edit-setting.js'
import { listSetting, makesSettings, settingEffects, type ListItem } from '../../../src/lang/python/django/settings.js'
import { givenSettings } from '../../../src/lang/python/settings/given-settings.js'
import { spotted } from '../../../src/lang/python/settings/spotted.js'
import { djangoDatabases } from '../../../src/lang/python/storage/django-databases.js'
import { bare, literalText, statementOf } from '../../../src/lang/python/program.js'

const middleware = 'django.contrib.sessions.middleware.SessionMiddleware'

export const djSessionDb = {
  id: 'dj-session-db',
  title: 'Sessions in a database that the host does not have',
  hazard: 'in-memory-session',
  language: 'python',
  assumes: 'persistent-disk',
  severity: 'breaks',
  *check(program: PythonProgram, context: RuleContext): Generator<Problem> {
    if (program.app.framework !== 'django' || !keepsInDatabase(program)) return
    const item = listSetting(program, 'MIDDLEWARE').items.find(({ text }) => text === middleware)
    const site = item && program.siteOf(item.node, item.scope)
    const lack = site && lacking(program)
    if (!item || !site || !lack) return
    // A file on the disk has a finding of its own: here it is told what goes with it.
    const place = spotted(program, site, item.node, 'sessions are kept in the database', 'breaks')
    if (!place) return
    yield {
      ...place,
      ...(lack === 'file' ? { severity: 'advice' as const } : {}),
      message: lack === 'none'
        ? 'Sessions are kept in the database (Django\'s default), and DATABASES names none: whoever logs in, or gets a message, meets an error. Name a database, or keep sessions in signed cookies.'
        : 'Sessions are kept in the database (Django\'s default), and that is an SQLite file: on the host the first login fails with "attempt to write a readonly database", or with "no such table: django_session" where the file is not in the repo. With a database that is reached over the network, and migrated, they work; a site without one can keep them in signed cookies.',
      remedy: remedyOf(program, context, item, lack),
    }
  },
} satisfies Rule

function keepsInDatabase(program: PythonProgram): boolean {
  const engines = [...givenSettings(program, 'SESSION_ENGINE')]
  return engines.every(({ node, scope }) => node.kind === 'string' && /\.(db|cached_db)$/.test(literalText(node, scope.module.text) ?? ''))
}
/** 'none': no database at all; 'file': SQLite, whatever is set; undefined where a real one is, or may be. */
function lacking(program: PythonProgram): 'none' | 'file' | undefined {
  const effects = settingEffects(program, 'DATABASES')
  const all = djangoDatabases(program).filter(({ alias }) => alias === 'default')
  if (all.length > 0) {
    if (all.every(({ engine }) => engine === 'dummy')) return 'none'
    return all.every(({ engine, env, place }) => /^(sqlite3|spatialite)$/.test(engine) && env === undefined && !/:memory:/.test(place ?? '')) ? 'file' : undefined
  }
  return effects.every(({ op, node }) => op === 'set' && bare(node).kind === 'dictionary' && bare(node).children.every((child) => child.kind === 'comment')) ? 'none' : undefined
}

function remedyOf(program: PythonProgram, { target }: RuleContext, item: ListItem, lack: 'none' | 'file'): Remedy {
  const [effect] = settingEffects(program, 'MIDDLEWARE').filter(({ op }) => op === 'set')
  const near = effect && { node: effect.node, scope: effect.scope }
  if (!near || item.module.brokenAt !== undefined || effect.scope.module.brokenAt !== undefined || isInClass(near) || !takesLines(near) || !makesSettings(program, near.scope.module)) return { kind: 'manual', reason: 'Name a database that is reached over the network, or set SESSION_ENGINE to signed cookies on the host.' }
  const fix: Fix = {
    title: 'Keep sessions in signed cookies on the host',
    changes: guardedLines(target, statementOf(near.node), near.scope, ['SESSION_ENGINE = "django.contrib.sessions.backends.signed_cookies"']),
    left: 'Sessions go into signed cookies on the host: they must fit into 4 KB, users can read them, and logging out does not end a copy.',
  }
  return { kind: 'choice', question: 'Where should sessions live on the host?', options: [{ id: 'cookie', ...fix }], byDefault: lack === 'none' ? 'cookie' : 'leave' }
}
