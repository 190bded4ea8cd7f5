/** SQLite in Django's DATABASES. */
import type { Problem, PythonProgram, Remedy, RuleContext } from '../../../src/types.js'
import { djangoDatabases, type DjangoDatabase } from '../../../src/lang/python/storage/django-databases.js'
import { networkDatabase } from '../../../src/lang/python/storage/django-database-edit.js'
import { atMost, severityFor, surestRun } from '../../../src/lang/python/severity.js'

const memory = /^$|:memory:|mode=(memory|ro)\b|immutable=1/

export function* djangoProblems(program: PythonProgram, context: RuleContext): Generator<Problem> {
  for (const database of djangoDatabases(program)) {
    if (!/^(sqlite3|spatialite)$/.test(database.engine) || (database.place !== undefined && memory.test(database.place))) continue
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
