import type { Fix, Problem, PythonProgram, Remedy, Rule, RuleContext } from '../../../src/types.js'
import { alternatives, type Alternative } from '../../../src/lang/python/settings/alternatives.js'
import { givenSettings } from '../../../src/lang/python/settings/given-settings.js'
import { guardedOff } from '../../../src/lang/python/settings/host-guard.js'
import { onHost } from '../../../src/lang/python/settings/host-value.js'
import { redisNeeds, settingBeside } from '../../../src/lang/python/settings/shared-store.js'
import { spotted } from '../../../src/lang/python/settings/spotted.js'
import { field, literalText, statementOf, type PyCall } from '../../../src/lang/python/program.js'
import { djangoSessions } from './django.js'

const local = /^(filesystem|cachelib)$/i

export const stateSessionStore = {
  id: 'state-session-store',
  title: 'Sessions kept in files of one instance',
  hazard: 'in-memory-session',
  language: 'python',
  assumes: 'shared-memory',
  severity: 'breaks',
  *check(program: PythonProgram, context: RuleContext): Generator<Problem> {
    yield* djangoSessions(program, context)
    const begun = [...program.calls('flask_session.Session', 'flask_session.Session().init_app')].filter((call) => (call.args.length > 0 || call.kwargs.has('app')) && call.runs.some((run) => run.when === 'import' || run.when === 'startup'))
    const [call] = begun
    if (!call) return
    const types = [...givenSettings(program, 'SESSION_TYPE')].flatMap((given) => [...alternatives(program, given.node, given.scope)].map((at) => ({ at, maybe: given.maybe })))
    for (const { at, maybe } of types) {
      const text = at.node.kind === 'string' ? literalText(at.node, at.scope.module.text) : undefined
      if (text === undefined || !local.test(text)) continue
      const site = program.siteOf(at.node, at.scope)
      const place = site && spotted(program, site, at.node, `sessions are kept in ${text}`, maybe ? 'degrades' : 'breaks')
      if (!place) continue
      yield {
        ...place,
        message: `Flask-Session keeps sessions in files (SESSION_TYPE '${text}'). On the host the code's folder is read-only and each instance has its own disk, so users are logged out at random. Keep small sessions in Flask's signed cookie, or all of them in Redis.`,
        remedy: remedyOf(program, context, begun, at, text),
      }
      return
    }
  },
} satisfies Rule

function remedyOf(program: PythonProgram, context: RuleContext, begun: readonly PyCall[], at: Alternative, text: string): Remedy {
  const options = [cookie(program, context, begun), redis(program, context, at)].flatMap((option) => option ?? [])
  const [first] = options
  if (!first) return { kind: 'manual', reason: `Set SESSION_TYPE to 'redis' with SESSION_REDIS on the host instead of '${text}', or leave Flask-Session out there.` }
  return { kind: 'choice', question: 'Where should sessions live on the host?', options, byDefault: first.id === 'cookie' ? 'cookie' : 'leave' }
}

/** Without Flask-Session on the host, Flask's own signed cookie holds the session. */
function cookie(program: PythonProgram, { target }: RuleContext, begun: readonly PyCall[]): ({ readonly id: string } & Fix) | undefined {
  // The cookie has to be signed.
  if ([...givenSettings(program, 'SECRET_KEY')].length === 0) return undefined
  const changes = begun.map((call) => {
    const statement = statementOf(call.node)
    const assignment = statement.children[0]
    const left = assignment?.kind === 'assignment' ? field(assignment, 'left') : undefined
    const isAlone = statement.kind === 'expression_statement' && (assignment === call.node || (left?.kind === 'identifier' && mentions(call, program.text(left, call.module)) === 1))
    return isAlone && call.module.brokenAt === undefined ? guardedOff(target, call.module, call.scope, call.node) : undefined
  })
  if (changes.some((one) => one === undefined)) return undefined
  return {
    id: 'cookie',
    title: 'Keep sessions in Flask\'s signed cookie on the host',
    changes: changes.flatMap((one) => one ?? []),
    left: 'Sessions go into a signed cookie on the host: they must fit into 4 KB, hold only JSON values, and users can read them.',
  }
}
function mentions({ module }: PyCall, name: string): number {
  return module.text.match(new RegExp(`\\b${name}\\b`, 'g'))?.length ?? 0
}

function redis(program: PythonProgram, { target }: RuleContext, { node, scope }: Alternative): ({ readonly id: string } & Fix) | undefined {
  const { module } = scope
  if (module.brokenAt !== undefined) return undefined
  const beside = settingBeside(program, target, node, scope, 'SESSION_REDIS', '__import__("redis").from_url({os}.environ["REDIS_URL"]) if {guard} else None')
  if (!beside) return undefined
  return {
    id: 'redis',
    title: 'Keep sessions in Redis on the host',
    changes: [...onHost(target, node, scope, '"redis"'), ...beside],
    needs: redisNeeds('sessions'),
    left: 'Make a Redis database and set REDIS_URL.',
  }
}
