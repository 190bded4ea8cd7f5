/** What an ASGI app does when it starts and ends: handlers put up one by one, and the lifespan that replaces them. */
import { bare, field } from '../tree.js'
import type { PythonProgram } from '../program.js'
import type { PyCall, PyFunction, PyNode, PyScope } from '../types.js'

const app = String.raw`(fastapi\.(applications\.)?FastAPI|starlette\.applications\.Starlette)`
export const asgiConstructor = new RegExp(`^${app}$`)
const hook = new RegExp(String.raw`^(${app}|fastapi\.(routing\.)?APIRouter|starlette\.routing\.Router)\(\)(\.router)?\.(on_event|add_event_handler)$`)

export type Hook = {
  /** `on_event(…)` or `add_event_handler(…)`. */
  readonly call: PyCall
  readonly event: 'startup' | 'shutdown'
  readonly fn: PyFunction | undefined
  /** The call that makes the app or router. */
  readonly owner: PyNode | undefined
  readonly onRouter: boolean
  /** Starlette's own class: later versions have no such method. */
  readonly bare: boolean
  readonly isDecorator: boolean
}

export function hooksOf(program: PythonProgram): readonly Hook[] {
  return [...program.callsMatching(hook)].flatMap((call): readonly Hook[] => {
    const event = eventOf(program, call)
    if (event === undefined) return []
    const callee = field(call.node, 'function')
    const object = callee && field(callee, 'object')
    const isDecorator = call.node.parent?.kind === 'decorator'
    const definition = isDecorator && call.node.parent?.parent ? field(call.node.parent.parent, 'definition') : undefined
    const given = call.args[1] ?? call.kwargs.get('func')
    const fn = isDecorator
      ? [...program.functions()].find((one) => one.fn.node === definition)?.fn
      : given && program.values(given, call.scope).flatMap((value) => (value.kind === 'function' ? [value.fn] : []))[0]
    const owner = object && maker(program, object, call.scope, 0)
    return [{ call, event, fn, owner, onRouter: call.names.some((name) => /Router\(\)\./.test(name)), bare: call.names.some((name) => name.startsWith('starlette.')), isDecorator }]
  }).sort((a, b) => (a.call.module === b.call.module ? a.call.node.start - b.call.node.start : 0))
}
/** The call behind a name, also where a function is given the app. */
function maker(program: PythonProgram, node: PyNode, scope: PyScope, depth: number): PyNode | undefined {
  for (const one of depth > 3 ? [] : program.definitions(node, scope)) {
    const inner = bare(one.node)
    const found = inner.kind === 'call' ? inner : maker(program, inner, one.scope, depth + 1)
    if (found) return found
  }
  return undefined
}
function eventOf(program: PythonProgram, call: PyCall): Hook['event'] | undefined {
  const first = call.args[0] ?? call.kwargs.get('event_type')
  const text = first && program.fold.text(first, call.scope).find(({ exact }) => exact)?.text
  return text === 'startup' || text === 'shutdown' ? text : undefined
}

/** Functions that are given as `lifespan=`. */
export function lifespansOf(program: PythonProgram): readonly { readonly fn: PyFunction; readonly call: PyCall }[] {
  return [...program.callsMatching(asgiConstructor)].flatMap((call) => {
    const given = call.kwargs.get('lifespan')
    return given ? program.values(given, call.scope).flatMap((value) => (value.kind === 'function' ? [{ fn: value.fn, call }] : [])) : []
  })
}
