/** Jobs of in-process schedulers (APScheduler, Flask-APScheduler, schedule): what runs, when, and how it can be called from elsewhere. */
import { jobOf } from './cron-route.js'
import { callable, calledFunction, type Bound, type Given, type Refused, type Round } from './one-round.js'
import { decoratedBy, functionNamed } from './periodic/functions.js'
import { durationFrom, numberOf } from './seconds.js'
import { every, everySeconds, fromTrigger, inUtc, type Timing, type TriggerFields } from '../../schedules.js'
import { noted, unknownWhen, type When } from './when.js'
import { zoneOf, type Zone } from './zones.js'
import { bare, field } from '../tree.js'
import type { PythonProgram } from '../program.js'
import type { PyCall, PyFunction, PyNode, PyScope } from '../types.js'

/** `name` is the function's, `job` the job's. */
export type PlannedJob = { readonly round: Round | Refused; readonly name: string; readonly job: string; readonly pace: string; readonly timing: Timing }
export type ScheduledJob = PlannedJob & { readonly call: PyCall }

const schedulerClass = String.raw`(apscheduler\.(\w+\.)*\w*Scheduler|flask_apscheduler\.APScheduler)`
export const madeScheduler = new RegExp(`^${schedulerClass}$`)
export const schedulerStart = new RegExp(String.raw`^${schedulerClass}\(\)\.(start|start_in_background|run_until_stopped)$`)
export const schedulerAdd = new RegExp(String.raw`^${schedulerClass}\(\)\.add_job$`)
const schedulerMark = new RegExp(String.raw`^${schedulerClass}\(\)\.(scheduled_job|task)$|${String.raw`^django_apscheduler\.jobstores\.register_job$`}`)

/** The nodes that a scheduler's name was made by: its identity. */
export function identityOf(program: PythonProgram, call: PyCall): readonly PyNode[] {
  const callee = field(call.node, 'function')
  const object = callee?.kind === 'attribute' ? bare(field(callee, 'object') ?? callee) : undefined
  return object === undefined ? [] : object.kind === 'call' ? [object] : program.definitions(object, call.scope).map((one) => bare(one.node))
}

/** Jobs added by calls and by decorators. */
export function* apschedulerJobs(program: PythonProgram): Generator<ScheduledJob & { readonly owner: readonly PyNode[] }> {
  for (const call of program.callsMatching(schedulerAdd)) {
    const ofFlask = call.names.some((name) => name.startsWith('flask_apscheduler.'))
    const func = call.kwargs.get('func') ?? call.args[ofFlask ? 1 : 0]
    const trigger = call.kwargs.get('trigger') ?? (ofFlask ? call.args[2] : call.args[1])
    yield { ...job(program, call, func, whenOf(program, call, trigger, zoneOfScheduler(program, call))), owner: identityOf(program, call) }
  }
  for (const call of program.callsMatching(schedulerMark)) {
    const fn = decoratedBy(program, call.node, call.scope)
    if (!fn) continue
    const round = callable(program, fn, { args: [], kwargs: new Map(), self: undefined })
    // django-apscheduler's decorator is given the scheduler first.
    const given = call.names.some((one) => one.endsWith('.register_job')) ? call.args[0] : undefined
    const when = whenOf(program, call, call.kwargs.get('trigger') ?? call.args[given ? 1 : 0], zoneOfScheduler(program, call))
    const name = jobOf(program, fn)
    yield { round, name: fn.qualname, job: name, pace: when.pace, timing: when.timing(name), call, owner: given ? program.definitions(given, call.scope).map((one) => bare(one.node)) : identityOf(program, call) }
  }
}
function job(program: PythonProgram, call: PyCall, func: PyNode | undefined, when: When, given?: Bound): ScheduledJob {
  const [round, fn] = target(program, call, func, given)
  const name = fn ? jobOf(program, fn) : 'job'
  return { round, name: fn?.qualname ?? 'job', job: name, pace: when.pace, timing: when.timing(name), call }
}
/** The function a job runs, with what it is given. */
function target(program: PythonProgram, call: PyCall, func: PyNode | undefined, own?: Bound): readonly [Round | Refused, PyFunction | undefined] {
  const values = func ? program.values(func, call.scope) : []
  const [found] = values
  // `'app.jobs:check'` names the function in text.
  const byName = func && values.length === 1 && found?.kind === 'literal' && typeof found.value === 'string' ? functionNamed(program, found.value.replace(':', '.'), call.module) : undefined
  const value = byName ? ({ kind: 'function', fn: byName } as const) : found
  const shown = func ? (program.text(func, call.module).split('\n')[0] ?? '').slice(0, 50) : 'nothing'
  if (!func || values.length !== 1 || value?.kind !== 'function' || func.kind === 'call') return [{ refused: `what ${shown} runs can't be told from the code` }, undefined]
  const { fn } = value
  if (fn.isLambda) {
    const body = bare(fn.body)
    const inner = body.kind === 'call' ? calledFunction(program, body, fn, { args: [], kwargs: new Map(), self: undefined }) : undefined
    return [inner ?? { refused: 'a job is a lambda that does more than call a function' }, inner?.functions[0]]
  }
  const object = func.kind === 'attribute' ? field(func, 'object') : undefined
  const given = (node: PyNode): Given => ({ node, scope: call.scope })
  const list = call.kwargs.get('args')
  const named = call.kwargs.get('kwargs')
  if (!own && ((list && list.kind !== 'list' && list.kind !== 'tuple') || (named && named.kind !== 'none'))) return [{ refused: `what ${fn.qualname}() is given can't be read off the code` }, fn]
  const bound: Bound = own ?? { args: (list?.children ?? []).filter((child) => child.kind !== 'comment').map(given), kwargs: new Map(), self: undefined }
  return [callable(program, fn, { ...bound, self: fn.cls && object ? given(bare(object)) : undefined }), fn]
}

const cronFields = ['year', 'month', 'day', 'week', 'day_of_week', 'hour', 'minute', 'second'] as const

function whenOf(program: PythonProgram, call: PyCall, at: PyNode | undefined, zone: Zone): When {
  if (!at) return unknownWhen('it runs once, when the app starts')
  const node = bare(at)
  const [literal] = program.values(node, call.scope).filter((value) => value.kind === 'literal')
  if (literal?.kind === 'literal') return byKind(program, String(literal.value), call.kwargs, call.scope, zone)
  const [only, ...more] = node.kind === 'call' ? [{ node, scope: call.scope }] : program.definitions(node, call.scope)
  const callee = only?.node.kind === 'call' ? field(only.node, 'function') : undefined
  if (!only || !callee || more.length > 0) return unknownWhen('its trigger is known only while it runs')
  const site = program.callAt({ module: only.scope.module, node: only.node, scope: only.scope, fn: undefined, runs: [], handled: false })
  for (const origin of program.origins(callee, only.scope)) {
    if (/\.CronTrigger\.from_crontab$/.test(origin)) return crontab(program, site, zone)
    const kind = /\.(Interval|Cron|Date|Calendar\w*)Trigger$/.exec(origin)?.[1]?.toLowerCase()
    if (kind !== undefined && site.args.length === 0) return byKind(program, kind, site.kwargs, only.scope, zone)
  }
  return unknownWhen('its trigger is known only while it runs')
}
/** A trigger by its name and fields. */
export function byKind(program: PythonProgram, kind: string, kwargs: ReadonlyMap<string, PyNode>, scope: PyScope, fallback: Zone): When {
  const zone = zoneOf(program, kwargs.get('timezone'), scope) ?? fallback
  if (kind === 'interval') {
    const known = durationFrom(program, kwargs, scope)
    if (!known || known.value <= 0) return unknownWhen('its interval is known only while it runs')
    return { pace: every(known.value), timing: (name) => noted(everySeconds(known.value, name), known.env) }
  }
  if (kind !== 'cron') return unknownWhen(kind === 'date' ? 'it runs once, at a date' : `cron knows no ${kind} trigger`)
  const fields: Partial<Record<(typeof cronFields)[number], string>> = {}
  let env: string | undefined
  for (const name of cronFields) {
    const node = kwargs.get(name)
    if (!node) continue
    const [value] = program.values(node, scope)
    const number = numberOf(program, node, scope)
    if (value?.kind === 'literal' && typeof value.value === 'string') fields[name] = value.value
    else if (number) {
      fields[name] = String(number.value)
      env ??= number.env
    } else return unknownWhen(`its ${name.replaceAll('_', ' ')} is known only while it runs`)
  }
  const pace = `by its cron trigger (${Object.entries(fields).map(([name, value]) => `\`${name}=${value}\``).join(', ')}${zone.kind === 'known' ? `, ${zone.name}` : ''})`
  return { pace, timing: (name) => (zone.kind === 'unreadable' ? { kind: 'unknown', why: 'its time zone is known only while it runs' } : noted(fromTrigger(fields satisfies TriggerFields, zone.kind === 'known' ? zone.name : undefined, name), env)) }
}
/** APScheduler counts weekdays from Monday in a crontab too. */
function crontab(program: PythonProgram, site: PyCall, fallback: Zone): When {
  const [first] = site.args
  const [value] = first ? program.values(first, site.scope) : []
  const parts = value?.kind === 'literal' ? String(value.value).trim().split(/\s+/) : []
  const [minute, hour, day, month, weekday] = parts
  if (parts.length !== 5 || minute === undefined || hour === undefined || day === undefined || month === undefined || weekday === undefined) return unknownWhen('its crontab is known only while it runs')
  const zone = zoneOf(program, site.kwargs.get('timezone') ?? site.args[1], site.scope) ?? fallback
  const pace = `by its crontab (\`${parts.join(' ')}\`${zone.kind === 'known' ? `, ${zone.name}` : ''})`
  return { pace, timing: (name) => (zone.kind === 'unreadable' ? { kind: 'unknown', why: 'its time zone is known only while it runs' } : fromTrigger({ minute, hour, day, month, day_of_week: weekday }, zone.kind === 'known' ? zone.name : undefined, name)) }
}

/** The zone that the scheduler itself was given. */
function zoneOfScheduler(program: PythonProgram, call: PyCall): Zone {
  for (const made of program.callsMatching(madeScheduler)) {
    if (!identityOf(program, call).includes(made.node)) continue
    const zone = zoneOf(program, made.kwargs.get('timezone'), made.scope)
    if (zone) return zone
  }
  return zoneOfSettings(program)
}
/** The zone that Flask-APScheduler is configured with. */
export function zoneOfSettings(program: PythonProgram): Zone {
  const [setting] = program.settings('SCHEDULER_TIMEZONE')
  return (setting && zoneOf(program, setting.node, setting.scope)) ?? { kind: 'local' }
}

const units: Readonly<Record<string, number>> = { second: 1, seconds: 1, minute: 60, minutes: 60, hour: 3600, hours: 3600, day: 86_400, days: 86_400, week: 604_800, weeks: 604_800 }
const weekdays = ['monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday', 'sunday']

/** Jobs of the `schedule` package: `schedule.every(5).minutes.do(work)`. */
export function* scheduleJobs(program: PythonProgram): Generator<ScheduledJob> {
  for (const call of program.callsMatching(/^schedule\.(Scheduler\(\)\.)?every\(\)\..*do$/)) {
    const given = (node: PyNode): Given => ({ node, scope: call.scope })
    const bound: Bound = { args: call.args.slice(1).map(given), kwargs: new Map([...call.kwargs].map(([name, node]) => [name, given(node)])), self: undefined }
    yield job(program, call, call.args[0], call.spread ? unknownWhen('its arguments are known only while it runs') : chain(program, call), bound)
  }
}
function chain(program: PythonProgram, call: PyCall): When {
  let count = 1
  let unit: string | undefined
  let at: string | undefined
  let zone: Zone = { kind: 'local' }
  for (let node = field(call.node, 'function'); node; ) {
    if (node.kind === 'attribute') {
      const name = program.text(field(node, 'attribute') ?? node, call.module)
      if (units[name] !== undefined || weekdays.includes(name)) unit = name
      else if (name === 'to' || name === 'until') return unknownWhen('its interval changes while it runs')
      node = bare(field(node, 'object') ?? node)
      continue
    }
    if (node.kind !== 'call') break
    const callee = field(node, 'function')
    const [first, second] = (field(node, 'arguments')?.children ?? []).filter((child) => child.kind !== 'comment')
    const name = callee ? (program.text(callee, call.module).split('.').at(-1) ?? '') : ''
    if (name === 'every' && first) {
      const known = numberOf(program, first.kind === 'keyword_argument' ? (field(first, 'value') ?? first) : first, call.scope)
      if (!known) return unknownWhen('its interval is known only while it runs')
      count = known.value
    }
    if (name === 'at' && first) {
      const [value] = program.values(first, call.scope)
      if (value?.kind !== 'literal' || typeof value.value !== 'string') return unknownWhen('its time is known only while it runs')
      at = value.value
      zone = zoneOf(program, second, call.scope) ?? zone
    }
    node = callee
  }
  if (unit === undefined) return unknownWhen('its unit is known only while it runs')
  if (zone.kind === 'unreadable') return unknownWhen('its time zone is known only while it runs')
  const zoneName = zone.kind === 'known' ? zone.name : undefined
  const clock = /^(\d{1,2}):(\d{2})(:\d{2})?$/.exec(at ?? '')
  const weekday = weekdays.indexOf(unit)
  if (weekday >= 0) return clock ? fixed(`every ${unit} at ${at ?? ''}`, [Number(clock[2]), Number(clock[1]), (weekday + 1) % 7], zoneName) : { pace: `every ${unit}`, timing: (name) => fromTrigger({ day_of_week: unit.slice(0, 3), hour: '3' }, 'UTC', name) }
  const seconds = (units[unit] ?? 1) * count
  const onHour = /^:(\d{2})$/.exec(at ?? '')
  if (seconds === 3600 && onHour) return { pace: `every hour at ${at ?? ''}`, timing: (name) => fromTrigger({ minute: String(Number(onHour[1])) }, zoneName, name) }
  if (seconds === 86_400 && clock) return fixed(`every day at ${at ?? ''}`, [Number(clock[2]), Number(clock[1]), undefined], zoneName)
  return { pace: every(seconds), timing: (name) => everySeconds(seconds, name) }
}
function fixed(pace: string, [minute, hour, weekday]: readonly [number, number, number | undefined], zone: string | undefined): When {
  return { pace, timing: () => inUtc([String(minute), String(hour), '*', '*', weekday === undefined ? '*' : String(weekday)], zone) }
}
