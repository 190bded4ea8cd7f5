/** The call by which the start comes to a piece of code: there a person would change when it runs. */
import type { Trace } from '../../../types.js'
import type { Run } from '../../runs.js'
import type { JsProgram } from '../program.js'
import type { JsCall } from '../types.js'

/** The outermost call of the repo's own function that leads to the site at that time; the site itself where none does. */
export function startedBy(program: JsProgram, call: JsCall, run: Run, depth = 0): JsCall {
  if (!call.fn || depth > 6) return call
  const callers = program.callers(call.fn).filter((one) => one.runs.some((other) => other.when === run.when && other.weak === run.weak))
  const [only] = callers
  return only && callers.length === 1 && only.fn !== call.fn ? startedBy(program, only, run, depth + 1) : call
}

/** The way to the call, and back to the place that the finding names. */
export function traceBack(program: JsProgram, call: JsCall, place: JsCall, note: string, run: Run): Trace {
  const way = program.trace(call, note, run)
  return place.node === call.node ? way : [...way, { file: place.module.path, line: program.line(place.node), note: 'is called from here' }]
}
