import { describe, expect, it } from 'vitest'
import { every, everySeconds, fromTrigger, inUtc, minuteFor, type Timing } from '../../src/lang/schedules.js'
import { readSchedule } from '../../src/cron.js'

const short = (timing: Timing): string => (timing.kind === 'unknown' ? `unknown: ${timing.why}` : `${timing.schedule}${timing.exact ? '' : ' ~'}`)
const m = minuteFor('job')

describe('intervals', () => {
  it.each([
    [60, '* * * * *'],
    [300, '*/5 * * * *'],
    [1800, '*/30 * * * *'],
    [3600, '0 * * * *'],
    [6 * 3600, '0 */6 * * *'],
    [86_400, `${m} 3 * * *`],
    [7 * 86_400, `${m} 3 * * 0`],
  ])('says %i seconds exactly', (seconds, schedule) => {
    expect(short(everySeconds(seconds, 'job'))).toBe(schedule)
  })
  it.each([
    [10, '* * * * * ~'],
    [90, '* * * * * ~'],
    [100, '* * * * * ~'],
    [420, '*/6 * * * * ~'],
    [45 * 60, '*/30 * * * * ~'],
    [5 * 3600, '0 */4 * * * ~'],
    [36 * 3600, `${m} 3 * * * ~`],
    [2 * 86_400, `${m} 3 */2 * * ~`],
    [30 * 86_400, `${m} 3 1 * * ~`],
  ])('marks what cron can\'t say: %i seconds', (seconds, schedule) => {
    expect(short(everySeconds(seconds, 'job'))).toBe(schedule)
  })
  it('never runs rarer than before, up to a week', () => {
    for (const seconds of [61, 500, 4000, 50_000, 100_000, 400_000]) {
      const timing = everySeconds(seconds, 'job')
      const read = timing.kind === 'cron' ? readSchedule(timing.schedule) : undefined
      expect(read?.kind === 'valid' && read.gap <= seconds, `${seconds} s as ${short(timing)}`).toBe(true)
    }
  })
  it('spreads daily jobs by name, the same each time', () => {
    expect(minuteFor('a-job')).toBe(minuteFor('a-job'))
    expect(new Set(['clean', 'mail', 'sync', 'report', 'ping'].map(minuteFor)).size).toBeGreaterThan(2)
  })
  it('speaks of them in words', () => {
    expect([10, 60, 90, 300, 420, 3600, 86_400, 604_800].map(every)).toEqual(['every 10 seconds', 'every minute', 'every 90 seconds', 'every 5 minutes', 'every 7 minutes', 'every hour', 'every day', 'every week'])
  })
})

describe('cron triggers', () => {
  it.each([
    [{ hour: '2' }, '0 2 * * *'],
    [{ minute: '*/5' }, '*/5 * * * *'],
    [{ day_of_week: 'mon-fri', hour: '9', minute: '30' }, '30 9 * * 1-5'],
    [{ day_of_week: 'sat,sun' }, '0 0 * * 0,6'],
    [{ day_of_week: '0', hour: '7' }, '0 7 * * 1'],
    [{ day_of_week: '6', hour: '7' }, '0 7 * * 0'],
    [{ month: 'jan', day: '1', hour: '0' }, '0 0 1 1 *'],
    [{ day: '1' }, '0 0 1 * *'],
    [{ hour: '*', minute: '15', second: '0' }, '15 * * * *'],
    [{ week: '*', day_of_week: 'sun' }, '0 0 * * 0'],
  ])('%j', (fields, schedule) => {
    expect(short(fromTrigger(fields, 'UTC', 'job'))).toBe(schedule)
  })
  it('refuses what cron has no words for', () => {
    expect(short(fromTrigger({ day: 'last' }, 'UTC', 'job'))).toMatch(/^unknown/)
    expect(short(fromTrigger({ week: '2' }, 'UTC', 'job'))).toMatch(/^unknown/)
    expect(short(fromTrigger({ day: '1', day_of_week: 'mon' }, 'UTC', 'job'))).toMatch(/^unknown/)
  })
  it('sees that a trigger in seconds is too fast', () => {
    expect(short(fromTrigger({ second: '*/10' }, 'UTC', 'job'))).toBe('* * * * * ~')
  })
})

describe('time zones', () => {
  const at = (hour: string, zone: string | undefined, rest: readonly [string, string, string] = ['*', '*', '*'], minute = '0'): Timing => inUtc([minute, hour, ...rest], zone)
  it('shifts a zone without summer time exactly', () => {
    expect(short(at('9', 'Asia/Kolkata'))).toBe('30 3 * * *')
    expect(short(at('22', 'America/Bogota'))).toBe('0 3 * * *')
  })
  it('takes the days of the week along over midnight', () => {
    expect(short(at('2', 'Asia/Tokyo', ['*', '*', '1-5']))).toBe('0 17 * * 0,1,2,3,4')
  })
  it('says what summer time does, and when today is another day', () => {
    const timing = at('8', 'Europe/Berlin')
    expect(short(timing)).toBe('0 7 * * *')
    expect(timing.kind === 'cron' && timing.note).toContain('summer')
    const early = at('2', 'Asia/Kolkata')
    expect(early.kind === 'cron' && early.note).toContain('day before')
  })
  it('marks days of the month that UTC can\'t say', () => {
    expect(short(at('0', 'Asia/Kolkata', ['1', '*', '*']))).toBe('0 0 1 * * ~')
  })
  it('leaves schedules without an hour alone, and says when the clock was the server\'s own', () => {
    expect(short(inUtc(['*/5', '*', '*', '*', '*'], 'Europe/Paris'))).toBe('*/5 * * * *')
    const own = at('2', undefined)
    expect(own.kind === 'cron' && own.note).toContain('local')
  })
  it('does not guess an unknown zone', () => {
    expect(short(at('2', 'Mars/Olympus'))).toContain('is not known')
  })
})
