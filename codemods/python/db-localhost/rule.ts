import type { Problem, PythonProgram, Rule, RuleContext } from '../../../src/types.js'
import { localHosts } from '../../../src/lang/database-hosts.js'
import { atMost, severityFor } from '../../../src/lang/python/severity.js'
import { djangoServers } from './django.js'
import { localServers } from './servers.js'
import { remedyOf } from './remedy.js'

export const dbLocalhost = {
  id: 'db-localhost',
  title: 'Database or service expected on the same machine',
  hazard: 'env-required-at-import',
  language: 'python',
  assumes: 'nothing',
  severity: 'breaks',
  *check(program: PythonProgram, context: RuleContext): Generator<Problem> {
    const servers = [...localServers(program, context)]
    for (const server of servers) {
      const { site, kind, env } = server
      const run = program.first(site)
      if (run.when === 'never') continue
      const certain = severityFor(run, server.connectsNow ? 'blocks' : 'breaks')
      const where = server.host === undefined ? 'on the same machine, as no address is given' : `on '${server.host}'`
      yield {
        path: site.module.path,
        range: { start: server.node.start, end: server.node.end },
        when: run.when,
        trace: program.trace(site, `${kind} ${server.host === undefined ? 'on the same machine' : `on ${server.host}`}`, run),
        severity: env === undefined ? certain : atMost(certain, 'degrades'),
        message: env === undefined
          ? `${kind} is expected ${where}. On the host nothing runs beside the app, so the connection is refused${server.connectsNow ? ' and the app does not start' : ''}. Take the address from an environment variable, and keep this one as the default of a local start.`
          : `${kind} is expected ${where} unless ${env} is set. On the host nothing runs beside the app: set ${env} there.`,
        remedy: remedyOf(server, servers, context),
      }
    }
    yield* djangoServers(program, context, localHosts(context))
  },
} satisfies Rule
