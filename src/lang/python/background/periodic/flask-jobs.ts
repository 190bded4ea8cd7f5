/** Jobs of Flask-APScheduler that stand in the configuration: `JOBS = [{"func": "app.jobs:check", "trigger": "interval", …}]`. */
import { entriesOf } from '../../django/settings.js'
import { byKind, zoneOfSettings, type PlannedJob } from '../scheduler-jobs.js'
import { unknownWhen } from '../when.js'
import { bare } from '../../tree.js'
import type { PythonProgram } from '../../program.js'
import type { PyNode, PyScope } from '../../types.js'
import { functionNamed } from './functions.js'
import { boundBy, plannedTask } from './tasks.js'

export function* configuredJobs(program: PythonProgram): Generator<PlannedJob> {
  for (const key of ['JOBS', 'SCHEDULER_JOBS'])
    for (const source of program.settings(key)) {
      const list = bare(source.node)
      for (const item of list.kind === 'list' || list.kind === 'tuple' ? list.children : [list]) if (item.kind !== 'comment') yield fromItem(program, item, source.scope)
    }
}
function fromItem(program: PythonProgram, item: PyNode, scope: PyScope): PlannedJob {
  const parts = new Map(entriesOf(program, item, scope).map((entry) => [entry.key, entry.node]))
  const func = parts.get('func')
  const [value] = func ? program.values(func, scope) : []
  const shown = value?.kind === 'literal' ? String(value.value) : 'of an entry'
  const fn = value?.kind === 'function' ? value.fn : value?.kind === 'literal' ? functionNamed(program, shown.replace(':', '.'), scope.module) : undefined
  const trigger = parts.get('trigger')
  const own = trigger && entriesOf(program, trigger, scope)
  const fields = own && own.length > 0 ? new Map(own.map((entry) => [entry.key, entry.node])) : parts
  const named = own && own.length > 0 ? fields.get('type') : trigger
  const [kind] = named ? program.values(named, scope) : []
  const when = kind?.kind === 'literal' ? byKind(program, String(kind.value), fields, scope, zoneOfSettings(program)) : unknownWhen('its trigger is known only while it runs')
  const bound = boundBy(parts.get('args'), parts.get('kwargs'), scope)
  const job = plannedTask(program, fn, shown, when, bound)
  return bound ? job : { ...job, round: { refused: `what ${shown} is given can't be read off the code` } }
}
