import type { JsProgram, Problem, Remedy, Rule } from '../../../src/types.js'
import { optionsOf } from '../../../src/lang/javascript/options.js'
import { spotted } from '../../../src/lang/spotted.js'

/** Caches in memory: how they are made, and the calls by which values are thrown away. */
const caches: readonly { readonly name: string; readonly made: RegExp; readonly cleared: RegExp }[] = [
  { name: 'node-cache', made: /^node-cache(\.NodeCache)?$/, cleared: /^node-cache(\.NodeCache)?\(\)\.(del|take|flushAll)$/ },
  { name: 'lru-cache', made: /^lru-cache(\.LRUCache)?$/, cleared: /^lru-cache(\.LRUCache)?\(\)\.(del|delete|clear|reset)$/ },
  { name: 'quick-lru', made: /^quick-lru$/, cleared: /^quick-lru\(\)\.(delete|clear)$/ },
  { name: 'memory-cache', made: /^memory-cache(\.Cache\(\))?\.put$/, cleared: /^memory-cache(\.Cache\(\))?\.(del|clear)$/ },
  { name: 'apicache', made: /^apicache(\.options\(\))?\.middleware$/, cleared: /^apicache(\.\w+\(\))?\.clear$/ },
]

export const stateProcessCache = {
  id: 'state-process-cache',
  title: 'Cache in the memory of one instance',
  hazard: 'in-memory-state',
  language: 'javascript',
  assumes: 'shared-memory',
  severity: 'degrades',
  *check(program: JsProgram): Generator<Problem> {
    for (const { name, made, cleared } of caches) {
      const clears = [...program.callsMatching(cleared)].find((call) => call.runs.some((run) => run.when === 'request'))
      const seen = new Set<string>()
      for (const call of program.callsMatching(made)) {
        // One that a request makes for itself ends with it; a function of the module fills one cache, wherever it is called.
        const isOwn = call.isNew && call.runs.every((run) => run.when === 'request')
        if (isOwn || seen.has(call.isNew ? `${call.module.path}:${call.node.start}` : name)) continue
        seen.add(call.isNew ? `${call.module.path}:${call.node.start}` : name)
        const place = spotted(program, call, call.node, `${name} keeps values in memory`, clears ? 'breaks' : 'degrades')
        if (place) yield { ...place, message: told(name, clears && `${clears.module.path}:${program.line(clears.node)}`), remedy: manual }
      }
    }
    // Keyv without an address or a store.
    for (const call of program.callsMatching(/^(keyv|@keyvhq\/core)(\.Keyv)?$/)) {
      const [first] = call.args
      const options = optionsOf(program, first)
      const inMemory = !first || (options.complete && options.get('store').length === 0 && options.get('uri').length === 0 && options.get('adapter').length === 0)
      const place = inMemory && !call.runs.every((run) => run.when === 'request') ? spotted(program, call, call.node, 'Keyv keeps values in memory', 'degrades') : undefined
      if (place) yield { ...place, message: told('Keyv', undefined), remedy: manual }
    }
  },
} satisfies Rule

const manual: Remedy = { kind: 'manual', reason: 'Keep what has to be shared or thrown away in Redis or in the host\'s shared cache, or let values expire after a time that is short enough.' }
function told(name: string, clearedAt: string | undefined): string {
  if (clearedAt !== undefined) return `${name} keeps values in the memory of one instance, and ${clearedAt} throws some away, but only in the instance that runs it. The others go on with the old value, so users see stale data. Keep the cache in Redis, or let values expire soon.`
  return `${name} keeps values in the memory of one instance. The host runs several and starts new ones at any time, so many requests find nothing in it. Keep the cache in Redis if it is to help, and never anything in it that must not be lost (codes, tokens).`
}
