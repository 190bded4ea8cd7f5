import type { Fix, Problem, PythonProgram, Remedy, Rule, RuleContext } from '../../../src/types.js'
import { alternatives } from '../../../src/lang/python/settings/alternatives.js'
import { insertAt } from '../../../src/lang/python/edit.js'
import { givenSettings } from '../../../src/lang/python/settings/given-settings.js'
import { hostGuard, importedAt } from '../../../src/lang/python/settings/host-guard.js'
import { onHost } from '../../../src/lang/python/settings/host-value.js'
import { redisNeeds } from '../../../src/lang/python/settings/shared-store.js'
import { spotted } from '../../../src/lang/python/settings/spotted.js'
import { field, literalText, type PyCall, type PyNode, type PyScope } from '../../../src/lang/python/program.js'
import { djangoLimits } from './django.js'
import { slowapiLimits } from './slowapi.js'

export const stateMemoryRateLimit = {
  id: 'state-memory-rate-limit',
  title: 'Rate limits counted in the memory of one instance',
  hazard: 'in-memory-state',
  language: 'python',
  assumes: 'shared-memory',
  severity: 'breaks',
  *check(program: PythonProgram, context: RuleContext): Generator<Problem> {
    yield* djangoLimits(program, context)
    yield* slowapiLimits(program, context)
    if ([...givenSettings(program, 'RATELIMIT_ENABLED')].some((given) => given.node.kind === 'false')) return
    for (const call of program.calls('flask_limiter.Limiter')) {
      const enabled = call.kwargs.get('enabled')
      if (call.spread || enabled?.kind === 'false') continue
      const given = call.kwargs.get('storage_uri')
      const settings = given ? [{ node: given, scope: call.scope }] : [...givenSettings(program, 'RATELIMIT_STORAGE_URI'), ...givenSettings(program, 'RATELIMIT_STORAGE_URL')]
      const inMemory = settings.length === 0 ? undefined : settings.map((one) => memoryIn(program, one.node, one.scope)).find((one) => one !== undefined)
      if (settings.length > 0 && !inMemory) continue
      const place = spotted(program, call, call.node, 'counts requests in memory', inMemory?.isDefault ? 'degrades' : 'breaks')
      if (!place) continue
      yield {
        ...place,
        message: 'Flask-Limiter counts requests in the memory of one instance. The host runs several and starts new ones at any time, so limits (of logins, for example) are not kept. Count in Redis, or let the host\'s firewall limit requests.',
        remedy: remedyOf(context, call, inMemory),
      }
    }
  },
} satisfies Rule

type Memory = { readonly node: PyNode; readonly scope: PyScope; readonly isDefault: boolean }
function memoryIn(program: PythonProgram, node: PyNode, scope: PyScope): Memory | undefined {
  for (const at of alternatives(program, node, scope)) {
    const text = at.node.kind === 'string' ? literalText(at.node, at.scope.module.text) : undefined
    if (text?.startsWith('memory:')) return { node: at.node, scope: at.scope, isDefault: at.behind !== undefined }
  }
  return undefined
}

function remedyOf({ target }: RuleContext, call: PyCall, memory: Memory | undefined): Remedy {
  const { module, scope, node } = call
  const home = memory?.scope.module ?? module
  if (home.brokenAt !== undefined) return { kind: 'manual', reason: `${home.path} does not parse, so it is not edited.` }
  const fix: Omit<Fix, 'changes'> = { title: 'Count requests in Redis on the host', needs: redisNeeds('rate limits'), left: 'Make a Redis database and set REDIS_URL.' }
  let changes: Fix['changes']
  if (memory) changes = onHost(target, memory.node, memory.scope, '{os}.environ["REDIS_URL"]', ['os'])
  else {
    const list = field(node, 'arguments')
    const last = list?.children.filter((child) => child.kind !== 'comment').at(-1)
    if (!list) return { kind: 'manual', reason: 'Give the Limiter a storage_uri.' }
    const os = importedAt(module, scope, node, 'os')
    const guard = hostGuard(target, module, scope, node)
    const text = `storage_uri=${os.name}.environ["REDIS_URL"] if ${guard.text} else "memory://"`
    changes = [...os.changes, ...guard.changes, last ? insertAt(module, last.end, `, ${text}`) : insertAt(module, list.start + 1, text)]
  }
  return { kind: 'choice', question: 'Where should requests be counted on the host?', options: [{ id: 'redis', ...fix, changes }], byDefault: 'leave' }
}
