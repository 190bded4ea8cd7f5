/** Lists what one unit (a module body, a class body within it, or a function body) executes itself, with the tests around each place. */
import type { ModuleIndex } from './scope.js'
import type { Guards } from './guards.js'
import { field, fieldsOf, walk } from './tree.js'
import type { PyNode, PyScope } from './types.js'

export type Unit = { readonly node: PyNode; readonly scope: PyScope; readonly index: ModuleIndex }
export type Place = {
  readonly node: PyNode
  readonly scope: PyScope
  readonly main: boolean
  readonly conditional: boolean
  readonly handled: boolean
}
type Around = Omit<Place, 'node'>

/** Kinds that reach analysis or rules ask for; other nodes are found by walking from these. */
const kept: ReadonlySet<string> = new Set([
  'call', 'assignment', 'augmented_assignment', 'delete_statement', 'try_statement', 'while_statement', 'for_statement', 'with_statement', 'raise_statement', 'import_statement', 'import_from_statement',
  'class_definition', 'function_definition', 'decorated_definition', 'lambda', 'attribute', 'subscript', 'return_statement', 'string', 'concatenated_string', 'if_statement', 'identifier', 'global_statement', 'yield', 'print_statement', 'named_expression',
])
const ends = new Set(['return_statement', 'raise_statement', 'continue_statement', 'break_statement'])

export function scanUnit(unit: Unit, guards: Guards): readonly Place[] {
  const places: Place[] = []
  const visit = (node: PyNode, around: Around): void => {
    if (kept.has(node.kind)) places.push({ node, ...around })
    switch (node.kind) {
      case 'decorated_definition':
        for (const child of node.children) visit(child, around)
        return
      case 'function_definition':
      case 'lambda': {
        // Only defaults and annotations run where a function is defined.
        for (const param of field(node, 'parameters')?.children ?? []) {
          const fallback = field(param, 'value')
          if (fallback) visit(fallback, around)
          // Of an annotation only what it calls is worth a look: `Annotated[User, Depends(current_user)]`.
          const type = field(param, 'type')
          if (type && unit.node.kind !== 'lambda') for (const inner of walk(type, (child) => child.kind !== 'call')) if (inner.kind === 'call') visit(inner, around)
        }
        return
      }
      case 'class_definition': {
        for (const base of field(node, 'superclasses')?.children ?? []) visit(base, around)
        const scope = unit.index.scopes.get(node) ?? around.scope
        block(field(node, 'body')?.children ?? [], { ...around, scope })
        return
      }
      case 'if_statement':
        return branches(node, around)
      case 'conditional_expression': {
        const [yes, test, no] = node.children
        const known = test && guards.test(test, around.scope)
        if (test) visit(test, around)
        if (yes && known !== false) visit(yes, around)
        if (no && known !== true) visit(no, around)
        return
      }
      case 'try_statement': {
        const body = field(node, 'body')
        const caught = node.children.some((child) => child.kind === 'except_clause' || child.kind === 'except_group_clause')
        if (body) block(body.children, caught ? { ...around, handled: true } : around)
        for (const child of node.children) if (child !== body) visit(child, around)
        return
      }
      case 'block':
      case 'module':
        return block(node.children, around)
      default:
        for (const child of node.children) visit(child, around)
    }
  }
  /** Statements in order; those after a branch that surely leaves are dead. */
  const block = (statements: readonly PyNode[], around: Around): void => {
    for (const statement of statements) {
      visit(statement, around)
      if (statement.kind === 'if_statement' && leaves(statement, around.scope)) return
      if (ends.has(statement.kind)) return
    }
  }
  const branches = (node: PyNode, around: Around): void => {
    let rest = around
    const arms = [node, ...fieldsOf(node, 'alternative')]
    for (const arm of arms) {
      const condition = field(arm, 'condition')
      const body = field(arm, 'consequence') ?? field(arm, 'body')
      if (!condition) {
        if (body) block(body.children, rest)
        return
      }
      visit(condition, rest)
      const known = guards.test(condition, rest.scope)
      if (body && known !== false && known !== 'typing') block(body.children, known === 'main' ? { ...rest, main: true } : known === 'flag' ? { ...rest, conditional: true } : rest)
      if (known === true) return
      if (known === 'not-main') rest = { ...rest, main: true }
      if (known === 'flag') rest = { ...rest, conditional: true }
    }
  }
  /** The branch that runs on the host leaves the block. */
  const leaves = (node: PyNode, scope: PyScope): boolean => {
    const condition = field(node, 'condition')
    const known = condition && guards.test(condition, scope)
    if (known !== true && known !== 'not-main') return false
    const last = field(node, 'consequence')?.children.filter((child) => child.kind !== 'comment').at(-1)
    return last !== undefined && ends.has(last.kind)
  }
  const around: Around = { scope: unit.scope, main: false, conditional: false, handled: false }
  if (unit.node.kind === 'lambda') {
    const body = field(unit.node, 'body')
    if (body) visit(body, around)
  } else block(unit.node.children, around)
  return places
}
