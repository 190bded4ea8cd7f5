import { severityFor } from '../../../src/lang/severity.js'
import type { JsProgram, Problem, Rule } from '../../../src/types.js'

/** Allowed remedy: review or more careful. */
export const bgMultiprocessing = {
  id: 'bg-multiprocessing',
  title: 'Work spread over processes',
  hazard: 'background-thread',
  language: 'javascript',
  assumes: 'background-work',
  severity: 'degrades',
  *check(program: JsProgram): Generator<Problem> {
    const seen = new Set<string>()
    for (const { calls, what, why } of ways)
      for (const call of program.callsMatching(calls)) {
        const run = call.runs.find(({ when, background }) => !background && (when === 'import' || when === 'startup' || when === 'request'))
        const key = `${call.module.path} ${what}`
        if (!run || seen.has(key)) continue
        seen.add(key)
        yield {
          path: call.module.path, range: { start: call.node.start, end: call.node.end }, when: run.when as Problem['when'], severity: severityFor(run, 'degrades'),
          trace: program.trace(call, what, run),
          message: why,
          remedy: { kind: 'manual', reason: 'What the other processes do, and whether this one can do it as well, can\'t be told from the call that starts them.' },
        }
      }
  },
} satisfies Rule

const ways: readonly { readonly calls: RegExp; readonly what: string; readonly why: string }[] = [
  { calls: /^cluster(\.default)?\.fork$/, what: 'starts a process for each processor', why: 'cluster.fork() starts a process for each processor, which share one port. The host starts as many instances as it needs and each has one or two processors: the forked processes never get a request, and the first one only waits. Export the app from the code that a forked process runs, and leave cluster to other hosts.' },
  { calls: /^child_process\.fork$/, what: 'starts another process of Node', why: 'child_process.fork() starts another process of Node, which shares the processor of the instance and is frozen with it; its file has to be part of the bundle, and a bundler does not see that it is needed. Call its code in this process, or run it as a worker on a host that keeps processes.' },
  { calls: /^(workerpool\.pool|piscina(\.Piscina)?|tinypool(\.Tinypool)?|threads\.Pool|jest-worker\.Worker|poolifier\.\w+)$/, what: 'makes a pool of threads', why: 'A pool spreads the work over threads. An instance on the host has one or two processors, so little is gained, and the file of the threads has to be part of the bundle. Do the work in this thread, or run it as a worker elsewhere.' },
]
