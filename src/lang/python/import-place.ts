/** Where a new import goes, the way people sort them: standard library, packages, the app's own; `import x` before `from x import y`, each by name. */
import { isStdlib } from './manifest/distributions.js'
import type { PyModule, PyNode } from './types.js'

type Line = { readonly node: PyNode; readonly module: string; readonly isFrom: boolean; readonly group: Group }
type Group = 'standard' | 'package' | 'own'
/** Beside which statement; `apart`: with an empty line between the two. */
export type ImportPlace = { readonly beside: PyNode; readonly side: 'before' | 'after'; readonly apart: boolean }

/** Among the imports that the file begins with; undefined where it begins with none. */
export function importPlace(module: PyModule, name: string, isFrom: boolean): ImportPlace | undefined {
  const lines = leading(module)
  const [first] = lines
  const last = lines.at(-1)
  if (!first || !last) return undefined
  const group = groupOf(name)
  const own = lines.filter((line) => line.group === group)
  if (own.length > 0) return amidst(own, name, isFrom)
  if (group === 'standard') return { beside: first.node, side: 'before', apart: isGrouped(module, lines) }
  const earlier = lines.filter((line) => line.group !== 'own').at(-1)
  if (group === 'own' || !earlier) return { beside: last.node, side: 'after', apart: false }
  return { beside: earlier.node, side: 'after', apart: earlier.group === 'standard' && (isGrouped(module, lines) || lines.every((line) => line.group === 'standard')) }
}

/** A file that sorts by name alone, forms mixed, keeps that; else the new line joins those of its form. */
function amidst(group: readonly Line[], name: string, isFrom: boolean): ImportPlace {
  const alike = group.filter((line) => line.isFrom === isFrom)
  const [first] = group
  const last = group.at(-1)
  const next = alike.find((line) => line.module > name)
  if (next && isSorted(alike)) return { beside: next.node, side: 'before', apart: false }
  const beside = alike.at(-1) ?? (isFrom ? last : first)
  if (!beside) throw new Error('a group without a line')
  return { beside: beside.node, side: alike.length === 0 && !isFrom ? 'before' : 'after', apart: false }
}
const isSorted = (lines: readonly Line[]): boolean => lines.every(({ module }, at) => at === 0 || (lines[at - 1]?.module ?? '') <= module)

/** Do empty lines part the file's own imports? */
function isGrouped(module: PyModule, lines: readonly Line[]): boolean {
  return lines.some(({ node }, at) => /(\r\n|\r(?!\n)|(?<!\r)\n)[ \t]*(\r\n|\n|\r)/.test(module.text.slice(lines[at - 1]?.node.end ?? node.start, node.start)))
}

/** Imports in a row, comments between them allowed: what follows the first other statement may depend on it. */
function leading(module: PyModule): readonly Line[] {
  const out: Line[] = []
  for (const [index, node] of module.root.children.entries()) {
    const isFrom = node.kind === 'import_from_statement'
    if (!isFrom && node.kind !== 'import_statement') {
      const opens = node.kind === 'comment' || node.kind === 'future_import_statement' || (index < 3 && node.kind === 'expression_statement' && node.children[0]?.kind === 'string' && out.length === 0)
      if (opens) continue
      break
    }
    const named = node.children.find((child) => child.field === (isFrom ? 'module_name' : 'name'))
    const name = named ? (/^[\w.]+/.exec(module.text.slice(named.start, named.end))?.[0] ?? '') : ''
    out.push({ node, module: name, isFrom, group: groupOf(name) })
  }
  return out
}
function groupOf(name: string): Group {
  if (name.startsWith('.')) return 'own'
  return isStdlib(name) ? 'standard' : 'package'
}
