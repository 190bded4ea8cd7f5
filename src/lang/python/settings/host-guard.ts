/** The target's guard inside a file of the app: the expression, the import it needs, and statements put under it. */
import type { Change, Target } from '../../../types.js'
import { ensureImport, eol, freeName, importPosition, insertAt, lineEnd, lineStart, wrapInIf } from '../edit.js'
import { field, statementOf } from '../tree.js'
import type { PyModule, PyNode, PyScope } from '../types.js'

export type Imported = { readonly name: string; readonly changes: readonly Change[] }
/** Source text of an expression, and the edits that make its names known in the file. */
export type Expression = { readonly text: string; readonly changes: readonly Change[] }

/** A local name for a module that surely holds it at this node: not shadowed there, and bound before. */
export function importedAt(module: PyModule, scope: PyScope, node: PyNode, name: string): Imported {
  const found = ensureImport(module, name)
  if (isShadowed(scope, node, found.name, name)) {
    const alias = freeName(module, `_${name.replaceAll('.', '_')}`)
    return { name: alias, changes: [insertAt(module, importPosition(module), `import ${name} as ${alias}${eol(module)}`)] }
  }
  const isAfter = found.changes.some(({ range }) => range.start > node.start)
  const late = (isAfter || found.changes.length === 0 && (module.scope.bindings.get(found.name) ?? []).every((binding) => binding.node.start > node.start)) && !inFunction(scope)
  return late ? { name: found.name, changes: [insertAt(module, importPosition(module), `import ${name}${found.name === name ? '' : ` as ${found.name}`}${eol(module)}`)] } : found
}
function inFunction(scope: PyScope): boolean {
  return scope.kind === 'function' || (scope.parent !== undefined && inFunction(scope.parent))
}
function isShadowed(scope: PyScope, node: PyNode, local: string, name: string): boolean {
  for (let at: PyScope | undefined = scope; at && at.kind !== 'module'; at = at.parent) {
    const own = at.kind === 'class' && at !== scope ? undefined : at.bindings.get(local)
    if (!own) continue
    const body = at.fn?.body
    return !own.every((binding) => binding.kind === 'import' && binding.member === undefined && binding.module === name && binding.node.start < node.start && statementOf(binding.node).parent === body)
  }
  return false
}

/** The name of `from os import environ` in a file that does without `import os`; undefined where there is none at this node. */
export function environAt(module: PyModule, scope: PyScope, node: PyNode): string | undefined {
  if (module.scope.bindings.has('os')) return undefined
  for (const [local, bindings] of module.scope.bindings) {
    const [only, more] = bindings
    if (more || only?.kind !== 'import' || only.module !== 'os' || only.member !== 'environ' || only.node.parent?.parent?.kind !== 'module') continue
    for (let at: PyScope | undefined = scope; at && at.kind !== 'module'; at = at.parent) if (at.bindings.has(local)) return undefined
    return inFunction(scope) || only.node.start < node.start ? local : undefined
  }
  return undefined
}

/** The expression that is true only on the target, as it reads at this node. */
export function hostGuard(target: Target, module: PyModule, scope: PyScope, node: PyNode): Expression {
  const guard = target.guard.python
  const needed = /^([A-Za-z_]\w*)\./.exec(guard)?.[1]
  if (needed === undefined) return { text: guard, changes: [] }
  const environ = environAt(module, scope, node)
  if (environ !== undefined && guard.startsWith('os.environ')) return { text: environ + guard.slice('os.environ'.length), changes: [] }
  const { name, changes } = importedAt(module, scope, node, needed)
  return { text: name + guard.slice(needed.length), changes }
}

/** Puts statements, first to last in one block, under `if not <guard>:`; undefined where their layout does not allow it. */
export function guardedOff(target: Target, module: PyModule, scope: PyScope, first: PyNode, last: PyNode = first): readonly Change[] | undefined {
  const from = wrappable(module, statementOf(first))
  const to = first === last ? from : wrappable(module, statementOf(last))
  if (!from || !to || from.parent !== to.parent) return undefined
  const guard = hostGuard(target, module, scope, from)
  return [...guard.changes, ...wrapInIf(module, from, to, `not ${guard.text}`)]
}

/** The statement itself, or the one-line compound around it; undefined when other code shares its lines. */
function wrappable(module: PyModule, statement: PyNode): PyNode | undefined {
  const whole = statement.parent?.kind === 'decorated_definition' ? statement.parent : statement
  if (!/^[ \t]*(#[^\r\n]*)?(\r\n|\n|\r|$)/.test(module.text.slice(whole.end, lineEnd(module, whole.end)))) return undefined
  if (module.text.slice(lineStart(module, whole.start), whole.start).trim() === '') return whole
  const block = whole.parent
  const compound = block?.parent
  if (block?.kind !== 'block' || !compound || block.children.length !== 1 || !['if_statement', 'for_statement', 'with_statement'].includes(compound.kind) || field(compound, 'alternative')) return undefined
  return wrappable(module, compound)
}
