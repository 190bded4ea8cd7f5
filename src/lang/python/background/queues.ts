/** Task queues whose work another process does: how each is made, fed and run. A new one is an entry here. */
import { celeryApp, djangoManage, moduleOfWorker } from './workers.js'
import { settingAt } from '../django/settings.js'
import { bare, field, isInside } from '../tree.js'
import type { PythonProgram } from '../program.js'
import type { PyCall, PyFunction, PyNode, PyScope, Run } from '../types.js'

export type Queue = {
  /** Reads after "tasks into". */
  readonly title: string
  readonly makes: RegExp
  /** Calls that put a task in by themselves. */
  readonly sends: RegExp
  /** Decorators that make a function a task, and the methods that then send it. */
  readonly marks: RegExp
  readonly methods: RegExp
  /** A plain call of the task sends it too. */
  readonly direct: boolean
  /** Settings that make tasks run where they are called: the path and the value that says so. */
  readonly inline: readonly { readonly path: readonly [string, ...string[]]; readonly value: boolean }[]
  /** Tasks stay in the process unless this setting names another backend. */
  readonly backend?: { readonly path: readonly [string, ...string[]]; readonly inline: RegExp }
  worker(program: PythonProgram): string
  /** A command line that is such a worker. */
  readonly workers: RegExp
  /** Its name for a host that has queues of its own; undefined where none has. */
  readonly library?: string
}

const never = /(?!)/
export const queues: readonly Queue[] = [
  {
    title: 'a Celery queue', workers: /\bcelery\b.*\bworker\b/, library: 'celery', makes: /^celery\.(app\.base\.)?Celery$/, sends: /^celery\..*(\.delay|\.apply_async|\.send_task)$/, direct: false,
    marks: /^celery\.(.*\.)?(task|shared_task)$/, methods: /\.(delay|apply_async|s|si|signature)$/, worker: (program) => `celery -A ${celeryApp(program)} worker`,
    inline: [{ path: ['task_always_eager'], value: true }, { path: ['CELERY_TASK_ALWAYS_EAGER'], value: true }, { path: ['CELERY_ALWAYS_EAGER'], value: true }],
  },
  {
    title: 'an RQ queue', workers: /\brq\s+worker\b|\brqworker\b/, makes: /^(rq\.(queue\.)?Queue|flask_rq2\.RQ|django_rq\.get_queue)$/, sends: /^(rq\.(queue\.)?Queue\(\)|flask_rq2\.RQ\(\)(\.get_queue\(\))?|django_rq(\.get_queue\(\))?)\.(enqueue|enqueue_call|enqueue_in|enqueue_at|enqueue_many)$/, direct: false,
    marks: /^(flask_rq2\.RQ\(\)\.job|django_rq\.(decorators\.)?job|rq\.decorators\.job)$/, methods: /\.(queue|schedule|cron|delay)$/, inline: [],
    worker: (program) => (program.app.framework === 'django' ? djangoManage(program, 'rqworker') : 'rq worker'),
  },
  {
    title: 'a Dramatiq queue', workers: /\b(run)?dramatiq\b/, library: 'dramatiq', makes: /^(dramatiq\.brokers\.\w+\.\w+Broker|flask_dramatiq\.Dramatiq)$/, sends: /^dramatiq\..*\.send$/, direct: false,
    marks: /^(dramatiq|flask_dramatiq\.Dramatiq\(\))\.actor$/, methods: /\.(send|send_with_options)$/, inline: [], worker: (program) => (program.app.framework === 'django' ? djangoManage(program, 'rundramatiq') : `dramatiq ${moduleOfWorker(program, /^dramatiq\.brokers\.\w+\.\w+Broker$/).replace(/\.\w+$/, '')}`),
  },
  {
    title: 'a Huey queue', workers: /\brun_huey\b|\bhuey_consumer\b/, makes: /^huey\.\w*Huey$/, sends: /^huey\.\w*Huey\(\)\.enqueue$/, direct: true,
    marks: /^huey\.(\w*Huey\(\)|contrib\.djhuey(\.HUEY)?)\.(db_)?(task|on_commit_task)$/, methods: /\.(schedule|delay)$/, inline: [{ path: ['HUEY', 'immediate'], value: true }],
    worker: (program) => (program.app.framework === 'django' ? djangoManage(program, 'run_huey') : `huey_consumer ${moduleOfWorker(program, /^huey\.\w*Huey$/)}`),
  },
  {
    title: 'django-q\'s queue', workers: /\bqcluster\b/, makes: never, sends: /^django_q\.tasks\.(async_task|async_iter|async_chain|Async\w+\(\)\.run|Chain\(\)\.run|Iter\(\)\.run)$/, direct: false,
    marks: never, methods: never, inline: [{ path: ['Q_CLUSTER', 'sync'], value: true }], worker: (program) => djangoManage(program, 'qcluster'),
  },
  { title: 'an arq queue', workers: /\barq\s/, makes: never, sends: /^arq\..*\.enqueue_job$/, direct: false, marks: never, methods: never, inline: [], worker: () => 'arq with your WorkerSettings' },
  {
    title: 'a Taskiq queue', workers: /\btaskiq\s+worker\b/, makes: /^taskiq\w*\.(\w+\.)*\w*Broker$/, sends: never, direct: false, marks: /^taskiq\w*\.(\w+\.)*(\w*Broker\(\)(\.with_\w+\(\))*)\.task$/, methods: /\.kiq$/, inline: [],
    worker: (program) => `taskiq worker ${moduleOfWorker(program, /^taskiq\w*\.(\w+\.)*\w*Broker$/).replace(/\.(\w+)$/, ':$1')}`,
  },
  {
    title: 'the queue of django.tasks', workers: /\bdb_worker\b/, library: 'django-tasks', makes: never, sends: never, direct: false, marks: /^django(_tasks|\.tasks)\.(base\.)?task$/, methods: /\.a?enqueue$/, inline: [],
    backend: { path: ['TASKS', 'default', 'BACKEND'], inline: /\.(ImmediateBackend|DummyBackend)$/ }, worker: (program) => djangoManage(program, 'db_worker'),
  },
  { title: 'the queue of django-background-tasks', workers: /\bprocess_tasks\b/, makes: never, sends: never, direct: true, marks: /^background_task\.(tasks\.)?background$/, methods: /\.schedule$/, inline: [{ path: ['BACKGROUND_TASK_RUN_ASYNC'], value: true }], worker: (program) => djangoManage(program, 'process_tasks') },
  { title: 'a Procrastinate queue', workers: /\bprocrastinate\s+worker\b/, makes: /^procrastinate\.App$/, sends: never, direct: false, marks: /^procrastinate\.(App\(\)|contrib\.django\.app)\.task$/, methods: /\.(defer|defer_async|configure)$/, inline: [], worker: (program) => (program.app.framework === 'django' ? djangoManage(program, 'procrastinate worker') : 'procrastinate worker') },
]

export function servedRun(call: Pick<PyCall, 'runs'>): Run | undefined {
  return call.runs.find((run) => run.when === 'import' || run.when === 'startup' || run.when === 'request')
}

export type Task = { readonly fn: PyFunction; /** The decorator, or the call that it makes. */ readonly mark: PyNode; readonly scope: PyScope }

/** Functions that are tasks of a queue: marked by it, or by a decorator of the repo that marks them. */
export function tasksOf(program: PythonProgram, queue: Queue): readonly Task[] {
  if (queue.marks === never) return []
  const out: Task[] = []
  const within = [...program.callsMatching(queue.marks)].filter((call) => call.fn !== undefined)
  for (const site of program.sites('function_definition')) {
    const name = field(site.node, 'name')
    const fn = name ? (site.scope.bindings.get(program.text(name, site.module)) ?? []).flatMap((binding) => (binding.kind === 'function' && binding.fn.node === site.node ? [binding.fn] : []))[0] : undefined
    for (const mark of fn?.decorators ?? []) {
      if (!fn) continue
      const values = program.values(mark, site.scope)
      const callee = mark.kind === 'call' ? program.values(field(mark, 'function') ?? mark, site.scope) : []
      if ([...values, ...callee].some((value) => value.kind === 'name' && queue.marks.test(value.name.replace(/\(\)$/, '')))) out.push({ fn, mark, scope: site.scope })
      for (const value of [...values, ...callee]) {
        if (value.kind !== 'function') continue
        const inner = within.find((call) => call.fn && (call.fn === value.fn || isInside(call.node, value.fn.body)))
        if (inner) out.push({ fn, mark: inner.node, scope: inner.scope })
      }
    }
  }
  return out
}

/** Not by a task, which runs in the worker. */
function isSent(call: PyCall): boolean {
  return call.runs.some((run) => !run.background && (run.when === 'import' || run.when === 'startup' || run.when === 'request'))
}

/** The first call by which the served app puts a task in. */
export function firstSend(program: PythonProgram, queue: Queue, tasks: readonly Task[]): PyCall | undefined {
  const known = new Set(tasks.map(({ fn }) => fn))
  for (const call of program.callsMatching(queue.sends)) if (isSent(call)) return call
  if (known.size === 0) return undefined
  for (const call of program.calls()) {
    if (!isSent(call) || (call.fn && known.has(call.fn))) continue
    const callee = field(call.node, 'function')
    // Under the name of the task: a decorator calls what it was given, too.
    if (queue.direct && callee && call.callees.some((fn) => known.has(fn) && program.text(callee, call.module).split('.').at(-1) === fn.name)) return call
    const object = callee?.kind === 'attribute' ? field(callee, 'object') : undefined
    if (!callee || !object || !queue.methods.test(program.text(callee, call.module))) continue
    if (program.values(bare(object), call.scope).some((value) => value.kind === 'function' && known.has(value.fn))) return call
  }
  return undefined
}

/** Do tasks run where they are called, by what the settings say? */
export function runsInline(program: PythonProgram, { inline, backend }: Queue): boolean {
  const says = (node: PyNode, scope: PyScope, wanted: boolean): boolean => program.values(node, scope).some((value) => value.kind === 'literal' && value.value === wanted)
  for (const { path, value } of inline) {
    const [key, ...rest] = path
    const sources = rest.length === 0 ? program.settings(key) : settingAt(program, key, ...rest)
    if (sources.length > 0 && sources.every((one) => says(one.node, one.scope, value))) return true
  }
  if (!backend) return false
  const [key, ...rest] = backend.path
  const named = settingAt(program, key, ...rest).flatMap((one) => program.values(one.node, one.scope).flatMap((value) => (value.kind === 'literal' ? [String(value.value)] : [])))
  return named.every((name) => backend.inline.test(name))
}
