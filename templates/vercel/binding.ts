/** What the builder counts as an app: the same answer as findAppOrHandler, but synchronous and with every name. */
import { field, fieldsOf, parsePython } from '../../src/lang/python/tree.js'
import type { PyNode } from '../../src/lang/python/types.js'
import { candidates } from './lookup.js'
import type { Folder } from './project.js'
import type { Path } from '../../src/types.js'

const assignable: readonly string[] = ['app', 'application']

/** Accepted names that a file binds at its top level, in source order. Nothing inside `if` or `try` counts, nor does a tuple. */
export function boundNames(source: string): readonly string[] {
  const { root } = parsePython(source)
  return root.children.flatMap(node => [...namesBoundBy(node, source)])
}

function* namesBoundBy(statement: PyNode, source: string): Generator<string> {
  const text = (node: PyNode): string => source.slice(node.start, node.end)
  const node = statement.kind === 'decorated_definition' ? field(statement, 'definition') ?? statement : statement
  const name = field(node, 'name')
  if (node.kind === 'function_definition' && name && assignable.includes(text(name))) yield text(name)
  if (node.kind === 'class_definition' && name && ['handler', 'Handler'].includes(text(name))) yield text(name)
  if (node.kind === 'import_from_statement') {
    for (const item of fieldsOf(node, 'name')) {
      const bound = item.kind === 'aliased_import' ? field(item, 'alias') : item
      if (bound && assignable.includes(text(bound))) yield text(bound)
    }
  }
  if (node.kind !== 'expression_statement') return
  // `a = app = x` nests; a bare annotation counts as well.
  const queue = [...node.children]
  for (let child = queue.shift(); child; child = queue.shift()) {
    if (child.kind !== 'assignment') continue
    const left = field(child, 'left')
    if (left?.kind === 'identifier' && assignable.includes(text(left))) yield text(left)
    queue.push(...fieldsOf(child, 'right'))
  }
}

/** The candidate files that bind an app, in the builder's order: the first one is served. */
export function* boundCandidates(home: Folder): Generator<Path> {
  for (const path of candidates) {
    const source = home.text(path)
    if (source !== undefined && boundNames(source).length > 0) yield path
  }
}
