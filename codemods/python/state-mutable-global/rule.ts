import type { Problem, PythonProgram, Rule } from '../../../src/types.js'
import { mentionsOf, type GlobalChange } from '../../../src/lang/python/state/global-changes.js'
import { placeOf as placeOfHome } from '../../../src/lang/python/state/global-homes.js'
import { globalStates, servesCache, type GlobalState } from '../../../src/lang/python/state/global-state.js'
import { severityFor } from '../../../src/lang/python/severity.js'

export const stateMutableGlobal = {
  id: 'state-mutable-global',
  title: 'Data kept in a global between requests',
  hazard: 'in-memory-state',
  language: 'python',
  assumes: 'shared-memory',
  severity: 'breaks',
  *check(program: PythonProgram): Generator<Problem> {
    const byModule = new Map<string, GlobalState[]>()
    for (const state of globalStates(program)) {
      if (state.kind !== 'state') continue
      const { path } = placeOfHome(state.home).module
      byModule.set(path, [...(byModule.get(path) ?? []), state])
    }
    for (const states of byModule.values()) {
      const sorted = [...states].sort((a, b) => placeOfHome(a.home).node.start - placeOfHome(b.home).node.start)
      // A module that passes its values on in globals is one matter, not forty.
      const told = sorted.length > crowd ? sorted.slice(0, 1) : sorted
      for (const state of told) yield problemOf(program, state, sorted.length > crowd ? sorted.slice(1) : [])
    }
  },
} satisfies Rule

/** More objects than this in one file are told in one finding. */
const crowd = 8

function problemOf(program: PythonProgram, state: GlobalState, others: readonly GlobalState[]): Problem {
  const { home, changes } = state
  const { module, node } = placeOfHome(home)
  const name = home.attribute === undefined ? (home.scope.cls ? `${home.scope.cls.name}.${home.name}` : home.name) : `${home.name}.${home.attribute}`
  const strongest = [...changes].sort((a, b) => certainty(program, b) - certainty(program, a))
  const [first] = strongest as [GlobalChange]
  const run = first.site.runs.find((one) => one.when === 'request') ?? program.first(first.site)
  const when = run.when === 'never' || run.when === 'main' ? 'request' : run.when
  const places = [...new Set(changes.map((change) => placeOf(program, change)))]
  const more = places.length > 3 ? ` and ${places.length - 3} more` : ''
  const line = program.line(node, module)
  const beside = changes.every((change) => change.site.runs.every((one) => one.background)) ? ' beside the requests' : ''
  return {
    path: module.path,
    range: { start: node.start, end: node.end },
    when,
    trace: [...program.trace(first.site, `${doing(first)} ${name}`, run), { file: module.path, line, note: `${name} lives here` }],
    // Without it a cache only finds less.
    severity: severityFor(run, servesCache(program, state) || isNamedCache(home) ? 'degrades' : 'breaks'),
    message: `${name} is changed${beside} by ${places.slice(0, 3).join(', ')}${more}${readers(program, home, changes)}. The host runs several instances, each with its own copy that is gone when the instance is, so requests see different data.${others.length > 0 ? ` The same goes for ${others.length} more in this file: ${others.slice(0, 4).map((other) => other.home.name).join(', ')}, …` : ''} Keep it in a database or in Redis.`,
    remedy: { kind: 'manual', reason: `Only you can say where ${name} belongs: a table, Redis, or the user's session. Counters need an atomic update there.` },
  }
}

/** `self.memory_cache = LRUCache(1000)`: values may be gone at any time, and the code knows. */
function isNamedCache(home: GlobalState['home']): boolean {
  const { node } = placeOfHome(home)
  const value = node.parent?.kind === 'assignment' ? node.parent.children.find((child) => child.field === 'right') : undefined
  const scope = home.cls?.scope ?? home.scope
  return /cache/i.test(home.attribute ?? home.name) && value !== undefined && /Cache\(/.test(scope.module.text.slice(value.start, value.end))
}

const certainty = (program: PythonProgram, { site }: GlobalChange): number => {
  const run = site.runs.find((one) => one.when === 'request') ?? program.first(site)
  return (run.weak ? 0 : 4) + (run.conditional ? 0 : 2) + (run.background ? 0 : 1)
}
const doing = ({ how, method }: GlobalChange): string => (how === 'rebind' ? 'sets' : how === 'count' ? 'counts in' : method === 'del' ? 'deletes from' : 'changes')
function placeOf(program: PythonProgram, { site }: GlobalChange): string {
  return `${site.fn?.qualname ?? 'the module'}() at ${site.module.path}:${program.line(site.node, site.module)}`
}
/** Another function that looks at it, for the message. */
function readers(program: PythonProgram, home: GlobalState['home'], changes: readonly GlobalChange[]): string {
  const changing = new Set(changes.map((change) => change.site.fn))
  const names = [...new Set(mentionsOf(program, home).flatMap((site) => (site.fn && !changing.has(site.fn) ? [`${site.fn.qualname}()`] : [])))]
  return names.length === 0 ? '' : ` and read by ${names.slice(0, 2).join(', ')}${names.length > 2 ? ' and others' : ''}`
}
