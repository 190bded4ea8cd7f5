/** Task functions of queues: found by name or by value, and called in place, without the queue. */
import { literalText } from '../../literals.js'
import { callable, type Bound, type Given, type Refused, type Round } from '../one-round.js'
import { jobOf } from '../cron-route.js'
import { functionNamed } from './functions.js'
import type { PlannedJob } from '../scheduler-jobs.js'
import type { When } from '../when.js'
import { bare, field } from '../../tree.js'
import type { PythonProgram } from '../../program.js'
import type { PyFunction, PyModule, PyNode, PyScope } from '../../types.js'

const noArguments: Bound = { args: [], kwargs: new Map(), self: undefined }

/** The task that is registered as this name: its dotted place, or the name that its decorator gives. */
export function taskNamed(program: PythonProgram, name: string, from: PyModule): PyFunction | undefined {
  const direct = functionNamed(program, name, from)
  if (direct) return direct
  const own: PyFunction[] = []
  for (const path of program.repo.list()) {
    const text = path.endsWith('.py') ? program.repo.text(path) : undefined
    if (text === undefined || !text.includes(name) || !/task/.test(text)) continue
    for (const fn of functionsOf(program.moduleAt(path))) if (fn.decorators.some((mark) => keywordText(mark, 'name', fn.module) === name)) own.push(fn)
  }
  return own.length === 1 ? own[0] : undefined
}
function* functionsOf(module: PyModule | undefined): Generator<PyFunction> {
  for (const bindings of module?.scope.bindings.values() ?? []) for (const binding of bindings) if (binding.kind === 'function') yield binding.fn
}
export function keyword(mark: PyNode, name: string, module: PyModule): PyNode | undefined {
  for (const child of mark.kind === 'call' ? (field(mark, 'arguments')?.children ?? []) : []) {
    const key = child.kind === 'keyword_argument' ? field(child, 'name') : undefined
    if (key && module.text.slice(key.start, key.end) === name) return field(child, 'value')
  }
  return undefined
}
function keywordText(mark: PyNode, name: string, module: PyModule): string | undefined {
  const value = keyword(mark, name, module)
  return value && literalText(value, module.text)
}
/** Is the task handed itself as its first argument? */
function isBound(fn: PyFunction): boolean {
  return fn.decorators.some((mark) => {
    const value = keyword(mark, 'bind', fn.module)
    return value?.kind === 'true'
  })
}

/** Calls the task where one stands. `by`: the method that does so, where a plain call would queue it. */
export function taskRound(program: PythonProgram, fn: PyFunction, given: Bound, by = ''): Round | Refused {
  if (fn.cls || fn.scope.parent?.kind !== 'module') return { refused: `${fn.qualname}() is not a function at the top of a file` }
  const seen = isBound(fn) ? { ...fn, params: fn.params.slice(1) } : fn
  const round = callable(program, seen, given)
  return 'refused' in round ? round : { ...round, expression: round.expression + by, functions: [fn] }
}
export function plannedTask(program: PythonProgram, fn: PyFunction | undefined, shown: string, when: When, given: Bound = noArguments, by = ''): PlannedJob {
  if (!fn) return { round: { refused: `the task ${shown} was not found in the repo` }, name: shown, job: 'job', pace: when.pace, timing: when.timing('job') }
  const job = jobOf(program, fn)
  return { round: taskRound(program, fn, given, by), name: fn.qualname, job, pace: when.pace, timing: when.timing(job) }
}

/** What a list and a dictionary of arguments hold; undefined when one of them can't be read. */
export function boundBy(args: PyNode | undefined, named: PyNode | undefined, scope: PyScope): Bound | undefined {
  const given = (node: PyNode): Given => ({ node, scope })
  const list = args && bare(args)
  const map = named && bare(named)
  if (list && !/^(list|tuple|none)$/.test(list.kind)) return undefined
  if (map && !/^(dictionary|none)$/.test(map.kind)) return undefined
  const kwargs = new Map<string, Given>()
  for (const pair of map?.children ?? []) {
    const [key, value] = [field(pair, 'key'), field(pair, 'value')]
    const name = key ? literalText(key, scope.module.text) : undefined
    if (name === undefined || !value) return undefined
    kwargs.set(name, given(value))
  }
  return { args: (list?.children ?? []).filter((child) => child.kind !== 'comment').map(given), kwargs, self: undefined }
}
