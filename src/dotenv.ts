/** The names and values of a .env file, as far as they are plain; values are for the emulated cell only and are never printed. */
export function parseDotenv(text: string): ReadonlyMap<string, string> {
  const values = new Map<string, string>()
  for (const line of text.split(/\r\n|\r|\n/)) {
    const match = /^\s*(?:export\s+)?([A-Za-z_][A-Za-z0-9_]*)\s*=\s*(.*?)\s*$/.exec(line)
    if (!match) continue
    const [, name = '', raw = ''] = match
    const quoted = /^(['"])(.*)\1(?:\s+#.*)?$/.exec(raw)
    values.set(name, quoted ? (quoted[2] ?? '') : raw.replace(/\s+#.*$/, ''))
  }
  return values
}
