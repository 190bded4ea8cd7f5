/** Calls that hold their thread until something outside answers, and where an event loop would be waiting for them. */
import type { PythonProgram } from '../../../src/types.js'
import type { PyCall, PyFunction } from '../../../src/lang/python/program.js'

type Kind = {
  readonly origin: RegExp
  /** What it does, after the call's name. */
  readonly does: string
  /** A finding for each call, for each function, or one for the whole app, whose functions all do it. */
  readonly each: 'call' | 'function' | 'app'
  /** Usually over in milliseconds: worth knowing, seldom felt. */
  readonly short?: true
}
const kinds: readonly Kind[] = [
  { origin: /^time\.sleep$/, does: 'sleeps', each: 'call' },
  { origin: /^(requests\.(get|post|put|delete|patch|head|request|Session\(\)\.(get|post|put|delete|patch|head|options|request|send))|httpx\.(get|post|put|delete|patch|head|request|stream|Client\(\)\.(get|post|put|delete|patch|head|request|stream|send))|urllib\.request\.(urlopen|urlretrieve)|urllib3\.PoolManager\(\)\.request|smtplib\.SMTP(_SSL)?(\(\)\.(sendmail|send_message|login))?)$/, does: 'waits for another server', each: 'function' },
  { origin: /^(subprocess\.(run|call|check_call|check_output|getoutput)|subprocess\.Popen\(\)\.(wait|communicate)|os\.system)$/, does: 'waits for another program', each: 'function' },
  { origin: /^(openai\.(Azure)?OpenAI|anthropic\.Anthropic|groq\.Groq|cohere\.Client|replicate\.Client|google\.(generativeai\.GenerativeModel|genai\.Client))\(\)\.[\w.]*(create|generate_content|chat|generate|run|parse)$/, does: 'waits for the model to answer', each: 'function' },
  { origin: /^(sqlalchemy\.orm\.(session\.)?(Session|sessionmaker\(\)|scoped_session\(\))|sqlmodel\.Session)\(\)\.(execute|exec|commit|flush|refresh|scalar|scalars|query\(\)[\w.()[\]]*\.(all|first|one|one_or_none|count|scalar|get|delete|update))$/, does: 'waits for the database', each: 'app', short: true },
  { origin: /^(psycopg2?|pymysql|MySQLdb|sqlite3|mysql\.connector|pyodbc)\.connect(\(\)(\.cursor\(\))?\.(execute|executemany|fetchall|fetchone|commit))?$/, does: 'waits for the database', each: 'app', short: true },
  { origin: /^pymongo\.(mongo_client\.)?MongoClient\(\)[\w.[\]()]*\.(find_one|insert_one|insert_many|update_one|update_many|delete_one|delete_many|count_documents|aggregate|replace_one)$/, does: 'waits for the database', each: 'app', short: true },
  { origin: /^pandas\.read_(csv|excel|sql|sql_query|parquet|json)$/, does: 'reads and parses a whole file', each: 'app' },
]

export type Blocking = { readonly call: PyCall; readonly fn: PyFunction; readonly does: string; readonly short: boolean; /** The coroutine in which it happens, when that is another function. */ readonly via: PyFunction | undefined; /** All functions of the finding, `fn` first. */ readonly fns: readonly PyFunction[] }

/** The first blocking call of each function that the event loop runs itself while it serves. */
export function blockingCalls(program: PythonProgram): readonly Blocking[] {
  const onLoop = functionsOnLoop(program)
  const found = new Map<string, Blocking>()
  for (const { origin, does, each, short } of kinds)
    for (const call of inOrder(program.callsMatching(origin))) {
      const { fn } = call
      const from = fn && onLoop.get(fn)
      if (!fn || !from || !call.runs.some(({ when, background }) => when === 'request' && !background)) continue
      const key = each === 'app' ? does : `${fn.module.path}:${does}:${each === 'function' ? fn.node.start : call.node.start}`
      const known = found.get(key)
      if (!known) found.set(key, { call, fn, does, short: short ?? false, via: from === fn ? undefined : from, fns: [fn] })
      else if (!known.fns.includes(fn)) found.set(key, { ...known, fns: [...known.fns, fn] })
    }
  return [...found.values()]
}
function inOrder(calls: Iterable<PyCall>): readonly PyCall[] {
  return [...calls].sort((a, b) => (a.module === b.module ? a.node.start - b.node.start : a.module.path < b.module.path ? -1 : 1))
}

const known = new WeakMap<PythonProgram, ReadonlyMap<PyFunction, PyFunction>>()
/** Coroutines that serve requests, and plain functions that they call themselves: by the coroutine from which they are run. */
function functionsOnLoop(program: PythonProgram): ReadonlyMap<PyFunction, PyFunction> {
  const before = known.get(program)
  if (before) return before
  const out = new Map<PyFunction, PyFunction>()
  const calledBy = new Map<PyFunction, PyFunction[]>()
  for (const call of program.calls()) if (call.fn && call.callees.length === 1) calledBy.set(call.fn, [...(calledBy.get(call.fn) ?? []), ...call.callees])
  let edge: readonly PyFunction[] = [...program.functions()].flatMap(({ fn, runs }) => (fn.isAsync && runs.some(({ when, weak }) => when === 'request' && !weak) ? [fn] : []))
  for (const fn of edge) out.set(fn, fn)
  for (let depth = 0; depth < 4 && edge.length > 0; depth++) {
    const next: PyFunction[] = []
    for (const fn of edge)
      for (const callee of calledBy.get(fn) ?? []) {
        if (callee.isAsync || out.has(callee)) continue
        out.set(callee, out.get(fn) ?? fn)
        next.push(callee)
      }
    edge = next
  }
  known.set(program, out)
  return out
}
