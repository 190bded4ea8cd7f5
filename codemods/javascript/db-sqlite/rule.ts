import type { JsProgram, Problem, Rule, RuleContext } from '../../../src/types.js'
import { callName } from '../../../src/lang/javascript/storage/clients.js'
import { alternativesOf, optionsOf } from '../../../src/lang/javascript/options.js'
import { literalText, type JsCall, type JsNode } from '../../../src/lang/javascript/program.js'
import { atMost, milder, severityFor, surestRun } from '../../../src/lang/severity.js'
import { prismaOnSqlite } from './prisma.js'

export const dbSqlite = {
  id: 'db-sqlite',
  title: 'Data kept in an SQLite file',
  hazard: 'sqlite',
  language: 'javascript',
  assumes: 'persistent-disk',
  severity: 'breaks',
  *check(program: JsProgram, context: RuleContext): Generator<Problem> {
    for (const opened of [...drivers(program), ...libraries(program)]) {
      const { call, node, file, env, maybe } = opened
      const run = surestRun(call)
      if (run.when === 'never' || run.when === 'main' || run.when === 'build') continue
      const certain = severityFor(run, 'breaks')
      const named = file === undefined ? 'an SQLite file' : `the SQLite file '${file}'`
      yield {
        path: program.moduleOf(node).path,
        range: { start: node.start, end: node.end },
        when: run.when,
        trace: program.trace(call, `${callName(program, call)} opens ${named}`, run),
        severity: env !== undefined ? atMost(certain, 'degrades') : maybe ? milder(certain) : certain,
        message: messageOf(named, env),
        remedy: { kind: 'manual', reason: 'Which database takes its place is a decision, and statements, types and the copied data go with it: PostgreSQL of a provider, a hosted SQLite such as Turso (libSQL), or a host with a persistent disk, where the file can stay.' },
      }
    }
    yield* prismaOnSqlite(program, context)
  },
} satisfies Rule

type Opened = { readonly call: JsCall; readonly node: JsNode; readonly file: string | undefined; readonly env: string | undefined; readonly maybe: boolean }

const driver = /^(better-sqlite3(\.default)?|sqlite3(\.verbose\(\))?\.(Database|cached\.Database)|sqlite\.(open|DatabaseSync)|bun:sqlite\.Database)$/
function* drivers(program: JsProgram): Generator<Opened> {
  for (const call of program.callsMatching(driver)) {
    const [first, second] = call.args
    const named = first && program.values(first).some((value) => value.kind === 'literal-object') ? optionsOf(program, first).get('filename')[0] : first
    if (isReadOnly(program, second) || (named && inMemory(program, named)) || (!named && !call.spread && /^better-sqlite3/.test(call.names[0] ?? ''))) continue
    const places = named ? program.fold.path(named) : []
    const [place] = places.filter((one) => one.base !== 'env' && !/:memory:/.test(one.text))
    const env = place?.env ?? places.find((one) => one.base === 'env')?.env
    yield { call, node: call.node, file: place && place.base !== 'unknown' ? place.text.replaceAll('\0', '…') : undefined, env, maybe: false }
  }
}
function isReadOnly(program: JsProgram, options: JsNode | undefined): boolean {
  if (!options) return false
  return optionsOf(program, options).get('readonly').some((value) => value.kind === 'TrueKeyword') || /OPEN_READONLY/.test(program.text(options))
}
const inMemory = (program: JsProgram, node: JsNode): boolean => program.fold.text(node).every(({ text }) => text === '' || /:memory:|mode=memory/.test(text))

const library = /^(sequelize(-typescript)?(\.Sequelize)?|typeorm\.(DataSource|createConnection)|knex(\.knex|\.default)?|@mikro-orm\/core\.MikroORM\.init|objection\.knex)$/
/** Libraries for several databases, told which by `dialect`, `type` or `client`. */
function* libraries(program: JsProgram): Generator<Opened> {
  for (const call of program.callsMatching(library)) {
    const [first] = call.args
    const url = first && program.fold.text(first).find(({ text }) => /^sqlite:/.test(text))
    if (url && first) {
      if (!/:memory:/.test(url.text)) yield { call, node: first, file: url.text.replace(/^sqlite:(\/\/)?/, '').replaceAll('\0', '…'), env: url.env, maybe: false }
      continue
    }
    for (const arg of call.args) {
      const options = optionsOf(program, arg)
      const kinds = ['dialect', 'type', 'client'].flatMap((key) => options.get(key)).flatMap((node) => alternativesOf(program, node))
      const sqlite = kinds.filter((node) => /^(sqlite3?|better-sqlite3)$/.test(literalText(node, program.moduleOf(node).text) ?? ''))
      const [kind] = sqlite
      if (!kind) continue
      const inner = options.get('connection').flatMap((node) => optionsOf(program, node).get('filename'))
      const file = [...options.get('storage'), ...options.get('database'), ...inner][0]
      if (file && inMemory(program, file)) continue
      const place = file && program.fold.path(file).find((one) => one.base !== 'env' && one.base !== 'unknown' && !/:memory:/.test(one.text))
      yield { call, node: kind, file: place?.text.replaceAll('\0', '…'), env: place?.env, maybe: sqlite.length < kinds.length }
    }
  }
}

function messageOf(named: string, env: string | undefined): string {
  const fate = 'On the host it can be read at most: the first change fails with "attempt to write a readonly database" (SQLITE_READONLY, SQLITE_CANTOPEN), and no file there is shared between instances or kept'
  if (env !== undefined) return `The database is ${named} unless ${env} says otherwise. ${fate}. Use a database that is reached over the network.`
  return `The database is ${named}. ${fate}. Use a database that is reached over the network, such as PostgreSQL; on a host with a persistent disk it can stay.`
}
