/** Text that comes from the repo is data: here, once for each form, it is made harmless. */

/** Without control characters, escape sequences and marks that reorder text; newlines become spaces. */
export function plain(text: string): string {
  return text
    .replace(/\u001b\[[0-?]*[ -/]*[@-~]|\u001b\][^\u0007\u001b]*(?:\u0007|\u001b\\)?/g, '')
    .replace(/[\r\n\t\u2028\u2029]+/g, ' ')
    .replace(/[\u0000-\u001f\u007f-\u009f\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff]/g, '')
}

/** A code span that no backtick inside can end. */
export function code(text: string): string {
  const body = plain(text)
  const fence = '`'.repeat(Math.max(0, ...[...body.matchAll(/`+/g)].map((run) => run[0].length)) + 1)
  const pad = body.startsWith('`') || body.endsWith('`') || body === '' ? ' ' : ''
  return `${fence}${pad}${body}${pad}${fence}`
}

/** Prose for markdown: `code` in single backticks stays code, everything else is text. */
export function markdown(text: string): string {
  return plain(text)
    .split(/(`[^`]+`)/)
    .map((part, index) => (index % 2 === 1 ? part : part.replace(/[\\`*[\]<>|#~]|(?<!\w)_|_(?!\w)/g, '\\$&').replace(/&(?=#?\w+;)/g, '&amp;')))
    .join('')
}

/** As `code` or `markdown`, inside a table: a pipe would end the cell even in code. */
export const cell = (text: string): string => text.replace(/(?<!\\)\|/g, '\\|')

export function html(text: string): string {
  const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' }
  return plain(text).replace(/[&<>"']/g, (char) => entities[char] ?? char)
}

/** One word for a POSIX shell; a path that looks like an option is led by './'. */
export function shell(text: string): string {
  const word = text.startsWith('-') ? `./${text}` : text
  return /^[\w./@:+,=-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`
}

/** A path as a relative URI. */
export function uri(path: string): string {
  return path.split('/').map((part) => encodeURIComponent(part.replace(/[\ud800-\udfff]/gu, '\ufffd'))).join('/')
}
