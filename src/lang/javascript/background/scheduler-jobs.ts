/** Jobs of schedulers that run inside the process: node-cron, node-schedule, cron, croner, toad-scheduler, agenda, bree. */
import { jobName } from '../../schedule-remedy.js'
import { every, everySeconds, fromCrontab, type Timing } from '../../schedules.js'
import { bare, field, fieldsOf, literalText, type JsCall, type JsNode, type JsProgram, type JsSite } from '../program.js'
import { numberOf } from './seconds.js'
import { holderOf } from './timers.js'

export type ScheduledJob = {
  readonly library: string
  readonly made: JsCall
  /** The call from which it runs: `.start()`, or `made` itself. */
  readonly begun: JsSite
  readonly callback: JsNode | undefined
  readonly timing: (job: string) => Timing
  /** 'every 5 minutes', 'at "0 9 * * *"' */
  readonly pace: string
}
type Library = {
  readonly title: string
  readonly makes: RegExp
  /** The method that starts it, where the making does not. */
  readonly starts?: RegExp
  read(program: JsProgram, call: JsCall): { readonly when: JsNode | undefined; readonly callback: JsNode | undefined; readonly zone: JsNode | undefined; readonly idle: boolean }
}

const libraries: readonly Library[] = [
  {
    title: 'node-cron', makes: /^node-cron\.(schedule|createTask)$/, starts: /^node-cron\.(schedule|createTask)\(\)\.start$/,
    read: (program, { args, names }) => ({ when: args[0], callback: args[1], zone: property(program, args[2], 'timezone'), idle: names.includes('node-cron.createTask') || isFalse(property(program, args[2], 'scheduled')) }),
  },
  {
    title: 'node-schedule', makes: /^node-schedule\.scheduleJob$/,
    read: (program, { args }) => {
      const at = args.length > 2 || (args[0] && args[1] && isText(args[0]) && !isFunctionNode(program, args[1])) ? 1 : 0
      const rule = args[at]
      return { when: property(program, rule, 'rule') ?? rule, callback: args[at + 1], zone: property(program, rule, 'tz'), idle: false }
    },
  },
  {
    title: 'cron', makes: /^cron\.(CronJob|job)$|^cron\.CronJob\.from$/, starts: /^cron\.(CronJob|job)\(\)\.start$|^cron\.CronJob\.from\(\)\.start$/,
    read: (program, { args }) => {
      const [first] = args
      const named = first && property(program, first, 'cronTime')
      return named ? { when: named, callback: property(program, first, 'onTick'), zone: property(program, first, 'timeZone'), idle: property(program, first, 'start')?.kind !== 'TrueKeyword' } : { when: first, callback: args[1], zone: args[4], idle: !args[3] || bare(args[3]).kind !== 'TrueKeyword' }
    },
  },
  {
    title: 'croner', makes: /^croner(\.Cron|\.default)?$/,
    read: (program, { args }) => ({ when: args[0], callback: args.slice(1).find((arg) => isFunctionNode(program, arg)), zone: property(program, args[1], 'timezone') ?? property(program, args[2], 'timezone'), idle: false }),
  },
]
const isFalse = (node: JsNode | undefined): boolean => node?.kind === 'FalseKeyword'
const isText = (node: JsNode): boolean => /^(StringLiteral|NoSubstitutionTemplateLiteral|TemplateExpression)$/.test(node.kind)
const isFunctionNode = (program: JsProgram, node: JsNode): boolean => program.values(bare(node)).some((value) => value.kind === 'function')

/** A property of an object literal, or of the one that a name stands for. */
export function property(program: JsProgram, object: JsNode | undefined, name: string): JsNode | undefined {
  if (!object) return undefined
  const literal = [bare(object), ...program.definitions(bare(object))].find((node) => node.kind === 'ObjectLiteralExpression')
  for (const child of literal?.children ?? []) {
    const key = field(child, 'name')
    if (!key || program.text(key).replace(/['"]/g, '') !== name) continue
    return child.kind === 'PropertyAssignment' ? field(child, 'initializer') : child.kind === 'MethodDeclaration' ? child : key
  }
  return undefined
}

export function* scheduledJobs(program: JsProgram): Generator<ScheduledJob> {
  for (const library of libraries)
    for (const made of program.callsMatching(library.makes)) {
      const { when, callback, zone, idle } = library.read(program, made)
      const start = library.starts && [...program.callsMatching(library.starts)].find((call) => startsIt(program, call, made))
      if (!when || (idle && !start)) continue
      yield { library: library.title, made, begun: idle && start ? start : made, callback, ...timingOf(program, when, zone) }
    }
  for (const made of program.callsMatching(/^toad-scheduler\.(SimpleIntervalJob|LongIntervalJob|CronJob)$/)) {
    const [first, task] = made.args
    const added = [...program.callsMatching(/^toad-scheduler\.ToadScheduler\(\)\.add\w*Job$/)].find((call) => call.args.some((arg) => bare(arg) === made.node || program.definitions(bare(arg)).includes(made.node)))
    if (!first || !added) continue
    const given = task && [bare(task), ...program.definitions(bare(task))].find((node) => node.kind === 'NewExpression')
    const expression = property(program, first, 'cronExpression')
    yield { library: 'toad-scheduler', made, begun: added, callback: given && fieldsOf(given, 'arguments')[1], ...(expression ? timingOf(program, expression, property(program, first, 'timezone')) : intervalOf(program, first)) }
  }
}
function startsIt(program: JsProgram, call: JsCall, made: JsCall): boolean {
  const callee = field(call.node, 'expression')
  const object = callee && field(callee, 'expression')
  if (!object) return false
  return bare(object) === made.node || program.definitions(bare(object)).includes(made.node)
}
function intervalOf(program: JsProgram, object: JsNode): Pick<ScheduledJob, 'timing' | 'pace'> {
  const sizes: readonly (readonly [string, number])[] = [['days', 86_400], ['hours', 3600], ['minutes', 60], ['seconds', 1], ['milliseconds', 0.001]]
  let total = 0
  for (const [name, size] of sizes) total += (numberOf(program, property(program, object, name)) ?? 0) * size
  return total > 0 ? { timing: (job) => everySeconds(total, job), pace: every(total) } : { timing: () => ({ kind: 'unknown', why: 'its interval is known only while it runs' }), pace: 'at an interval that is known only while it runs' }
}

const macros: Readonly<Record<string, string>> = { '@yearly': '0 0 1 1 *', '@annually': '0 0 1 1 *', '@monthly': '0 0 1 * *', '@weekly': '0 0 * * 0', '@daily': '0 0 * * *', '@midnight': '0 0 * * *', '@hourly': '0 * * * *' }

function timingOf(program: JsProgram, when: JsNode, zoneNode: JsNode | undefined): Pick<ScheduledJob, 'timing' | 'pace'> {
  const unknown = (why: string, pace = 'at times that are known only while it runs'): Pick<ScheduledJob, 'timing' | 'pace'> => ({ timing: () => ({ kind: 'unknown', why }), pace })
  const texts = texted(program, when)
  const [written] = texts
  const object = [bare(when), ...program.definitions(bare(when))].find((node) => node.kind === 'ObjectLiteralExpression')
  const zones = zoneNode ? texted(program, zoneNode) : []
  if (zoneNode && zones.length !== 1 && !/^(null|undefined)$/.test(program.text(zoneNode))) return unknown('its time zone is known only while it runs')
  if (object && written === undefined) return byFields(program, object, zones[0]) ?? unknown('its times are built step by step')
  if (texts.length > 1) return unknown('its times depend on a setting')
  if (written === undefined) return unknown(program.origins(bare(when)).some((origin) => /^Date(\(\)|$)/.test(origin)) || /\bDate\b/.test(program.text(when)) ? 'it runs once, at a moment that is known only while it runs' : 'its times are built while it runs')
  return { timing: (job) => readCron(macros[written.trim()] ?? written, zones[0], job), pace: paceOf(written.trim()) }
}
function paceOf(written: string): string {
  const step = /^(?:\*|0)(?:\/(\d+))? \* \* \* \* \*$/.exec(written)
  return step && !written.startsWith('0 ') ? every(Number(step[1] ?? 1)) : `at "${written}"`
}
function texted(program: JsProgram, node: JsNode): readonly string[] {
  const own = literalText(bare(node), program.moduleOf(node).text)
  if (own !== undefined) return [own]
  const folded = program.fold.text(node)
  return [...new Set(folded.flatMap((one) => (one.exact && one.base !== 'unknown' && one.base !== 'env' ? [one.text] : [])))]
}
/** Five fields, or six with seconds first. */
function readCron(text: string, zone: string | undefined, job: string): Timing {
  const parts = text.trim().split(/\s+/)
  const seconds = parts.length === 6 ? parts.shift() : undefined
  const [minute, hour, day, month, weekday] = parts
  if (parts.length !== 5 || minute === undefined || hour === undefined || day === undefined || month === undefined || weekday === undefined) return { kind: 'unknown', why: `"${text}" is not a schedule of five or six fields` }
  if (seconds !== undefined && !/^\d+$/.test(seconds)) {
    const step = /^(?:\*|0)\/(\d+)$/.exec(seconds)?.[1]
    return parts.every((part) => part === '*') ? everySeconds(step === undefined ? 1 : Number(step), job) : { kind: 'unknown', why: `"${text}" runs more than once in a minute, and only at some times` }
  }
  const plain = (part: string): string => (part === '?' ? '*' : part.replace(/^\*\/1$/, '*'))
  return fromCrontab({ minute: plain(minute), hour: plain(hour), day: plain(day), month: plain(month), weekday: plain(weekday) }, zone)
}
/** node-schedule's `{ hour: 14, minute: 30, dayOfWeek: 0 }`; what is not given is any, but the second is 0. */
function byFields(program: JsProgram, object: JsNode, zone: string | undefined): Pick<ScheduledJob, 'timing' | 'pace'> | undefined {
  const names = object.children.map((child) => field(child, 'name')).map((name) => (name ? program.text(name) : ''))
  if (names.length === 0 || !names.every((name) => /^(second|minute|hour|date|month|dayOfWeek|tz)$/.test(name))) return undefined
  const value = (name: string): string | undefined => (names.includes(name) ? numberOf(program, property(program, object, name))?.toString() : '*')
  const [minute, hour, day, month, weekday] = [value('minute'), value('hour'), value('date'), value('month'), value('dayOfWeek')]
  if (minute === undefined || hour === undefined || day === undefined || month === undefined || weekday === undefined) return undefined
  // Its months begin at 0.
  const inYear = month === '*' ? '*' : String(Number(month) + 1)
  return { timing: () => fromCrontab({ minute, hour, day, month: inYear, weekday }, zone), pace: `at "${minute} ${hour} ${day} ${inYear} ${weekday}"` }
}

/** The name of a job, by what it calls. */
export function jobNameOf(fn: string): string {
  return jobName(fn.split('.').at(-1) ?? fn)
}
/** The variable that holds the job. */
export const heldAs = (job: ScheduledJob): JsNode | undefined => holderOf(job.made.node)
