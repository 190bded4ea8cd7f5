/** Intervals and in-process triggers as five-field cron schedules in UTC. Never pretends: what cron can't say exactly is marked. */
import { readSchedule } from '../cron.js'

/** When a job runs, as cron can say it. */
export type Timing =
  | {
      readonly kind: 'cron'
      readonly schedule: string
      /** It means the same as before. */
      readonly exact: boolean
      /** Short name of the interval for option ids: '5min', '2h', '1d'. */
      readonly label: string
      /** What a person should know about the translation. */
      readonly note?: string
    }
  | { readonly kind: 'unknown'; readonly why: string }

const minute = 60
const hour = 3600
const day = 86_400

/** Minute of the hour for daily and rarer jobs, from the job's name: not all at once, and the same in each run. */
export function minuteFor(job: string): number {
  let hash = 7
  for (const char of job) hash = (hash * 31 + char.charCodeAt(0)) % 60_000
  return hash % 60
}
export function dailySchedule(job: string): string {
  return `${minuteFor(job)} 3 * * *`
}

/** Every so many seconds. Where cron has no such interval, the longest one that is not longer. */
export function everySeconds(seconds: number, job: string): Timing {
  const steps: readonly { readonly seconds: number; readonly schedule: string; readonly label: string }[] = [
    ...[1, 2, 3, 4, 5, 6, 10, 12, 15, 20, 30].map((m) => ({ seconds: m * minute, schedule: m === 1 ? '* * * * *' : `*/${m} * * * *`, label: `${m}min` })),
    ...[1, 2, 3, 4, 6, 8, 12].map((h) => ({ seconds: h * hour, schedule: h === 1 ? '0 * * * *' : `0 */${h} * * *`, label: `${h}h` })),
    { seconds: day, schedule: dailySchedule(job), label: '1d' },
    { seconds: 7 * day, schedule: `${minuteFor(job)} 3 * * 0`, label: '7d' },
    { seconds: 28 * day, schedule: `${minuteFor(job)} 3 1 * *`, label: '30d' },
  ]
  const days = seconds / day
  if (Number.isInteger(days) && days >= 2 && days <= 15 && days !== 7) return { kind: 'cron', schedule: `${minuteFor(job)} 3 */${days} * *`, exact: false, label: `${days}d`, note: `cron counts ${every(seconds)} from the first of each month` }
  const [first] = steps
  const found = steps.findLast((step) => step.seconds <= seconds) ?? first
  if (!found) return { kind: 'unknown', why: 'the interval is not known' }
  const exact = found.seconds === seconds && found.label !== '30d'
  const note = exact ? undefined : seconds < minute ? 'cron can\'t run anything more often than once a minute' : `cron can't say ${every(seconds)}; ${every(found.label === '30d' ? 30 * day : found.seconds)} is the nearest that is not rarer`
  return { kind: 'cron', schedule: found.schedule, exact, label: found.label, ...(note === undefined ? {} : { note }) }
}
/** 'every 5 minutes' */
export function every(seconds: number): string {
  const units: readonly (readonly [number, string])[] = [[7 * day, 'week'], [day, 'day'], [hour, 'hour'], [minute, 'minute'], [1, 'second']]
  for (const [size, name] of units) if (seconds >= size && seconds % size === 0) return seconds === size ? `every ${name}` : `every ${seconds / size} ${name}s`
  return seconds >= 2 * minute ? `every ${Number((seconds / minute).toFixed(1))} minutes` : `every ${seconds} seconds`
}

/** The fields of an in-process cron trigger, as its keywords give them; numbers as text. */
export type TriggerFields = Readonly<Partial<Record<'year' | 'month' | 'day' | 'week' | 'day_of_week' | 'hour' | 'minute' | 'second', string>>>
const significance = ['year', 'month', 'day', 'week', 'day_of_week', 'hour', 'minute', 'second'] as const
const weekdays = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun']
const months = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec']

/** APScheduler's trigger: fields finer than the finest one given are at their least, coarser ones are any; 0 is Monday. `zone`: IANA name, undefined for the machine's own. */
export function fromTrigger(fields: TriggerFields, zone: string | undefined, job: string): Timing {
  const finest = significance.findLast((name) => fields[name] !== undefined)
  if (finest === undefined) return { kind: 'unknown', why: 'the trigger has no fields' }
  if (fields.year !== undefined && fields.year !== '*') return { kind: 'unknown', why: 'it names a year' }
  if (fields.week !== undefined && fields.week !== '*') return { kind: 'unknown', why: 'it names a week of the year' }
  if (fields.second !== undefined && !/^\d+$/.test(fields.second)) {
    const step = /^\*\/(\d+)$/.exec(fields.second)?.[1]
    return everySeconds(step === undefined ? 1 : Number(step), job)
  }
  const value = (name: (typeof significance)[number]): string => fields[name] ?? (significance.indexOf(name) > significance.indexOf(finest) ? '0' : '*')
  const weekday = fields.day_of_week === undefined ? '*' : mapped(fields.day_of_week.toLowerCase(), weekdays, (at) => (at + 1) % 7)
  const month = mapped((fields.month ?? '*').toLowerCase(), months, (at) => at + 1, 1)
  const dayOfMonth = fields.day ?? (finest === 'year' || finest === 'month' ? '1' : '*')
  if (weekday === undefined || month === undefined || !/^[\d*/,-]+$/.test(dayOfMonth)) return { kind: 'unknown', why: 'cron has no such day' }
  return inUtc([value('minute'), value('hour'), dayOfMonth, month, weekday], zone)
}

/** A crontab's own fields, weekdays counted from Sunday and also by name. */
export function fromCrontab({ minute, hour, day, month, weekday }: Readonly<Record<'minute' | 'hour' | 'day' | 'month' | 'weekday', string>>, zone: string | undefined): Timing {
  const days = mapped(weekday.toLowerCase().replaceAll('7', '0'), ['sun', ...weekdays.slice(0, 6)], (at) => at)
  const inYear = mapped(month.toLowerCase(), months, (at) => at + 1, 1)
  if (days === undefined || inYear === undefined || ![minute, hour, day].every((text) => /^[\d*/,-]+$/.test(text))) return { kind: 'unknown', why: 'cron has no such time' }
  return inUtc([minute, hour, day, inYear, days], zone)
}

/** Names and numbers of a field as cron's numbers; ranges that wrap become lists. */
function mapped(text: string, names: readonly string[], number: (index: number) => number, base = 0): string | undefined {
  if (/^\*(\/\d+)?$/.test(text)) return text
  const index = (part: string): number | undefined => {
    const at = names.indexOf(part.slice(0, 3))
    return at >= 0 && /^[a-z]+$/.test(part) ? at : /^\d+$/.test(part) ? Number(part) - base : undefined
  }
  const out: number[] = []
  for (const part of text.split(',')) {
    const [from, to] = part.trim().split('-')
    const start = from === undefined ? undefined : index(from)
    const end = to === undefined ? start : index(to)
    if (start === undefined || end === undefined || end < start || end >= names.length) return undefined
    for (let at = start; at <= end; at++) out.push(number(at))
  }
  const sorted = [...new Set(out)].sort((a, b) => a - b)
  const [first] = sorted
  const last = sorted.at(-1)
  return sorted.length > 2 && first !== undefined && last !== undefined && last - first === sorted.length - 1 ? `${first}-${last}` : sorted.join(',')
}

const localNote = 'the old times were the server\'s local ones, the new ones are UTC'

/** Moves wall-clock fields of a zone to UTC. */
export function inUtc(fields: readonly [string, string, string, string, string], zone: string | undefined): Timing {
  const plain = fields.join(' ')
  const checked = (schedule: string, note?: string): Timing => {
    const read = readSchedule(schedule)
    if (read.kind === 'invalid') return { kind: 'unknown', why: read.reason }
    return { kind: 'cron', schedule, exact: true, label: labelOf(read.gap), ...(note === undefined ? {} : { note }) }
  }
  // A schedule that names no hour and no day is the same in every zone with whole hours.
  const anyHour = /^\*/.test(fields[1])
  if (zone === undefined) return checked(plain, anyHour ? undefined : localNote)
  if (/^(utc|etc\/utc|gmt|etc\/gmt|zulu|universal)$/i.test(zone)) return checked(plain)
  const [winter, summer] = [offsetMinutes(zone, 0), offsetMinutes(zone, 6)]
  if (winter === undefined || summer === undefined) return { kind: 'unknown', why: `the time zone ${zone} is not known` }
  if (anyHour && winter % 60 === 0 && fields[2] === '*' && fields[4] === '*') return checked(plain)
  const offset = Math.min(winter, summer)
  const moved = shift(fields, -offset)
  if (!moved) {
    // The same numbers in UTC fall on the same days west of the line where the offset is small; a person has to agree.
    const kept = checked(plain)
    return kept.kind === 'cron' ? { ...kept, exact: false, note: `its days in ${zone} can't be written in UTC; by the same numbers in UTC it runs ${Math.floor(Math.abs(offset) / 60)}${offset % 60 === 0 ? '' : `:${String(Math.abs(offset) % 60).padStart(2, '0')}`} hours ${offset > 0 ? 'later' : 'earlier'}` } : kept
  }
  const note = winter === summer ? `${zone} is UTC${signed(offset)}` : `${zone} is UTC${signed(offset)} in winter; while summer time lasts it runs an hour later by that clock`
  const date = moved.carry === 0 ? '' : `; by UTC that is the day ${moved.carry < 0 ? 'before' : 'after'}, which matters where the job asks for today's date`
  return checked(moved.schedule, note + date)
}
function signed(minutes: number): string {
  const sign = minutes < 0 ? '-' : '+'
  const rest = Math.abs(minutes)
  return `${sign}${Math.floor(rest / 60)}${rest % 60 === 0 ? '' : `:${String(rest % 60).padStart(2, '0')}`}`
}
/** The schedule `by` minutes later; undefined where one cron line can't say it. */
function shift([minutes, hours, days, month, weekday]: readonly [string, string, string, string, string], by: number): { readonly schedule: string; readonly carry: number } | undefined {
  const at = numbers(hours, 23)
  const minuteValue = /^\d+$/.test(minutes) ? Number(minutes) : undefined
  if (!at || (minuteValue === undefined && by % 60 !== 0)) return undefined
  const moved = at.map((value) => value * 60 + (minuteValue ?? 0) + by)
  const carries = new Set(moved.map((total) => Math.floor(total / 1440)))
  const [carry] = carries
  if (carry === undefined) return undefined
  const anyDay = days === '*' && weekday === '*'
  if (!anyDay && (carries.size > 1 || (carry !== 0 && days !== '*'))) return undefined
  const dow = carry === 0 || weekday === '*' ? weekday : numbers(weekday, 6)?.map((value) => (value + carry + 7) % 7).sort((a, b) => a - b).join(',')
  if (dow === undefined) return undefined
  const inDay = moved.map((total) => ((total % 1440) + 1440) % 1440)
  const newHours = [...new Set(inDay.map((total) => Math.floor(total / 60)))].sort((a, b) => a - b).join(',')
  return { schedule: `${minuteValue === undefined ? minutes : (inDay[0] ?? 0) % 60} ${newHours} ${days} ${month} ${dow}`, carry }
}
function numbers(text: string, most: number): readonly number[] | undefined {
  const out: number[] = []
  for (const part of text.split(',')) {
    const match = /^(\d+)(?:-(\d+))?$/.exec(part)
    if (!match) return undefined
    const [from, to] = [Number(match[1]), Number(match[2] ?? match[1])]
    if (to > most || to < from) return undefined
    for (let value = from; value <= to; value++) out.push(value)
  }
  return out
}
function offsetMinutes(zone: string, month: number): number | undefined {
  try {
    const parts = new Intl.DateTimeFormat('en-US', { timeZone: zone, timeZoneName: 'longOffset' }).formatToParts(new Date(Date.UTC(2026, month, 15)))
    const match = /^GMT(?:([+-])(\d{2}):(\d{2}))?$/.exec(parts.find((part) => part.type === 'timeZoneName')?.value ?? '')
    if (!match) return undefined
    return match[1] === undefined ? 0 : (match[1] === '-' ? -1 : 1) * (Number(match[2]) * 60 + Number(match[3]))
  } catch (error) {
    if (error instanceof RangeError) return undefined
    throw error
  }
}
function labelOf(gap: number): string {
  return gap % day === 0 ? `${gap / day}d` : gap % hour === 0 ? `${gap / hour}h` : `${Math.max(1, Math.round(gap / minute))}min`
}
