import type { JsProgram, Problem, Remedy, Rule, RuleContext } from '../../../src/types.js'
import { importWriteMessage } from '../../../src/lang/disk-messages.js'
import { wrapInIf } from '../../../src/lang/javascript/edit.js'
import { statementOf } from '../../../src/lang/javascript/program.js'
import { writesFor, type OwnedWrite } from '../../../src/lang/javascript/storage/file-owner.js'
import { atMost, milder, severityFor } from '../../../src/lang/severity.js'

export const importFsWrite = {
  id: 'import-fs-write',
  title: 'File or folder written while the app is imported',
  hazard: 'file-write',
  language: 'javascript',
  assumes: 'writable-disk',
  severity: 'blocks',
  *check(program: JsProgram, context: RuleContext): Generator<Problem> {
    for (const write of writesFor(program, context, 'import-fs-write')) {
      const { call, run, place } = write
      if (run.when === 'never') continue
      // A promise that is refused, a callback that is handed the error, a stream that fails later: the start goes on for a moment, and a stream's error ends the process.
      const later = !/Sync\(\)$/.test(write.what) && !write.what.endsWith('createWriteStream()') && call.fn?.isAsync !== true && call.node.parent?.kind !== 'AwaitExpression'
      const certain = severityFor(run, later ? 'breaks' : 'blocks')
      yield {
        path: call.module.path,
        range: { start: call.node.start, end: call.node.end },
        when: run.when,
        trace: program.trace(call, `${write.what} on '${place}'`, run),
        severity: write.swallowed ? atMost(certain, 'degrades') : write.sure ? certain : milder(certain),
        message: importWriteMessage(write, run),
        remedy: run.background && write.kind !== 'mkdir' ? { kind: 'manual', reason: `This is what the work is done for, so it can not be left out: keep the content of '${place}' in a database or a store, and serve it from there.` } : remedyOf(write, context),
      }
    }
  },
} satisfies Rule

function remedyOf({ call, kind, place }: OwnedWrite, { target }: RuleContext): Remedy {
  const { module, node } = call
  if (module.brokenAt !== undefined) return { kind: 'manual', reason: `${module.path} does not parse, so it is not edited.` }
  const statement = statementOf(node)
  const around = statement.parent?.parent
  // `if (!fs.existsSync(dir)) { fs.mkdirSync(dir) }` goes as a whole.
  const whole = around?.kind === 'IfStatement' && statement.parent?.children.length === 1 && statement.parent.field === 'thenStatement' && !around.children.some((child) => child.field === 'elseStatement') && around.field === 'statements' ? around : statement
  const inside = node.parent === statement || node.parent?.parent === statement
  const changes = inside && (whole.kind === 'ExpressionStatement' || whole.kind === 'IfStatement') ? wrapInIf(module, whole, whole, `!${target.guard.javascript}`) : undefined
  if (!changes) return { kind: 'manual', reason: 'What is written is used further on, so the line can not simply be left out on the host.' }
  if (kind === 'mkdir') return { kind: 'fix', safety: 'safe', title: `Make '${place}' only where the disk is writable`, changes }
  return { kind: 'fix', safety: 'review', title: `Write '${place}' only where the disk is writable`, changes, left: `'${place}' is not written on the host any more: commit it, or keep its content in a database, if the app reads it.` }
}
