/** `<on the host> if <guard> else <what it was>`: another value on the host, the old one elsewhere. */
import type { Change, Target } from '../../../types.js'
import { insertAt } from '../edit.js'
import { environAt, hostGuard, importedAt } from './host-guard.js'
import type { PyModule, PyNode, PyScope } from '../types.js'

/** `there` is source text; `modules` names what it needs imported, each `{name}` in the text becoming its local name. */
export function onHost(target: Target, node: PyNode, scope: PyScope, there: string, modules: readonly string[] = []): readonly Change[] {
  const { module } = scope
  const guard = hostGuard(target, module, scope, node)
  const changes: Change[] = [...guard.changes]
  let text = there
  for (const name of modules) {
    const imported = importedAt(module, scope, node, name)
    changes.push(...imported.changes)
    text = text.replaceAll(`{${name}}`, imported.name)
  }
  const [before, after] = wrapping(module, node)
  // Two insertions keep the old text, its line breaks and comments included.
  changes.push(insertAt(module, node.start, `${before[0] ?? ''}${text} if ${guard.text} else ${before[1] ?? ''}`))
  return after === '' ? changes : [...changes, insertAt(module, node.end, after)]
}
/** The same, reading a variable that must be set there. */
export function requiredOnHost(target: Target, node: PyNode, scope: PyScope, variable: string): readonly Change[] {
  const environ = environAt(scope.module, scope, node)
  return environ === undefined ? onHost(target, node, scope, `{os}.environ["${variable}"]`, ['os']) : onHost(target, node, scope, `${environ}["${variable}"]`)
}

/** Parentheses around the whole where its place needs them, and around the old expression where `else` does not take it bare. */
function wrapping(module: PyModule, node: PyNode): readonly [before: readonly [string, string], after: string] {
  const outer = !standsFree(node)
  const inner = node.kind === 'named_expression' || module.text[node.start] === '*'
  return [[outer ? '(' : '', inner ? '(' : ''], `${inner ? ')' : ''}${outer ? ')' : ''}`]
}
function standsFree(node: PyNode): boolean {
  const parent = node.parent
  if (!parent) return false
  if (parent.kind === 'assignment' && node.field === 'right') return true
  if (parent.kind === 'pair') return node.field === 'value'
  return ['keyword_argument', 'parenthesized_expression', 'return_statement', 'argument_list'].includes(parent.kind) && node.kind !== 'generator_expression'
}
