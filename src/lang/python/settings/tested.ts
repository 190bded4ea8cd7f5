/** What the tests around a statement ask for. */
import { readsByNode } from './alternatives.js'
import { bare, field, walk } from '../tree.js'
import type { PythonProgram } from '../program.js'
import type { PyNode, PyScope } from '../types.js'

/** Variables of the environment that the `if` statements around a node ask for, the nearest first; those before an `elif` or `else` count too. */
export function testedVariables(program: PythonProgram, node: PyNode, scope: PyScope): readonly string[] {
  return [...new Set([...testsAround(node)].flatMap((test) => [...program.guards.reads(test, scope), ...throughHelpers(program, test, scope)]))]
}
/** Only a test run gets here: `if 'test' in sys.argv`, `if TESTING`. */
export function underTests(node: PyNode, scope: PyScope): boolean {
  for (let at: PyNode = node; at.parent && at.kind !== 'function_definition'; at = at.parent) {
    const test = at.field === 'consequence' ? field(at.parent, 'condition') : undefined
    if (test && /\b(sys\.argv|TESTING|TEST|IS_TEST|is_test\w*|testing|PYTEST\w*|pytest)\b/.test(text(test, scope)) && /test/i.test(text(test, scope)) && bare(test).kind !== 'not_operator' && !/\bnot in\b/.test(text(test, scope))) return true
  }
  return false
}
/** Variables that a function of the repo is told to read. */
function throughHelpers(program: PythonProgram, test: PyNode, scope: PyScope): readonly string[] {
  const reads = readsByNode(program)
  const within = (node: PyNode): readonly string[] => [...walk(node)].flatMap((part) => reads.get(part)?.name ?? [])
  const through = [...walk(test)].filter((part) => part.kind === 'identifier').flatMap((part) => program.definitions(part, scope).flatMap((one) => within(one.node)))
  return [...within(test), ...through]
}
const text = (node: PyNode, { module }: PyScope): string => module.text.slice(node.start, node.end)

function* testsAround(node: PyNode): Generator<PyNode> {
  for (let at: PyNode = node; at.parent && at.kind !== 'function_definition'; at = at.parent) {
    const parent = at.parent
    if (at.field === 'consequence') {
      const own = field(parent, 'condition')
      if (own) yield own
    }
    if (at.kind !== 'elif_clause' && at.kind !== 'else_clause') continue
    for (const before of [parent, ...parent.children.filter((child) => child.kind === 'elif_clause' && child.start < at.start)]) {
      const test = field(before, 'condition')
      if (test) yield test
    }
  }
}
