/** Jobs that a route runs already, so that nothing else has to. */
import { literalText } from '../../literals.js'
import type { Given } from '../one-round.js'
import type { PlannedJob } from '../scheduler-jobs.js'
import { bare, field } from '../../tree.js'
import type { PythonProgram } from '../../program.js'
import type { PyCall, PyFunction } from '../../types.js'

/** Does a route that a scheduler calls run every one of these jobs? */
export function areRouted(program: PythonProgram, jobs: readonly PlannedJob[]): boolean {
  const views = new Set(program.pyRoutes.flatMap(({ path, fn }) => (fn && /cron|schedul/i.test(path) ? [fn] : [])))
  if (views.size === 0 || jobs.length === 0) return false
  const calls = [...program.calls()].filter((call) => call.fn && views.has(call.fn))
  return jobs.every(({ round }) => !('refused' in round) && (round.from ? calls.some((call) => isCommand(call, round.args[0]?.value)) : round.functions.some((fn) => calls.some((call) => runs(program, call, fn)))))
}
/** `check()`, `check.call_local()`, but not `check.delay()`. */
function runs(program: PythonProgram, call: PyCall, fn: PyFunction): boolean {
  if (call.callees.includes(fn)) return true
  const callee = field(call.node, 'function')
  const object = callee?.kind === 'attribute' && /\.(call_local|fn|run|apply)$/.test(program.text(callee, call.module)) ? field(callee, 'object') : undefined
  return object !== undefined && program.values(bare(object), call.scope).some((value) => value.kind === 'function' && value.fn === fn)
}
function isCommand(call: PyCall, given: Given | undefined): boolean {
  const first = call.args[0]
  return call.names.includes('django.core.management.call_command') && first !== undefined && given !== undefined && literalText(first, call.module.text) === literalText(given.node, given.scope.module.text)
}
