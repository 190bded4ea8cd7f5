/** What ends the background work that a start begins: it fails where nothing was started. */
import { bare, field, isInside, statementOf, walk } from '../tree.js'
import type { PythonProgram } from '../program.js'
import type { PyModule, PyNode, PyScope, PySite } from '../types.js'

export type Ending = { readonly module: PyModule; readonly scope: PyScope; readonly statement: PyNode }

/** Calls that shut the started object down, on the object itself; those that ask whether it runs are fine as they are. */
export function endsOf(program: PythonProgram, begun: PySite, end: PyNode): readonly Ending[] {
  const own = identity(program, begun)
  if (own.length === 0) return []
  const out: Ending[] = []
  for (const call of program.callsMatching(/\(\)\.(shutdown|remove_all_jobs)$/)) {
    const statement = statementOf(call.node)
    if (!identity(program, call).some((node) => own.includes(node)) || call.module.brokenAt !== undefined) continue
    if (statement === end || (statement.start <= end.end && statement.start >= statementOf(begun.node).start)) continue
    if (statement.kind === 'expression_statement' && !asksFirst(program, statement, call.module)) out.push({ module: call.module, scope: call.scope, statement })
  }
  return out
}
function identity(program: PythonProgram, site: PySite): readonly PyNode[] {
  const callee = field(site.node, 'function')
  const object = callee?.kind === 'attribute' ? bare(field(callee, 'object') ?? callee) : undefined
  return object === undefined || object.kind === 'call' ? [] : program.definitions(object, site.scope).map((one) => bare(one.node))
}
/** `if scheduler.running: …`, or a `try` around it. */
function asksFirst(program: PythonProgram, statement: PyNode, module: PyModule): boolean {
  for (let at = statement.parent; at && at.kind !== 'function_definition'; at = at.parent) {
    if (at.kind === 'if_statement' && /\.(running|state)\b/.test(program.text(field(at, 'condition') ?? at, module))) return true
    if (at.kind === 'try_statement' && at.children.some((child) => child.kind === 'except_clause') && isInside(statement, field(at, 'body') ?? at)) return true
  }
  return false
}

/** Statements of the same function that are about a task under this name only (`task.cancel()`, `await task`); undefined when one is about more. */
export function usesInFunction(program: PythonProgram, name: PyNode, start: PyNode, begun: PySite): readonly PyNode[] | undefined {
  const { fn, module } = begun
  const word = program.text(name, module)
  if (!fn || fn.isLambda || name.kind !== 'identifier' || fn.scope.globals.has(word)) return undefined
  const about: PyNode[] = []
  for (const node of walk(fn.body)) {
    if (node.kind !== 'identifier' || program.text(node, module) !== word || isInside(node, start)) continue
    if (node.field === 'attribute' || (node.parent?.kind === 'keyword_argument' && node.field === 'name')) continue
    if (node.start < start.start) return undefined
    const whole = wholeAbout(program, statementOf(node), word, module)
    if (!whole) return undefined
    if (!about.includes(whole)) about.push(whole)
  }
  return about.filter((one) => !about.some((other) => other !== one && isInside(one, other)))
}
/** The statement, or the `try`, `with` or `if` around it that holds nothing else. */
function wholeAbout(program: PythonProgram, statement: PyNode, word: string, module: PyModule): PyNode | undefined {
  const text = program.text(statement, module)
  const own = new RegExp(`^(await\\s+)?(${word}\\b|asyncio\\.(gather|wait|wait_for)\\(\\s*${word}\\b)`)
  if (statement.kind === 'if_statement') return new RegExp(`^if\\s+(not\\s+)?${word}\\b`).test(text) ? statement : undefined
  if (statement.kind !== 'expression_statement' || !own.test(text)) return undefined
  let whole = statement
  for (;;) {
    const holder = whole.parent?.kind === 'block' && whole.parent.children.filter((child) => child.kind !== 'comment').every((child) => child === whole || own.test(program.text(child, module))) ? whole.parent.parent : undefined
    const isFrame = holder !== undefined && ((holder.kind === 'try_statement' && whole.parent?.field === 'body') || holder.kind === 'with_statement' || (holder.kind === 'if_statement' && new RegExp(`^if\\s+(not\\s+)?${word}\\b`).test(program.text(holder, module))))
    if (!isFrame) return whole
    whole = holder
  }
}
