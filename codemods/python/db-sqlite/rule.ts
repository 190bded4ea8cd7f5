import type { Problem, PythonProgram, Rule, RuleContext } from '../../../src/types.js'
import { databaseUrls, sqliteName, sqliteOf, type DatabaseUrl } from '../../../src/lang/python/storage/databases.js'
import { postgresInstead } from '../../../src/lang/python/storage/postgres.js'
import { placesOf, tellHabitsOnce } from '../../../src/lang/habits.js'
import { plural } from '../../../src/text.js'
import { atMost, milder, severityFor, surestRun } from '../../../src/lang/python/severity.js'
import { buildProblems, djangoProblems } from './django.js'
import { driverProblems } from './driver.js'

export const dbSqlite = {
  id: 'db-sqlite',
  title: 'Data kept in an SQLite file',
  hazard: 'sqlite',
  language: 'python',
  assumes: 'persistent-disk',
  severity: 'breaks',
  *check(program: PythonProgram, context: RuleContext): Generator<Problem> {
    for (const url of databaseUrls(program, (piece) => sqliteOf(piece.text) !== undefined)) {
      const run = surestRun(url.site)
      if (run.when === 'never') continue
      const certain = severityFor(run, 'breaks')
      const severity = url.env === undefined ? (url.uncertain && !run.conditional ? milder(certain) : certain) : atMost(certain, 'degrades')
      yield {
        path: url.site.module.path,
        range: { start: url.node.start, end: url.node.end },
        when: run.when,
        trace: program.trace(url.site, `the database is '${sqliteName(url)}'`, run),
        severity,
        message: messageOf(url),
        remedy: postgresInstead(program, url, context),
      }
    }
    yield* djangoProblems(program, context)
    yield* buildProblems(program)
    const opened = [...driverProblems(program, context)]
    // With very many, a person goes through them file by file.
    yield* tellHabitsOnce(opened, opened.length > many ? 1 : opened.length, ({ path, severity }) => `${severity ?? ''} ${path}`, (first, others) => ({ ...first, message: `${first.message} SQLite is opened at ${plural(others.length, 'more place')} of this file (${placesOf(others, first.path)}).` }))
  },
} satisfies Rule

const many = 24

function messageOf(url: DatabaseUrl): string {
  const file = sqliteName(url)
  const temp = url.pieces.some((piece) => sqliteOf(piece.text)?.where === 'temp')
  const fate = temp
    ? `Each instance of the host has a temp folder of its own that goes with it: '${file}' starts empty again and again, and two instances never see the same rows`
    : `On the host '${file}' can be read at most: the first change fails with "attempt to write a readonly database", and no file there is shared or kept`
  if (url.env !== undefined) return `The database is an SQLite file unless ${url.env} is set. ${fate}. Set ${url.env} on the host to a database that is reached over the network.`
  return `The database is an SQLite file. ${fate}. Use a database that is reached over the network, such as PostgreSQL; on a host with a persistent disk it can stay.`
}
