/** Moves imports below the line that loads Django's apps. */
import type { Change, PythonProgram, Remedy } from '../../../src/types.js'
import { eol, freeName, insertAt, lineEnd, lineStart, removeStatement, replaceNode, standsAlone } from '../../../src/lang/python/edit.js'
import { statementOf, walk, type PyCall, type PyImport, type PyModule, type PyNode } from '../../../src/lang/python/program.js'

/** `first` is the call that loads them; the imports stand before it, at the top level. */
export function loadAfter(program: PythonProgram, entry: PyModule, first: PyCall, imports: readonly PyImport[]): Remedy {
  const load = statementOf(first.node)
  const statements = [...new Set(imports.map(({ node }) => statementOf(node)))]
  const byHand: Remedy = { kind: 'manual', reason: `Move these imports of ${entry.path} below the line that loads the application, and give that a name of its own where it stands inside another call.` }
  if (entry.brokenAt !== undefined || load.parent !== entry.root || !statements.every((statement) => standsAlone(entry, statement)) || !standsAlone(entry, load)) return byHand
  if (usedBefore(program, entry, statements, load)) return byHand
  const end = eol(entry)
  const moved = statements.map((statement) => entry.text.slice(lineStart(entry, statement.start), lineEnd(entry, statement.end)).replace(/[\r\n]+$/, ''))
  const removed: readonly Change[] = statements.map((statement) => removeStatement(entry, statement))
  const alone = load.children[0] === first.node || (load.children[0]?.kind === 'assignment' && load.children[0].children.some((child) => child.field === 'right' && child === first.node))
  const after = lineEnd(entry, load.end)
  const open = after === entry.text.length && !/[\r\n]$/.test(entry.text)
  if (alone) return { kind: 'fix', safety: 'safe', title: 'Load the application before these imports', changes: [...removed, insertAt(entry, after, `${open ? end : ''}${end}${moved.map((line) => line + end).join('')}`)] }
  // Inside `ProtocolTypeRouter({"http": get_asgi_application(), …})` it gets a line of its own, before the imports.
  const name = freeName(entry, 'django_application')
  const call = program.text(first.node, entry)
  return {
    kind: 'fix', safety: 'safe', title: 'Load the application before these imports',
    changes: [...removed, insertAt(entry, lineStart(entry, load.start), `${name} = ${call}${end}${end}${moved.map((line) => line + end).join('')}${end}`), replaceNode(entry, first.node, name)],
  }
}
/** Is a name that the imports bind used at the top level before the apps are loaded? */
function usedBefore(program: PythonProgram, entry: PyModule, statements: readonly PyNode[], load: PyNode): boolean {
  const names = new Set([...entry.scope.bindings].flatMap(([name, bindings]) => (bindings.some((binding) => statements.some((statement) => binding.node.start >= statement.start && binding.node.end <= statement.end)) ? [name] : [])))
  for (const statement of entry.root.children) {
    if (statement.start >= load.start || statements.includes(statement) || statement.kind.startsWith('import')) continue
    for (const node of walk(statement)) if (node.kind === 'identifier' && names.has(program.text(node, entry))) return true
  }
  return false
}
