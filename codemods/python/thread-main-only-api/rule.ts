import { ensureImport, importPosition, insertAt, eol, removeStatement, replaceNode, standsAlone } from '../../../src/lang/python/edit.js'
import { ancestor, field, isInside, statementOf, walk, type PyCall, type PyImport, type PyNode, type Run } from '../../../src/lang/python/program.js'
import { severityFor } from '../../../src/lang/python/severity.js'
import type { Change, Problem, PythonProgram, Remedy, Rule } from '../../../src/types.js'

export const threadMainOnlyApi = {
  id: 'thread-main-only-api',
  title: 'Call that works in the main thread only',
  hazard: 'process-signal',
  language: 'python',
  assumes: 'owns-process',
  severity: 'breaks',
  *check(program: PythonProgram): Generator<Problem> {
    for (const call of program.calls('asyncio.get_event_loop')) {
      const run = whileServing(call)
      // Inside a coroutine there is a loop; a handler around it makes one.
      if (!run || call.fn?.isAsync || call.handled || setsLoop(program, call)) continue
      yield {
        ...placeOf(call, program, run, 'asks for the event loop of this thread'),
        message: 'Requests run in threads of their own, and only the main thread has an event loop: this raises "There is no current event loop". Run the coroutine with asyncio.run(), which makes a loop and ends it.',
        remedy: loopRemedy(program, call),
      }
    }
    for (const call of program.calls('signal.signal', 'signal.alarm', 'signal.setitimer')) {
      const run = whileServing(call)
      // A coroutine runs on the loop, which is the main thread's.
      if (!run || call.fn?.isAsync) continue
      yield {
        ...placeOf(call, program, run, 'sets a signal outside the main thread'),
        message: 'Requests run in threads of their own, and Python sets signals in the main thread only: this raises "signal only works in main thread". Use the timeout of the library that is called.',
        remedy: { kind: 'manual', reason: 'Which call is to be bounded, and how its library takes a timeout, has to be decided here.' },
      }
    }
    yield* drawing(program)
  },
} satisfies Rule

function whileServing(call: PyCall): Run | undefined {
  return call.runs.find(({ when, background }) => when === 'request' && !background)
}
function placeOf(call: PyCall, program: PythonProgram, run: Run, note: string): Omit<Problem, 'message' | 'remedy'> {
  return { path: call.module.path, range: { start: call.node.start, end: call.node.end }, when: 'request', trace: program.trace(call, note, run), severity: severityFor(run, 'breaks') }
}
function setsLoop(program: PythonProgram, call: PyCall): boolean {
  return [...program.calls('asyncio.set_event_loop')].some((other) => other.fn === call.fn && other.module === call.module)
}

function loopRemedy(program: PythonProgram, call: PyCall): Remedy {
  const manual: Remedy = { kind: 'manual', reason: 'Replace the loop by asyncio.run() around one coroutine that does all of it.' }
  const changes = call.module.brokenAt === undefined ? asRun(program, call) : undefined
  return changes ? { kind: 'fix', safety: 'safe', title: 'Run the coroutine with asyncio.run()', changes } : manual
}

/** `get_event_loop().run_until_complete(x)`, or `loop = get_event_loop()` with one such use (and a `loop.close()`): anything else shares the loop. */
function asRun(program: PythonProgram, call: PyCall): readonly Change[] | undefined {
  const { module } = call
  const asyncio = ensureImport(module, 'asyncio')
  const direct = runCallee(call.node, program, call)
  if (direct) return [...asyncio.changes, replaceNode(module, direct, `${asyncio.name}.run`)]
  const assignment = call.node.parent?.kind === 'assignment' ? call.node.parent : undefined
  const left = assignment && field(assignment, 'left')
  if (!call.fn || left?.kind !== 'identifier' || !standsAlone(module, statementOf(call.node))) return undefined
  const name = program.text(left, module)
  const uses = [...walk(call.fn.body)].filter((node) => node.kind === 'identifier' && node !== left && node.field !== 'attribute' && program.text(node, module) === name)
  const runs = uses.flatMap((use) => runCallee(use, program, call) ?? [])
  const closes = uses.flatMap((use) => closing(use, program, call) ?? [])
  if (runs.length !== 1 || runs.length + closes.length !== uses.length || !closes.every((node) => standsAlone(module, node))) return undefined
  // A loop around it would start again and again what the first round made.
  const run = runs[0]
  if (!run || ancestor(run, 'while_statement', 'for_statement') !== ancestor(call.node, 'while_statement', 'for_statement') || !isInside(run, call.fn.body)) return undefined
  return [...asyncio.changes, removeStatement(module, call.node), replaceNode(module, run, `${asyncio.name}.run`), ...closes.map((node) => removeStatement(module, node))]
}
/** The callee `<loop>.run_until_complete` of a call with one plain argument. */
function runCallee(loop: PyNode, program: PythonProgram, call: PyCall): PyNode | undefined {
  const callee = loop.parent?.kind === 'attribute' && loop.field === 'object' ? loop.parent : undefined
  const method = callee && field(callee, 'attribute')
  const outer = callee?.parent
  if (!callee || !method || program.text(method, call.module) !== 'run_until_complete' || outer?.kind !== 'call' || callee.field !== 'function') return undefined
  const args = (field(outer, 'arguments')?.children ?? []).filter((child) => child.kind !== 'comment')
  // asyncio.run() takes a coroutine; gather() and futures belong to a running loop.
  const [only] = args
  const made = only?.kind === 'call' ? field(only, 'function') : undefined
  const coroutine = made !== undefined && program.values(made, call.scope).some((value) => value.kind === 'function' && value.fn.isAsync)
  return args.length === 1 && coroutine ? callee : undefined
}
function closing(loop: PyNode, program: PythonProgram, call: PyCall): PyNode | undefined {
  const statement = statementOf(loop)
  return /^\w+\.close\(\)$/.test(program.text(statement, call.module)) ? statement : undefined
}

/** pyplot picks a window system when nothing tells it not to; without a screen it falls back by itself. */
function* drawing(program: PythonProgram): Generator<Problem> {
  const imports = [...program.imports()].filter((one) => one.target === 'matplotlib.pyplot' || one.target === 'pylab' || (one.target === 'matplotlib' && one.names.includes('pyplot')))
  const first = imports.find((one) => one.runs.some(({ when }) => when === 'import' || when === 'request'))
  if (!first || choosesBackend(program)) return
  const run = program.first(first)
  if (run.when !== 'import' && run.when !== 'request') return
  yield {
    path: first.module.path,
    range: { start: first.node.start, end: first.node.end },
    when: run.when,
    trace: program.trace(first, 'imports pyplot without choosing a backend', run),
    severity: 'advice',
    message: 'pyplot may pick a backend that opens windows, which only the main thread may do. Choose "Agg", which draws into memory, before pyplot is imported.',
    remedy: backendRemedy(first),
  }
}
function choosesBackend(program: PythonProgram): boolean {
  if ([...program.calls('matplotlib.use', 'matplotlib.pyplot.switch_backend')].length > 0) return true
  return [...program.modules.values()].some(({ text }) => /MPLBACKEND|backends\.backend_agg|FigureCanvasAgg/.test(text))
}
function backendRemedy({ node, module }: PyImport): Remedy {
  const statement = statementOf(node)
  if (module.brokenAt !== undefined || statement.parent?.kind !== 'module' || module.scope.bindings.has('matplotlib')) return { kind: 'manual', reason: 'Call matplotlib.use("Agg") before pyplot is imported.' }
  const lines = ['import matplotlib', '', 'matplotlib.use("Agg")']
  return { kind: 'fix', safety: 'review', title: 'Draw into memory with the Agg backend', changes: [insertAt(module, Math.min(importPosition(module), statement.start), lines.map((line) => line + eol(module)).join(''))] }
}
