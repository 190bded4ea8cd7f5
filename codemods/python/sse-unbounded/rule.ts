import { ensureImport, freeName, insertBefore, replaceNode, standsAlone } from '../../../src/lang/python/edit.js'
import { loopOf, ownCode } from '../../../src/lang/python/background/loops.js'
import { ancestor, bare, field, isInside, literalText, type PyCall, type PyFunction, type PyNode } from '../../../src/lang/python/program.js'
import { severityFor } from '../../../src/lang/python/severity.js'
import type { Problem, PythonProgram, Remedy, Rule, RuleContext } from '../../../src/types.js'

/** Seconds kept for the end of the stream and the client's next one. */
const margin = 10

export const sseUnbounded = {
  id: 'sse-unbounded',
  title: 'Stream without an end',
  hazard: 'long-running-request',
  language: 'python',
  assumes: 'long-request',
  severity: 'breaks',
  *check(program: PythonProgram, context: RuleContext): Generator<Problem> {
    const seen = new Set<PyNode>()
    for (const call of program.callsMatching(/^flask\.(Response|stream_with_context|wrappers\.Response)$|^flask\.(Flask\(\)|current_app)\.response_class$|^werkzeug\.(wrappers\.)?Response$|^(fastapi|starlette)\.responses\.StreamingResponse$|^sse_starlette\.(sse\.)?EventSourceResponse$|^django\.http\.(response\.)?StreamingHttpResponse$/)) {
      const run = call.runs.find(({ when }) => when === 'request')
      if (!run) continue
      for (const fn of generatorsIn(program, call)) {
        const loop = endlessLoop(program, fn)
        if (!loop || seen.has(loop)) continue
        seen.add(loop)
        const events = isEventStream(call)
        const queue = waitsOnQueue(program, fn, loop)
        const seconds = context.target.limits[context.plan].requestSeconds
        yield {
          path: fn.module.path,
          range: { start: loop.start, end: (field(loop, 'condition') ?? loop).end },
          when: 'request',
          trace: [...program.trace(call, `streams what ${fn.name}() yields`, run), { file: fn.module.path, line: program.line(loop, fn.module), note: 'yields without an end' }],
          severity: severityFor(run, queue ? 'breaks' : 'degrades'),
          message: `${fn.name}() streams without an end, and the host cuts each request after ${seconds} seconds at most; until then it is billed as one that runs.${queue ? ' It also waits on a queue in memory, which other instances do not fill: events get lost.' : ''} ${events ? 'End the stream in time, and the browser opens the next one by itself.' : 'End the stream in time, and let the client ask again.'}`,
          remedy: queue
            ? { kind: 'manual', reason: 'Feed the stream from a store that all instances see (Redis, the database), and end it in time.' }
            : remedyFor(fn, loop, events, Math.max(margin, seconds - margin)),
        }
      }
    }
  },
} satisfies Rule

/** Generator functions of the repo that are called in the arguments, also inside stream_with_context(). */
function* generatorsIn(program: PythonProgram, call: PyCall): Generator<PyFunction> {
  const given = [...call.args, ...call.kwargs.values()]
  for (const arg of given) {
    const callee = bare(arg).kind === 'call' ? field(bare(arg), 'function') : undefined
    for (const value of callee ? program.values(callee, call.scope) : []) if (value.kind === 'function') yield value.fn
    for (const one of bare(arg).kind === 'identifier' ? program.definitions(bare(arg), call.scope) : []) {
      const inner = one.node.kind === 'call' ? field(one.node, 'function') : undefined
      for (const value of inner ? program.values(inner, one.scope) : []) if (value.kind === 'function') yield value.fn
    }
  }
}
/** `while True` with a yield in it, which nothing leaves but the client. */
function endlessLoop(program: PythonProgram, fn: PyFunction): PyNode | undefined {
  for (const node of ownCode(fn.body)) {
    if (node.kind !== 'while_statement') continue
    const condition = field(node, 'condition')
    const test = condition && bare(condition)
    if (!test || !(test.kind === 'true' || (test.kind === 'integer' && program.text(test, fn.module) !== '0'))) continue
    const inside = [...ownCode(node)]
    if (!inside.some(({ kind }) => kind === 'yield')) continue
    const leaves = inside.some((at) => (at.kind === 'return_statement' || at.kind === 'raise_statement' || (at.kind === 'break_statement' && loopOf(at) === node)) && !onDisconnect(at, fn))
    if (!leaves) return node
  }
  return undefined
}
/** Inside `except GeneratorExit`, or under a test for it: the client went away. */
function onDisconnect(node: PyNode, fn: PyFunction): boolean {
  const test = ancestor(node, 'if_statement')
  const condition = test && isInside(test, fn.body) ? field(test, 'condition') : undefined
  if (condition && /\.is_disconnected\(\)/.test(fn.module.text.slice(condition.start, condition.end))) return true
  const clause = ancestor(node, 'except_clause')
  return clause !== undefined && isInside(clause, fn.body) && /\b(GeneratorExit|BrokenPipeError|ConnectionResetError|CancelledError)\b/.test(fn.module.text.slice(clause.start, clause.end).split(/[\r\n]/)[0] ?? '')
}
function isEventStream(call: PyCall): boolean {
  return call.names.some((name) => name.endsWith('.EventSourceResponse')) || [...call.args, ...call.kwargs.values()].some((node) => node.kind === 'string' && (literalText(node, call.module.text) ?? '').startsWith('text/event-stream'))
}
function waitsOnQueue(program: PythonProgram, fn: PyFunction, loop: PyNode): boolean {
  for (const node of ownCode(loop)) {
    const callee = node.kind === 'call' ? field(node, 'function') : undefined
    if (callee && program.origins(callee, fn.scope).some((origin) => /^(queue\.(Queue|SimpleQueue|LifoQueue)|multiprocessing\.Queue|asyncio\.Queue|gevent\.queue\.Queue|threading\.(Condition|Event))\(\)(\[\])?\.(get|get_nowait|wait)$/.test(origin))) return true
  }
  return false
}

/** The loop's condition becomes a deadline; only for event streams, whose client comes back by itself. */
function remedyFor(fn: PyFunction, loop: PyNode, events: boolean, seconds: number): Remedy {
  const manual: Remedy = { kind: 'manual', reason: 'End the stream before the host does, and let the client ask again.' }
  const condition = field(loop, 'condition')
  const { module } = fn
  if (!events || !condition || module.brokenAt !== undefined || !standsAlone(module, loop) || module.text.slice(condition.start - 1, condition.start) === '(' || [...fn.scope.bindings.keys()].includes('time')) return manual
  const time = ensureImport(module, 'time')
  const deadline = freeName(module, 'deadline')
  return {
    kind: 'fix', safety: 'review', title: `End the stream after ${seconds} seconds; the browser opens the next one`,
    changes: [...time.changes, insertBefore(module, loop, [`${deadline} = ${time.name}.monotonic() + ${seconds}`]), replaceNode(module, condition, `${time.name}.monotonic() < ${deadline}`)],
    needs: [{ kind: 'duration', seconds: seconds + margin }],
  }
}
