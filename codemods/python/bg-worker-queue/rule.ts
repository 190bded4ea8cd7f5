import type { Fix, Problem, PythonProgram, Remedy, Rule, RuleContext } from '../../../src/types.js'
import { firstSend, queues, runsInline, servedRun, tasksOf, type Queue, type Task } from '../../../src/lang/python/background/queues.js'
import { processesOf } from '../../../src/lang/process-files.js'
import { importedAs } from '../../../src/lang/python/background/workers.js'
import { lineAt } from '../../../src/text.js'
import { severityFor } from '../../../src/lang/python/severity.js'
import { field, statementOf, type PyCall, type PySite } from '../../../src/lang/python/program.js'

/** Allowed remedy: review or more careful. */
export const bgWorkerQueue = {
  id: 'bg-worker-queue',
  title: 'Queue whose worker is another process',
  hazard: 'queue-worker',
  language: 'python',
  assumes: 'background-work',
  severity: 'breaks',
  *check(program: PythonProgram, context: RuleContext): Generator<Problem> {
    for (const queue of queues) {
      const tasks = tasksOf(program, queue)
      const first = firstSend(program, queue, tasks)
      if (!first || runsInline(program, queue)) continue
      const all = [...program.callsMatching(queue.makes)].filter((call) => servedRun(call) !== undefined)
      const made = all.filter((call) => !isInline(program, call))
      if (all.length > 0) for (const call of made) yield problemAt(program, context, queue, call, call, first)
      // Made by a package: the first task that the repo declares, or the call that sends one.
      else yield problemAt(program, context, queue, declared(program, tasks) ?? first, undefined, first)
      yield* started(program, context, queue, first)
    }
  },
} satisfies Rule

function declared(program: PythonProgram, [task]: readonly Task[]): PySite | undefined {
  return task && program.siteOf(task.mark, task.scope)
}

/** Where the repo itself starts the worker: a person looks there too. */
function* started(program: PythonProgram, { repo }: RuleContext, queue: Queue, first: PyCall): Generator<Problem> {
  const run = servedRun(first) ?? program.first(first)
  const told = new Set<string>()
  for (const { path, range, command } of processesOf(repo)) {
    if (!queue.workers.test(command) || told.has(command)) continue
    told.add(command)
    yield {
      path, range, when: run.when as Problem['when'], severity: severityFor(run, 'breaks'),
      trace: [...program.trace(first, `puts a task into ${queue.title}`, run), { file: path, line: lineAt(repo.text(path) ?? '', range.start), note: 'starts the worker' }],
      message: `\`${command.slice(0, 80)}\` takes the tasks out of ${queue.title} in a process of its own. A host that only serves requests does not start it, so the tasks wait for ever. Run it on a host that keeps processes, with the same broker.`,
      remedy: { kind: 'manual', reason: 'Where the worker runs is asked where the queue is made.' },
    }
  }
}

function problemAt(program: PythonProgram, context: RuleContext, queue: Queue, site: PySite, made: PyCall | undefined, first: PyCall): Problem {
  const run = servedRun(site) ?? program.first(site)
  const command = queue.worker(program)
  return {
    path: site.module.path, range: { start: site.node.start, end: site.node.end }, when: run.when as Problem['when'], severity: severityFor(run, 'breaks'),
    trace: program.trace(site, made ? `makes ${queue.title}` : `is a task of ${queue.title}`, run),
    message: `Requests put tasks into ${queue.title} (${first.module.path}:${program.line(first.node, first.module)}), and a worker process (\`${command}\`) has to take them out. The host runs no worker, so the calls succeed and nothing happens. Run the worker on a host that keeps processes with the same broker, or use a queue that calls the app.`,
    remedy: remedyFor(program, context, queue, made, command),
  }
}

function remedyFor(program: PythonProgram, { target }: RuleContext, queue: Queue, made: PyCall | undefined, command: string): Remedy {
  const options: ({ readonly id: string } & Fix)[] = []
  const entrypoint = made && entrypointOf(program, made)
  if (queue.library !== undefined && entrypoint !== undefined && target.queues?.includes(queue.library)) {
    options.push({ id: 'queue', title: `Let ${target.title}'s own queue carry the tasks`, changes: [], needs: [{ kind: 'queue', library: queue.library, entrypoint }], left: 'Results are kept in a cache that may drop them, and each task may run more than once: make tasks safe to repeat.' })
  }
  options.push({ id: 'worker', title: 'Change nothing here, run the worker elsewhere', changes: [], needs: [{ kind: 'worker', job: queue.title, command }], left: `Run \`${command}\` on a host that keeps processes, with the broker, database and variables that the app has here.` })
  return { kind: 'choice', question: `Who takes the tasks out of ${queue.title}?`, options, byDefault: 'leave' }
}
/** `module:name` of the queue's object; undefined where it has no name at the top of a file. */
function entrypointOf(program: PythonProgram, made: PyCall): string | undefined {
  const statement = statementOf(made.node)
  const left = statement.children[0]?.kind === 'assignment' ? field(statement.children[0], 'left') : undefined
  return left?.kind === 'identifier' && statement.parent?.kind === 'module' ? `${importedAs(program, made.module)}:${program.text(left, made.module)}` : undefined
}

/** Tasks of this object run where they are called. */
function isInline(program: PythonProgram, made: PyCall): boolean {
  const isTrue = (node: Parameters<PythonProgram['values']>[0], scope: Parameters<PythonProgram['values']>[1]): boolean => program.values(node, scope).some((value) => value.kind === 'literal' && value.value === true)
  for (const name of ['immediate', 'is_async', 'task_always_eager']) {
    const value = made.kwargs.get(name)
    if (value && program.values(value, made.scope).some((one) => one.kind === 'literal' && one.value === (name !== 'is_async'))) return true
  }
  for (const site of program.sites('assignment')) {
    const left = field(site.node, 'left')
    const right = field(site.node, 'right')
    if (left && right && /\.conf\.(task_always_eager|CELERY_ALWAYS_EAGER)$/.test(program.text(left, site.module)) && isTrue(right, site.scope)) return true
  }
  for (const call of program.callsMatching(/^celery\.(app\.base\.)?Celery\(\)\.conf\.update$/)) {
    const value = call.kwargs.get('task_always_eager')
    if (value && isTrue(value, call.scope)) return true
  }
  return false
}
