import { groundsOf } from '../../../src/lang/python/serving.js'
import { databaseClients, isKept, isMethodOf, type DatabaseClient } from '../../../src/lang/python/storage/clients.js'
import { atMost, severityFor } from '../../../src/lang/python/severity.js'
import { ancestor, bare, field, type PyCall, type PyNode, type PyScope, type Run } from '../../../src/lang/python/program.js'
import type { Problem, PythonProgram, Rule, Severity } from '../../../src/types.js'

const uses = /\(\)(\.cursor\(\))?\.(cursor|execute|executemany|executescript|callproc|commit|rollback|fetchone|fetchall|fetchmany)$/

export const dbThreadAffinity = {
  id: 'db-thread-affinity',
  title: 'One database connection shared by all requests',
  hazard: 'module-level-io',
  language: 'python',
  assumes: 'nothing',
  severity: 'breaks',
  *check(program: PythonProgram): Generator<Problem> {
    const shared = [...databaseClients(program, 'connection')].filter(({ call }) => isShared(program, call))
    if (shared.length === 0) return
    const used = [...program.callsMatching(uses)].filter((call) => call.names.some((name) => isMethodOf('connection', name, /./)))
    for (const client of shared) {
      const { call, what } = client
      const at = used.filter((use) => serving(use) && threaded(program, use) && leadsTo(program, use, call))
      const [first] = at
      const run = first && serving(first)
      if (!first || !run) continue
      const kind = matterOf(program, client)
      // Whoever takes turns has thought of it; SQLite's check of the thread still refuses.
      if (kind.severity !== 'breaks' && at.every((use) => takesTurns(program, use))) continue
      const where = first.fn ? `${first.fn.qualname}()` : 'a request'
      const line = program.line(call.node, call.module)
      yield {
        path: call.module.path,
        range: { start: call.node.start, end: call.node.end },
        when: 'request',
        trace: [...program.trace(first, 'uses it in the thread of a request', run), { file: call.module.path, line, note: 'the one connection is made here' }],
        severity: severityFor(run, kind.severity),
        message: `${what}() is called once, and every request uses that connection (${where}, ${first.module.path}:${program.line(first.node, first.module)}${at.length > 1 ? `, and ${at.length - 1} more place${at.length > 2 ? 's' : ''}` : ''}), each in a thread of its own. ${kind.text} Give each request a connection of its own, from a pool or opened and closed with the request.`,
        remedy: { kind: 'manual', reason: 'Open the connection in a function that keeps it for the request (Flask: in g, closed in a teardown_appcontext function; FastAPI: a dependency with yield), or take it from a pool, and call that wherever the shared one is named.' },
      }
    }
  },
} satisfies Rule

/** Made before the first request, or on first use, and kept for all. */
function isShared(program: PythonProgram, call: PyCall): boolean {
  if (call.runs.some(({ when, weak }) => (when === 'import' || when === 'startup') && !weak)) return isKept(program, call) && !call.runs.some(({ when }) => when === 'request')
  const assignment = ancestor(call.node, 'assignment')
  const left = assignment && field(assignment, 'left')
  return left?.kind === 'identifier' && call.scope.globals.has(program.text(left, call.module))
}
function serving(call: PyCall): Run | undefined {
  return call.fn && call.runs.find(({ when, background, weak }) => when === 'request' && !background && !weak)
}
function threaded(program: PythonProgram, { fn }: PyCall): boolean {
  const grounds = fn && groundsOf(program, fn)
  return grounds !== undefined && (grounds.has('thread') || grounds.has('own-loop'))
}

/** Is what the method is called on made by this call, directly or as its cursor? */
function leadsTo(program: PythonProgram, use: PyCall, made: PyCall): boolean {
  const callee = field(use.node, 'function')
  const object = callee && field(callee, 'object')
  return object !== undefined && comesFrom(program, bare(object), use.scope, made.node, 0)
}
function comesFrom(program: PythonProgram, node: PyNode, scope: PyScope, made: PyNode, depth: number): boolean {
  if (node === made) return true
  if (depth > 4) return false
  if (node.kind === 'call') {
    const callee = field(node, 'function')
    const object = callee?.kind === 'attribute' ? field(callee, 'object') : undefined
    return object !== undefined && /\.cursor$/.test(scope.module.text.slice(callee?.start, callee?.end)) && comesFrom(program, bare(object), scope, made, depth + 1)
  }
  return program.definitions(node, scope).some((home) => comesFrom(program, bare(home.node), home.scope, made, depth + 1))
}
function takesTurns(program: PythonProgram, use: PyCall): boolean {
  const block = ancestor(use.node, 'with_statement')
  return block !== undefined && /\b\w*(lock|mutex|semaphore)\w*\b/i.test(program.text(block, use.module).split(/[\r\n]/)[0] ?? '')
}

function matterOf(program: PythonProgram, { call }: DatabaseClient): { readonly severity: Severity; readonly text: string } {
  if (call.names.some((name) => name.startsWith('sqlite3.'))) {
    const check = call.kwargs.get('check_same_thread')
    if (check === undefined && !call.spread) return { severity: 'breaks', text: 'SQLite refuses it in all threads but the one that opened it ("SQLite objects created in a thread can only be used in that same thread").' }
    if (check === undefined || program.text(check, call.module) !== 'False') return { severity: atMost('breaks', 'degrades'), text: 'SQLite refuses it in all threads but the one that opened it.' }
    return { severity: 'degrades', text: 'The check of the thread is off, so nothing fails at once, but the requests share one transaction: what one commits or rolls back takes along what another has only begun.' }
  }
  return { severity: 'breaks', text: 'They share one transaction and one stream of answers ("commands out of sync", "no results to fetch"), and after one failure, or an idle time at whose end the database hung up, every later request fails too.' }
}
