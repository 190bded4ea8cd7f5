import type { Problem, PythonProgram, Rule } from '../../../src/types.js'
import { insertAt } from '../../../src/lang/python/edit.js'
import { databaseClients, engineSettings, isKept, isSqliteByDefault, poolsConnections } from '../../../src/lang/python/storage/clients.js'
import { atMost, severityFor, surestRun } from '../../../src/lang/python/severity.js'
import type { PyNode } from '../../../src/lang/python/program.js'

export const dbStaleConnection = {
  id: 'db-stale-connection',
  title: 'Pooled connection used without a look whether it lives',
  hazard: 'module-level-io',
  language: 'python',
  assumes: 'nothing',
  severity: 'breaks',
  *check(program: PythonProgram): Generator<Problem> {
    for (const client of databaseClients(program, 'engine')) {
      const { call, what } = client
      const settings = engineSettings(client)
      if (!settings || settings.has('pool_pre_ping') || !poolsConnections(program, client) || !isKept(program, call)) continue
      const run = surestRun(call)
      if (run.when === 'never' || run.when === 'main' || run.when === 'build') continue
      const last = [...call.args, ...settings.values()].sort((a, b) => a.end - b.end).at(-1) as PyNode
      const recycle = settings.has('pool_recycle') ? '' : ', pool_recycle=300'
      yield {
        path: call.module.path,
        range: { start: call.node.start, end: call.node.end },
        when: run.when,
        trace: program.trace(call, `${what}() without pool_pre_ping`, run),
        // Whether the database's host cuts idle connections is not known here; most do.
        severity: isSqliteByDefault(program, client) ? 'advice' : atMost(severityFor(run, 'breaks'), 'degrades'),
        message: `${what}() hands out pooled connections as they are. An instance sleeps between requests, the database closes what is idle, and the next request fails ("server closed the connection unexpectedly"). Pass pool_pre_ping=True.`,
        remedy: call.module.brokenAt === undefined
          ? { kind: 'fix', safety: 'safe', title: 'Check a pooled connection before it is used', changes: [insertAt(call.module, last.end, `, pool_pre_ping=True${recycle}`)] }
          : { kind: 'manual', reason: `${call.module.path} does not parse, so it is not edited.` },
      }
    }
  },
} satisfies Rule
