/** String literals' texts. */
import type { PyNode } from './types.js'

/** The text of a string without interpolation; undefined when it has one, is bytes, or is no string. */
export function literalText(node: PyNode, text: string): string | undefined {
  if (node.kind === 'concatenated_string') {
    const parts = node.children.filter((child) => child.kind !== 'comment').map((child) => literalText(child, text))
    return parts.every((part) => part !== undefined) ? parts.join('') : undefined
  }
  if (node.kind !== 'string') return undefined
  const start = node.children.find((child) => child.kind === 'string_start')
  const prefix = start ? text.slice(start.start, start.end).toLowerCase() : ''
  if (prefix.includes('b') || node.children.some((child) => child.kind === 'interpolation')) return undefined
  const raw = prefix.includes('r')
  let out = ''
  for (const child of node.children) if (child.kind === 'string_content') out += raw ? text.slice(child.start, child.end) : unescape(text.slice(child.start, child.end))
  return out
}
const escapes: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r', '\\': '\\', "'": "'", '"': '"', '0': '\0', '\n': '' }
function unescape(text: string): string {
  return text.includes('\\') ? text.replace(/\\(x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|[\s\S])/g, (whole, code: string) => (code.length > 1 ? String.fromCharCode(Number.parseInt(code.slice(1), 16)) : (escapes[code] ?? whole))) : text
}
