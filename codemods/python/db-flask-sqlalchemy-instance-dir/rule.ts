import type { Problem, PythonProgram, Rule, RuleContext } from '../../../src/types.js'
import { databaseUrls, isWrittenRelative, sqliteName, sqliteOf } from '../../../src/lang/python/storage/databases.js'
import { diskOf } from '../../../src/lang/python/storage/files.js'
import { readManifests } from '../../../src/lang/python/manifest/manifest.js'
import { dirOf, join } from '../../../src/lang/python/modules.js'
import { postgresInstead } from '../../../src/lang/python/storage/postgres.js'
import { milder, severityFor } from '../../../src/lang/python/severity.js'

/** Flask-SQLAlchemy 3 (read in 3.1.1, `_apply_driver_defaults`): a relative SQLite file lies in the instance folder, which init_app makes. */
export const dbFlaskSqlalchemyInstanceDir = {
  id: 'db-flask-sqlalchemy-instance-dir',
  title: 'Instance folder made for an SQLite file',
  hazard: 'sqlite',
  language: 'python',
  assumes: 'writable-disk',
  severity: 'blocks',
  *check(program: PythonProgram, context: RuleContext): Generator<Problem> {
    const { repo, app } = context
    if (isBeforeThree(context) || instanceElsewhere(program)) return
    if ([dirOf(app.entry.file), app.root, dirOf(dirOf(app.entry.file))].some((dir) => repo.hasDir(join(dir, 'instance')))) return
    const url = databaseUrls(program, (piece) => sqliteOf(piece.text) !== undefined).find((one) => one.from.kind === 'setting' && isWrittenRelative(program, one))
    if (!url) return
    for (const call of program.callsMatching(/^(flask_sqlalchemy\.(extension\.)?SQLAlchemy)(\(\)\.init_app)?$/)) {
      const run = program.first(call)
      const sets = call.names.some((name) => name.endsWith('.init_app')) || call.args.length > 0 || call.kwargs.has('app')
      if (!sets || (run.when !== 'import' && run.when !== 'startup')) continue
      const own = program.first(url.site)
      const certain = severityFor({ ...run, conditional: run.conditional || own.conditional || url.env !== undefined || url.uncertain }, 'blocks')
      yield {
        path: call.module.path,
        range: { start: call.node.start, end: call.node.end },
        when: run.when,
        trace: program.trace(call, 'makes the instance folder', run),
        severity: call.handled ? milder(certain, 2) : certain,
        message: `Flask-SQLAlchemy makes the folder 'instance' for the SQLite file '${sqliteName(url)}' when it is set up. On the host the code's folder is read-only: this fails and the app does not start${url.env === undefined ? '' : ` unless ${url.env} is set`}. Give it a database that is reached over the network there.`,
        remedy: postgresInstead(program, url, context),
      }
      return
    }
  },
} satisfies Rule

/** Versions before 3 put the file beside the app and make no folder. */
function isBeforeThree({ repo, app }: RuleContext): boolean {
  const { effective } = readManifests(repo, app)
  const declared = [...(effective?.requirements ?? []), ...(effective?.elsewhere ?? [])].find(({ name }) => name === 'flask-sqlalchemy')
  return /(==|~=|<=?)\s*[0-2]\.|<\s*3(\.0)*\s*(,|$)/.test(declared?.specifier ?? '')
}
function instanceElsewhere(program: PythonProgram): boolean {
  return [...program.calls('flask.Flask')].some((call) => {
    const path = call.kwargs.get('instance_path')
    return path !== undefined && program.fold.path(path, call.scope).every((place) => diskOf(place) === 'scratch')
  })
}
