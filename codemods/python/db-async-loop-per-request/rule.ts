import { groundsOf } from '../../../src/lang/python/serving.js'
import { poolsConnections } from '../../../src/lang/python/storage/clients.js'
import { severityFor } from '../../../src/lang/python/severity.js'
import { loopBoundClients, speaksThrough, type LoopBound } from './clients.js'
import type { PyCall, PyFunction, Run } from '../../../src/lang/python/program.js'
import type { Problem, PythonProgram, Rule } from '../../../src/types.js'

export const dbAsyncLoopPerRequest = {
  id: 'db-async-loop-per-request',
  title: 'Asynchronous client kept over several event loops',
  hazard: 'module-level-io',
  language: 'python',
  assumes: 'nothing',
  severity: 'breaks',
  *check(program: PythonProgram): Generator<Problem> {
    const clients = [...loopBoundClients(program)]
    const places = clients.length === 0 ? [] : [...onOwnLoops(program)]
    for (const client of clients) {
      const { call, what, kind } = client
      if (kind === 'engine' && !poolsConnections(program, { kind, call, what })) continue
      const use = places.find(({ at }) => speaksThrough(program, at, client))
      if (!use) continue
      const line = program.line(call.node, call.module)
      const where = use.at.fn ? `${use.at.fn.qualname}()` : 'a request'
      yield {
        path: call.module.path,
        range: { start: call.node.start, end: call.node.end },
        when: 'request',
        trace: [...program.trace(use.at, 'uses it on a loop that ends with the request', use.run), { file: call.module.path, line, note: `${what}() is kept here` }],
        severity: severityFor(use.run, kind === 'http' ? 'degrades' : 'breaks'),
        message: `${what}() is kept for all requests, and its connections belong to the event loop that opened them. ${where} (${use.at.module.path}:${program.line(use.at.node, use.at.module)}) runs on a new loop each time: the next request finds connections of a loop that has ended ("Event loop is closed", "attached to a different loop"). ${cure[kind]}`,
        remedy: { kind: 'manual', reason: kind === 'engine' ? 'Pass poolclass=NullPool (and no pool_size or max_overflow), or use the plain driver with create_engine().' : 'Make the client inside the coroutine that uses it and close it there, or use the plain client.' },
      }
    }
  },
} satisfies Rule

const cure: Readonly<Record<LoopBound['kind'], string>> = {
  engine: 'Use the plain driver, or an engine that keeps no connections (poolclass=NullPool).',
  client: 'Use the plain client of this database, or make the asynchronous one inside the coroutine.',
  http: 'Make the client inside the coroutine with "async with", or use the plain one.',
}

/** Calls that a request makes on a loop that is there for it alone. */
function* onOwnLoops(program: PythonProgram): Generator<{ readonly at: PyCall; readonly run: Run }> {
  const known = new Map<PyFunction, boolean>()
  for (const at of program.calls()) {
    const run = at.fn && at.runs.find(({ when, background, weak }) => when === 'request' && !background && !weak)
    if (!run || !at.fn) continue
    const own = known.get(at.fn) ?? groundsOf(program, at.fn).has('own-loop')
    known.set(at.fn, own)
    if (own) yield { at, run }
  }
}
