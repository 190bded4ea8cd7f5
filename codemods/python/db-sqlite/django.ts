/** SQLite in Django's DATABASES. */
import type { Problem, PythonProgram, Remedy, RuleContext } from '../../../src/types.js'
import { builtSettings, servedEffects, servedSettings, settingsClosure } from '../../../src/lang/python/django/served.js'
import { djangoDatabases, type DjangoDatabase } from '../../../src/lang/python/storage/django-databases.js'
import { networkDatabase } from '../../../src/lang/python/storage/django-database-edit.js'
import { atMost, severityFor, surestRun } from '../../../src/lang/python/severity.js'

const isFile = /^(sqlite3|spatialite)$/
const memory = /^$|:memory:|mode=(memory|ro)\b|immutable=1/

export function* djangoProblems(program: PythonProgram, context: RuleContext): Generator<Problem> {
  for (const database of djangoDatabases(program)) {
    if (!isFile.test(database.engine) || (database.place !== undefined && memory.test(database.place))) continue
    const run = surestRun(database.site)
    if (run.when !== 'import' && run.when !== 'startup' && run.when !== 'request') continue
    const certain = severityFor({ ...run, conditional: run.conditional && database.env === undefined }, 'breaks')
    yield {
      path: database.site.module.path,
      range: { start: database.node.start, end: database.node.end },
      when: run.when,
      trace: program.trace(database.site, `the database '${database.alias}' is ${nameOf(database)}`, run),
      severity: database.env === undefined ? certain : atMost(certain, 'degrades'),
      message: messageOf(database),
      remedy: remedyOf(program, database, context),
    }
  }
}

const forDevelopment = /(^|[./_])(dev|develop|development|local|locals|test|tests|testing|debug|ci)([./_]|$)/i

/** manage.py under settings of its own, not those of a developer's machine: its commands change another database than the app asks. */
export function* buildProblems(program: PythonProgram): Generator<Problem> {
  const [built, served] = [builtSettings(program), servedSettings(program)]
  if (!built || !served || built === served || forDevelopment.test(built.path)) return
  if (settingsClosure(program, [built]).has(served) || settingsClosure(program, [served]).has(built)) return
  const all = [...djangoDatabases(program)]
  const asked = all.filter(({ site }) => surestRun(site).when !== 'build')
  // Where the app's own is a file too, that is said already; where one variable leads both elsewhere, they agree.
  if (servedEffects(program, 'DATABASES').length === 0 || asked.some(({ engine, env }) => env === undefined && isFile.test(engine))) return
  for (const database of all) {
    const { site, scope, node, engine, place, env, alias } = database
    if (surestRun(site).when !== 'build' || alias !== 'default' || !isFile.test(engine) || (place !== undefined && memory.test(place))) continue
    if (env !== undefined && asked.some((one) => one.env === env)) continue
    yield {
      path: scope.module.path,
      range: { start: node.start, end: node.end },
      when: 'build',
      trace: program.trace(site, `the database of manage.py is ${nameOf(database)}`),
      severity: 'degrades',
      message: `manage.py works under ${built.path}, whose database is ${nameOf(database)}, and the app under ${served.path}, which asks another one: \`manage.py migrate\` of a build changes the file, and the app's own tables stay as they are, or are missing. Let manage.py name the app's settings, or set DJANGO_SETTINGS_MODULE for its commands.`,
      remedy: { kind: 'manual', reason: 'Which settings are the right ones is for you to decide.' },
    }
  }
}

function nameOf({ place }: DjangoDatabase): string {
  const file = (place ?? '').replaceAll('\0', '…').split('?')[0] ?? ''
  return file === '' || file === '…' ? 'an SQLite file' : `the SQLite file '${file}'`
}
function messageOf(database: DjangoDatabase): string {
  const temp = /^\/?(var\/)?tmp\//.test(database.place ?? '')
  const fate = temp
    ? 'Each instance of the host has a temp folder of its own that goes with it: the tables are missing again and again, and two instances never see the same rows'
    : 'On the host it can be read at most: the first login, session or form fails with "attempt to write a readonly database", and no file there is shared or kept'
  const which = database.alias === 'default' ? 'The database' : `The database '${database.alias}'`
  if (database.env !== undefined) return `${which} is ${nameOf(database)} unless ${database.env} leads to another one. ${fate}. Set ${database.env} on the host so that the database is one reached over the network.`
  return `${which} is ${nameOf(database)}. ${fate}. Use a database that is reached over the network, such as PostgreSQL; on a host with a persistent disk it can stay.`
}

function remedyOf(program: PythonProgram, database: DjangoDatabase, context: RuleContext): Remedy {
  const left = (variable: string): string => `${/UR[LI]|DSN/.test(variable) ? `Create a PostgreSQL database, set ${variable} on the host,` : `Create a database on a server, set ${variable} and the variables read with it on the host,`} run \`python manage.py migrate\` against it, and move the rows (\`manage.py dumpdata\` / \`loaddata\`). Try the app on it: raw SQL may differ.`
  const made = networkDatabase(program, database, context)
  if (database.env !== undefined) return { kind: 'fix', safety: 'review', title: `Have ${database.env} set on the host`, changes: [], needs: made.needs(database.env), left: left(database.env) }
  if (database.scope.module.brokenAt !== undefined) return { kind: 'manual', reason: `${database.scope.module.path} does not parse, so it is not edited.` }
  if (!made.changes) return { kind: 'manual', reason: 'The entry is put together in a way that is not edited: let it come from an address in the environment on the host.' }
  return {
    kind: 'choice',
    question: `Where should the data of ${nameOf(database)} live on the host?`,
    options: [{ id: 'postgres', title: `In PostgreSQL, named by ${made.variable}; SQLite stays the default of a local start`, changes: made.changes, needs: [...made.needs(made.variable, true), { kind: 'database', engine: 'postgres' }], left: left(made.variable) }],
    byDefault: 'postgres',
  }
}
