/** Loops over the rows of a table that ask another server for each row: their time grows with the table. */
import { ownCode } from '../../../src/lang/python/background/loops.js'
import { bare, field, type PyFunction, type PyNode, type PyScope, type PySite, type PythonProgram } from '../../../src/lang/python/program.js'

const asks =
  /^(requests\.(get|post|put|delete|patch|request|Session\(\)\.(get|post|put|delete|patch|request))|httpx\.((Async)?Client\(\)\.)?(get|post|put|delete|patch|request|send)|aiohttp\.ClientSession\(\)\.(get|post|put|delete|patch|request)|urllib\.request\.urlopen|smtplib\.SMTP(_SSL)?\(\)\.(sendmail|send_message)|twilio\.rest\.Client\(\)\.messages\.create|django\.core\.mail\.(send_mail|(EmailMessage|EmailMultiAlternatives)\(\)\.send)|flask_mail\.Mail\(\)\.send|openai\.(Async)?OpenAI\(\)\.[\w.]+\.create|sendgrid\.SendGridAPIClient\(\)\.send)$/
const rows = /^(sqlalchemy|sqlmodel|flask_sqlalchemy|django\.db\.models|pymongo|motor|psycopg2?|asyncpg|sqlite3|pymysql)\b.*\.(all|fetchall|fetch|find|filter|exclude|order_by|iterator|scalars|to_list|select_related|prefetch_related|filter_by|where)(\(\))*(\.all\(\))?$/
const bounded = /\.limit\(|\[\s*:|\.paginate\(|\.first\(|\bLIMIT\b/i
const depth = 4

export type RowLoop = { readonly site: PySite; readonly over: PyNode }

export function* rowLoops(program: PythonProgram): Generator<RowLoop> {
  let asking: ReadonlySet<PyFunction> | undefined
  for (const site of program.sites('for_statement')) {
    const over = field(site.node, 'right')
    if (!over || !site.fn || !isTable(program, over, site.scope)) continue
    asking ??= functionsThatAsk(program)
    const body = field(site.node, 'body')
    const known = asking
    if (body && [...ownCode(body)].some((node) => node.kind === 'call' && reaches(program, node, site.scope, known))) yield { site, over }
  }
}

/** A query's result, written in place or kept in a name; one with a bound is no table. */
function isTable(program: PythonProgram, node: PyNode, scope: PyScope): boolean {
  const at = bare(node)
  if (at.kind === 'identifier') {
    const made = program.definitions(at, scope)
    return made.length === 1 && made.every((one) => one.node.kind !== 'identifier' && isTable(program, one.node, one.scope))
  }
  return at.kind === 'call' && !bounded.test(program.text(at, scope.module)) && program.origins(at, scope).some((origin) => rows.test(origin.replace(/\(\)$/, '')))
}
function reaches(program: PythonProgram, node: PyNode, scope: PyScope, asking: ReadonlySet<PyFunction>): boolean {
  const call = program.callAt({ module: scope.module, node, scope, fn: undefined, runs: [], handled: false })
  return call.names.some((name) => asks.test(name)) || (call.callees.length === 1 && call.callees.every((callee) => asking.has(callee)))
}
/** Functions of the repo that ask another server, themselves or through the one function they call. */
function functionsThatAsk(program: PythonProgram): ReadonlySet<PyFunction> {
  const found = new Set<PyFunction>()
  // Calling a worker's task puts it into a queue and goes on.
  const tasks = new Set([...program.functions()].flatMap(({ fn, runs }) => (runs.some((run) => run.background) ? [fn] : [])))
  for (const call of program.callsMatching(asks)) if (call.fn && !tasks.has(call.fn)) found.add(call.fn)
  for (let round = 1; round < depth; round++)
    for (const call of program.calls()) {
      const [only] = call.callees
      if (call.fn && call.callees.length === 1 && only && found.has(only) && !tasks.has(call.fn)) found.add(call.fn)
    }
  return found
}
