/** Edits by range to a text of any language: bytes outside them stay as they are. */
import type { Change, Path, Range } from '../types.js'

export type Edit = Extract<Change, { kind: 'edit' }>
type Text = { readonly path: Path; readonly text: string }

export function lineStart(module: Pick<Text, 'text'>, offset: number): number {
  let at = offset
  while (at > 0 && module.text[at - 1] !== '\n' && module.text[at - 1] !== '\r') at--
  return at
}
/** The end of the line that holds `offset`, its line end included. */
export function lineEnd(module: Pick<Text, 'text'>, offset: number): number {
  const found = /\r\n|\n|\r/g
  found.lastIndex = offset
  const match = found.exec(module.text)
  return match ? match.index + match[0].length : module.text.length
}
export function replaceNode(module: Text, node: Range, text: string): Edit {
  return { kind: 'edit', path: module.path, range: { start: node.start, end: node.end }, text }
}
export function insertAt(module: Text, offset: number, text: string): Edit {
  return { kind: 'edit', path: module.path, range: { start: offset, end: offset }, text }
}
/** A name that the text does not hold anywhere. */
export function freeName(module: Pick<Text, 'text'>, wanted: string): string {
  let name = wanted
  for (let n = 2; module.text.includes(name); n++) name = `${wanted}_${n}`
  return name
}
