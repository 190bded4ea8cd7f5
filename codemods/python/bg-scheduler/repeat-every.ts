/** `@repeat_every(seconds=60)` of fastapi-utils: a loop that a hook of the start begins. */
import type { Problem, PythonProgram } from '../../../src/types.js'
import { decoratedBy } from '../../../src/lang/python/background/periodic/functions.js'
import { scheduleWhen } from '../../../src/lang/python/background/when.js'
import { severityFor } from '../../../src/lang/python/severity.js'
import type { PyCall, PyFunction, Run } from '../../../src/lang/python/program.js'

export function* ofRepeatEvery(program: PythonProgram): Generator<Problem> {
  for (const call of program.callsMatching(/^fastapi_utils(ils)?\.(tasks\.)?repeat_every$/)) {
    const fn = decoratedBy(program, call.node, call.scope)
    const run = fn && beginning(program, fn, call)
    if (!fn || !run) continue
    const { pace } = scheduleWhen(program, call.node, call.scope, { kind: 'known', name: 'UTC' })
    yield {
      path: call.module.path, range: { start: call.node.start, end: call.node.end }, when: run.when === 'request' ? 'request' : 'startup', severity: severityFor(run, 'breaks'),
      trace: program.trace(call, `repeats ${fn.qualname}()`, run),
      message: `${fn.qualname}() starts with the app and repeats itself ${pace}. On the host the process sleeps between requests and exists several times or not at all, so rounds are skipped or done twice, without an error. Let the host's schedule call a route that does one round, or run it as a worker elsewhere.`,
      remedy: { kind: 'manual', reason: `Under its decorator ${fn.qualname}() can't be called for a single round. Move its body into a function of its own, call that from here and from a route that checks a secret, and leave the decorated function out of the start on the host.` },
    }
  }
}
/** The way in which it comes to be started: a hook above the decorator, or a call. */
function beginning(program: PythonProgram, fn: PyFunction, mark: PyCall): Run | undefined {
  const hooked = fn.decorators.some((other) => program.origins(other, mark.scope).some((origin) => /\.on_event(\(\))?$/.test(origin)))
  if (hooked) return mark.runs.find((run) => run.when === 'import')
  const own = program.callers(fn).flatMap((call) => call.runs).find((run) => run.when === 'import' || run.when === 'startup' || run.when === 'request')
  return own ?? [...program.functions()].find((one) => one.fn === fn)?.runs.find((run) => run.when === 'startup')
}
