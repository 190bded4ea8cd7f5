/** `name = connect(…)` at module level turned into a function that connects when it is first called. All uses, or none. */
import type { Change } from '../../types.js'
import { eol, freeName, indentUnit, replaceNode } from './edit.js'
import { importedAt } from './host-guard.js'
import { ancestor, bare, field, statementOf, walk } from './tree.js'
import type { PythonProgram } from './program.js'
import type { PyCall, PyNode } from './types.js'

/** Undefined where some use can't call the function instead: at module level, in another module, in a decorator or default. */
export function lazyGetter(program: PythonProgram, call: PyCall): { readonly name: string; readonly changes: readonly Change[] } | undefined {
  const { module, scope } = call
  const statement = statementOf(call.node)
  const assignment = statement.children[0]
  const [left, right] = assignment?.kind === 'assignment' ? [field(assignment, 'left'), field(assignment, 'right')] : [undefined, undefined]
  if (scope.kind !== 'module' || statement.parent !== module.root || left?.kind !== 'identifier' || !right || bare(right) !== call.node || right !== call.node || field(assignment as PyNode, 'type')) return undefined
  const name = module.text.slice(left.start, left.end)
  if (module.scope.bindings.get(name)?.length !== 1 || isUsedElsewhere(program, call, name)) return undefined
  const uses = [...walk(module.root)].filter((node) => node.kind === 'identifier' && node !== left && module.text.slice(node.start, node.end) === name && node.field !== 'attribute' && !(node.field === 'name' && node.parent?.kind === 'keyword_argument'))
  if (uses.length === 0 || uses.some((use) => !isLaterRead(use))) return undefined
  const getter = freeName(module, `get_${name.replace(/^_+/, '').toLowerCase()}`)
  const functools = importedAt(module, scope, statement, 'functools')
  const end = eol(module)
  return {
    name: getter,
    changes: [
      ...functools.changes,
      { kind: 'edit', path: module.path, range: { start: statement.start, end: right.start }, text: `@${functools.name}.lru_cache(maxsize=None)${end}def ${getter}():${end}${indentUnit(module)}return ` },
      ...uses.map((use) => replaceNode(module, use, `${getter}()`)),
    ],
  }
}

/** Read inside a function's body, where nothing rebinds the name. */
function isLaterRead(use: PyNode): boolean {
  const parent = use.parent
  if (parent && (['parameters', 'default_parameter', 'typed_parameter', 'global_statement', 'delete_statement', 'for_statement', 'with_item', 'as_pattern_target', 'named_expression', 'pattern_list', 'dotted_name', 'aliased_import'].includes(parent.kind) || ((parent.kind === 'assignment' || parent.kind === 'augmented_assignment') && use.field === 'left'))) {
    const reads = (parent.kind === 'for_statement' && use.field === 'right') || (parent.kind === 'with_item' && use.field === 'value')
    if (!reads) return false
  }
  for (let at: PyNode | undefined = use; at?.parent; at = at.parent) {
    if (at.parent.kind === 'function_definition') return at.field === 'body'
    if (at.kind === 'decorator') return false
  }
  return false
}
function isUsedElsewhere(program: PythonProgram, { module }: PyCall, name: string): boolean {
  for (const other of program.modules.values()) {
    if (other === module) continue
    for (const node of walk(other.root)) {
      const isName = node.kind === 'identifier' && other.text.slice(node.start, node.end) === name
      if (isName && (node.field === 'attribute' || ancestor(node, 'import_from_statement') !== undefined)) return true
    }
    if (other.scope.stars.length > 0) return true
  }
  return false
}
