/** Jobs of Celery beat: the schedule in the settings or on the app, and periodic tasks added in code. */
import { entriesOf } from '../../django/settings.js'
import { literalText } from '../../literals.js'
import { ownCode } from '../loops.js'
import { celeryApp } from '../workers.js'
import { scheduleWhen, unknownWhen } from '../when.js'
import { zoneOf, type Zone } from '../zones.js'
import { bare, field, statementOf } from '../../tree.js'
import type { PlannedJob } from '../scheduler-jobs.js'
import type { PythonProgram } from '../../program.js'
import type { PyFunction, PyNode, PyScope, PySite } from '../../types.js'
import type { Periodic } from './periodic.js'
import { boundBy, plannedTask, taskNamed } from './tasks.js'

type Source = { readonly node: PyNode; readonly scope: PyScope; readonly at: PyNode }
const ofCelery = /^celery\.(app\.base\.)?Celery\(\)/

export function* beatJobs(program: PythonProgram): Generator<Periodic> {
  const seen = new Set<PyNode>()
  for (const source of schedulesOf(program)) {
    if (seen.has(source.node)) continue
    seen.add(source.node)
    const site = program.siteOf(source.at, source.scope)
    const entries = entriesOf(program, source.node, source.scope)
    const written = bare(source.node)
    if (!site || (entries.length === 0 && written.kind === 'dictionary')) continue
    const jobs = entries.map((entry) => fromEntry(program, entry.node, entry.scope))
    yield { by: 'Celery beat', site, node: source.at, jobs, command: command(program), ...(entries.length === 0 ? { obstacle: 'its schedule can\'t be read off the code' } : {}) }
  }
  yield* addedInCode(program)
  yield* inDatabase(program)
}
function command(program: PythonProgram): string {
  return `celery -A ${celeryApp(program)} worker --beat`
}

function* schedulesOf(program: PythonProgram): Generator<Source> {
  for (const key of ['CELERY_BEAT_SCHEDULE', 'CELERYBEAT_SCHEDULE']) for (const one of program.settings(key)) yield { ...one, at: headOf(one.node) }
  for (const site of program.sites('assignment')) {
    const [left, right] = [field(site.node, 'left'), field(site.node, 'right')]
    if (left?.kind !== 'attribute' || !right || !/\.(beat_schedule|CELERYBEAT_SCHEDULE)$/.test(program.text(left, site.module))) continue
    if (program.origins(left, site.scope).some((origin) => ofCelery.test(origin))) yield { node: right, scope: site.scope, at: left }
  }
  for (const call of program.callsMatching(/^celery\.(app\.base\.)?Celery\(\)\.conf\.update$/)) {
    const given = call.kwargs.get('beat_schedule') ?? call.kwargs.get('CELERYBEAT_SCHEDULE') ?? call.args.flatMap((arg) => entriesOf(program, arg, call.scope).filter(({ key }) => key === 'beat_schedule'))[0]?.node
    if (given) yield { node: given, scope: call.scope, at: given.kind === 'dictionary' ? (given.parent ?? given) : given }
  }
}
/** The setting's name, where it is assigned in the same statement. */
function headOf(node: PyNode): PyNode {
  const statement = statementOf(node)
  const assignment = statement.children[0]
  return (assignment?.kind === 'assignment' ? field(assignment, 'left') : undefined) ?? node
}

function fromEntry(program: PythonProgram, node: PyNode, scope: PyScope): PlannedJob {
  const parts = new Map(entriesOf(program, node, scope).map((entry) => [entry.key, entry]))
  const [task, schedule, args, kwargs] = ['task', 'schedule', 'args', 'kwargs'].map((key) => parts.get(key))
  const when = schedule ? scheduleWhen(program, schedule.node, schedule.scope, zoneOfBeat(program)) : unknownWhen('it has no schedule')
  const named = task ? taskBehind(program, task.node, task.scope) : undefined
  const bound = boundBy(args?.node, kwargs?.node, scope)
  const job = plannedTask(program, named?.fn, named?.shown ?? 'of an entry without a name', when, bound)
  return bound ? job : { ...job, round: { refused: `what ${named?.shown ?? 'a task'} is given can't be read off the code` } }
}
function taskBehind(program: PythonProgram, node: PyNode, scope: PyScope): { readonly fn: PyFunction | undefined; readonly shown: string } | undefined {
  const [literal] = program.values(node, scope).filter((value) => value.kind === 'literal')
  if (literal?.kind === 'literal' && typeof literal.value === 'string') return { fn: taskNamed(program, literal.value, scope.module), shown: literal.value }
  // `task.name`
  const object = node.kind === 'attribute' ? field(node, 'object') : undefined
  const [value] = object ? program.values(object, scope) : []
  return { fn: value?.kind === 'function' ? value.fn : undefined, shown: program.text(node, scope.module) }
}
/** Celery's clock is UTC unless it is given another. */
function zoneOfBeat(program: PythonProgram): Zone {
  for (const key of ['CELERY_TIMEZONE', 'CELERY_TIME_ZONE']) for (const one of program.settings(key)) return behindSetting(program, one.node, one.scope)
  for (const site of program.sites('assignment')) {
    const [left, right] = [field(site.node, 'left'), field(site.node, 'right')]
    if (left?.kind === 'attribute' && right && /\.conf\.timezone$/.test(program.text(left, site.module)) && program.origins(left, site.scope).some((origin) => ofCelery.test(origin))) return behindSetting(program, right, site.scope)
  }
  for (const call of program.callsMatching(/^celery\.(app\.base\.)?Celery\(\)\.conf\.update$/)) {
    const given = call.kwargs.get('timezone')
    if (given) return behindSetting(program, given, call.scope)
  }
  return { kind: 'known', name: 'UTC' }
}
/** `CELERY_TIMEZONE = TIME_ZONE` */
function behindSetting(program: PythonProgram, node: PyNode, scope: PyScope): Zone {
  const name = node.kind === 'attribute' ? program.text(field(node, 'attribute') ?? node, scope.module) : undefined
  const [setting] = name !== undefined && /^[A-Z_]+$/.test(name) ? program.settings(name) : []
  return (setting ? zoneOf(program, setting.node, setting.scope) : zoneOf(program, node, scope)) ?? { kind: 'unreadable' }
}

/** django-celery-beat keeps the schedule in rows that people edit. */
function* inDatabase(program: PythonProgram): Generator<Periodic> {
  const conf = [...program.sites('assignment')].flatMap((site) => {
    const [left, right] = [field(site.node, 'left'), field(site.node, 'right')]
    return left?.kind === 'attribute' && right && /\.conf\.beat_scheduler$/.test(program.text(left, site.module)) ? [{ node: right, scope: site.scope }] : []
  })
  for (const { node, scope } of [...['CELERY_BEAT_SCHEDULER', 'CELERYBEAT_SCHEDULER'].flatMap((key) => program.settings(key)), ...conf]) {
    const isOfRows = program.values(node, scope).some((value) => value.kind === 'literal' && /^django_celery_beat\b/.test(String(value.value)))
    const site = program.siteOf(node, scope)
    if (isOfRows && site) yield { by: 'Celery beat', site, node: headOf(node), jobs: [], command: command(program), obstacle: 'its schedule is kept in the database' }
  }
}

/** `sender.add_periodic_task(60.0, check.s())` in a function that Celery calls once it is configured. */
function* addedInCode(program: PythonProgram): Generator<Periodic> {
  for (const site of program.sites('function_definition')) {
    const fn = functionAt(program, site)
    const marked = fn?.decorators.some((mark) => program.origins(mark, site.scope).some((origin) => ofCelery.test(origin) && /\.on_after_(configure|finalize|fork)\.connect$/.test(origin)))
    if (!fn || !marked) continue
    const calls = [...ownCode(fn.body)].filter((node) => node.kind === 'call' && /\.add_periodic_task$/.test(program.text(field(node, 'function') ?? node, fn.module)))
    const [first] = calls
    if (first) yield { by: 'Celery beat', site, node: first, jobs: calls.map((call) => fromCall(program, call, fn.scope)), command: command(program) }
  }
}
function functionAt(program: PythonProgram, site: PySite): PyFunction | undefined {
  const name = field(site.node, 'name')
  return name ? (site.scope.bindings.get(program.text(name, site.module)) ?? []).flatMap((binding) => (binding.kind === 'function' && binding.fn.node === site.node ? [binding.fn] : []))[0] : undefined
}
function fromCall(program: PythonProgram, call: PyNode, scope: PyScope): PlannedJob {
  const [every, signature] = (field(call, 'arguments')?.children ?? []).filter((child) => child.kind !== 'comment' && child.kind !== 'keyword_argument')
  const when = every ? scheduleWhen(program, every, scope, zoneOfBeat(program)) : unknownWhen('it has no schedule')
  const made = signature && bare(signature)
  const callee = made?.kind === 'call' ? field(made, 'function') : undefined
  const object = callee?.kind === 'attribute' && /^s[i]?$/.test(program.text(field(callee, 'attribute') ?? callee, scope.module)) ? field(callee, 'object') : made?.kind === 'call' ? undefined : made
  const [value] = object ? program.values(object, scope) : []
  const args = (made?.kind === 'call' ? (field(made, 'arguments')?.children ?? []) : []).filter((child) => child.kind !== 'comment')
  const plain = args.filter((arg) => arg.kind !== 'keyword_argument').map((node) => ({ node, scope }))
  const named = new Map(args.flatMap((arg) => (arg.kind === 'keyword_argument' ? [[program.text(field(arg, 'name') ?? arg, scope.module), { node: field(arg, 'value') ?? arg, scope }] as const] : [])))
  return plannedTask(program, value?.kind === 'function' ? value.fn : undefined, literalText(made ?? call, scope.module.text) ?? program.text(made ?? call, scope.module), when, { args: plain, kwargs: named, self: undefined })
}
