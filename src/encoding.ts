/** Bytes to text and back. Every encoding here is lossless: what decodes, encodes to the same bytes. */
import type { Encoding, UnreadFile } from './types.js'
import { UserError } from './errors.js'

export type Decoded =
  | { readonly text: string; readonly encoding: Encoding }
  | { readonly unread: Extract<UnreadFile['reason'], 'binary' | 'not-text'> }

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
const utf16 = new TextDecoder('utf-16le', { fatal: true, ignoreBOM: true })

// PEP 263: the cookie counts in the first two lines, the second only after a comment or blank line.
const cookie = /^[ \t\f]*#[^\r\n]*?coding[:=][ \t]*([-\w.]+)/
const blank = /^[ \t\f]*(#.*)?$/
// One byte a character: read as Latin-1 they come back byte for byte, and the ASCII part is right.
const singleByte = /^(latin-?1|iso-?latin-1|l1|iso-?8859-?(1|9|15)|iso8859|cp-?(819|1252)|windows-?1252|latin-?9)(-|$)/

/** The encoding named by the cookie of a Python file, lower case with '-' for '_'; undefined without one. */
export function pythonCookie(bytes: Uint8Array): string | undefined {
  const head = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.length, 1024)).toString('latin1')
  for (const line of head.split(/\r\n|\r|\n/, 2)) {
    const name = cookie.exec(line)?.[1]
    if (name !== undefined) return name.toLowerCase().replaceAll('_', '-')
    if (!blank.test(line)) return undefined
  }
  return undefined
}

const isPython = (path: string): boolean => path.endsWith('.py') || path.endsWith('.pyi')

/** Text without its BOM, or why it isn't text. `path` is looked at for `.py` only, where a cookie may name Latin-1. */
export function decode(bytes: Uint8Array, path: string): Decoded {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
  if (buffer.length >= 2 && buffer[0] === 0xff && buffer[1] === 0xfe) return wide(buffer.subarray(2), 'utf-16le', path)
  if (buffer.length >= 2 && buffer[0] === 0xfe && buffer[1] === 0xff) {
    const body = Buffer.from(buffer.subarray(2))
    if (body.length % 2 !== 0) return { unread: 'not-text' }
    return wide(body.swap16(), 'utf-16be', path)
  }
  if (buffer.includes(0)) return { unread: 'binary' }
  if (buffer.length >= 3 && buffer[0] === 0xef && buffer[1] === 0xbb && buffer[2] === 0xbf) return narrow(buffer.subarray(3), 'utf-8-bom')
  if (isPython(path)) {
    const named = pythonCookie(buffer)
    if (named !== undefined && singleByte.test(named)) return { text: buffer.toString('latin1'), encoding: 'latin-1' }
    // Bytes of another code page that happen to be valid UTF-8 would be misread.
    if (named !== undefined && !/^(utf-?8|u8|ascii|us-ascii)(-|$)/.test(named) && buffer.some((byte) => byte > 0x7f)) return { unread: 'not-text' }
  }
  return narrow(buffer, 'utf-8')
}

function narrow(bytes: Uint8Array, encoding: Encoding): Decoded {
  try {
    return { text: utf8.decode(bytes), encoding }
  } catch {
    return { unread: 'not-text' }
  }
}

function wide(bytes: Uint8Array, encoding: Encoding, path: string): Decoded {
  try {
    const text = utf16.decode(bytes)
    // UTF-32 begins with UTF-16's mark.
    if (text.includes('\0')) return { unread: 'binary' }
    // Python itself refuses source in UTF-16.
    return isPython(path) ? { unread: 'not-text' } : { text, encoding }
  } catch {
    return { unread: 'not-text' }
  }
}

/** The exact inverse of `decode`. Latin-1 refuses characters it can't hold. */
export function encode(file: { readonly text: string; readonly encoding: Encoding; readonly path?: string }): Uint8Array {
  switch (file.encoding) {
    case 'utf-8':
      return Buffer.from(file.text, 'utf8')
    case 'utf-8-bom':
      return Buffer.from('\ufeff' + file.text, 'utf8')
    case 'utf-16le':
      return Buffer.from('\ufeff' + file.text, 'utf16le')
    case 'utf-16be':
      return Buffer.from('\ufeff' + file.text, 'utf16le').swap16()
    case 'latin-1': {
      const alien = /[^\0-\xff]/u.exec(file.text)
      if (alien) {
        throw new UserError(
          `${file.path ?? 'A file'} is encoded as Latin-1, which can't hold the character ${JSON.stringify(alien[0])}.`,
          3,
          'Save the file as UTF-8 (and remove its coding line), then run again.',
        )
      }
      return Buffer.from(file.text, 'latin1')
    }
  }
}

/** Bytes that `encode` would give, without refusing. */
export function encodedSize(file: { readonly text: string; readonly encoding: Encoding }): number {
  switch (file.encoding) {
    case 'utf-8':
      return Buffer.byteLength(file.text, 'utf8')
    case 'utf-8-bom':
      return Buffer.byteLength(file.text, 'utf8') + 3
    case 'latin-1':
      return file.text.length
    default:
      return file.text.length * 2 + 2
  }
}
