/** What one round of a loop takes from the function around it, and what it would lose outside. */
import { isTalk, isWaitStatement, type Poller } from './loops.js'
import { field, statementOf, walk } from '../tree.js'
import type { PythonProgram } from '../program.js'
import type { PyBinding, PyFunction, PyNode, PyScope } from '../types.js'

export type Names = { readonly params: readonly string[]; readonly globals: readonly string[]; readonly copied: readonly PyNode[]; /** Those of them that nothing else needs. */ readonly moved: readonly PyNode[]; /** What the loop prepares before it begins. */ readonly prepared: readonly PyNode[]; readonly setupNames: ReadonlySet<string> }

/** What the round takes from the function around it; a reason when a name carries something from one round to the next. */
export function namesOf(program: PythonProgram, poller: Poller, inside: (node: PyNode) => boolean): Names | string {
  const { fn, work, setup } = poller
  const used = new Map<string, PyNode>()
  for (const statement of work) for (const node of identifiersIn(statement)) if (!used.has(program.text(node, fn.module))) used.set(program.text(node, fn.module), node)
  const outside = new Set([...identifiersIn(fn.body)].filter((node) => !inside(node)).map((node) => program.text(node, fn.module)))
  const params: string[] = []
  const copied: PyNode[] = []
  for (const [name, first] of used) {
    const bindings = fn.scope.bindings.get(name) ?? []
    const [within, beyond] = [bindings.filter((one) => inside(one.node)), bindings.filter((one) => !inside(one.node))]
    if (within.length > 0 && beyond.length > 0 && !startsFresh(within, first)) return `'${name}' is carried from one round to the next`
    if (within.length > 0) {
      if (beyond.length === 0 && outside.has(name)) return `'${name}' is used again outside of a round`
      continue
    }
    const [only] = beyond
    if (!only) continue
    if (only.kind === 'import') copied.push(statementOf(only.node))
    else if (only.kind === 'assign' && beyond.length === 1 && only.index === undefined && isCheap(program, only.value, fn)) copied.push(statementOf(only.node))
    else if (only.kind === 'assign' && isContainer(program, only.value, fn.scope)) return `'${name}' gathers things from round to round`
    else if (only.kind === 'function' || only.kind === 'class' || only.kind === 'other') return `it uses '${name}', which is defined inside ${fn.qualname}()`
    else params.push(name)
  }
  const declared = new Set(work.flatMap((statement) => [...walk(statement)].filter((node) => node.kind === 'global_statement').flatMap((node) => node.children.map((child) => program.text(child, fn.module)))))
  const globals = [...fn.scope.globals].filter((name) => used.has(name) && !declared.has(name) && (fn.module.scope.bindings.get(name) ?? []).some((binding) => inside(binding.node)))
  const rest = setup.filter((statement) => !isTalk(program, statement, fn) && !isWaitStatement(program, statement, fn) && !copied.includes(statement) && statement.kind !== 'global_statement' && !isOnlyForTheWait(program, statement, poller))
  const prepared = rest.length === 0 ? [] : setup.filter((statement) => rest.includes(statement) || copied.includes(statement) || statement.kind === 'global_statement')
  const setupNames = new Set(prepared.flatMap((statement) => [...identifiersIn(statement)].map((node) => program.text(node, fn.module))))
  const distinct = [...new Set(copied)].sort((a, b) => a.start - b.start)
  const others = [...identifiersIn(fn.body)].filter((node) => !inside(node) && !distinct.some((statement) => node.start >= statement.start && node.end <= statement.end)).map((node) => program.text(node, fn.module))
  const moved = distinct.filter((statement) => rest.length === 0 && ![...identifiersIn(statement)].some((node) => (fn.scope.bindings.get(program.text(node, fn.module)) ?? []).length > 0 && others.includes(program.text(node, fn.module))))
  return { params, globals, copied: distinct, moved, prepared, setupNames }
}
/** Costs nothing to make again, and is the same each time: literals, settings, paths. */
function isCheap(program: PythonProgram, value: PyNode, fn: PyFunction): boolean {
  return [...walk(value)].every((node) => {
    if (node.kind === 'identifier' && node.field !== 'attribute' && node.parent?.kind !== 'keyword_argument') return !fn.scope.bindings.has(program.text(node, fn.module))
    if (node.kind === 'call') return program.origins(field(node, 'function') ?? node, fn.scope).some((origin) => /^(os\.(getenv|environ\.get|path\.join)|builtins\.(int|float|str|bool)|datetime\.timedelta|pathlib\.Path|logging\.getLogger)$/.test(origin))
    return !/^(await|yield|lambda|list|dictionary|set|\w*comprehension|generator_expression|named_expression)$/.test(node.kind)
  })
}
/** `interval = 60`: nothing but the wait reads it. */
function isOnlyForTheWait(program: PythonProgram, statement: PyNode, { fn, work }: Poller): boolean {
  const assignment = statement.kind === 'expression_statement' ? statement.children[0] : undefined
  const left = assignment?.kind === 'assignment' ? field(assignment, 'left') : undefined
  const right = assignment?.kind === 'assignment' ? field(assignment, 'right') : undefined
  if (left?.kind !== 'identifier' || !right || [...walk(right)].some((node) => node.kind === 'call' && !/^(int|float|os\.(getenv|environ\.get))$/.test(program.text(field(node, 'function') ?? node, fn.module)))) return false
  const name = program.text(left, fn.module)
  return !work.some((statement) => [...identifiersIn(statement)].some((node) => program.text(node, fn.module) === name))
}
function startsFresh(within: readonly PyBinding[], first: PyNode): boolean {
  return within.some((binding) => (binding.kind === 'loop' || binding.kind === 'except' || binding.kind === 'with' || binding.kind === 'assign') && binding.node.start === first.start && (binding.kind !== 'assign' || statementOf(binding.node).parent === statementOf(first).parent))
}
function isContainer(program: PythonProgram, value: PyNode, scope: PyScope): boolean {
  return program.origins(value, scope).some((origin) => /^(builtins\.(dict|list|set)|collections\.\w+|queue\.\w*Queue)\(\)$/.test(origin))
}
/** Names read or written in a node, nested functions included. */
export function* identifiersIn(node: PyNode): Generator<PyNode> {
  for (const at of walk(node)) {
    if (at.kind !== 'identifier' || at.field === 'attribute' || (at.parent?.kind === 'keyword_argument' && at.field === 'name')) continue
    yield at
  }
}
