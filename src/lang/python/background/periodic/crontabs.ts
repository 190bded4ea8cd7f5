/** Jobs in Django settings and calls that name a function and a schedule: django-crontab, django-q, rq-scheduler. */
import { hasSetting, listSetting, settingEffects } from '../../django/settings.js'
import { literalText } from '../../literals.js'
import { djangoManage } from '../workers.js'
import { every, everySeconds } from '../../../schedules.js'
import { numberOf } from '../seconds.js'
import { crontabText, unknownWhen, type When } from '../when.js'
import type { Zone } from '../zones.js'
import { bare, field, statementOf, walk } from '../../tree.js'
import type { PlannedJob } from '../scheduler-jobs.js'
import type { PythonProgram } from '../../program.js'
import type { PyCall, PyNode, PyScope } from '../../types.js'
import type { Periodic } from './periodic.js'
import { functionNamed } from './functions.js'
import { boundBy, plannedTask } from './tasks.js'

const local: Zone = { kind: 'local' }

/** `CRONJOBS = [('*\/5 * * * *', 'shop.cron.check')]`, which `manage.py crontab add` writes into the machine's crontab. */
export function* djangoCrontab(program: PythonProgram): Generator<Periodic> {
  if (!listSetting(program, 'INSTALLED_APPS').items.some(({ text }) => /^django_(crontab|cron)\b/.test(text)) && !hasSetting(program, 'CRONTAB_COMMAND_SUFFIX')) return
  for (const effect of settingEffects(program, 'CRONJOBS')) {
    const tuples = [...walk(bare(effect.node))].filter((node) => node.kind === 'tuple' && /^(list|tuple)$/.test(node.parent?.kind ?? '') && literalText(node.children[0] ?? node, effect.scope.module.text) !== undefined && /\s/.test(literalText(node.children[0] ?? node, effect.scope.module.text) ?? ''))
    const statement = statementOf(effect.node)
    const node = statement.children[0] ? (field(statement.children[0], 'left') ?? effect.node) : effect.node
    const site = program.siteOf(node, effect.scope)
    if (site && tuples.length > 0) yield { by: 'django-crontab', site, node, jobs: tuples.map((tuple) => fromTuple(program, tuple, effect.scope)), command: djangoManage(program, 'crontab add') }
  }
}
function fromTuple(program: PythonProgram, tuple: PyNode, scope: PyScope): PlannedJob {
  const [schedule, job, args, kwargs] = tuple.children.filter((child) => child.kind !== 'comment')
  const text = schedule && literalText(schedule, scope.module.text)
  const name = job && literalText(job, scope.module.text)
  const when = text === undefined ? unknownWhen('its crontab can\'t be read off the code') : crontabText(text, local)
  if (name === 'django.core.management.call_command') return managed(args, scope, when)
  const isList = args?.kind === 'list' || args?.kind === 'tuple'
  const bound = boundBy(isList ? args : undefined, isList && kwargs?.kind === 'dictionary' ? kwargs : undefined, scope)
  return plannedTask(program, name === undefined ? undefined : functionNamed(program, name, scope.module), name ?? 'a job', when, bound)
}
/** A management command, called in place. */
function managed(args: PyNode | undefined, scope: PyScope, when: When): PlannedJob {
  const list = (args?.kind === 'list' || args?.kind === 'tuple' ? args.children : []).filter((child) => child.kind !== 'comment')
  const name = (list[0] && literalText(list[0], scope.module.text)) ?? 'command'
  const job = name.replace(/[^a-z0-9]+/gi, '-').toLowerCase()
  return { round: { expression: 'call_command', from: 'django.core.management', scope, isAsync: false, args: list.map((node) => ({ value: { node, scope } })), changes: [], functions: [] }, name, job, pace: when.pace, timing: when.timing(job) }
}

const qTypes: Readonly<Record<string, (call: PyCall, program: PythonProgram) => When>> = {
  H: () => interval(3600), HOURLY: () => interval(3600), D: () => interval(86_400), DAILY: () => interval(86_400), W: () => interval(604_800), WEEKLY: () => interval(604_800),
  I: ofMinutes, MINUTES: ofMinutes, C: ofCron, CRON: ofCron,
}
function interval(seconds: number): When {
  return { pace: every(seconds), timing: (job) => everySeconds(seconds, job) }
}
function ofMinutes(call: PyCall, program: PythonProgram): When {
  const node = call.kwargs.get('minutes')
  const known = node && numberOf(program, node, call.scope)
  return known ? interval(known.value * 60) : unknownWhen('its minutes are known only while it runs')
}
function ofCron(call: PyCall, program: PythonProgram): When {
  const node = call.kwargs.get('cron')
  const [value] = node ? program.values(node, call.scope) : []
  return value?.kind === 'literal' && typeof value.value === 'string' ? crontabText(value.value, local) : unknownWhen('its crontab is known only while it runs')
}

/** `schedule('shop.tasks.check', schedule_type='D')` and `Schedule.objects.create(…)` of django-q. */
export function* djangoQ(program: PythonProgram): Generator<Periodic> {
  for (const call of program.callsMatching(/^django_q\.(tasks\.schedule|models\.Schedule(\.objects\.(create|get_or_create|update_or_create))?)$/)) {
    const func = call.kwargs.get('func') ?? (call.names.some((name) => name.endsWith('.schedule')) ? call.args[0] : fromDefaults(call))
    const [value] = func ? program.values(func, call.scope) : []
    const type = call.kwargs.get('schedule_type') ?? undefined
    const shown = type ? program.text(type, call.module).replace(/^.*[.]|["']/g, '') : 'ONCE'
    if (!func) continue
    const fn = value?.kind === 'function' ? value.fn : value?.kind === 'literal' && typeof value.value === 'string' ? functionNamed(program, value.value, call.module) : undefined
    const when = qTypes[shown]?.(call, program)
    if (!when) continue
    yield { by: 'django-q', site: call, node: call.node, jobs: [plannedTask(program, fn, program.text(func, call.module), when)], command: djangoManage(program, 'qcluster') }
  }
}
function fromDefaults(call: PyCall): PyNode | undefined {
  const defaults = call.kwargs.get('defaults')
  for (const pair of defaults?.kind === 'dictionary' ? defaults.children : []) if (literalText(field(pair, 'key') ?? pair, call.module.text) === 'func') return field(pair, 'value')
  return undefined
}

/** `scheduler.cron('0 0 * * *', func=check)` and `scheduler.schedule(…, interval=60)` of rq-scheduler. */
export function* rqScheduler(program: PythonProgram): Generator<Periodic> {
  for (const call of program.callsMatching(/^(rq_scheduler(\.scheduler)?\.Scheduler\(\)|django_rq\.get_scheduler\(\))\.(cron|schedule)$/)) {
    const isCron = call.names.some((name) => name.endsWith('.cron'))
    const func = call.kwargs.get('func') ?? call.args[1]
    const [value] = func ? program.values(func, call.scope) : []
    const [text] = isCron && call.args[0] ? program.values(call.kwargs.get('cron_string') ?? call.args[0], call.scope) : []
    const seconds = call.kwargs.get('interval')
    const known = seconds && numberOf(program, seconds, call.scope)
    if (!func || (!isCron && !seconds)) continue
    const when = isCron ? (text?.kind === 'literal' && typeof text.value === 'string' ? crontabText(text.value, local) : unknownWhen('its crontab is known only while it runs')) : known ? interval(known.value) : unknownWhen('its interval is known only while it runs')
    const bound = boundBy(call.kwargs.get('args'), call.kwargs.get('kwargs'), call.scope)
    yield { by: 'rq-scheduler', site: call, node: call.node, jobs: [plannedTask(program, value?.kind === 'function' ? value.fn : undefined, program.text(func, call.module), when, bound)], command: 'rqscheduler beside the RQ worker' }
  }
}
