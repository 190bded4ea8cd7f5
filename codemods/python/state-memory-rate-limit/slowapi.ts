/** slowapi, the limiter that FastAPI apps use: it counts in memory unless it is given a storage. */
import type { Fix, Problem, PythonProgram, Remedy, RuleContext } from '../../../src/types.js'
import { insertAt } from '../../../src/lang/python/edit.js'
import { hostGuard, importedAt } from '../../../src/lang/python/settings/host-guard.js'
import { redisNeeds } from '../../../src/lang/python/settings/shared-store.js'
import { spotted } from '../../../src/lang/python/settings/spotted.js'
import { field, type PyCall } from '../../../src/lang/python/program.js'

export function* slowapiLimits(program: PythonProgram, context: RuleContext): Generator<Problem> {
  for (const call of program.callsMatching(/^slowapi(\.extension)?\.Limiter$/)) {
    const enabled = call.kwargs.get('enabled')
    const storage = call.kwargs.get('storage_uri')
    if (call.spread || enabled?.kind === 'false') continue
    const places = storage ? program.fold.text(storage, call.scope) : []
    if (storage && !places.some((place) => place.text.startsWith('memory:'))) continue
    const place = spotted(program, call, call.node, 'counts requests in memory', places.length > 1 ? 'degrades' : 'breaks')
    if (!place) continue
    yield {
      ...place,
      message: "slowapi counts requests in the memory of one instance. The host runs several and starts new ones at any time, so limits (of logins, for example) are not kept. Count in Redis, or let the host's firewall limit requests.",
      remedy: storage ? { kind: 'manual', reason: 'Give the Limiter the address of a Redis database as its storage_uri on the host.' } : remedyOf(context, call),
    }
  }
}

function remedyOf({ target }: RuleContext, { module, scope, node }: PyCall): Remedy {
  const list = field(node, 'arguments')
  if (module.brokenAt !== undefined || !list) return { kind: 'manual', reason: `${module.path} does not parse, so it is not edited.` }
  const last = list.children.filter((child) => child.kind !== 'comment').at(-1)
  const os = importedAt(module, scope, node, 'os')
  const guard = hostGuard(target, module, scope, node)
  const text = `storage_uri=${os.name}.environ["REDIS_URL"] if ${guard.text} else "memory://"`
  const fix: Fix = {
    title: 'Count requests in Redis on the host',
    changes: [...os.changes, ...guard.changes, last ? insertAt(module, last.end, `, ${text}`) : insertAt(module, list.start + 1, text)],
    needs: redisNeeds('rate limits'),
    left: 'Make a Redis database and set REDIS_URL.',
  }
  return { kind: 'choice', question: 'Where should requests be counted on the host?', options: [{ id: 'redis', ...fix }], byDefault: 'leave' }
}
