import { placesOf } from '../../../src/lang/habits.js'
import { ensureImport, replaceNode } from '../../../src/lang/python/edit.js'
import { spotted, type Spotted } from '../../../src/lang/python/settings/spotted.js'
import { field, literalText, type PyCall, type PyNode, type PythonProgram } from '../../../src/lang/python/program.js'
import type { Change, Problem, Remedy, Rule } from '../../../src/types.js'

const zoneMakers = /^(pytz(\.\w+)?\.timezone|(backports\.)?zoneinfo\.ZoneInfo|dateutil\.tz\.gettz)$/
const zoneName = /^(Africa|America|Asia|Atlantic|Australia|Europe|Indian|Pacific)\/[\w/+-]+$/

export const cfgTimezone = {
  id: 'cfg-timezone',
  title: 'Wall clock of the machine',
  hazard: 'cron-limit',
  language: 'python',
  assumes: 'nothing',
  severity: 'breaks',
  *check(program: PythonProgram): Generator<Problem> {
    // Django sets the process to TIME_ZONE when it reads its settings; an app may do so itself.
    if (program.app.framework === 'django' || setsZone(program)) return
    const zones = zonesOf(program)
    const reads = [...clockReads(program)].filter(({ decides }) => zones.length > 0 || decides).sort((a, b) => (a.call.module === b.call.module ? a.node.start - b.node.start : a.call.module.path < b.call.module.path ? -1 : 1))
    const placed = reads.flatMap((read) => {
      const place = spotted(program, { ...read.call, runs: read.call.runs.filter(({ when }) => when === 'request') }, read.node, 'reads the clock of the machine', zones.length > 0 ? 'breaks' : 'degrades')
      return place ? [{ ...read, place }] : []
    })
    const [first, ...others] = placed
    if (!first) return
    const [zone] = zones
    const text = program.text(first.node, first.call.module).replace(/\s+/g, ' ')
    const more = others.length === 0 ? '' : ` The same in ${placesOf(others.map(({ place }) => asProblem(place)), first.place.path)}.`
    const elsewhere = zone === undefined ? '' : `, while the app reckons in ${zones.map(({ name }) => name).slice(0, 2).join(' and ')} elsewhere (${zone.file}:${zone.line})`
    yield {
      ...first.place,
      message: `${text} goes by the clock of the machine, which on the host is UTC${elsewhere}: for some hours of each day it gives another day or hour than people have.${more} Ask for the zone that is meant, as in datetime.now(ZoneInfo("${zone?.name ?? 'Europe/Berlin'}")).`,
      remedy: remedyOf(placed, zones.length === 1 ? zone?.name : undefined),
    }
  },
} satisfies Rule

function asProblem(place: Spotted): Problem {
  return { ...place, message: '', remedy: { kind: 'manual', reason: '' } }
}
function setsZone(program: PythonProgram): boolean {
  if ([...program.calls('time.tzset')].length > 0) return true
  return [...program.sites('subscript')].some(({ node, scope, module }) => {
    const [holder, key] = [field(node, 'value'), field(node, 'subscript')]
    return node.field === 'left' && key?.kind === 'string' && literalText(key, module.text) === 'TZ' && holder !== undefined && program.origins(holder, scope).includes('os.environ')
  })
}

type Zone = { readonly name: string; readonly file: string; readonly line: number }
/** The zones of the map that the app names, and where it first does. */
function zonesOf(program: PythonProgram): readonly Zone[] {
  const found = new Map<string, Zone>()
  for (const call of program.calls()) {
    const given = call.names.some((name) => zoneMakers.test(name)) ? call.args[0] : call.kwargs.get('timezone')
    const name = given?.kind === 'string' ? literalText(given, call.module.text) : undefined
    if (name !== undefined && zoneName.test(name) && !found.has(name)) found.set(name, { name, file: call.module.path, line: program.line(call.node, call.module) })
  }
  return [...found.values()]
}

type ClockRead = { readonly call: PyCall; /** What is replaced: the call, which gives a date or the moment that a day or hour is taken of. */ readonly node: PyNode; readonly kind: 'date' | 'moment'; /** An hour or day of the week, which nobody asks for but to decide by it. */ readonly decides: boolean }
/** Calls without a zone of which at once a date, an hour or a day is taken, while a request runs. */
function* clockReads(program: PythonProgram): Generator<ClockRead> {
  for (const call of program.calls('datetime.datetime.now', 'datetime.datetime.today', 'datetime.date.today')) {
    if (call.args.length > 0 || call.kwargs.size > 0 || call.spread || !call.runs.some(({ when, weak }) => when === 'request' && !weak)) continue
    if (call.names.includes('datetime.date.today')) {
      yield { call, node: call.node, kind: 'date', decides: isWeekday(call) }
      continue
    }
    const member = memberOf(call)
    if (member === 'date' || member === 'hour' || member === 'weekday' || member === 'isoweekday') yield { call, node: call.node, kind: 'moment', decides: member !== 'date' }
  }
}
function isWeekday(call: PyCall): boolean {
  return /^(iso)?weekday$/.test(memberOf(call) ?? '')
}
/** `weekday` in `datetime.now().weekday()`. */
function memberOf({ node, module }: PyCall): string | undefined {
  const member = node.parent?.kind === 'attribute' && node.field === 'object' ? field(node.parent, 'attribute') : undefined
  return member && module.text.slice(member.start, member.end)
}

function remedyOf(reads: readonly (ClockRead & { readonly place: Spotted })[], zone: string | undefined): Remedy {
  if (zone === undefined) return { kind: 'manual', reason: 'Which zone is meant is not in the code. Name it in one place, from a variable or from what the app knows of its users, and give it to datetime.now(). Moments that are stored are best stored in UTC.' }
  if (reads.some(({ call }) => call.module.brokenAt !== undefined)) return { kind: 'manual', reason: 'One of the files does not parse, so none is edited.' }
  const changes: Change[] = []
  for (const { call, node, kind } of reads) {
    const [info, moment] = [ensureImport(call.module, 'zoneinfo', 'ZoneInfo'), ensureImport(call.module, 'datetime', 'datetime')]
    const whole = ensureImport(call.module, 'datetime')
    // `import datetime` is enough, and then another import would take its name.
    const maker = whole.changes.length === 0 ? { name: `${whole.name}.datetime`, changes: [] } : moment
    changes.push(...info.changes, ...maker.changes, replaceNode(call.module, node, `${maker.name}.now(${info.name}("${zone}"))${kind === 'date' ? '.date()' : ''}`))
  }
  return { kind: 'fix', safety: 'review', title: `Take day and hour in ${zone}`, changes, needs: [{ kind: 'dependency', name: 'tzdata', why: 'the list of zones, which the host may not have' }] }
}
