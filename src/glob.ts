/** Globs as platform configs write them: `*`, `**`, `?`, `{a,b}` and `[abc]`. */
import type { Path } from './types.js'

/** A test for whole paths. A dot at the start of a name is matched like any other character. */
export function globMatcher(pattern: string): (path: Path) => boolean {
  const expression = new RegExp(`^${source(pattern)}$`)
  return path => expression.test(path)
}

function source(pattern: string): string {
  let out = ''
  let depth = 0
  for (let at = 0; at < pattern.length; at++) {
    const char = pattern[at] ?? ''
    if (pattern.startsWith('**/', at)) {
      out += '(?:.*/)?'
      at += 2
    } else if (pattern.startsWith('**', at)) {
      out += '.*'
      at += 1
    } else if (char === '*') out += '[^/]*'
    else if (char === '?') out += '[^/]'
    else if (char === '{' && pattern.includes('}', at)) {
      out += '(?:'
      depth++
    } else if (char === '}' && depth > 0) {
      out += ')'
      depth--
    } else if (char === ',' && depth > 0) out += '|'
    else if (char === '[' && /^\[[^\]/]+\]/.test(pattern.slice(at))) {
      const end = pattern.indexOf(']', at + 1)
      out += `[${pattern.slice(at + 1, end).replace(/^!/, '^').replace(/[\\[\]]/g, '\\$&')}]`
      at = end
    } else out += char.replace(/[.+^${}()|[\]\\/]/g, '\\$&')
  }
  return out + ')'.repeat(depth)
}
