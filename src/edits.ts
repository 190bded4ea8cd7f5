/** Changes to text and to sets of files, in memory. */
import type { Change, Encoding, Path, SourceFile } from './types.js'
import { EditConflict } from './errors.js'
import { encodedSize } from './encoding.js'

type Edit = Extract<Change, { kind: 'edit' }>
type FileEdit = Pick<Edit, 'range' | 'text'> & { readonly path?: Path }

/**
 * The text after the edits, whose ranges all refer to the text before. Identical edits count once; touching
 * ones are fine; insertions at one offset keep the order given. Throws `EditConflict` when two overlap.
 */
export function applyEdits(text: string, edits: readonly FileEdit[]): string {
  const seen = new Set<string>()
  const sorted: FileEdit[] = []
  for (const edit of edits) {
    const { start, end } = edit.range
    if (!(start >= 0 && start <= end && end <= text.length)) {
      throw new RangeError(`an edit of ${edit.path ?? 'a text'} has the range ${start}-${end}, but the text is ${text.length} long`)
    }
    if (start === end && edit.text === '') continue
    const key = `${start}:${end}:${edit.text}`
    if (seen.has(key)) continue
    seen.add(key)
    sorted.push(edit)
  }
  // Stable, and an insertion comes before a replacement that starts at the same place.
  sorted.sort((a, b) => a.range.start - b.range.start || Number(a.range.end > a.range.start) - Number(b.range.end > b.range.start))
  let out = ''
  let at = 0
  for (const { range, text: inserted, path } of sorted) {
    if (range.start < at) throw new EditConflict(path ?? '', range.start)
    out += text.slice(at, range.start) + inserted
    at = range.end
  }
  return out + text.slice(at)
}

/** What `applyChanges` must know of paths that aren't in the map: unread files, and folders. */
export type Occupied = (path: Path) => boolean

/**
 * The files after the changes, all of which refer to the files before. Throws `EditConflict` on overlapping
 * edits, on creating over another text, on editing or deleting what isn't there, and on two changes of
 * different kinds to one path. `occupied` names paths that exist but can't be changed.
 */
export function applyChanges(files: ReadonlyMap<Path, SourceFile>, changes: readonly Change[], occupied: Occupied = () => false): Map<Path, SourceFile> {
  const edits = new Map<Path, Edit[]>()
  const created = new Map<Path, Extract<Change, { kind: 'create' }>>()
  const deleted = new Set<Path>()
  const encoded = new Map<Path, Encoding>()
  for (const change of changes) {
    const { path } = change
    const file = files.get(path)
    if (change.kind === 'edit') {
      if (!file) throw new EditConflict(path, change.range.start)
      const list = edits.get(path)
      if (list) list.push(change)
      else edits.set(path, [change])
    } else if (change.kind === 'delete') {
      if (!file) throw new EditConflict(path, 0)
      deleted.add(path)
    } else if (change.kind === 'encode') {
      if (!file || (encoded.has(path) && encoded.get(path) !== change.encoding)) throw new EditConflict(path, 0)
      encoded.set(path, change.encoding)
    } else {
      const other = file ?? created.get(path)
      if (other ? other.text !== change.text : occupied(path)) throw new EditConflict(path, 0)
      if (!file) created.set(path, change)
      else if (!edits.has(path)) edits.set(path, [])
    }
  }
  for (const path of deleted) if (edits.has(path) || encoded.has(path)) throw new EditConflict(path, 0)

  const after = new Map(files)
  for (const path of deleted) after.delete(path)
  for (const [path, list] of edits) {
    const before = files.get(path)
    if (!before || list.length === 0) continue
    const text = applyEdits(before.text, list)
    if (text === before.text) continue
    after.set(path, { ...before, text, size: encodedSize({ text, encoding: before.encoding }) })
  }
  for (const [path, encoding] of encoded) {
    const file = after.get(path)
    if (file) after.set(path, { ...file, encoding, size: encodedSize({ text: file.text, encoding }) })
  }
  for (const { path, text, mode } of created.values()) {
    for (const parent of parents(path)) if (after.has(parent)) throw new EditConflict(path, 0)
    after.set(path, { path, text, encoding: 'utf-8', mode: mode ?? 0o644, size: encodedSize({ text, encoding: 'utf-8' }) })
  }
  return after
}

/** The folders above a path, innermost first, without the repo itself. */
export function* parents(path: Path): Generator<Path> {
  for (let at = path.lastIndexOf('/'); at > 0; at = path.lastIndexOf('/', at - 1)) yield path.slice(0, at)
}

/** The 1-based line and column (in UTF-16 units) of an offset. LF, CRLF and a lone CR each end a line. */
export function lineColumn(text: string, offset: number): { readonly line: number; readonly column: number } {
  let line = 1
  let start = 0
  const end = Math.min(offset, text.length)
  for (let at = 0; at < end; at++) {
    const unit = text.charCodeAt(at)
    // The CR of a CRLF ends nothing by itself: the LF does.
    if (unit !== 10 && !(unit === 13 && text.charCodeAt(at + 1) !== 10)) continue
    line++
    start = at + 1
  }
  return { line, column: end - start + 1 }
}

/** The line end that most lines of the text use; LF for a text without any. */
export function eolOf(text: string): '\n' | '\r\n' | '\r' {
  let lf = 0
  let crlf = 0
  let cr = 0
  for (const [end] of text.matchAll(/\r\n|\r|\n/g)) {
    if (end === '\n') lf++
    else if (end === '\r\n') crlf++
    else cr++
  }
  if (crlf > lf && crlf >= cr) return '\r\n'
  return cr > lf ? '\r' : '\n'
}
