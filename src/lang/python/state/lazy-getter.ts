/** Turns `name = work()` at module level into a function that works once, when it is first called. */
import type { Change } from '../../../types.js'
import { ensureImport, eol, insertAt, replaceNode } from '../edit.js'
import type { Refused } from '../background/one-round.js'
import { ancestor, bare, field, statementOf, walk } from '../tree.js'
import type { PythonProgram } from '../program.js'
import type { PyModule, PyNode, PySite } from '../types.js'

/** The edits for the module-level assignment that holds the call; all uses become calls, or nothing is changed. */
export function lazyGetter(program: PythonProgram, site: PySite): readonly Change[] | Refused {
  const { module } = site
  if (module.brokenAt !== undefined) return { refused: `${module.path} does not parse` }
  const statement = statementOf(site.node)
  const assignment = statement.children[0]
  const [left, right] = assignment?.kind === 'assignment' ? [field(assignment, 'left'), field(assignment, 'right')] : []
  if (site.fn || statement.parent?.kind !== 'module' || left?.kind !== 'identifier' || !right || (assignment && field(assignment, 'type'))) return { refused: 'its result is not simply bound to a name of the module' }
  if (module.text.slice(0, statement.start).split(/[\r\n]/).at(-1) !== '' || !/^[ \t]*(#[^\r\n]*)?(\r|\n|$)/.test(module.text.slice(statement.end))) return { refused: 'other code shares its line' }
  const name = program.text(left, module)
  if ((module.scope.bindings.get(name) ?? []).length !== 1) return { refused: `'${name}' is bound more than once` }
  if (isUsedElsewhere(program, module, name)) return { refused: `other files use '${name}'` }
  const uses: PyNode[] = []
  for (const node of walk(module.root)) {
    if (node.kind !== 'identifier' || node === left || program.text(node, module) !== name) continue
    if (node.field === 'attribute' || (node.parent?.kind === 'keyword_argument' && node.field === 'name')) continue
    const why = notAUse(node)
    if (why !== undefined) return { refused: `'${name}' ${why}` }
    uses.push(node)
  }
  if (uses.length === 0) return { refused: `'${name}' is not used in this file` }
  const getter = freeIn(module, `get_${name.replace(/^_+/, '').toLowerCase()}`)
  const cache = ensureImport(module, 'functools')
  const end = eol(module)
  const lines = [`@${cache.name}.lru_cache(maxsize=1)`, `def ${getter}():`, `    return ${program.text(bare(right), module)}`]
  const around = (text: string, at: 'before' | 'after'): string => {
    const near = (at === 'before' ? module.text.slice(0, statement.start) : module.text.slice(statement.end)).replaceAll('\r\n', '\n')
    const blank = at === 'before' ? near === '' || /[\r\n][ \t]*[\r\n]$/.test(near) : near.trim() === '' || /^[^\r\n]*[\r\n][ \t]*[\r\n]/.test(near)
    return blank ? '' : text
  }
  const header = insertAt(module, statement.start, `${around(end, 'before')}${lines.slice(0, 2).join(end)}${end}    return `)
  const changes: Change[] = [...cache.changes, { kind: 'edit', path: module.path, range: { start: statement.start, end: right.start }, text: header.text }]
  const lineTail = /^[^\r\n]*/.exec(module.text.slice(statement.end))?.[0].length ?? 0
  if (around(end, 'after') !== '') changes.push(insertAt(module, statement.end + lineTail, end))
  return [...changes, ...uses.map((use) => replaceNode(module, use, `${getter}()`))]
}

/** Why the mention can not become a call; undefined for a plain use inside a function. */
function notAUse(node: PyNode): string | undefined {
  const parent = node.parent
  if (!parent) return 'is used at import'
  if (parent.kind === 'global_statement' || parent.kind === 'nonlocal_statement' || parent.kind === 'delete_statement') return 'is bound anew in a function'
  if ((parent.kind === 'assignment' || parent.kind === 'augmented_assignment' || parent.kind === 'for_statement' || parent.kind === 'for_in_clause' || parent.kind === 'named_expression') && (node.field === 'left' || node.field === 'name')) return 'is a local name somewhere'
  if (/parameter|pattern|alias|import|lambda_parameters/.test(parent.kind) || (/^(function|class)_definition$/.test(parent.kind) && node.field === 'name')) return 'is another name somewhere'
  const fn = ancestor(node, 'function_definition', 'lambda')
  const body = fn && field(fn, 'body')
  if (!fn || !body || node.start < body.start) return 'is used at import'
  // A class body or decorator at module level inside no function has been caught above.
  return undefined
}
function isUsedElsewhere(program: PythonProgram, module: PyModule, name: string): boolean {
  for (const item of program.imports()) if (item.module !== module && item.resolved.includes(module.path) && (item.names.includes(name) || item.names.includes('*') || item.names.length === 0 || item.names.includes(module.name.split('.').at(-1) ?? ''))) {
    if (item.names.includes(name) || item.names.includes('*')) return true
    if (new RegExp(`\\.${name}\\b`).test(item.module.text)) return true
  }
  for (const other of program.modules.values()) if (other !== module && other.scope.stars.some((star) => program.find(star, other) === module.path)) return true
  return false
}
function freeIn(module: PyModule, wanted: string): string {
  let name = wanted
  for (let n = 2; new RegExp(`\\b${name}\\b`).test(module.text); n++) name = `${wanted}_${n}`
  return name
}
