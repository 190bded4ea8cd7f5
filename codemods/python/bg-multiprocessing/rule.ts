import type { Problem, PythonProgram, Rule } from '../../../src/types.js'
import { backgroundStarts, waitedFor } from '../../../src/lang/python/background/background.js'
import { numberOf } from '../../../src/lang/python/background/seconds.js'
import { severityFor } from '../../../src/lang/python/severity.js'
import type { PyCall, PyNode, Run } from '../../../src/lang/python/program.js'

const pools = /^(multiprocessing\.(pool\.)?(Pool|Queue|JoinableQueue|SimpleQueue|Manager|Lock|RLock|Semaphore|BoundedSemaphore|Event|Condition|Barrier|Value|Array)|multiprocessing\.get_context\(\)\.(Pool|Queue|Process)|concurrent\.futures\.(process\.)?ProcessPoolExecutor|os\.fork|(pathos|multiprocess)\.[\w.]*Pool|billiard\.Pool)$/
const counted: readonly { readonly makes: RegExp; readonly key: string }[] = [
  { makes: /^joblib\.(parallel\.)?Parallel$/, key: 'n_jobs' },
  { makes: /^torch\.utils\.data\.(dataloader\.)?DataLoader$/, key: 'num_workers' },
]

/** Allowed remedy: review or more careful. */
export const bgMultiprocessing = {
  id: 'bg-multiprocessing',
  title: 'Work spread over processes',
  hazard: 'background-thread',
  language: 'python',
  assumes: 'background-work',
  severity: 'degrades',
  *check(program: PythonProgram): Generator<Problem> {
    const seen = new Set<PyNode>()
    for (const { call, run } of spread(program)) {
      // A queue, its lock and the processes of one function are one thing.
      const whole = call.fn?.node ?? call.node
      if (seen.has(whole)) continue
      seen.add(whole)
      yield problemAt(program, call, run)
    }
  },
} satisfies Rule

type Spread = { readonly call: PyCall; readonly run: Run }
function* spread(program: PythonProgram): Generator<Spread> {
  for (const call of program.callsMatching(pools)) {
    const run = servedRun(call)
    if (run) yield { call, run }
  }
  for (const { makes, key } of counted)
    for (const call of program.callsMatching(makes)) {
      const run = servedRun(call)
      const given = call.kwargs.get(key) ?? (key === 'n_jobs' ? call.args[0] : undefined)
      const count = given && numberOf(program, given, call.scope)?.value
      const threads = call.kwargs.get('prefer') ?? call.kwargs.get('backend')
      const inThreads = threads && program.values(threads, call.scope).some((value) => value.kind === 'literal' && (value.value === 'threads' || value.value === 'threading'))
      if (run && count !== undefined && (count > 1 || count < 0) && !inThreads) yield { call, run }
    }
  // A process that nobody waits for is a matter of the rules for background work.
  for (const start of backgroundStarts(program)) if (start.means === 'process' && waitedFor(program, start) === 'yes') yield { call: start.made, run: start.run }
}
function servedRun(call: PyCall): Run | undefined {
  // What runs beside the requests may be a worker's, on a host of its own.
  return call.runs.find((run) => !run.background && (run.when === 'import' || run.when === 'startup' || run.when === 'request'))
}

function problemAt(program: PythonProgram, call: PyCall, run: Run): Problem {
  const name = (call.names[0] ?? 'multiprocessing').split('.').at(-1) ?? 'multiprocessing'
  return {
    path: call.module.path, range: { start: call.node.start, end: call.node.end }, when: run.when as Problem['when'], severity: severityFor(run, 'degrades'),
    trace: program.trace(call, `${name} works with several processes`, run),
    message: `${name} works with several processes. An instance on the host has one or two processors, so little is gained, and where there is no shared memory the locks between processes fail with "Function not implemented". Use threads for waiting, a plain loop for computing, or a worker elsewhere for much of it.`,
    remedy: { kind: 'manual', reason: 'Threads share what processes keep apart, so whether they can take the place of processes depends on the work.' },
  }
}
