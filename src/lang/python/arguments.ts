/** What calls pass and imports name. */
import { field } from './tree.js'
import type { PyModule, PyNode, PyScope } from './types.js'

export type CallSite = { readonly args: readonly PyNode[]; readonly kwargs: ReadonlyMap<string, PyNode>; readonly scope: PyScope; /** 1 when `self` is passed implicitly. */ readonly shift: number }

export function readArguments(node: PyNode, scope: PyScope): CallSite & { readonly spread: boolean } {
  const args: PyNode[] = []
  const kwargs = new Map<string, PyNode>()
  let spread = false
  const list = field(node, 'arguments')
  if (list?.kind === 'generator_expression') args.push(list)
  else
    for (const child of list?.children ?? []) {
      if (child.kind === 'comment') continue
      if (child.kind === 'list_splat' || child.kind === 'dictionary_splat') spread = true
      else if (child.kind === 'keyword_argument') {
        const [name, value] = [field(child, 'name'), field(child, 'value')]
        if (name && value) kwargs.set(scope.module.text.slice(name.start, name.end), value)
      } else args.push(child)
    }
  return { args, kwargs, scope, shift: 0, spread }
}
/** What an import statement names: module as written and the member taken, one item per name. */
export function* importsOf(node: PyNode, module: PyModule): Generator<{ readonly module: string; readonly member: string | undefined }> {
  const text = (at: PyNode): string => module.text.slice(at.start, at.end).replace(/\s+/g, '')
  const from = field(node, 'module_name')
  const items = node.children.filter((child) => child.field === 'name').map((item) => text(field(item, 'name') ?? item))
  if (!from) for (const item of items) yield { module: item, member: undefined }
  else if (items.length === 0) yield { module: text(from), member: undefined }
  else for (const item of items) yield { module: text(from), member: item }
}
