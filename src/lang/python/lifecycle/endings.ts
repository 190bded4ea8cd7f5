/** Code that runs when the app ends: exit handlers, shutdown hooks, what follows the yield of a lifespan. */
import { field, walk } from '../tree.js'
import type { PythonProgram } from '../program.js'
import type { PyCall, PyFunction } from '../types.js'
import { hooksOf, lifespansOf } from './hooks.js'

export type Ending = {
  /** The calls that it makes, its own and those of functions that it calls. */
  readonly calls: readonly PyCall[]
  readonly how: string
  /** The call that registers it; undefined for a lifespan, whose own lines say it. */
  readonly registered: PyCall | undefined
}

export function* endings(program: PythonProgram): Generator<Ending> {
  for (const call of program.callsMatching(/^(atexit\.register|signal\.signal)$/)) {
    const isSignal = call.names.includes('signal.signal')
    if (isSignal && !/SIG(TERM|INT|HUP)/.test(call.args[0] ? program.text(call.args[0], call.module) : '')) continue
    const target = call.args[isSignal ? 1 : 0]
    const fns = target ? program.values(target, call.scope).flatMap((value) => (value.kind === 'function' ? [value.fn] : [])) : []
    if (fns.length > 0) yield { calls: callsOf(program, fns), how: isSignal ? 'when the process is told to end' : 'when the process ends', registered: call }
  }
  for (const mark of decorated(program)) yield mark
  for (const { event, fn, call } of hooksOf(program)) if (event === 'shutdown' && fn) yield { calls: callsOf(program, [fn]), how: 'when the app is shut down', registered: call }
  for (const { fn } of lifespansOf(program)) {
    const gaveWay = [...walk(fn.body, (node) => node.kind !== 'function_definition')].find((node) => node.kind === 'yield')
    if (gaveWay) yield { calls: callsOf(program, [fn], gaveWay.end), how: 'after the yield of the lifespan', registered: undefined }
  }
}
/** `@atexit.register`. */
function* decorated(program: PythonProgram): Generator<Ending> {
  for (const { fn } of program.functions())
    for (const mark of fn.decorators) {
      const outer = fn.scope.parent ?? fn.scope
      const site = program.origins(mark, outer).includes('atexit.register') ? program.siteOf(mark, outer) : undefined
      if (site) yield { calls: callsOf(program, [fn]), how: 'when the process ends', registered: program.callAt(site) }
    }
}
function callsOf(program: PythonProgram, fns: readonly PyFunction[], after = 0, depth = 0): readonly PyCall[] {
  const own = [...program.calls()].filter((call) => call.fn && fns.includes(call.fn) && call.node.start >= after)
  const inner = depth > 2 ? [] : own.flatMap(({ callees }) => callees)
  return inner.length === 0 ? own : [...own, ...callsOf(program, inner, 0, depth + 1)]
}

/** Calls that put data somewhere where it is meant to stay. */
const keeps = /^(json|pickle|yaml|toml|joblib|csv)\.(dump|safe_dump)$|^pathlib\.Path\(\)\.write_(text|bytes)$|\.(to_csv|to_json|to_excel|to_parquet|to_pickle|to_sql)$|^numpy\.(save|savez|savetxt)$|^(requests|httpx)\.(post|put|patch)$|^requests\.Session\(\)\.(post|put)$|Session\(\)\.(commit|flush)$|SQLAlchemy\(\)\.session\.commit$|\.connect\(\)\.commit$|(put_object|upload_file|upload_fileobj|insert_one|insert_many|update_one|bulk_write|send_message|publish|put_metric_data|write_points)$/
export function keepsData(program: PythonProgram, call: PyCall): boolean {
  if (call.names.some((name) => keeps.test(name))) return true
  if (!call.names.some((name) => /^(builtins|io|gzip|codecs)\.open$|^pathlib\.Path\(\)\.open$/.test(name))) return false
  const mode = call.kwargs.get('mode') ?? call.args[call.names.some((name) => name.startsWith('pathlib.')) ? 0 : 1]
  return mode !== undefined && /^["'][wax]/.test(program.text(mode, call.module))
}
/** The name of a call as it is written. */
export function writtenName(program: PythonProgram, call: PyCall): string {
  const callee = field(call.node, 'function')
  return `${callee ? program.text(callee, call.module).replace(/\s+/g, '').slice(0, 60) : 'a call'}()`
}
