/** File names in a diff, quoted as git does (core.quotePath on): names from the repo are data. */
import type { Path } from './types.js'

const letters: Readonly<Record<number, string>> = { 7: 'a', 8: 'b', 9: 't', 10: 'n', 11: 'v', 12: 'f', 13: 'r', 34: '"', 92: '\\' }

/** The name in double quotes with C escapes where git would do so, else as it is. */
export function quotePath(path: string): string {
  let out = ''
  let plain = true
  for (const byte of Buffer.from(path, 'utf8')) {
    const letter = letters[byte]
    if (letter !== undefined) out += '\\' + letter
    else if (byte < 0x20 || byte >= 0x7f) out += '\\' + byte.toString(8).padStart(3, '0')
    else {
      out += String.fromCharCode(byte)
      continue
    }
    plain = false
  }
  return plain ? path : `"${out}"`
}

/** The `diff --git`, `---` and `+++` forms of a name; a name with a space is ended by a tab in the last two. */
export function diffName(side: 'a' | 'b', path: Path): { readonly short: string; readonly long: string } {
  const short = quotePath(`${side}/${path}`)
  return { short, long: path.includes(' ') ? short + '\t' : short }
}

/** A name for people: control characters (also those that turn text around) become escapes, the rest is kept. */
export function displayPath(path: string): string {
  return showControls(path).replaceAll('\n', '\\n').replaceAll('\t', '\\t')
}

/** Text from the repo for a terminal: it may not move the cursor, ring, colour, or turn its direction. */
export function showControls(text: string): string {
  return text.replace(/[\0-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g, (char) => {
    const code = char.charCodeAt(0)
    return code < 0x20 ? '^' + String.fromCharCode(code + 64) : code === 0x7f ? '^?' : `\\u${code.toString(16).padStart(4, '0')}`
  })
}
