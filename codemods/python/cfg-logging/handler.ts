/** The edits that leave a file handler out on the host and keep it elsewhere. */
import type { Change, PythonProgram, Target } from '../../../src/types.js'
import { replaceNode } from '../../../src/lang/python/edit.js'
import { guardedOff, hostGuard, importedAt } from '../../../src/lang/python/settings/host-guard.js'
import { bare, field, statementOf, walk, type PyCall, type PyNode } from '../../../src/lang/python/program.js'

export function withoutFile(program: PythonProgram, call: PyCall, target: Target): readonly Change[] | undefined {
  const { module, scope, node } = call
  const text = (at: PyNode): string => module.text.slice(at.start, at.end)
  const filename = call.kwargs.get('filename')
  if (call.names.includes('logging.basicConfig')) {
    if (!filename) return undefined
    // basicConfig(filename=None) logs to standard error.
    const guard = hostGuard(target, module, scope, node)
    return [...guard.changes, replaceNode(module, filename, `None if ${guard.text} else ${text(filename)}`)]
  }
  const list = node.parent
  if (list?.kind === 'list' && list.parent?.kind === 'keyword_argument') {
    const others = list.children.filter((child) => child !== node && child.kind !== 'comment' && !isFileHandler(program, child, call))
    const guard = hostGuard(target, module, scope, node)
    const logging = others.length > 0 ? undefined : importedAt(module, scope, node, 'logging')
    const rest = logging ? `${logging.name}.StreamHandler()` : others.map(text).join(', ')
    return [...guard.changes, ...(logging?.changes ?? []), replaceNode(module, list, `[${rest}] if ${guard.text} else ${text(list)}`)]
  }
  const statement = statementOf(node)
  if (statement.kind !== 'expression_statement') return undefined
  const [inner] = statement.children
  if (inner?.kind === 'assignment') return withoutNamed(call, inner, statement, target)
  // `logger.addHandler(FileHandler(…))`, `logger.add('app.log')`
  const outer = inner && bare(inner)
  const adds = outer === node || (outer?.kind === 'call' && node.parent?.parent === outer && /\.addHandler$/.test(text(field(outer, 'function') ?? outer)))
  return adds ? guardedOff(target, module, scope, node) : undefined
}

function isFileHandler(program: PythonProgram, node: PyNode, { scope }: PyCall): boolean {
  const callee = node.kind === 'call' ? field(node, 'function') : undefined
  return callee !== undefined && program.origins(callee, scope).some((origin) => /^logging\.(handlers\.)?\w*FileHandler$/.test(origin))
}

/** `h = FileHandler(…)`: every line that speaks of `h` goes under the guard, or none. */
function withoutNamed({ module, scope, node, fn }: PyCall, assignment: PyNode, statement: PyNode, target: Target): readonly Change[] | undefined {
  const left = field(assignment, 'left')
  const block = statement.parent
  if (left?.kind !== 'identifier' || bare(field(assignment, 'right') ?? assignment) !== node || !block) return undefined
  const name = module.text.slice(left.start, left.end)
  if (scope.bindings.get(name)?.length !== 1) return undefined
  const uses = [...walk(fn?.body ?? module.root)].filter((at) => at.kind === 'identifier' && at !== left && module.text.slice(at.start, at.end) === name && at.field !== 'attribute' && !(at.parent?.kind === 'keyword_argument' && at.field === 'name'))
  const statements = [statement]
  for (const use of uses) {
    const at = statementOf(use)
    if (at.parent !== block || at.kind !== 'expression_statement' || !isSetUp(module.text.slice(at.start, at.end), name)) return undefined
    if (!statements.includes(at)) statements.push(at)
  }
  const order = statements.map((at) => block.children.indexOf(at)).sort((a, b) => a - b)
  const changes: Change[] = []
  for (let from = 0; from < order.length; ) {
    let to = from
    while (order[to + 1] === (order[to] ?? 0) + 1) to++
    const [first, last] = [block.children[order[from] ?? 0], block.children[order[to] ?? 0]]
    const part = first && last && guardedOff(target, module, scope, first, last)
    if (!part) return undefined
    changes.push(...part)
    from = to + 1
  }
  return changes
}
function isSetUp(line: string, name: string): boolean {
  return new RegExp(`^${name}\\.\\w+\\(`).test(line) || new RegExp(`\\.addHandler\\(\\s*${name}\\s*\\)$`).test(line)
}
