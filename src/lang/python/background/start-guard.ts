/** Puts the start of background work under the host's guard, together with what only serves it. */
import type { Change, Target } from '../../../types.js'
import { guardedOff } from '../settings/host-guard.js'
import { isTalk } from './loops.js'
import { endsOf, usesInFunction, type Ending } from './start-ends.js'
import { bare, field, statementOf } from '../tree.js'
import type { Refused } from './one-round.js'
import type { PythonProgram } from '../program.js'
import type { PyNode, PySite } from '../types.js'

/** `made` is the call that makes the thread or scheduler, where it stands right before the start. What ends it goes under the guard too. */
export function guardStart(program: PythonProgram, target: Target, begun: PySite, made?: PySite): readonly Change[] | Refused {
  const { module, scope } = begun
  if (module.brokenAt !== undefined) return { refused: `${module.path} does not parse` }
  const last = statementOf(begun.node)
  const isPlain = last.kind === 'expression_statement'
  const assigned = isPlain && last.children[0]?.kind === 'assignment' ? field(last.children[0], 'left') : undefined
  const isUsed = assigned !== undefined && isUsedOutside(program, program.text(assigned, module), last, last, begun)
  const later = isUsed ? usesInFunction(program, assigned, last, begun) : []
  if (!isPlain || !later) return { refused: 'its start is part of a larger statement' }
  const first = made && made.module === module && made.node !== begun.node ? (together(program, made, last, begun) ?? last) : last
  const end = withFollowers(program, last, begun)
  const edits = guardedOff(target, module, scope, first, end) ?? guardedOff(target, module, scope, last)
  if (!edits) return { refused: 'other code shares the line of its start' }
  const endings = [...later.map((statement) => ({ module, scope, statement })), ...endsOf(program, begun, end)]
  const more = inRows(endings).map((row) => guardedOff(target, row.module, row.scope, row.statement, row.last))
  return more.some((one) => one === undefined) ? { refused: 'other code shares the line of its end' } : [...edits, ...more.flatMap((one) => one ?? [])]
}

/** Endings that follow each other directly, as one. */
function inRows(endings: readonly Ending[]): readonly (Ending & { readonly last: PyNode })[] {
  const rows: (Ending & { readonly last: PyNode })[] = []
  for (const ending of [...endings].sort((a, b) => a.statement.start - b.statement.start)) {
    const before = rows.at(-1)
    const siblings = ending.statement.parent?.children ?? []
    const isNext = before !== undefined && before.module === ending.module && before.last.parent === ending.statement.parent && siblings.indexOf(ending.statement) === siblings.indexOf(before.last) + 1
    if (isNext) rows[rows.length - 1] = { ...before, last: ending.statement }
    else rows.push({ ...ending, last: ending.statement })
  }
  return rows
}

/** The statement that makes the object, if everything from there to the start is about it and nothing else uses it. */
function together(program: PythonProgram, made: PySite, last: PyNode, begun: PySite): PyNode | undefined {
  const first = statementOf(made.node)
  const assignment = first.children[0]
  const left = assignment?.kind === 'assignment' && bare(field(assignment, 'right') ?? assignment) === made.node ? field(assignment, 'left') : undefined
  if (first.parent !== last.parent || !left || first.start > last.start) return undefined
  const name = program.text(left, begun.module)
  const between = (last.parent?.children ?? []).filter((child) => child.start >= first.end && child.end <= last.start && child.kind !== 'comment')
  if (between.some((child) => !program.text(child, begun.module).startsWith(`${name}.`))) return undefined
  return isUsedOutside(program, name, first, last, begun) ? undefined : first
}
/** Does the file name it anywhere else? Other files can only import it by that name. */
function isUsedOutside(program: PythonProgram, name: string, first: PyNode, last: PyNode, { module, scope }: PySite): boolean {
  const word = new RegExp(`(?<![\\w.])${name.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}(?!\\w)`)
  if (!/^\w+$/.test(name)) return true
  if (word.test(module.text.slice(0, first.start).replace(new RegExp(`\\bglobal ${name}\\b`), '')) || word.test(module.text.slice(last.end))) return true
  return scope.kind === 'module' && [...program.imports()].some((item) => item.module !== module && item.names.includes(name) && item.resolved.includes(module.path))
}
/** What is said about the start, or registered for its end, right after it. */
function withFollowers(program: PythonProgram, last: PyNode, begun: PySite): PyNode {
  const siblings = last.parent?.children ?? []
  let end = last
  for (let at = siblings.indexOf(last) + 1; at < siblings.length; at++) {
    const next = siblings[at]
    if (!next) break
    if (next.kind === 'comment') continue
    const text = program.text(next, begun.module)
    const says = isTalk(program, next, begun) && /thread|background|schedul|worker|start|monitor|timer|poll|watch/i.test(text)
    if (!says && !/^atexit\.register\(.*\b(shutdown|stop|cancel)\b/.test(text)) break
    end = next
  }
  return end
}
