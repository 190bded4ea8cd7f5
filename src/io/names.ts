const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** A file name from its bytes; undefined when they aren't UTF-8, for then no string leads back to the file. */
export function nameOf(bytes: Uint8Array): string | undefined {
  try {
    return strict.decode(bytes)
  } catch {
    return undefined
  }
}

/** Such a name for people: the bytes that are no UTF-8 are replaced. */
export function printable(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('utf8')
}
