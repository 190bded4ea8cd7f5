/** Takes a property out of a JSON text without touching the rest. */
import type { Node } from 'jsonc-parser'
import type { Range } from '../../../src/types.js'

/** The edit that removes a property with the comma that belongs to it, and its line when it has one of its own. */
export function removeProperty(text: string, property: Node): { readonly range: Range; readonly text: string } {
  let start = property.offset
  let end = property.offset + property.length
  const after = /^\s*,/.exec(text.slice(end))
  if (after) {
    end += after[0].length
    // The next property takes this one's place, indentation included.
    end += /^\s*/.exec(text.slice(end))?.[0].length ?? 0
  } else {
    const before = /,\s*$/.exec(text.slice(0, start))
    if (before) start -= before[0].length
  }
  return { range: { start, end }, text: '' }
}
