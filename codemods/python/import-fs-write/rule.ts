import type { Problem, PythonProgram, Remedy, Rule, RuleContext } from '../../../src/types.js'
import { importWriteMessage } from '../../../src/lang/disk-messages.js'
import { writesFor, type OwnedWrite } from '../../../src/lang/python/storage/file-owner.js'
import { homeOf } from '../../../src/lang/python/storage/home.js'
import { guardedOff } from '../../../src/lang/python/settings/host-guard.js'
import { scratchInTemp } from '../../../src/lang/python/storage/scratch.js'
import { atMost, milder, severityFor } from '../../../src/lang/python/severity.js'
import { statementOf, walk, type PyNode } from '../../../src/lang/python/program.js'
import { cacheFolders } from './cache-folder.js'

export const importFsWrite = {
  id: 'import-fs-write',
  title: 'File or folder written while the app is imported',
  hazard: 'file-write',
  language: 'python',
  assumes: 'writable-disk',
  severity: 'blocks',
  *check(program: PythonProgram, context: RuleContext): Generator<Problem> {
    for (const write of writesFor(program, context, 'import-fs-write')) yield problemOf(program, context, write)
    yield* cacheFolders(program, context)
  },
} satisfies Rule

function problemOf(program: PythonProgram, context: RuleContext, write: OwnedWrite): Problem {
  const { call, run, place } = write
  const when = run.when === 'never' ? 'import' : run.when
  const certain = severityFor(run, 'blocks')
  const severity = write.swallowed ? atMost(certain, 'degrades') : write.sure ? certain : milder(certain)
  return {
    path: call.module.path,
    range: { start: call.node.start, end: call.node.end },
    when,
    trace: program.trace(call, `${write.what} on '${place}'`, run),
    severity,
    message: importWriteMessage(write, run),
    remedy: remedyOf(program, context, write),
  }
}

function remedyOf(program: PythonProgram, context: RuleContext, write: OwnedWrite): Remedy {
  const { call, place } = write
  const { module, scope } = call
  if (module.brokenAt !== undefined) return { kind: 'manual', reason: `${module.path} does not parse, so it is not edited.` }
  const home = homeOf(program, write.target, scope, context.repo, context.app.root)
  const moved = home && scratchInTemp(program, home, context)
  if (moved) return { kind: 'fix', safety: write.kind === 'mkdir' ? 'safe' : 'review', title: `Keep '${place}' below the temp folder on the host`, changes: moved }
  const statement = statementOf(call.node)
  const stands = (statement.kind === 'expression_statement' || statement.kind === 'with_statement') && !bindsForLater(statement)
  const changes = stands ? guardedOff(context.target, module, scope, call.node) : undefined
  if (!changes) return { kind: 'manual', reason: 'What is written is used further on, so the line can not simply be left out on the host.' }
  if (write.kind === 'mkdir') return { kind: 'fix', safety: 'safe', title: `Make '${place}' only where the disk is writable`, changes }
  return { kind: 'fix', safety: 'review', title: `Write '${place}' only where the disk is writable`, changes, left: `'${place}' is not written on the host any more: commit it, or keep its content in a database, if the app reads it.` }
}

/** A name bound in the statement is read after it. */
function bindsForLater(statement: PyNode): boolean {
  const targets = [...walk(statement)].filter((node) => node.kind === 'as_pattern_target' || node.kind === 'assignment' || node.kind === 'named_expression')
  if (targets.length === 0) return false
  const siblings = statement.parent?.children ?? []
  const later = siblings.slice(siblings.indexOf(statement) + 1)
  const inner = statement.children.find((child) => child.kind === 'block')
  // `with open(p, 'w') as f:` binds f for its own block; anything assigned in there may be meant for later.
  const assigned = inner ? [...walk(inner)].some((node) => node.kind === 'assignment' || node.kind === 'augmented_assignment') : targets.some((node) => node.kind !== 'as_pattern_target')
  return assigned && later.length > 0
}
