import { ancestor, field, type PyCall, type PyFunction } from '../../../src/lang/python/program.js'
import { severityFor } from '../../../src/lang/python/severity.js'
import { ownCode } from '../../../src/lang/python/background/loops.js'
import type { Problem, PythonProgram, Rule, Severity } from '../../../src/types.js'

const runners = /^(asyncio\.run|anyio\.run|trio\.run|asyncio\.(get_event_loop|new_event_loop)\(\)\.run_until_complete|asyncio\.Runner\(\)\.run)$/

export const importAsyncioRun = {
  id: 'import-asyncio-run',
  title: 'Event loop run or kept at import',
  hazard: 'module-level-io',
  language: 'python',
  assumes: 'import-unbounded',
  severity: 'breaks',
  *check(program: PythonProgram): Generator<Problem> {
    for (const call of program.callsMatching(runners)) {
      const run = call.runs.find(({ when, background }) => when === 'import' && !background)
      if (!run) continue
      const kept = keeps(program, call)
      yield {
        path: call.module.path,
        range: { start: call.node.start, end: call.node.end },
        when: 'import',
        trace: program.trace(call, 'runs an event loop to its end', run),
        severity: severityFor(run, kept.severity),
        message: kept.object
          ? `What this makes is tied to a loop that ends with the call, and requests run on other loops and threads: the first use fails with "attached to a different loop" or "Event loop is closed". Make it on first use, inside the loop that uses it.`
          : `This runs while the app is imported, so every cold start waits for it and fails with it. Load the value on first use, or put it into a file at build time.`,
        remedy: { kind: 'manual', reason: kept.object ? 'Make the object on first use, inside the coroutine that uses it.' : 'Load it on first use, or at build time.' },
      }
    }
    for (const call of program.calls('asyncio.get_event_loop', 'asyncio.new_event_loop')) {
      const run = call.runs.find(({ when, background }) => when === 'import' && !background)
      if (!run || !keptGlobally(call) || !usedWhileServing(program, call)) continue
      yield {
        path: call.module.path,
        range: { start: call.node.start, end: call.node.end },
        when: 'import',
        trace: program.trace(call, 'keeps a loop for all requests', run),
        severity: severityFor(run, 'breaks'),
        message: 'This keeps one event loop for all requests, and each request runs in a thread of its own: two at once fail with "This event loop is already running". Call asyncio.run() where the coroutine is needed.',
        remedy: { kind: 'manual', reason: 'Replace each use of the kept loop by asyncio.run(), and make clients inside the coroutine.' },
      }
    }
  },
} satisfies Rule

/** Is what stays behind an object with a loop in it, or plain data? */
function keeps(program: PythonProgram, call: PyCall): { readonly object: boolean; readonly severity: Severity } {
  const [first] = call.args
  const inner = first?.kind === 'call' ? field(first, 'function') : undefined
  const fns = (inner ? program.values(inner, call.scope) : []).flatMap((value) => (value.kind === 'function' ? [value.fn] : []))
  const object = fns.some((fn) => setsGlobal(fn) || (isBound(call) && program.returns(fn).some((value) => (value.kind === 'name' && !/^builtins\.(dict|list|str|int|set|tuple|float|bool)\b/.test(value.name) && !/\.json\(\)|\[\]$/.test(value.name)) || value.kind === 'object')))
  return object ? { object: true, severity: 'breaks' } : { object: false, severity: 'degrades' }
}
function isBound(call: PyCall): boolean {
  return ancestor(call.node, 'assignment', 'expression_statement')?.kind === 'assignment'
}
function keptGlobally(call: PyCall): boolean {
  return call.fn === undefined && isBound(call)
}
function setsGlobal(fn: PyFunction): boolean {
  for (const node of ownCode(fn.body)) {
    const left = node.kind === 'assignment' ? field(node, 'left') : undefined
    if (left?.kind === 'identifier' && fn.scope.globals.has(fn.module.text.slice(left.start, left.end))) return true
  }
  return false
}
function usedWhileServing(program: PythonProgram, call: PyCall): boolean {
  const assignment = ancestor(call.node, 'assignment')
  const left = assignment && field(assignment, 'left')
  if (left?.kind !== 'identifier') return false
  const name = program.text(left, call.module)
  return [...program.sites('identifier')].some((site) => site.module === call.module && site.fn && program.text(site.node, site.module) === name && site.runs.some(({ when }) => when === 'request'))
}
