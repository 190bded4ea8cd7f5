/** Django's databases on this machine: the host of a DATABASES entry. */
import type { Problem, PythonProgram, Remedy, RuleContext } from '../../../src/types.js'
import { networkDatabase } from '../../../src/lang/python/storage/django-database-edit.js'
import { djangoDatabases, type DjangoDatabase } from '../../../src/lang/python/storage/django-databases.js'
import { atMost, severityFor, surestRun } from '../../../src/lang/python/severity.js'

const kinds: Readonly<Record<string, string>> = { postgresql: 'PostgreSQL', postgis: 'PostgreSQL', mysql: 'MySQL', oracle: 'Oracle' }

export function* djangoServers(program: PythonProgram, context: RuleContext, isLocal: (host: string) => boolean): Generator<Problem> {
  const told = new Set<string>()
  for (const database of djangoDatabases(program)) {
    const kind = kinds[database.engine]
    const { place, env, site } = database
    const run = surestRun(site)
    if (kind === undefined || place === undefined || (place !== '' && !isLocal(place)) || (run.when !== 'import' && run.when !== 'startup' && run.when !== 'request')) continue
    // Without a host beside it, an address of the environment says where the server is.
    if (place === '' && !database.literal) continue
    // An address may be read twice over: as the entry's value, and as the default inside it.
    const line = `${site.module.path}:${program.line(database.at, site.module)}`
    if (told.has(line)) continue
    told.add(line)
    const where = place === '' ? 'on the same machine, as no HOST is given' : `on '${place}'`
    const certain = severityFor(run, 'breaks')
    yield {
      path: site.module.path,
      range: { start: database.at.start, end: database.at.end },
      when: run.when,
      trace: program.trace({ ...site, node: database.at }, `${kind} is expected ${where}`, run),
      severity: env === undefined ? certain : atMost(certain, 'degrades'),
      message: env === undefined
        ? `${kind} is expected ${where}. On the host nothing runs beside the app, so the first query fails with "connection refused". Take the address from an environment variable, and keep this one as the default of a local start.`
        : `${kind} is expected ${where} unless ${env} is set. On the host nothing runs beside the app: set ${env} there.`,
      remedy: remedyOf(program, database, context),
    }
  }
}

function remedyOf(program: PythonProgram, database: DjangoDatabase, context: RuleContext): Remedy {
  const { env, scope, engine } = database
  if (env !== undefined) return { kind: 'fix', safety: 'safe', title: `Have ${env} set on the host`, changes: [], needs: [{ kind: 'env', name: env, secret: /URL|URI|PASS/.test(env), why: 'where the database is' }] }
  if (scope.module.brokenAt !== undefined) return { kind: 'manual', reason: `${scope.module.path} does not parse, so it is not edited.` }
  const made = networkDatabase(program, database, context)
  if (!made.changes || !/^(postgresql|postgis)$/.test(engine)) return { kind: 'manual', reason: 'Take host, user, password and name from environment variables, with what is there as the default of a local start.' }
  return {
    kind: 'fix', safety: 'review', title: `Take the address of the database from ${made.variable}`, changes: made.changes, needs: made.needs(made.variable, true),
    left: `Set ${made.variable} on the host to the address of a PostgreSQL database, and run \`python manage.py migrate\` against it.`,
  }
}
