/** The plan as a unified diff: bytes that `git apply` takes, and text for people and JSON. */
import { structuredPatch } from 'diff'
import pc from 'picocolors'
import type { Encoding, PlannedFile, SourceFile } from './types.js'
import { encode } from './encoding.js'
import { binaryPatch, blobName } from './diff-binary.js'
import { diffName, displayPath, showControls } from './diff-names.js'

export type DiffOptions = {
  readonly color?: boolean
  /** Make control characters visible, as a terminal needs; the default where there is colour. */
  readonly forTerminal?: boolean
}
type Hunk = { readonly header: string; readonly lines: readonly string[] }

// Past this many differing lines the search for the shortest diff takes seconds, and nobody reads it line by line.
const maxEdits = 2000

/**
 * The diff in the form that `git apply` turns into exactly the planned bytes: every line in its file's own
 * encoding, line ends and BOM kept, and a binary patch for UTF-16.
 */
export function diffBytes(files: readonly PlannedFile[]): Uint8Array {
  const parts: Uint8Array[] = []
  for (const file of files) {
    const encoding = encodingOf(file)
    if (isWide(encoding)) {
      const [before, after] = [bytesOf(file.before), bytesOf(file.after)]
      if (before.equals(after) && file.kind === 'edit') continue
      const mode = file.kind === 'edit' && file.before ? ' ' + gitMode(file.before) : ''
      const names = [file.before && blobName(before), file.after && blobName(after)].map((name) => name ?? '0'.repeat(40))
      parts.push(Buffer.from([...headers(file), `index ${names.join('..')}${mode}`, binaryPatch(before, after)].join('\n')))
      continue
    }
    for (const line of linesOf(file)) {
      parts.push(lineBytes(line.text, encoding, line.kind === 'header'))
      parts.push(Buffer.of(10))
    }
  }
  return Buffer.concat(parts)
}

/** The same diff as text; UTF-16 files are shown as the text they hold, so such a part is for reading only. */
export function unifiedDiff(files: readonly PlannedFile[], { color = false, forTerminal = color }: DiffOptions = {}): string {
  const paint = pc.createColors(color)
  let out = ''
  for (const file of files) {
    for (const { kind, text } of linesOf(file)) {
      const shown = forTerminal ? showControls(text) : text
      out += (kind === 'header' ? paint.bold(shown) : kind === 'hunk' ? paint.cyan(shown) : kind === '+' ? paint.green(shown) : kind === '-' ? paint.red(shown) : shown) + '\n'
    }
  }
  return out
}

/** How many lines a planned file gains and loses. */
export function lineCounts(file: PlannedFile): { readonly added: number; readonly removed: number } {
  let added = 0
  let removed = 0
  for (const hunk of hunksOf(file)) {
    for (const line of hunk.lines) {
      if (line.startsWith('+')) added++
      else if (line.startsWith('-')) removed++
    }
  }
  return { added, removed }
}

/** One line a file for the terminal, in the plan's order. */
export function summary(files: readonly PlannedFile[], { color = false }: Pick<DiffOptions, 'color'> = {}): string {
  const paint = pc.createColors(color)
  const rows = files.map((file) => ({ kind: file.kind, name: displayPath(file.path), ...lineCounts(file) }))
  const width = Math.max(0, ...rows.map((row) => row.name.length))
  return rows.map(({ kind, name, added, removed }) => `${kind.padEnd(6)}  ${name.padEnd(width)}  ${paint.green(`+${added}`)} ${paint.red(`-${removed}`)}\n`).join('')
}

type Line = { readonly kind: 'header' | 'hunk' | '+' | '-' | ' '; readonly text: string }

function* linesOf(file: PlannedFile): Generator<Line> {
  const hunks = hunksOf(file)
  if (hunks.length === 0 && file.kind === 'edit') return
  for (const text of headers(file)) yield { kind: 'header', text }
  if (hunks.length === 0) return
  yield { kind: 'header', text: `--- ${file.kind === 'create' ? '/dev/null' : diffName('a', file.path).long}` }
  yield { kind: 'header', text: `+++ ${file.kind === 'delete' ? '/dev/null' : diffName('b', file.path).long}` }
  for (const hunk of hunks) {
    yield { kind: 'hunk', text: hunk.header }
    for (const text of hunk.lines) yield { kind: text.startsWith('+') ? '+' : text.startsWith('-') ? '-' : ' ', text }
  }
}

function* headers({ kind, path, before, after }: PlannedFile): Generator<string> {
  yield `diff --git ${diffName('a', path).short} ${diffName('b', path).short}`
  if (kind === 'create' && after) yield `new file mode ${gitMode(after)}`
  if (kind === 'delete' && before) yield `deleted file mode ${gitMode(before)}`
}

const cache = new WeakMap<PlannedFile, readonly Hunk[]>()

function hunksOf(file: PlannedFile): readonly Hunk[] {
  let hunks = cache.get(file)
  if (!hunks) cache.set(file, (hunks = makeHunks(withBom(file.before), withBom(file.after))))
  return hunks
}

function makeHunks(before: string, after: string): readonly Hunk[] {
  if (before === after) return []
  const patch = structuredPatch('', '', before, after, '', '', { context: 3, maxEditLength: maxEdits })
  if (!patch) return [wholeFile(before, after)]
  return patch.hunks.map(({ oldStart, oldLines, newStart, newLines, lines }) => ({ header: `@@ -${span(oldStart, oldLines)} +${span(newStart, newLines)} @@`, lines }))
}

function wholeFile(before: string, after: string): Hunk {
  const [gone, come] = [marked('-', before), marked('+', after)]
  return { header: `@@ -${span(1, gone.count)} +${span(1, come.count)} @@`, lines: [...gone.lines, ...come.lines] }
}

function marked(mark: '+' | '-', text: string): { readonly count: number; readonly lines: readonly string[] } {
  if (text === '') return { count: 0, lines: [] }
  const lines = text.split('\n')
  const ended = lines.at(-1) === ''
  if (ended) lines.pop()
  const shown = lines.map((line) => mark + line)
  return { count: lines.length, lines: ended ? shown : [...shown, '\\ No newline at end of file'] }
}

/** Git's form: an empty side is placed after the line before it, and a count of one is left out. */
function span(start: number, count: number): string {
  if (count === 0) return `${start - 1},0`
  return count === 1 ? `${start}` : `${start},${count}`
}

function withBom(file: SourceFile | undefined): string {
  if (!file) return ''
  return file.encoding === 'utf-8-bom' ? '\ufeff' + file.text : file.text
}

function bytesOf(file: SourceFile | undefined): Buffer {
  return file ? Buffer.from(encode(file)) : Buffer.alloc(0)
}

/** A line's bytes; headers are ASCII, and a line's first character belongs to the diff. */
function lineBytes(text: string, encoding: Encoding, header: boolean): Uint8Array {
  return encode({ text, encoding: !header && encoding === 'latin-1' ? 'latin-1' : 'utf-8' })
}

function encodingOf({ before, after }: PlannedFile): Encoding {
  // From or to UTF-16 is no matter of lines.
  if (before && isWide(before.encoding)) return before.encoding
  return (after ?? before)?.encoding ?? 'utf-8'
}
function isWide(encoding: Encoding): boolean {
  return encoding === 'utf-16le' || encoding === 'utf-16be'
}

function gitMode({ mode }: SourceFile): '100755' | '100644' {
  return mode & 0o100 ? '100755' : '100644'
}
