import { blockLines, insertBefore, removeStatement, replaceNode, standsAlone } from '../../../src/lang/python/edit.js'
import { boundOutsideMain, setupUnderMain, type Setup, type SetupKind } from '../../../src/lang/python/entry/main-setup.js'
import { fieldsOf, statementOf, walk, type PyModule, type PyNode } from '../../../src/lang/python/program.js'
import type { Change, Problem, PythonProgram, Remedy, Rule } from '../../../src/types.js'

export const entrySetupOnlyUnderMain = {
  id: 'entry-setup-only-under-main',
  title: 'Set-up that only a start by hand runs',
  hazard: 'missing-entry',
  language: 'python',
  assumes: 'owns-process',
  severity: 'breaks',
  *check(program: PythonProgram): Generator<Problem> {
    const { entry } = program
    if (!entry) return
    const seen = new Set<PyNode>()
    for (const setup of setupUnderMain(program)) {
      const statement = statementOf(setup.node)
      if (seen.has(statement)) continue
      seen.add(statement)
      yield {
        path: entry.path,
        range: { start: setup.node.start, end: setup.node.end },
        when: 'main',
        trace: [{ file: entry.path, line: program.line(setup.node, entry), note: `${setup.what} runs only when ${entry.path} is started by hand` }],
        message: `${setup.what} stands under if __name__ == "__main__":, and the host imports ${entry.path} without running that block: ${fate[setup.kind]}. ${advice[setup.kind]}`,
        remedy: remedyFor(setup, statement, entry, program),
      }
    }
  },
} satisfies Rule

const fate: Readonly<Record<SetupKind, string>> = {
  wiring: 'what it registers is missing there, and its routes answer 404',
  config: 'the setting is missing there',
  extension: 'the extension is not attached to the app there',
  tables: 'the tables or rows it makes are missing there ("no such table")',
  background: 'the work it starts never runs there',
  global: 'the name it sets is missing there, and the code that serves requests reads it',
  work: 'it never happens there',
}
const advice: Readonly<Record<SetupKind, string>> = {
  wiring: 'Move it above the block.',
  config: 'Move it above the block.',
  extension: 'Move it above the block.',
  tables: 'Run it once against the production database, from your machine or as a migration, before the first deploy.',
  background: 'Make it a scheduled job with a route of its own, or run it as a worker.',
  global: 'Set it at the top level, or load it on first use.',
  work: 'Move it above the block.',
}

function remedyFor(setup: Setup, statement: PyNode, entry: PyModule, program: PythonProgram): Remedy {
  const { kind, block } = setup
  if (kind === 'tables') return { kind: 'manual', reason: 'The host has no moment for it: make the tables once, from your machine or as a migration, with the production database in the environment.' }
  if (kind === 'background' || kind === 'global' || kind === 'work') return { kind: 'manual', reason: advice[kind] }
  const changes = moved(statement, block, entry, program)
  if (!changes) return { kind: 'manual', reason: 'Move it above the block by hand, together with what it reads from there.' }
  return { kind: 'fix', safety: 'review', title: `Move ${setup.what} above the block`, changes }
}

/** The statement, and imports of the block that it reads, moved to stand before the `if`; undefined when it needs more of the block than that. */
function moved(statement: PyNode, block: PyNode, entry: PyModule, program: PythonProgram): readonly Change[] | undefined {
  const guard = block.parent
  if (entry.brokenAt !== undefined || !guard || !isMovable(statement, block, entry, program)) return undefined
  const imports = importsRead(statement, block, entry)
  const all = [...imports, statement]
  if (!all.every((one) => standsAlone(entry, one))) return undefined
  // Where every statement of the block could go, one `pass` holds its place, whichever of them are taken.
  const empties = block.children.every((child) => child.kind === 'comment' || child.kind.startsWith('import') || isMovable(child, block, entry, program))
  const holder = empties ? block.children.find((child) => child.kind !== 'comment') : undefined
  return all.flatMap((one) => [
    insertBefore(entry, guard, blockLines(entry, { ...block, children: [one] })),
    one === holder ? replaceNode(entry, one, 'pass') : removeStatement(entry, one),
  ])
}

function isMovable(statement: PyNode, block: PyNode, entry: PyModule, program: PythonProgram): boolean {
  if (statement.parent !== block || statement.kind !== 'expression_statement') return false
  const imported = new Set(importsRead(statement, block, entry).flatMap((node) => namesOf(node, entry)))
  return names(statement, entry).every((name) => imported.has(name) || !entry.scope.bindings.has(name) || boundOutsideMain(program, name, entry)) && setupKindIsPlain(statement, program)
}
function setupKindIsPlain(statement: PyNode, program: PythonProgram): boolean {
  return setupUnderMain(program).some((one) => statementOf(one.node) === statement && (one.kind === 'wiring' || one.kind === 'config' || one.kind === 'extension'))
}
function importsRead(statement: PyNode, block: PyNode, entry: PyModule): readonly PyNode[] {
  const read = new Set(names(statement, entry))
  return block.children.filter((child) => (child.kind === 'import_statement' || child.kind === 'import_from_statement') && child.start < statement.start && namesOf(child, entry).some((name) => read.has(name)))
}
function namesOf(node: PyNode, entry: PyModule): readonly string[] {
  return fieldsOf(node, 'name').map((item) => {
    const bound = item.children.find((child) => child.field === 'alias') ?? item
    return entry.text.slice(bound.start, bound.end).split('.')[0] ?? ''
  })
}
/** Names that the statement reads: no attributes, no keywords. */
function names(statement: PyNode, entry: PyModule): readonly string[] {
  return [...walk(statement)].filter((node) => node.kind === 'identifier' && node.field !== 'attribute' && !(node.parent?.kind === 'keyword_argument' && node.field === 'name') && !isTarget(node)).map((node) => entry.text.slice(node.start, node.end))
}
function isTarget(node: PyNode): boolean {
  return node.parent?.kind === 'assignment' && node.field === 'left'
}
