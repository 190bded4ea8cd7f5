import type { Change, Problem, PythonProgram, Remedy, Rule } from '../../../src/types.js'
import { ensureImport, insertBefore } from '../../../src/lang/python/edit.js'
import { databaseClients, isKept, type DatabaseClient } from '../../../src/lang/python/storage/clients.js'
import { milder, severityFor } from '../../../src/lang/python/severity.js'
import { ancestor, bare, field, walk, type PyFunction, type PyNode } from '../../../src/lang/python/program.js'

export const dbConnectNotCached = {
  id: 'db-connect-not-cached',
  title: 'Database client made anew for each request',
  hazard: 'module-level-io',
  language: 'python',
  assumes: 'nothing',
  severity: 'breaks',
  *check(program: PythonProgram): Generator<Problem> {
    for (const client of databaseClients(program, 'engine', 'pool', 'client')) {
      const { call, what } = client
      const run = call.runs.find((one) => one.when === 'request' && !one.background)
      // What also runs at import or at startup is made there; requests find it.
      if (!run || call.runs.some((one) => one.when === 'import' || one.when === 'startup') || isKept(program, call)) continue
      const closed = isClosed(program, client)
      yield {
        path: call.module.path,
        range: { start: call.node.start, end: call.node.end },
        when: 'request',
        trace: program.trace(call, `${what}() for each request`, run),
        severity: closed ? milder(severityFor(run, 'breaks')) : severityFor(run, 'breaks'),
        message: `${call.fn?.qualname ?? 'A function'}() makes a new ${noun[client.kind]} with ${what}() each time a request calls it${closed ? ', and closes it' : ', and none is closed'}. ${closed ? 'Every request pays for connecting, and many at once' : 'Many requests'} use up the connections that the database allows. Make one for the process, at module level or on first use.`,
        remedy: remedyOf(program, client, closed),
      }
    }
  },
} satisfies Rule

const noun = { engine: 'engine with a pool', pool: 'pool', client: 'client with a pool', connection: 'connection' } as const

/** Under `with`, or with a `.close()`, `.dispose()` on the name it is given in the function. */
function isClosed(program: PythonProgram, { call }: DatabaseClient): boolean {
  if (ancestor(call.node, 'with_item')) return true
  const body = call.fn?.body
  return body !== undefined && [...walk(body)].some((node) => node.kind === 'call' && /\.(close|dispose|closeall|wait_closed)\(\)$/.test(program.text(node, call.module)) && node.start > call.node.start)
}

/** `def get_client(): return MongoClient(URL)` without parameters can keep its result; all else is laid out by hand. */
function remedyOf(program: PythonProgram, { call, kind }: DatabaseClient, closed: boolean): Remedy {
  const { fn, module } = call
  const by = (reason: string): Remedy => ({ kind: 'manual', reason })
  if (module.brokenAt !== undefined) return by(`${module.path} does not parse, so it is not edited.`)
  if (!fn || closed || !isPlainGetter(fn, call.node) || usesItsScope(program, fn, call.node)) return by('What the client is made from and where it is closed decide where it belongs: make it once beside the settings, use it in the views, and close nothing there.')
  if (kind === 'pool') return by('A pool is opened where it is made: make it at startup, and close it when the app ends.')
  if ([...program.callsMatching(/\(\)\.(close|dispose)$/)].some((one) => one.runs.some((run) => run.when === 'request') && one.names.some((name) => call.names.some((made) => name.startsWith(`${made}()`))))) return by('Another function closes what this one returns: take the closing away first, then keep one client for the process.')
  const imported = ensureImport(module, 'functools', 'lru_cache')
  const changes: readonly Change[] = [...imported.changes, insertBefore(module, fn.node, [`@${imported.name}(maxsize=1)`])]
  return { kind: 'fix', safety: 'review', title: `Keep what ${fn.name}() makes for the next request`, changes }
}
function isPlainGetter(fn: PyFunction, call: PyNode): boolean {
  if (fn.isAsync || fn.isLambda || fn.cls || fn.params.length > 0 || fn.decorators.length > 0) return false
  const statements = fn.body.children.filter((child, index) => child.kind !== 'comment' && !(index === 0 && child.children[0]?.kind === 'string'))
  const [only] = statements
  return statements.length === 1 && only?.kind === 'return_statement' && returnsItOrPart(only, call) && ancestor(fn.node, 'function_definition', 'class_definition') === undefined
}
/** `return MongoClient(URL)["shop"]`: a part of it, not a session or cursor that a call on it gives. */
function returnsItOrPart(statement: PyNode, call: PyNode): boolean {
  let at = statement.children.find((child) => child.kind !== 'comment')
  while (at && at !== call && (at.kind === 'attribute' || at.kind === 'subscript')) at = field(at, at.kind === 'attribute' ? 'object' : 'value')
  return at !== undefined && bare(at) === call
}
/** A route's own function returns to a client, not to code. */
function usesItsScope(program: PythonProgram, fn: PyFunction, call: PyNode): boolean {
  return program.pyRoutes.some((route) => route.fn === fn) || [...walk(call)].some((node) => node.kind === 'await')
}
