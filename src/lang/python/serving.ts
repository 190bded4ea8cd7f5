/** On what a request's code runs: the server's one event loop, a thread of the request's own, or a loop made for the one call. */
import type { App, FrameworkId } from '../../types.js'
import type { PythonProgram } from './program.js'
import { ancestor, isInside } from './tree.js'
import type { PyCall, PyFunction, PyNode } from './types.js'

export type Ground = 'loop' | 'thread' | 'own-loop'

/** A framework that can be served both ways says by its entry how it is. */
const servedFromLoop: Readonly<Record<FrameworkId, (app: App) => boolean>> = {
  flask: () => false,
  fastapi: () => true,
  django: ({ entry }) => entry.kind === 'asgi',
  express: () => true,
}
const runners = /^(asyncio\.run|anyio\.run|asyncio\.Runner\(\)\.run|asyncio\.(new_event_loop|get_event_loop)\(\)\.run_until_complete)$/
const wrappers = /^asgiref\.sync\.(async_to_sync|AsyncToSync)$/

/** Every ground that requests run a function on, found by going up to the views that lead to it. */
export function groundsOf(program: PythonProgram, fn: PyFunction): ReadonlySet<Ground> {
  const found = new Set<Ground>()
  climb(program, fn, found, new Set())
  return found
}

function climb(program: PythonProgram, fn: PyFunction, found: Set<Ground>, seen: Set<PyFunction>): void {
  if (seen.has(fn)) return
  seen.add(fn)
  if (fn.isAsync && isWrapped(program, fn)) found.add('own-loop')
  const callers = program.callers(fn).filter(serves)
  if (callers.length === 0 || program.pyRoutes.some((route) => route.fn === fn)) {
    const loop = servedFromLoop[program.app.framework](program.app)
    // A coroutine under a server of threads gets a loop that ends with the request.
    if (!(fn.isAsync && isWrapped(program, fn))) found.add(fn.isAsync ? (loop ? 'loop' : 'own-loop') : 'thread')
  }
  for (const caller of callers) {
    if (fn.isAsync && runsIt(program, caller)) found.add('own-loop')
    else if (caller.fn) climb(program, caller.fn, found, seen)
  }
}
function serves({ runs }: PyCall): boolean {
  return runs.some(({ when, background, weak }) => when === 'request' && !background && !weak)
}
/** `asyncio.run(load())`: the call that makes the coroutine stands in the one that runs it. */
function runsIt(program: PythonProgram, made: PyCall): boolean {
  let at: PyNode | undefined = ancestor(made.node, 'call')
  for (; at && (!made.fn || isInside(at, made.fn.body)); at = ancestor(at, 'call')) {
    const site = program.siteOf(at, made.scope)
    if (site && program.callAt(site).names.some((name) => runners.test(name))) return true
  }
  return false
}
function isWrapped(program: PythonProgram, fn: PyFunction): boolean {
  return [...program.callsMatching(wrappers)].some((call) => serves(call) && call.args[0] !== undefined && program.values(call.args[0], call.scope).some((value) => value.kind === 'function' && value.fn === fn))
}
