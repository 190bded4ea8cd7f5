/** SQLite opened by its own driver, without SQLAlchemy: `sqlite3.connect('app.db')`. */
import type { Problem, PythonProgram, RuleContext } from '../../../src/types.js'
import { besideCode, diskOf, existsInRepo, placeText } from '../../../src/lang/python/storage/files.js'
import type { PyCall } from '../../../src/lang/python/program.js'
import { atMost, severityFor, surestRun } from '../../../src/lang/python/severity.js'

const connects = /^(sqlite3\.connect|sqlite3\.dbapi2\.connect|pysqlite3\.connect|aiosqlite\.connect|apsw\.Connection|(peewee|playhouse\.\w+)\.(Pooled)?Sqlite\w*Database)$/

export function* driverProblems(program: PythonProgram, { repo, app }: RuleContext): Generator<Problem> {
  const writes = changesData(program)
  for (const call of program.callsMatching(connects)) {
    const run = surestRun(call)
    const file = call.args[0] ?? call.kwargs.get('database') ?? call.kwargs.get('filename')
    // peewee's SqliteDatabase(None) is named later, by init().
    if (!file || file.kind === 'none' || run.when === 'main' || run.when === 'build' || run.when === 'never') continue
    const texts = program.fold.text(file, call.scope)
    if (texts.some(({ text }) => /^(:memory:|)$/.test(text) || /mode=(memory|ro)\b|immutable=1|:memory:/.test(text))) continue
    const places = program.fold.path(file, call.scope)
    const { beside } = besideCode(places)
    const [first] = beside
    const env = places.find((place) => place.env !== undefined)?.env
    const temp = places.some((place) => diskOf(place) === 'scratch')
    const inRepo = existsInRepo(beside, repo, app.root)
    const name = first ? `'${placeText(first)}'` : temp ? 'a file in the temp folder' : 'a file'
    const readOnly = !writes && inRepo && !temp
    // A file that is not there can't be made either: the connection itself fails.
    const opensAtImport = (run.when === 'import' || run.when === 'startup') && !inRepo && first !== undefined && call.names.some((one) => !/SqliteDatabase|Sqlite\w+Database$/.test(one))
    const certain = severityFor(run, opensAtImport ? 'blocks' : 'breaks')
    const fate = temp && !first
      ? 'Each instance of the host has a temp folder of its own that goes with it, so rows come and go'
      : opensAtImport && !run.background
        ? 'The code\'s folder is read-only on the host and the file is not in the repo: opening it fails and the app does not start'
        : 'On the host the file can be read at most: the first change fails with "attempt to write a readonly database", and no file there is shared or kept'
    yield {
      path: call.module.path,
      range: { start: call.node.start, end: call.node.end },
      when: run.when,
      trace: program.trace(call, `opens ${name}`, run),
      severity: readOnly ? 'advice' : env === undefined ? certain : atMost(certain, 'degrades'),
      message: readOnly
        ? `${name} is opened with SQLite, and nothing that is reached changes it. Reading works on the host; open it with 'file:…?mode=ro' and uri=True so that this stays so.`
        : `${name} is an SQLite database. ${fate}. Move it to a database that is reached over the network, or to a host with a persistent disk.`,
      remedy: { kind: 'manual', reason: readOnly ? 'Nothing has to change for the host.' : manualReason(call) },
    }
  }
}
function manualReason(call: PyCall): string {
  if (call.names.some((name) => /^(peewee|playhouse)/.test(name))) return 'Another database class is needed, with its own address and driver, and SQL that only SQLite knows has to be found.'
  return "The code speaks to SQLite's own driver: placeholders ('?'), row factories and SQL differ in every other one, so each statement has to be looked at."
}

/** Some statement in reached code, or a schema that it loads, changes a database. */
function changesData(program: PythonProgram): boolean {
  for (const site of program.sites('string', 'concatenated_string'))
    if (/^\w*["']+\s*(INSERT|UPDATE|DELETE|REPLACE|CREATE|DROP|ALTER)\b/i.test(site.module.text.slice(site.node.start, site.node.end))) return true
  return [...program.callsMatching(/\.(executescript|to_sql|save|create|bulk_create|insert|insert_many|create_tables)$/)].some((call) => call.names.some((name) => /^(sqlite3|aiosqlite|peewee|pandas)\b|executescript$/.test(name)))
}
