/** When a job runs: in words, and as a timing once its name is known. */
import { durationOf, numberOf, timedelta } from './seconds.js'
import { every, everySeconds, fromCrontab, type Timing } from '../../schedules.js'
import type { Zone } from './zones.js'
import { bare, field } from '../tree.js'
import type { PythonProgram } from '../program.js'
import type { PyNode, PyScope } from '../types.js'

export type When = { readonly pace: string; readonly timing: (job: string) => Timing }

export const unknownWhen = (why: string): When => ({ pace: 'at times that the code computes', timing: () => ({ kind: 'unknown', why }) })
/** The timing, with what a person should know about a variable that could change it. */
export function noted(timing: Timing, env: string | undefined): Timing {
  if (timing.kind !== 'cron' || env === undefined) return timing
  const note = `its time came from ${env} and is fixed now`
  return { ...timing, note: timing.note === undefined ? note : `${timing.note}; ${note}` }
}

const unreadable: Timing = { kind: 'unknown', why: 'its time zone is known only while it runs' }
const fields = ['minute', 'hour', 'day', 'month', 'day_of_week'] as const

/** A crontab written as text. */
export function crontabText(text: string, zone: Zone): When {
  const parts = text.trim().split(/\s+/)
  const [minute, hour, day, month, weekday] = parts
  const alias = aliases[text.trim()]
  if (alias !== undefined) return crontabText(alias, zone)
  if (parts.length !== 5 || minute === undefined || hour === undefined || day === undefined || month === undefined || weekday === undefined) return unknownWhen(`cron can't say '${text.trim()}'`)
  return { pace: `by its crontab (\`${parts.join(' ')}\`${zone.kind === 'known' ? `, ${zone.name}` : ''})`, timing: () => (zone.kind === 'unreadable' ? unreadable : fromCrontab({ minute, hour, day, month, weekday }, zone.kind === 'known' ? zone.name : undefined)) }
}
const aliases: Readonly<Record<string, string>> = { '@hourly': '0 * * * *', '@daily': '0 0 * * *', '@midnight': '0 0 * * *', '@weekly': '0 0 * * 0', '@monthly': '0 0 1 * *' }

/** `crontab(minute=0, hour='*\/2')` of Celery and huey: a field that is not named is any. */
function crontabCall(program: PythonProgram, node: PyNode, scope: PyScope, zone: Zone): When {
  const given: Partial<Record<(typeof fields)[number], string>> = {}
  let env: string | undefined
  const args = (field(node, 'arguments')?.children ?? []).filter((child) => child.kind !== 'comment')
  for (const [at, arg] of args.entries()) {
    const named = arg.kind === 'keyword_argument' ? program.text(field(arg, 'name') ?? arg, scope.module) : undefined
    const name = named === undefined ? fields[at] : names[named]
    const value = named === undefined ? arg : field(arg, 'value')
    if (name === undefined || !value) continue
    const text = fieldText(program, value, scope)
    if (!text) return unknownWhen(`its ${name.replaceAll('_', ' ')} is known only while it runs`)
    given[name] = text.value
    env ??= text.env
  }
  const shown = Object.entries(given).map(([name, value]) => `\`${name}=${value}\``).join(', ')
  const all = { minute: given.minute ?? '*', hour: given.hour ?? '*', day: given.day ?? '*', month: given.month ?? '*', weekday: given.day_of_week ?? '*' }
  return { pace: shown === '' ? 'every minute' : `by its crontab (${shown}${zone.kind === 'known' && !/^utc$/i.test(zone.name) ? `, ${zone.name}` : ''})`, timing: () => (zone.kind === 'unreadable' ? unreadable : noted(fromCrontab(all, zone.kind === 'known' ? zone.name : undefined), env)) }
}
const names: Readonly<Record<string, (typeof fields)[number]>> = { minute: 'minute', hour: 'hour', day: 'day', day_of_month: 'day', month: 'month', month_of_year: 'month', day_of_week: 'day_of_week' }
function fieldText(program: PythonProgram, node: PyNode, scope: PyScope): { readonly value: string; readonly env?: string } | undefined {
  const [value, ...more] = program.values(node, scope)
  if (more.length === 0 && value?.kind === 'literal' && typeof value.value === 'string') return { value: value.value.replaceAll(' ', '') }
  const number = numberOf(program, node, scope)
  if (number) return { ...number, value: String(number.value) }
  const items = bare(node)
  if (!/^(list|tuple|set)$/.test(items.kind)) return undefined
  const all = items.children.filter((child) => child.kind !== 'comment').map((child) => numberOf(program, child, scope)?.value)
  return all.length > 0 && all.every((one) => one !== undefined) ? { value: all.join(',') } : undefined
}

/** A schedule object: seconds, a timedelta, a crontab. */
export function scheduleWhen(program: PythonProgram, at: PyNode, scope: PyScope, zone: Zone, depth = 0): When {
  const node = bare(at)
  const known = numberOf(program, node, scope) ?? timedelta(program, node, scope)
  if (known && known.value > 0) return { pace: every(known.value), timing: (job) => noted(everySeconds(known.value, job), known.env) }
  if (node.kind === 'call') {
    const callee = field(node, 'function')
    const args = (field(node, 'arguments')?.children ?? []).filter((child) => child.kind !== 'comment')
    for (const origin of callee ? program.origins(callee, scope) : []) {
      if (/^(celery\.schedules|huey(\.api|\.contrib\.djhuey)?)\.crontab$/.test(origin)) return crontabCall(program, node, scope, zone)
      const first = args[0]?.kind === 'keyword_argument' ? field(args[0], 'value') : args[0]
      if (/^(celery\.schedules\.schedule)$/.test(origin) && first && depth < 4) return scheduleWhen(program, first, scope, zone, depth + 1)
      const [text] = first ? program.values(first, scope) : []
      if (/^(periodiq\.cron|dramatiq_crontab\.cron|apscheduler\.triggers\.cron\.CronTrigger\.from_crontab)$/.test(origin) && text?.kind === 'literal' && typeof text.value === 'string') return crontabText(text.value, zone)
    }
    const duration = durationOf(program, args, scope)
    if (duration && duration.value > 0 && callee && program.origins(callee, scope).some((origin) => /^fastapi_utils(ils)?\.tasks\.repeat_every$/.test(origin))) return { pace: every(duration.value), timing: (job) => noted(everySeconds(duration.value, job), duration.env) }
  }
  const [only, ...more] = node.kind === 'identifier' || node.kind === 'attribute' ? program.definitions(node, scope) : []
  if (only && more.length === 0 && depth < 4) return scheduleWhen(program, only.node, only.scope, zone, depth + 1)
  return unknownWhen('its schedule is known only while it runs')
}
