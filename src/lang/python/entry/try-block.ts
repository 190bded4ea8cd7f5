/** `try` statements that keep a failure to themselves: which handlers swallow what, and the same code without the `try`. */
import type { Change } from '../../../types.js'
import { indentOf, lineEnd, lineStart, standsAlone } from '../edit.js'
import { ownCode } from '../background/loops.js'
import { bare, field, isInside, walk } from '../tree.js'
import type { PythonProgram } from '../program.js'
import type { PyBinding, PyModule, PyNode, PyScope, Value } from '../types.js'

const broad = /^builtins\.(BaseException|Exception|ImportError|ModuleNotFoundError|AttributeError|RuntimeError)$/

/** Handlers that catch a failed import or set-up and go on. */
export function swallowingHandlers(program: PythonProgram, node: PyNode, scope: PyScope): readonly PyNode[] {
  return node.children.filter((child) => child.kind === 'except_clause' && isBroad(program, child, scope) && !leaves(program, child, scope))
}
function isBroad(program: PythonProgram, clause: PyNode, scope: PyScope): boolean {
  const value = clause.children.find((child) => child.kind !== 'block' && child.kind !== 'comment')
  if (!value) return true
  const type = value.kind === 'as_pattern' ? value.children[0] : value
  const types = type?.kind === 'tuple' ? type.children : type ? [type] : []
  return types.some((one) => program.origins(bare(one), scope).some((origin) => broad.test(origin)))
}
function leaves(program: PythonProgram, clause: PyNode, scope: PyScope): boolean {
  for (const node of ownCode(clause)) {
    if (node.kind === 'raise_statement') return true
    const callee = node.kind === 'call' ? field(node, 'function') : undefined
    if (callee && program.origins(callee, scope).some((origin) => /^(sys\.exit|os\._exit|builtins\.(exit|quit)|os\.abort)$/.test(origin))) return true
  }
  return false
}

/** Names that a block binds itself: assignments, imports, definitions. */
export function namesBoundIn(block: PyNode, scope: PyScope): ReadonlySet<string> {
  const out = new Set<string>()
  for (let at: PyScope | undefined = scope; at; at = at.parent) for (const [name, bindings] of at.bindings) if (bindings.some((binding) => isInside(binding.node, block))) out.add(name)
  return out
}

/** What a binding holds, followed through the repo's imports. */
export function bindingValues(program: PythonProgram, binding: PyBinding, depth = 0): readonly Value[] {
  switch (binding.kind) {
    case 'assign':
      return binding.index === undefined ? program.values(binding.value, binding.scope) : []
    case 'function':
      return [{ kind: 'function', fn: binding.fn }]
    case 'class':
      return [{ kind: 'class', cls: binding.cls }]
    case 'import': {
      if (binding.member === undefined || depth > 4) return []
      const home = program.modules.get(program.find(binding.module, binding.scope.module) ?? '')
      if (!home) return [{ kind: 'name', name: `${binding.module}.${binding.member}` }]
      return (home.scope.bindings.get(binding.member) ?? []).flatMap((inner) => bindingValues(program, inner, depth + 1))
    }
    default:
      return []
  }
}

/** The edits that leave the body alone, without `try:` and its handlers; undefined where that is not plain, or other code lives on what a handler sets. */
export function unwrapTry(module: PyModule, node: PyNode, scope: PyScope): readonly Change[] | undefined {
  const body = field(node, 'body')
  const clauses = node.children.filter((child) => child.kind.endsWith('_clause'))
  const [firstClause] = clauses
  const first = body?.children[0]
  if (module.brokenAt !== undefined || !body || !first || !firstClause || clauses.some((clause) => clause.kind !== 'except_clause')) return undefined
  const head = module.text.slice(node.start, lineEnd(module, node.start))
  if (!/^try\s*:\s*(#[^\r\n]*)?[\r\n]*$/.test(head) || !standsAlone(module, node)) return undefined
  const inBody = namesBoundIn(body, scope)
  for (const clause of clauses) for (const name of namesBoundIn(clause, scope)) if (!inBody.has(name) && name !== caughtAs(module, clause) && isReadOutside(module, name, node)) return undefined
  const outer = indentOf(module, node)
  const inner = indentOf(module, first)
  if (!inner.startsWith(outer) || inner.length <= outer.length) return undefined
  const from = lineEnd(module, node.start)
  const to = lineStart(module, firstClause.start)
  const strings = [...walk(body)].filter((at) => at.kind === 'string')
  const changes: Change[] = [{ kind: 'edit', path: module.path, range: { start: lineStart(module, node.start), end: from }, text: '' }]
  for (let at = from; at < to; at = lineEnd(module, at)) {
    const inString = strings.some((string) => string.start < at && at < string.end)
    if (!inString && module.text.startsWith(inner, at)) changes.push({ kind: 'edit', path: module.path, range: { start: at + outer.length, end: at + inner.length }, text: '' })
  }
  changes.push({ kind: 'edit', path: module.path, range: { start: to, end: lineEnd(module, node.end) }, text: '' })
  return changes
}
/** The name of the caught error: gone when its handler ends. */
function caughtAs(module: PyModule, clause: PyNode): string | undefined {
  const alias = clause.children.find((child) => child.kind === 'as_pattern')?.children.at(-1)
  return alias && module.text.slice(alias.start, alias.end)
}
function isReadOutside(module: PyModule, name: string, node: PyNode): boolean {
  for (const at of walk(module.root)) if (at.kind === 'identifier' && !isInside(at, node) && module.text.slice(at.start, at.end) === name) return true
  return false
}
