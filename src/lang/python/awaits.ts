/** Does anyone wait for a coroutine or task: `await`, at once or later in the same function, before it gives way at a `yield`. */
import { ancestor, field, walk } from './tree.js'
import type { PyNode, PyScope } from './types.js'

const gathers = /(^|\.)(gather|wait_for|wait|shield|as_completed|run_until_complete|run)$/
const tasks = /(^|\.)(create_task|ensure_future)$/
const within = new Set(['argument_list', 'list', 'tuple', 'list_comprehension', 'generator_expression', 'list_splat', 'parenthesized_expression', 'keyword_argument', 'expression_list', 'conditional_expression'])

/** `await f()`, `await asyncio.gather(f(), g())`, `asyncio.run(f())`. */
export function isAwaited(call: PyNode, scope: PyScope): boolean {
  for (let at: PyNode | undefined = call.parent; at; at = at.parent) {
    if (at.kind === 'await') return true
    if (at.kind === 'call' && gathers.test(nameOf(at, scope))) {
      if (/run(_until_complete)?$/.test(nameOf(at, scope))) return true
    } else if (at.kind === 'call' ? !tasks.test(nameOf(at, scope)) : !within.has(at.kind)) return false
  }
  return false
}

/** `asyncio.create_task(f())` that goes on by itself: the call of `f` is asked about. */
export function isDetached(call: PyNode, scope: PyScope): boolean {
  const maker = call.parent?.kind === 'argument_list' ? call.parent.parent : undefined
  if (maker?.kind !== 'call' || !tasks.test(nameOf(maker, scope)) || isAwaited(maker, scope)) return false
  // A task group waits for its tasks where its block ends.
  const group = ancestor(maker, 'with_statement')
  const receiver = nameOf(maker, scope).replace(/\.?\w+$/, '')
  if (group && receiver !== '' && new RegExp(`TaskGroup\\(.*\\)\\s+as\\s+${receiver}\\b`).test(slice(group, scope).split(/[\r\n]/)[0] ?? '')) return false
  const kept = keptUnder(maker, scope)
  const fn = ancestor(maker, 'function_definition')
  const body = fn && field(fn, 'body')
  if (ancestor(maker, 'return_statement')) return false
  if (kept === undefined || !body) return true
  const after = [...walk(body, (child) => child.kind !== 'function_definition')].filter((node) => node.start >= maker.end)
  const gaveWay = after.find((node) => node.kind === 'yield')?.start ?? Infinity
  return !after.some((node) => node.kind === 'await' && node.start < gaveWay && new RegExp(`\\b${kept}\\b`).test(slice(node, scope)))
}

/** The local name that holds the task: `t = create_task(…)`, `tasks.append(create_task(…))`, `tasks = [create_task(…) for …]`. */
function keptUnder(maker: PyNode, scope: PyScope): string | undefined {
  let at: PyNode = maker
  while (at.parent && (within.has(at.parent.kind) || at.parent.kind === 'dictionary' || at.parent.kind === 'pair')) at = at.parent
  if (at.parent?.kind === 'call') return /^(\w+)\.(append|add)$/.exec(nameOf(at.parent, scope))?.[1]
  const left = at.parent?.kind === 'assignment' ? field(at.parent, 'left') : undefined
  return left?.kind === 'identifier' ? slice(left, scope) : undefined
}
function nameOf(call: PyNode, scope: PyScope): string {
  const callee = field(call, 'function')
  return callee ? slice(callee, scope) : ''
}
function slice(node: PyNode, scope: PyScope): string {
  return scope.module.text.slice(node.start, node.end)
}
