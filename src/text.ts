/** Breaks prose at spaces to a width; `indent` goes before every line but the first. A longer word stands alone. */
export function wrap(text: string, width: number, indent = ''): readonly string[] {
  const lines: string[] = []
  let line = ''
  for (const word of text.split(' ')) {
    if (line && shown(line) + 1 + shown(word) > width) {
      lines.push(line)
      line = indent + word
    } else line = line ? `${line} ${word}` : word
  }
  if (line) lines.push(line)
  return lines
}

/** Length on the screen, where colour takes no room. */
const shown = (text: string): number => text.replace(/\u001b\[[\d;]*m/g, '').length

/** 1-based line of an offset into a text, whichever line ends it has. */
export const lineAt = (text: string, offset: number): number => text.slice(0, offset).split(/\r\n|\r|\n/).length

/** '1 file', '2 files'. */
export const plural = (count: number, one: string, many = `${one}s`): string => `${count} ${count === 1 ? one : many}`
/** 'a, b and c' */
export function listed(items: readonly string[]): string {
  return items.length < 2 ? (items[0] ?? '') : `${items.slice(0, -1).join(', ')} and ${items.at(-1) ?? ''}`
}
