import { bare, type JsCall, type JsSite } from '../../../src/lang/javascript/program.js'
import type { Run } from '../../../src/lang/runs.js'
import { severityFor } from '../../../src/lang/severity.js'
import type { JsProgram, Problem, Rule } from '../../../src/types.js'

/** Allowed remedy: review or more careful. */
export const bgWorkerQueue = {
  id: 'bg-worker-queue',
  title: 'Queue whose worker is another process',
  hazard: 'queue-worker',
  language: 'javascript',
  assumes: 'background-work',
  severity: 'breaks',
  *check(program: JsProgram): Generator<Problem> {
    for (const queue of queues) {
      const works = [...program.callsMatching(queue.works)].filter((call) => servedRun(call) && call.args.some((arg) => program.values(bare(arg)).length > 0 || arg.kind === 'StringLiteral'))
      const sends = [...program.callsMatching(queue.sends)].filter((call) => call.runs.some(({ when }) => when === 'request'))
      const seen = new Set<string>()
      for (const call of works) {
        const run = servedRun(call)
        if (!run || seen.has(call.module.path)) continue
        seen.add(call.module.path)
        yield inProcess(program, queue, call, run)
      }
      const [first] = sends
      if (first && works.length === 0) yield elsewhere(program, queue, first)
    }
  },
} satisfies Rule

type Queue = { readonly title: string; /** Takes tasks out. */ readonly works: RegExp; /** Puts tasks in. */ readonly sends: RegExp }
const queues: readonly Queue[] = [
  { title: 'BullMQ', works: /^bullmq\.Worker$/, sends: /^bullmq\.(Queue|FlowProducer)\(\)\.(add|addBulk)$/ },
  { title: 'Bull', works: /^bull\(\)\.process$/, sends: /^bull\(\)\.(add|addBulk)$/ },
  { title: 'Bee-Queue', works: /^bee-queue\(\)\.process$/, sends: /^bee-queue\(\)\.createJob$/ },
  { title: 'Kue', works: /^kue\.createQueue\(\)\.process$/, sends: /^kue\.createQueue\(\)\.create(Job)?$/ },
  { title: 'pg-boss', works: /^pg-boss(\.PgBoss)?\(\)\.work$/, sends: /^pg-boss(\.PgBoss)?\(\)\.(send|publish)$/ },
]

function servedRun(site: JsSite): Run | undefined {
  return site.runs.find(({ when, background }) => !background && (when === 'import' || when === 'startup' || when === 'request'))
}
const place = (program: JsProgram, { module, node }: JsCall): string => `${module.path}:${program.line(node)}`

function inProcess(program: JsProgram, { title }: Queue, call: JsCall, run: Run): Problem {
  return {
    path: call.module.path, range: { start: call.node.start, end: call.node.end }, when: run.when as Problem['when'], severity: severityFor(run, 'breaks'),
    trace: program.trace(call, `takes tasks out of ${title}`, run),
    message: `The web process takes the tasks out of ${title} itself. On the host it sleeps between requests, so tasks wait until somebody loads a page, are cut off in the middle, and come again. Run this file as a worker on a host that keeps processes, with the same Redis or database, or use a queue that calls the app.`,
    remedy: {
      kind: 'choice', question: `Who takes the tasks out of ${title}?`, byDefault: 'leave',
      options: [{ id: 'worker', title: 'Change nothing here, run the worker elsewhere', changes: [], needs: [{ kind: 'worker', job: title, command: `node ${call.module.path}` }], left: `Run ${call.module.path} as a process of its own on a host that keeps processes, with the broker, database and variables that the app has here, and load it in the web process no longer.` }],
    },
  }
}
function elsewhere(program: JsProgram, { title }: Queue, call: JsCall): Problem {
  const run = call.runs.find(({ when }) => when === 'request') ?? program.first(call)
  return {
    path: call.module.path, range: { start: call.node.start, end: call.node.end }, when: 'request', severity: severityFor(run, 'breaks'),
    trace: program.trace(call, `puts a task into ${title}`, run),
    message: `Requests put tasks into ${title} (${place(program, call)}), and a worker process has to take them out. The host runs no worker, so the calls succeed and nothing happens. Run the worker on a host that keeps processes, with the same Redis or database, or use a queue that calls the app.`,
    remedy: { kind: 'manual', reason: `The worker of ${title} is another program than this app: where it runs, and that it reaches the same Redis or database, has to be arranged.` },
  }
}
