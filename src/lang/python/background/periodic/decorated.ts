/** Periodic tasks that a decorator declares: huey, Celery's old form, periodiq, dramatiq-crontab. */
import { djangoManage, moduleOfWorker } from '../workers.js'
import { scheduleWhen } from '../when.js'
import type { Zone } from '../zones.js'
import type { PythonProgram } from '../../program.js'
import type { Periodic } from './periodic.js'
import { decoratedBy } from './functions.js'
import { keyword, plannedTask } from './tasks.js'

const utc: Zone = { kind: 'known', name: 'UTC' }
type Kind = {
  readonly by: string
  readonly marks: RegExp
  /** The schedule's keyword; its first argument otherwise. */
  readonly key: string | undefined
  readonly zone: Zone
  /** How the task is run where one stands. */
  readonly call: string
  command(program: PythonProgram, origin: string): string
}
const kinds: readonly Kind[] = [
  { by: 'huey', marks: /^huey\.(contrib\.djhuey\.)?(\w*Huey\(\)|HUEY)?\.?(db_)?periodic_task$/, key: undefined, zone: utc, call: '.call_local', command: (program, origin) => (/djhuey/.test(origin) ? djangoManage(program, 'run_huey') : `huey_consumer ${moduleOfWorker(program, /^huey\.\w*Huey$/)}`) },
  { by: 'Celery beat', marks: /^celery\.(task\.(base\.)?|decorators\.)periodic_task$/, key: 'run_every', zone: utc, call: '', command: (program) => `celery -A ${moduleOfWorker(program, /^celery\.Celery$/)} worker --beat` },
  { by: 'periodiq', marks: /^(dramatiq|flask_dramatiq\.Dramatiq\(\))\.actor$/, key: 'periodic', zone: { kind: 'local' }, call: '', command: () => 'periodiq beside the Dramatiq worker' },
  { by: 'dramatiq-crontab', marks: /^dramatiq_crontab\.cron$/, key: undefined, zone: { kind: 'local' }, call: '', command: (program) => djangoManage(program, 'crontab') },
]

/** One for each decorator: that is where a person would look. */
export function* decoratedJobs(program: PythonProgram): Generator<Periodic> {
  for (const kind of kinds)
    for (const call of program.callsMatching(kind.marks)) {
      const fn = decoratedBy(program, call.node, call.scope)
      const given = kind.key === undefined ? (kind.by === 'dramatiq-crontab' ? call.node : call.args[0]) : (keyword(call.node, kind.key, call.module) ?? undefined)
      if (!fn || !given) continue
      const when = scheduleWhen(program, given, call.scope, kind.zone)
      const origin = call.names.find((name) => kind.marks.test(name)) ?? ''
      yield { by: kind.by, site: call, node: call.node, jobs: [plannedTask(program, fn, fn.qualname, when, undefined, kind.call)], command: kind.command(program, origin) }
    }
}
