import type { Problem, Program, Rule } from '../../../src/types.js'
import { severityFor } from '../../../src/lang/python/severity.js'
import { bare, field, type PyCall, type Run } from '../../../src/lang/python/program.js'

/** Allowed remedy: review or more careful. */
export const bgWorkerQueue = {
  id: 'bg-worker-queue',
  title: 'Queue whose worker is another process',
  hazard: 'queue-worker',
  language: 'python',
  assumes: 'background-work',
  severity: 'breaks',
  *check(program: Program): Generator<Problem> {
    for (const kind of kinds) {
      const sent = [...program.callsMatching(kind.sends)].filter((call) => servedRun(call) !== undefined)
      const tasks = [...taskCalls(program, kind)]
      const [first] = [...sent, ...tasks]
      if (!first) continue
      for (const made of program.callsMatching(kind.makes)) {
        const run = servedRun(made)
        if (!run || runsInline(program, made)) continue
        yield {
          path: made.module.path, range: { start: made.node.start, end: made.node.end }, when: run.when as Problem['when'], severity: severityFor(run, 'breaks'),
          trace: program.trace(made, `makes ${kind.title} queue`, run),
          message: `Requests put tasks into ${kind.title} queue (${first.module.path}:${program.line(first.node, first.module)}), and a worker process has to take them out. The host runs no worker, so the calls succeed and nothing happens. Run the worker on a host that keeps processes with the same broker, or use a queue that calls a route.`,
          remedy: { kind: 'manual', reason: 'Where the worker runs and which broker both sides reach is a decision; short tasks may also be called directly.' },
        }
      }
    }
  },
} satisfies Rule

type Kind = { readonly title: string; readonly makes: RegExp; readonly sends: RegExp; /** Decorators that make a function a task, and the methods that send it. */ readonly marks: RegExp; readonly methods: RegExp }
const kinds: readonly Kind[] = [
  { title: 'a Celery', makes: /^celery\.Celery$/, sends: /^celery\..*(\.delay|\.apply_async|\.send_task)$/, marks: /^celery\.(.*\.)?(task|shared_task)(\(\))?$/, methods: /\.(delay|apply_async|s|si)$/ },
  { title: 'an RQ', makes: /^(rq\.Queue|flask_rq2\.RQ|django_rq\.get_queue)$/, sends: /^(rq\.Queue\(\)|flask_rq2\.RQ\(\)(\.get_queue\(\))?)\.(enqueue|enqueue_call|enqueue_in|enqueue_at)$/, marks: /^flask_rq2\.RQ\(\)\.job(\(\))?$/, methods: /\.(queue|schedule|cron)$/ },
  { title: 'a Dramatiq', makes: /^(dramatiq\.brokers\.\w+\.\w+Broker|flask_dramatiq\.Dramatiq)$/, sends: /^dramatiq\..*\.send$/, marks: /^(dramatiq|flask_dramatiq\.Dramatiq\(\))\.actor(\(\))?$/, methods: /\.(send|send_with_options)$/ },
  { title: 'a Huey', makes: /^huey\.\w*Huey$/, sends: /^huey\.\w*Huey\(\)\.enqueue$/, marks: /^huey\.\w*Huey\(\)\.(task|periodic_task)(\(\))?$/, methods: /\.schedule$/ },
]

/** `send_mail.delay(…)`, where send_mail is a task of the repo. */
function* taskCalls(program: Program, kind: Kind): Generator<PyCall> {
  for (const call of program.calls()) {
    const callee = field(call.node, 'function')
    const object = callee?.kind === 'attribute' ? field(callee, 'object') : undefined
    if (!callee || !object || !kind.methods.test(program.text(callee, call.module)) || !servedRun(call)) continue
    const isTask = program.values(bare(object), call.scope).some((value) => value.kind === 'function' && value.fn.decorators.some((mark) => program.origins(mark, value.fn.scope.parent ?? value.fn.scope).some((origin) => kind.marks.test(origin))))
    if (isTask) yield call
  }
}
function servedRun(call: PyCall): Run | undefined {
  return call.runs.find((run) => run.when === 'import' || run.when === 'startup' || run.when === 'request')
}
/** Tasks run where they are called. */
function runsInline(program: Program, made: PyCall): boolean {
  const eager = ['task_always_eager', 'CELERY_TASK_ALWAYS_EAGER', 'CELERY_ALWAYS_EAGER'].flatMap((key) => program.settings(key))
  const isTrue = (node: Parameters<Program['values']>[0], scope: Parameters<Program['values']>[1]): boolean => program.values(node, scope).some((value) => value.kind === 'literal' && value.value === true)
  if (eager.some((one) => isTrue(one.node, one.scope))) return true
  for (const name of ['immediate', 'is_async']) {
    const value = made.kwargs.get(name)
    if (value && program.values(value, made.scope).some((one) => one.kind === 'literal' && one.value === (name === 'immediate'))) return true
  }
  for (const site of program.sites('assignment')) {
    const left = field(site.node, 'left')
    const right = field(site.node, 'right')
    if (left && right && /\.conf\.task_always_eager$/.test(program.text(left, site.module)) && isTrue(right, site.scope)) return true
  }
  return false
}
