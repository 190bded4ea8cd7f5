/** Files of the repo that a call starts as programs. */
import type { Folder } from './fold.js'
import { bare, field } from './tree.js'
import type { PyModule, PyNode, PyScope } from './types.js'

/** Elements of the argument list (or words of a literal command) that name a Python file of the repo. */
export function scriptsOf(call: PyNode, scope: PyScope, fold: Folder, moduleAt: (path: string) => PyModule | undefined): readonly PyModule[] {
  const first = field(call, 'arguments')?.children.find((child) => child.kind !== 'comment')
  if (!first) return []
  const command = bare(first)
  const parts = command.kind === 'list' || command.kind === 'tuple' ? command.children.slice(0, 4) : [command]
  const paths = parts.flatMap((part) => fold.path(part, scope)).flatMap((at) => (at.exact && (at.base === 'repo' || at.base === 'cwd') ? at.text.split(/\s+/) : []))
  return [...new Set(paths)].filter((path) => path.endsWith('.py')).flatMap((path) => moduleAt(path) ?? [])
}
