/** What one module declares: functions, classes, exports, and what is assigned to names and members anywhere in it. */
import { ancestor, bare, field, fieldsOf, functionKinds, literalText, walk } from './tree.js'
import type { JsClass, JsFunction, JsModule, JsNode } from './types.js'

/** Where an exported name comes from: an expression or declaration here, or another module's name (undefined: that module whole). */
export type Exported = { readonly node: JsNode } | { readonly from: string; readonly name: string | undefined }
export type ModuleIndex = {
  readonly module: JsModule
  readonly functions: ReadonlyMap<JsNode, JsFunction>
  readonly classes: ReadonlyMap<JsNode, JsClass>
  /** `module.exports = X`, `export = X`. */
  readonly whole: readonly JsNode[]
  /** By exported name; `export default` under 'default'. */
  readonly exported: ReadonlyMap<string, readonly Exported[]>
  /** Modules of `export * from`. */
  readonly stars: readonly string[]
  /** `name = value` after the declaration. */
  readonly assigned: ReadonlyMap<string, readonly { readonly target: JsNode; readonly value: JsNode }[]>
  /** `object.name = value`, by name. */
  readonly members: ReadonlyMap<string, readonly { readonly object: JsNode; readonly value: JsNode; readonly node: JsNode }[]>
}

export function indexModule(module: JsModule): ModuleIndex {
  const { text } = module
  const functions = new Map<JsNode, JsFunction>()
  const classes = new Map<JsNode, JsClass>()
  const whole: JsNode[] = []
  const exported = new Map<string, Exported[]>()
  const stars: string[] = []
  const assigned = new Map<string, { target: JsNode; value: JsNode }[]>()
  const members = new Map<string, { object: JsNode; value: JsNode; node: JsNode }[]>()
  const slice = (node: JsNode): string => text.slice(node.start, node.end)
  const give = (name: string, what: Exported): void => void push(exported, name, what)

  for (const node of walk(module.root)) {
    if (functionKinds.has(node.kind)) {
      const body = field(node, 'body')
      if (body) functions.set(node, { name: nameOf(node, text), node, body, module, params: fieldsOf(node, 'parameters'), isAsync: node.children.some((child) => child.kind === 'AsyncKeyword'), cls: undefined })
    } else if (node.kind === 'ClassDeclaration' || node.kind === 'ClassExpression') {
      const name = field(node, 'name')
      const heritage = fieldsOf(node, 'heritageClauses').find((clause) => /^extends\b/.test(slice(clause)))
      classes.set(node, { name: name ? slice(name) : nameOf(node, text), node, module, base: heritage?.children[0] && (field(heritage.children[0], 'expression') ?? heritage.children[0]) })
    } else if (node.kind === 'BinaryExpression' && (node.op === '=' || node.op === '??=' || node.op === '||=')) {
      const [left, value] = [field(node, 'left'), field(node, 'right')]
      if (left && value) assignment(node, left, value)
    } else if (node.kind === 'CallExpression') objectAssign(node)
  }
  for (const [node, fn] of functions) {
    const cls = classes.get(ancestor(node, 'ClassDeclaration', 'ClassExpression', ...functionKinds) ?? node)
    if (cls) functions.set(node, { ...fn, cls, name: node.kind === 'Constructor' ? cls.name : `${cls.name}.${fn.name}` })
  }
  for (const statement of module.root.children) exportsOf(statement)
  return { module, functions, classes, whole, exported, stars, assigned, members }

  function assignment(node: JsNode, left: JsNode, value: JsNode): void {
    if (left.kind === 'Identifier') push(assigned, slice(left), { target: left, value })
    if (left.kind !== 'PropertyAccessExpression' && left.kind !== 'ElementAccessExpression') return
    const written = slice(left)
    if (written === 'module.exports') {
      whole.push(lastOf(value))
      return
    }
    const object = field(left, 'expression')
    const key = field(left, 'name') ?? field(left, 'argumentExpression')
    const name = key && (left.kind === 'PropertyAccessExpression' ? slice(key) : literalText(key, text))
    if (!object || name === undefined) return
    if (/^(module\.)?exports$/.test(slice(object))) give(name, { node: lastOf(value) })
    push(members, name, { object, value, node })
  }
  /** `module.exports = exports = X`. */
  function lastOf(value: JsNode): JsNode {
    const inner = bare(value)
    const right = inner.kind === 'BinaryExpression' && inner.op === '=' ? field(inner, 'right') : undefined
    return right ? lastOf(right) : inner
  }
  function objectAssign(call: JsNode): void {
    const callee = field(call, 'expression')
    if (!callee || !/^Object\.(assign|defineProperty)$/.test(slice(callee))) return
    const [target, ...rest] = fieldsOf(call, 'arguments')
    if (target && /^(module\.)?exports$/.test(slice(target)) && slice(callee) === 'Object.assign') whole.push(...rest)
  }
  function exportsOf(statement: JsNode): void {
    if (statement.kind === 'ExportAssignment') {
      const value = field(statement, 'expression')
      if (!value) return
      if (/^export\s*=/.test(slice(statement))) whole.push(value)
      else give('default', { node: value })
      return
    }
    if (statement.kind === 'ExportDeclaration') {
      const specifier = field(statement, 'moduleSpecifier')
      const from = specifier && literalText(specifier, text)
      const clause = field(statement, 'exportClause')
      if (!clause) {
        if (from !== undefined) stars.push(from)
      } else if (clause.kind === 'NamespaceExport') {
        const name = field(clause, 'name')
        if (name && from !== undefined) give(slice(name), { from, name: undefined })
      } else
        for (const element of fieldsOf(clause, 'elements')) {
          const name = field(element, 'name')
          const own = field(element, 'propertyName') ?? name
          if (name && own) give(slice(name), from === undefined ? { node: own } : { from, name: slice(own) })
        }
      return
    }
    if (!statement.children.some((child) => child.field === 'modifiers' && child.kind === 'ExportKeyword')) return
    if (statement.children.some((child) => child.field === 'modifiers' && child.kind === 'DefaultKeyword')) {
      give('default', { node: statement })
      return
    }
    if (statement.kind === 'VariableStatement') {
      for (const node of walk(statement, (at) => !functionKinds.has(at.kind) && at.field !== 'initializer')) {
        const name = node.kind === 'VariableDeclaration' || node.kind === 'BindingElement' ? field(node, 'name') : undefined
        if (name?.kind === 'Identifier') give(slice(name), { node: name })
      }
    } else {
      const name = field(statement, 'name')
      if (name) give(slice(name), { node: statement })
    }
  }
}

function push<V>(map: Map<string, V[]>, key: string, value: V): void {
  const list = map.get(key)
  if (list) list.push(value)
  else map.set(key, [value])
}

/** The function's own name, or that of the variable, property or member it is given to. */
function nameOf(node: JsNode, text: string): string {
  const own = field(node, 'name')
  if (own) return text.slice(own.start, own.end)
  let at = node
  while (at.parent && /^(ParenthesizedExpression|AsExpression)$/.test(at.parent.kind)) at = at.parent
  const holder = at.parent
  // `const list = asyncHandler(async (req, res) => …)`: the wrapper's result carries the name.
  const named = holder?.kind === 'CallExpression' && at.field === 'arguments' ? holder.parent : holder
  if (named?.kind === 'VariableDeclaration' || named?.kind === 'PropertyAssignment' || named?.kind === 'PropertyDeclaration') {
    const name = field(named, 'name')
    return name ? text.slice(name.start, name.end) : ''
  }
  if (named?.kind === 'BinaryExpression' && named.op === '=') {
    const left = field(named, 'left')
    return left ? text.slice(left.start, left.end).replace(/^(module\.)?exports\./, '') : ''
  }
  return ''
}
