import type { Problem, PythonProgram, Rule } from '../../../src/types.js'
import { lazyGetter } from '../../../src/lang/python/state/lazy-getter.js'
import { ancestor, statementOf, type PyCall, type PyNode, type Run } from '../../../src/lang/python/program.js'
import { atMost, isCaught, severityFor, surestRun } from '../../../src/lang/python/severity.js'

/** Calls that open a connection themselves. Engines, clients and pools that connect later are not here: keeping them at module level is right. */
const opens = /^((psycopg2?|pymysql|MySQLdb|mariadb|pyodbc|pymssql|oracledb|cx_Oracle|asyncpg|aiomysql|mysql\.connector|snowflake\.connector|redshift_connector)\.connect|psycopg\.(Async)?Connection\.connect|psycopg2\.pool\.\w+ConnectionPool|mysql\.connector\.pooling\.MySQLConnectionPool|peewee\.(Postgresql|MySQL)Database\(\)\.connect|sqlalchemy\b.*create_engine\(\)\.(connect|begin|raw_connection|execute)|flask_sqlalchemy\..*\.(engine|get_engine\(\))\.(connect|begin|raw_connection))$/
/** Calls that speak to the database over what was opened before. */
const speaks = [
  /^(pymongo\.(mongo_client\.)?MongoClient\(\)|flask_pymongo\.PyMongo\(\))[\w.[\]()]*\.(server_info|command|list_database_names|list_collection_names|create_index|create_indexes|ensure_index|insert_one|insert_many|find_one|update_one|update_many|replace_one|delete_one|delete_many|count_documents|estimated_document_count|distinct|aggregate|create_collection|drop|drop_index)$/,
  /^flask_sqlalchemy\.SQLAlchemy\(\)\.(session\.(execute|commit|flush|scalar|scalars|get|merge|bulk_\w+)|(session\.query\(\)|Model\.query)[\w.()]*\.(first|all|one|one_or_none|count|scalar|get|first_or_404|get_or_404|delete|update))$/,
  /^sqlalchemy\b.*(sessionmaker\(\)\(\)|Session\(\)|scoped_session\(\)(\(\))?)\.(execute|commit|flush|scalar|scalars|get|merge|query\(\)[\w.()]*\.(first|all|one|one_or_none|count|scalar|get|delete|update))$/,
  /^redis\.(Redis|StrictRedis|from_url|Redis\.from_url)\(\)\.(ping|get|set|setnx|hset|hget|hgetall|exists|keys|flushdb|incr|delete|info)$/,
]
const sqlite = /^(sqlite3|aiosqlite)\.connect$/

export const importDbConnect = {
  id: 'import-db-connect',
  title: 'Database used while the app is imported',
  hazard: 'module-level-io',
  language: 'python',
  assumes: 'import-unbounded',
  severity: 'blocks',
  *check(program: PythonProgram): Generator<Problem> {
    const told = new Set<PyNode>(unitsThatMigrate(program))
    for (const call of [...program.callsMatching(opens), ...speaks.flatMap((pattern) => [...program.callsMatching(pattern)])]) {
      const run = surestRun(call)
      const unit = unitOf(call)
      if ((run.when !== 'import' && run.when !== 'startup') || run.weak || run.background || told.has(unit)) continue
      told.add(unit)
      yield problemOf(program, call, run)
    }
    yield* helpersCalledAtImport(program)
  },
} satisfies Rule

/** One finding for each function, or each statement at module level. */
function unitOf(call: PyCall): PyNode {
  if (call.fn) return call.fn.node
  let at = call.node
  while (at.parent?.parent) at = at.parent
  return at
}
/** Units that also make tables: db-migrate-on-start speaks about those. */
function* unitsThatMigrate(program: PythonProgram): Generator<PyNode> {
  for (const call of program.callsMatching(/\.(create_all|drop_all|create_tables)$|^(flask_migrate|alembic\.command)\.upgrade$/)) yield unitOf(call)
}

function problemOf(program: PythonProgram, call: PyCall, run: Run): Problem {
  const what = nameOf(call)
  const certain = severityFor(run, 'blocks')
  const caught = isCaught(program, call, run.when)
  const time = run.when === 'startup' ? 'when the app starts' : 'while the app is imported'
  const direct = call.names.some((name) => opens.test(name))
  const lazy = direct ? lazyGetter(program, call) : undefined
  const refused = lazy && 'refused' in lazy ? lazy.refused : undefined
  return {
    path: call.module.path,
    range: { start: call.node.start, end: call.node.end },
    when: run.when === 'never' ? 'import' : run.when,
    trace: program.trace(call, `${what}()`, run),
    severity: caught ? atMost(certain, 'degrades') : certain,
    message: `${what}() ${direct ? 'connects to a database' : 'asks a database'} ${time}. ${caught ? 'The failure is caught, but every new instance waits for the answer' : 'If the database does not answer, or not yet hold what is asked for, the app does not start; if it does, every new instance waits for it'}. Connect when the first request needs it${direct ? '' : ', and prepare data in a step of the deployment'}.`,
    remedy: lazy && !('refused' in lazy)
      ? { kind: 'fix', safety: 'review', title: 'Connect when it is first needed', changes: lazy }
      : { kind: 'manual', reason: direct ? `Turn the connection into a function that connects on first use, and call that everywhere; it is not done here because ${refused ?? 'its uses are not certain'}.` : 'What depends on the answer decides where this belongs: into a request, or into a step of the deployment.' },
  }
}
function nameOf({ node, module }: PyCall): string {
  const callee = node.children.find((child) => child.field === 'function')
  const text = callee ? module.text.slice(callee.start, callee.end).replace(/\s+/g, '') : ''
  return text.length > 50 ? `…${text.slice(text.lastIndexOf('.'))}` : text
}

/** `init_db()` at module level that opens an SQLite file: where the file lies is db-sqlite's matter, that it is opened now is this one's. */
function* helpersCalledAtImport(program: PythonProgram): Generator<Problem> {
  const told = new Set<string>()
  for (const call of program.callsMatching(sqlite)) {
    const run = surestRun(call)
    const step = run.when === 'import' && !run.weak && !run.background ? run.trace.findLast((each) => each.note.startsWith('calls ')) : undefined
    if (!step || !call.fn) continue
    const top = [...program.calls()].find((each) => each.module.path === step.file && program.line(each.node, each.module) === step.line && each.callees.length > 0 && each.fn === undefined && statementOf(each.node).parent === each.module.root)
    // `app = create_app()` is the app itself: what it does is found where it does it.
    if (!top || statementOf(top.node).children[0]?.kind === 'assignment' || told.has(`${step.file}:${step.line}`) || ancestor(top.node, 'function_definition')) continue
    told.add(`${step.file}:${step.line}`)
    const what = nameOf(top)
    const own = program.first(top)
    yield {
      path: top.module.path,
      range: { start: top.node.start, end: top.node.end },
      when: 'import',
      trace: program.trace(top, `${what}() opens a database`, own),
      severity: top.handled || call.handled ? atMost(severityFor(run, 'blocks'), 'degrades') : severityFor(run, 'blocks'),
      message: `${what}() opens a database and sends it statements while the app is imported (${call.module.path}:${program.line(call.node, call.module)}). If that fails, the app does not start; if not, every new instance does it again. Do it once, in a command or a step of the deployment.`,
      remedy: { kind: 'manual', reason: 'Where the tables are made instead depends on the database that takes the place of the file.' },
    }
  }
}
