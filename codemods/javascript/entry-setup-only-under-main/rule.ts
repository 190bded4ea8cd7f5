import { indentOf, insertBefore, removeStatement, standsAlone, statementEnd } from '../../../src/lang/javascript/edit.js'
import { setupUnderMain, type MainSetup, type SetupKind } from '../../../src/lang/javascript/entry/main-setup.js'
import { ancestor, isInside, walk, type JsNode, type JsProgram } from '../../../src/lang/javascript/program.js'
import { lineStart } from '../../../src/lang/text-edits.js'
import type { Change, Problem, Remedy, Rule } from '../../../src/types.js'

export const entrySetupOnlyUnderMain = {
  id: 'entry-setup-only-under-main',
  title: 'Set-up that only a start by hand runs',
  hazard: 'missing-entry',
  language: 'javascript',
  assumes: 'owns-process',
  severity: 'breaks',
  *check(program: JsProgram): Generator<Problem> {
    const { entry } = program
    if (!entry) return
    for (const setup of setupUnderMain(program)) {
      const { statement, kind } = setup
      const what = (program.text(statement).split(/[\r\n(]/)[0] ?? '').replace(/^await\s+/, '').trim()
      yield {
        path: entry.path,
        range: { start: statement.start, end: statementEnd(entry, statement) },
        when: 'main',
        trace: [{ file: entry.path, line: program.line(statement), note: `${what} runs only when ${entry.path} is started by hand` }],
        message: `${what}() stands under the test for a start by hand, and the host imports ${entry.path} without running that block: ${fate[kind]}. Move it above the block.`,
        remedy: remedyFor(setup, program),
      }
    }
  },
} satisfies Rule

const fate: Readonly<Record<SetupKind, string>> = {
  wiring: 'its routes answer 404 there, or its middleware is missing',
  setting: 'the setting is missing there',
  connection: 'nothing connects there, and the first query waits in vain',
}

function remedyFor({ statement, block, kind }: MainSetup, program: JsProgram): Remedy {
  const changes = moved(statement, block, program)
  if (!changes) return { kind: 'manual', reason: 'Move it above the block by hand, together with what it reads from there.' }
  return { kind: 'fix', safety: 'review', title: 'Move it above the block', changes, ...(kind === 'connection' ? { left: 'Requests can come before the connection stands: let them wait for it.' } : {}) }
}

/** The statement before the `if`; undefined when it needs names of the block, or has to be waited for. */
function moved(statement: JsNode, block: JsNode, program: JsProgram): readonly Change[] | undefined {
  const module = program.moduleOf(statement)
  const guard = block.parent
  if (!guard || module.brokenAt !== undefined || statement.parent !== block || statement.kind !== 'ExpressionStatement' || !standsAlone(module, statement) || ancestor(guard, 'IfStatement')) return undefined
  for (const node of walk(statement)) {
    if (node.kind === 'AwaitExpression') return undefined
    if (node.kind === 'Identifier' && program.declarations(node).some((home) => isInside(home, block) && !isInside(home, statement))) return undefined
  }
  const inner = indentOf(module, statement)
  const text = module.text.slice(lineStart(module, statement.start) + inner.length, statementEnd(module, statement))
  // Lines of a template are text.
  if (/[\r\n]/.test(text) && [...walk(statement)].some(({ kind }) => /Template/.test(kind))) return undefined
  const outer = indentOf(module, guard)
  const lines = text.split(/\r\n|\n|\r/).map((line, index) => (index === 0 ? line : line.startsWith(inner) ? line.slice(inner.length) : line.trimStart()))
  return outer === '' || lines.length === 1 ? [insertBefore(module, guard, lines), removeStatement(module, statement)] : undefined
}
