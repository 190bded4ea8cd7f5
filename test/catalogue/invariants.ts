/** What every finding and every fix owes, whatever the rule. Each check returns what is wrong; nothing wrong is an empty list. */
import { lineColumn } from '../../src/edits.js'
import type { Change, Problem, Snapshot } from '../../src/types.js'

type Edit = Extract<Change, { kind: 'edit' }>

/** A finding points at real code, says something, and can be carried as JSON. */
export function* wrongWithProblem(problem: Problem, repo: Snapshot): Generator<string> {
  const text = repo.text(problem.path)
  if (text === undefined) {
    if (!repo.has(problem.path)) yield `${problem.path} is not in the repo`
  } else if (!inside(problem.range, text)) yield `range ${problem.range.start}-${problem.range.end} is outside ${problem.path}`
  if (problem.trace.length === 0) yield 'the trace is empty: it ends at the finding\'s own place'
  const last = problem.trace.at(-1)
  if (last && last.file !== problem.path) yield `the trace ends in ${last.file}, the finding is in ${problem.path}`
  for (const step of problem.trace) {
    const file = repo.text(step.file)
    if (file === undefined ? !repo.has(step.file) : step.line < 1 || step.line > file.split(/\r\n|\r|\n/).length) yield `the trace names ${step.file}:${step.line}, which does not exist`
    if (step.note.trim() === '') yield 'a step of the trace has no note'
  }
  if (problem.message.trim().length < 30) yield `the message says too little: ${problem.message}`
  if (!/[.!?]$/.test(problem.message.trim())) yield `the message is not whole sentences: ${problem.message}`
  if (/\b(undefined|NaN|\[object Object\])/.test(problem.message)) yield `the message holds a broken placeholder: ${problem.message}`
  const odd = notPlain(problem, 'problem')
  if (odd !== undefined) yield `${odd} is not plain data`
  const { remedy } = problem
  if (remedy.kind === 'choice') {
    const ids = remedy.options.map(({ id }) => id)
    if (new Set(ids).size !== ids.length) yield 'two options share an id'
    if (ids.includes('leave') || ids.includes('take') || ids.includes('default')) yield 'leave, take and default are reserved option ids'
    if (remedy.byDefault !== 'leave' && !ids.includes(remedy.byDefault)) yield `the default ${remedy.byDefault} is no option`
  }
  const fixes = remedy.kind === 'choice' ? remedy.options : remedy.kind === 'fix' ? [remedy] : []
  for (const fix of fixes) {
    if (fix.changes.length === 0 && (fix.needs ?? []).length === 0 && fix.left === undefined) yield `the fix "${fix.title}" does nothing`
    for (const change of fix.changes) yield* wrongWithChange(change, repo)
  }
}

function* wrongWithChange(change: Change, repo: Snapshot): Generator<string> {
  const text = repo.text(change.path)
  if (change.kind === 'create') {
    if (text !== undefined) yield `creates ${change.path}, which exists`
    return
  }
  if (text === undefined) {
    yield `${change.kind}s ${change.path}, which is not in the repo`
    return
  }
  if (change.kind === 'encode' && repo.files.get(change.path)?.encoding === change.encoding) yield `encodes ${change.path} as it is encoded already`
  if (change.kind !== 'edit') return
  const { start, end } = change.range
  if (!inside(change.range, text)) yield `edit ${start}-${end} is outside ${change.path} (${text.length})`
  for (const at of [start, end]) {
    if (at > 0 && text[at - 1] === '\r' && text[at] === '\n') yield `an edit of ${change.path} cuts a CRLF at line ${lineColumn(text, at).line}`
    if (/[\uDC00-\uDFFF]/.test(text[at] ?? '') && /[\uD800-\uDBFF]/.test(text[at - 1] ?? '')) yield `an edit of ${change.path} cuts a character`
  }
  if (start === 0 && end === text.length && text.split('\n').length > 6) yield `an edit replaces all of ${change.path}: edit the ranges that change`
  if (text.slice(start, end) === change.text) yield `an edit of ${change.path}:${lineColumn(text, start).line} changes nothing`
}

/** The way to the first value that JSON can't carry, such as a syntax node with its parent. */
function notPlain(value: unknown, at: string, depth = 0): string | undefined {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return undefined
  if (typeof value === 'number') return Number.isFinite(value) ? undefined : at
  if (typeof value !== 'object' || depth > 8) return at
  if (!Array.isArray(value) && Object.getPrototypeOf(value) !== Object.prototype) return at
  for (const [key, item] of Object.entries(value)) {
    const odd = notPlain(item, `${at}.${key}`, depth + 1)
    if (odd !== undefined) return odd
  }
  return undefined
}

const inside = ({ start, end }: Problem['range'], text: string): boolean => start >= 0 && start <= end && end <= text.length

/** The result is the old text with only the edit ranges replaced; checked without `src/edits.ts`. */
export function* wrongOutsideEdits(before: Snapshot, after: Snapshot, changes: readonly Change[]): Generator<string> {
  const edits = new Map<string, Edit[]>()
  for (const change of changes) {
    if (change.kind !== 'edit') continue
    const list = edits.get(change.path) ?? []
    if (!list.some((other) => other.range.start === change.range.start && other.range.end === change.range.end && other.text === change.text)) list.push(change)
    edits.set(change.path, list)
  }
  for (const [path, file] of before.files) {
    const result = after.files.get(path)
    const own = edits.get(path)
    const encoded = changes.find((change) => change.kind === 'encode' && change.path === path)
    const encoding = encoded?.kind === 'encode' ? encoded.encoding : file.encoding
    if (result && (result.encoding !== encoding || result.mode !== file.mode)) yield `${path} lost its encoding or mode`
    if (!own) {
      const deleted = changes.some((change) => change.kind === 'delete' && change.path === path)
      if (deleted ? result !== undefined : result?.text !== file.text) yield `${path} changed without an edit`
      continue
    }
    let expected = file.text
    // From the end, so that ranges stay true; insertions at one offset keep their order.
    const sorted = own.map((edit, index) => ({ edit, index })).sort((a, b) => b.edit.range.start - a.edit.range.start || b.edit.range.end - a.edit.range.end || b.index - a.index)
    for (const { edit } of sorted) expected = expected.slice(0, edit.range.start) + edit.text + expected.slice(edit.range.end)
    if (result?.text !== expected) yield `${path} has bytes outside the edit ranges changed`
  }
}

/** Paths whose text or encoding differs, appeared or went. */
export function changedPaths(before: Snapshot, after: Snapshot): readonly string[] {
  const paths = new Set([...before.files.keys(), ...after.files.keys()])
  return [...paths].filter((path) => before.text(path) !== after.text(path) || before.files.get(path)?.encoding !== after.files.get(path)?.encoding).sort()
}

/** In a repo whose line ends are all CRLF, the edited files still are. */
export function* wrongLineEnds(before: Snapshot, after: Snapshot): Generator<string> {
  for (const path of changedPaths(before, after)) {
    const was = before.text(path)
    const text = after.text(path)
    if (was === undefined || text === undefined || !was.includes('\r\n')) continue
    const lone = /(?<!\r)\n|\r(?!\n)/.exec(text)
    if (lone) yield `${path}:${lineColumn(text, lone.index).line} lost its CRLF`
  }
}
