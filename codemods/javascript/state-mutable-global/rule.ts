import type { JsProgram, Problem, Rule } from '../../../src/types.js'
import { functionAround } from '../../../src/lang/javascript/program.js'
import type { GlobalChange } from '../../../src/lang/javascript/state/global-changes.js'
import { globalStates, mentions, type GlobalState } from '../../../src/lang/javascript/state/global-state.js'
import { severityFor } from '../../../src/lang/severity.js'
import { spotted } from '../../../src/lang/spotted.js'

export const stateMutableGlobal = {
  id: 'state-mutable-global',
  title: 'Data kept in a global between requests',
  hazard: 'in-memory-state',
  language: 'javascript',
  assumes: 'shared-memory',
  severity: 'breaks',
  *check(program: JsProgram): Generator<Problem> {
    const byModule = new Map<string, GlobalState[]>()
    for (const state of globalStates(program)) {
      if (state.kind !== 'state') continue
      const { path } = program.moduleOf(state.home.node)
      byModule.set(path, [...(byModule.get(path) ?? []), state])
    }
    for (const states of byModule.values()) {
      const sorted = [...states].sort((a, b) => a.home.node.start - b.home.node.start)
      // A module that passes its values on in globals is one matter, not forty.
      const told = sorted.length > crowd ? sorted.slice(0, 1) : sorted
      for (const state of told) yield problemOf(program, state, sorted.length > crowd ? sorted.slice(1) : [])
    }
    yield* presence(program)
  },
} satisfies Rule

/** More objects than this in one file are told in one finding. */
const crowd = 8

function problemOf(program: JsProgram, { home, changes }: GlobalState, others: readonly GlobalState[]): Problem {
  const { node, name } = home
  const module = program.moduleOf(node)
  const [first] = [...changes].sort((a, b) => certainty(program, b) - certainty(program, a)) as [GlobalChange]
  const run = first.site.runs.find((one) => one.when === 'request') ?? program.first(first.site)
  const when = run.when === 'never' || run.when === 'main' ? 'request' : run.when
  const places = [...new Set(changes.map((change) => placeOf(program, change)))]
  const more = places.length > 3 ? ` and ${places.length - 3} more` : ''
  const beside = changes.every((change) => change.site.runs.every((one) => one.background)) ? ' beside the requests' : ''
  const changing = new Set(changes.map((change) => change.site.fn?.node))
  const readers = [...new Set(mentions(program, home).flatMap((use) => {
    const around = functionAround(use)
    const named = around && !changing.has(around) ? program.functionAt(around)?.name : undefined
    return named ? [`${named}()`] : []
  }))]
  const read = readers.length === 0 ? '' : ` and read by ${readers.slice(0, 2).join(', ')}${readers.length > 2 ? ' and others' : ''}`
  return {
    path: module.path,
    range: { start: node.start, end: node.end },
    when,
    trace: [...program.trace(first.site, `changes ${name}`, run), { file: module.path, line: program.line(node), note: `${name} lives here` }],
    severity: severityFor(run, 'breaks'),
    message: `${name} is changed${beside} by ${places.slice(0, 3).join(', ')}${more}${read}. The host runs several instances, each with its own copy that is gone when the instance is, so requests see different data.${others.length > 0 ? ` The same goes for ${others.length} more in this file: ${others.slice(0, 4).map((other) => other.home.name).join(', ')}, …` : ''} Keep it in a database or in Redis.`,
    remedy: { kind: 'manual', reason: `Only you can say where ${name} belongs: a collection or table, Redis, or the user's session. Counters need an atomic update there.` },
  }
}
const certainty = (program: JsProgram, { site }: GlobalChange): number => {
  const run = site.runs.find((one) => one.when === 'request') ?? program.first(site)
  return (run.weak ? 0 : 4) + (run.conditional ? 0 : 2) + (run.background ? 0 : 1)
}
function placeOf(program: JsProgram, { site }: GlobalChange): string {
  const name = site.fn?.name
  return `${name ? `${name}() at ` : ''}${site.module.path}:${program.line(site.node)}`
}

/** Who is connected is asked of this instance alone: `io.sockets.adapter.rooms.get(name)`. */
function* presence(program: JsProgram): Generator<Problem> {
  for (const call of program.callsMatching(/^socket\.io(\.Server)?\(\)(\.of\(\))?(\.sockets)?\.(adapter\.(rooms|sids)|sockets)\.(get|has|keys)$/)) {
    const place = spotted(program, call, call.node, 'asks who is connected here', 'breaks')
    if (place) yield {
      ...place,
      message: 'Who is connected is asked of this instance alone. Where several instances run, a user who is connected to another one counts as absent, and what is sent does not reach them. Keep who is online in Redis or the database, and let an adapter pass messages between instances.',
      remedy: { kind: 'manual', reason: 'socket.io answers for all instances with an adapter (Redis, Postgres) and fetchSockets(); it also needs a host where connections last.' },
    }
  }
}
