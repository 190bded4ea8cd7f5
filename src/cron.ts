/** Five-field cron schedules, UTC: what they mean in time, and which forms a plain cron refuses. */

export type Schedule =
  | { readonly kind: 'valid'; /** Shortest time between two runs, seconds. */ readonly gap: number; /** Most runs on one day. */ readonly perDay: number }
  | { readonly kind: 'invalid'; readonly reason: string }

const fields = [
  { name: 'minute', from: 0, to: 59 },
  { name: 'hour', from: 0, to: 23 },
  { name: 'day of month', from: 1, to: 31 },
  { name: 'month', from: 1, to: 12 },
  { name: 'day of week', from: 0, to: 7 },
] as const

/** Reads a schedule. Names (MON), macros (@daily), a seconds field, and both kinds of day at once are refused, as Vercel does. */
export function readSchedule(text: string): Schedule {
  const invalid = (reason: string): Schedule => ({ kind: 'invalid', reason })
  const parts = text.trim().split(/\s+/)
  if (text.trim().startsWith('@')) return invalid(`${text.trim()} is a macro, and five fields are wanted`)
  if (parts.length !== 5) return invalid(`it has ${parts.length} fields in place of five`)
  const sets: (readonly number[])[] = []
  for (const [at, part] of parts.entries()) {
    const field = fields[at]
    if (!field) break
    if (/[a-z]/i.test(part)) return invalid(`the ${field.name} "${part}" is a name, and only numbers are read`)
    const values = valuesOf(part, field.from, field.to)
    if (!values) return invalid(`the ${field.name} "${part}" is not between ${field.from} and ${field.to}`)
    sets.push(values)
  }
  const [minutes = [], hours = [], days = [], months = [], weekdays = []] = sets
  if (parts[2] !== '*' && parts[4] !== '*') return invalid('it sets the day of the month and the day of the week, and one of them must be *')
  const times = hours.flatMap(hour => minutes.map(minute => hour * 60 + minute)).sort((a, b) => a - b)
  return { kind: 'valid', gap: gapOf(times, dayGap(days, months, weekdays.map(day => day % 7))) * 60, perDay: times.length }
}

function valuesOf(part: string, from: number, to: number): readonly number[] | undefined {
  const found = new Set<number>()
  for (const item of part.split(',')) {
    const match = /^(?:(\*)|(\d+)(?:-(\d+))?)(?:\/(\d+))?$/.exec(item)
    if (!match) return undefined
    const step = match[4] === undefined ? 1 : Number(match[4])
    const first = match[1] ? from : Number(match[2])
    const last = match[1] || (match[4] !== undefined && match[3] === undefined) ? to : Number(match[3] ?? match[2])
    if (step < 1 || first < from || last > to || first > last) return undefined
    for (let value = first; value <= last; value += step) found.add(value)
  }
  return [...found].sort((a, b) => a - b)
}

/** Fewest days between two days that match, over a leap year and the next. */
function dayGap(days: readonly number[], months: readonly number[], weekdays: readonly number[]): number {
  let last: number | undefined
  let least = 366
  for (let day = 0; day < 731; day++) {
    const date = new Date(Date.UTC(2028, 0, 1 + day))
    if (!days.includes(date.getUTCDate()) || !months.includes(date.getUTCMonth() + 1) || !weekdays.includes(date.getUTCDay())) continue
    if (last !== undefined) least = Math.min(least, day - last)
    last = day
  }
  return least
}

function gapOf(times: readonly number[], days: number): number {
  const first = times[0] ?? 0
  const last = times[times.length - 1] ?? 0
  return times.reduce((least, time, at) => (at === 0 ? least : Math.min(least, time - (times[at - 1] ?? 0))), first + days * 1440 - last)
}
