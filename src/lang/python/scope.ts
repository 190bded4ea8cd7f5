/** Builds the scopes of a module: what each name is bound to, and every function and class, before anything is resolved. */
import type { Path } from '../../types.js'
import { field, fieldsOf, type ParsedTree } from './tree.js'
import type { PyBinding, PyClass, PyFunction, PyModule, PyNode, PyScope } from './types.js'

type Draft = Omit<PyScope, 'bindings' | 'globals' | 'stars' | 'fn' | 'cls'> & {
  bindings: Map<string, PyBinding[]>
  globals: Set<string>
  stars: string[]
  fn?: PyFunction
  cls?: PyClass
}
/** Scopes by the node that opens them, functions and classes by their node (for decorated ones the inner definition). */
export type ModuleIndex = {
  readonly module: PyModule
  readonly scopes: ReadonlyMap<PyNode, PyScope>
  readonly functions: ReadonlyMap<PyNode, PyFunction>
  readonly classes: ReadonlyMap<PyNode, PyClass>
}
type BindingTail = PyBinding extends infer B ? (B extends PyBinding ? Omit<B, 'name' | 'node' | 'scope'> : never) : never

export function indexModule(path: Path, name: string, isPackage: boolean, text: string, tree: ParsedTree): ModuleIndex {
  const scopes = new Map<PyNode, PyScope>()
  const functions = new Map<PyNode, PyFunction>()
  const classes = new Map<PyNode, PyClass>()
  const module = { path, name, isPackage, text, root: tree.root, brokenAt: tree.brokenAt } as PyModule & { scope: PyScope }
  const slice = (node: PyNode): string => text.slice(node.start, node.end)
  const open = (kind: Draft['kind'], node: PyNode, parent: Draft | undefined): Draft => {
    const scope: Draft = { kind, node, module, parent: parent as PyScope | undefined, bindings: new Map(), globals: new Set(), stars: [] }
    scopes.set(node, scope as PyScope)
    return scope
  }
  const moduleScope = open('module', tree.root, undefined)
  module.scope = moduleScope as PyScope

  const bind = (scope: Draft, node: PyNode, tail: BindingTail, spelled = slice(node)): void => {
    const home = scope.globals.has(spelled) ? moduleScope : scope
    const list = home.bindings.get(spelled)
    const binding = { name: spelled, node, scope: home as PyScope, ...tail } as PyBinding
    if (list) list.push(binding)
    else home.bindings.set(spelled, [binding])
  }
  const bindTarget = (scope: Draft, target: PyNode, make: (index: number | undefined) => BindingTail, index?: number): void => {
    if (target.kind === 'identifier') return bind(scope, target, make(index))
    if (target.kind === 'pattern_list' || target.kind === 'tuple_pattern' || target.kind === 'list_pattern' || target.kind === 'tuple' || target.kind === 'parenthesized_expression')
      return target.children.forEach((child, at) => bindTarget(scope, child, make, target.kind === 'parenthesized_expression' ? index : at))
    if (target.kind === 'list_splat_pattern' && target.children[0]) bindTarget(scope, target.children[0], () => ({ kind: 'other' }))
  }
  const imports = (scope: Draft, node: PyNode): void => {
    const from = field(node, 'module_name')
    const written = from ? slice(from).replace(/\s+/g, '') : ''
    if (node.children.some((child) => child.kind === 'wildcard_import')) scope.stars.push(written)
    for (const item of fieldsOf(node, 'name')) {
      const alias = field(item, 'alias')
      const dotted = alias ? (field(item, 'name') ?? item) : item
      const spelled = slice(dotted).replace(/\s+/g, '')
      if (from) bind(scope, item, { kind: 'import', module: written, member: spelled, topOnly: false }, alias ? slice(alias) : spelled)
      else if (alias) bind(scope, item, { kind: 'import', module: spelled, member: undefined, topOnly: false }, slice(alias))
      else bind(scope, item, { kind: 'import', module: spelled, member: undefined, topOnly: true }, spelled.split('.')[0] ?? spelled)
    }
  }
  const params = (scope: Draft, fn: PyFunction, list: PyNode | undefined): void => {
    const out = fn.params as (PyBinding & { kind: 'param' })[]
    let index = 0
    for (const param of list?.children ?? []) {
      const star = param.kind === 'list_splat_pattern' ? '*' : param.kind === 'dictionary_splat_pattern' ? '**' : ''
      const inner = param.kind === 'typed_parameter' ? param.children[0] : undefined
      const name = param.kind === 'identifier' ? param : star ? param.children[0] : (field(param, 'name') ?? inner)
      if (!name || param.kind === 'comment' || param.kind === 'keyword_separator' || param.kind === 'positional_separator') continue
      const splat = inner?.kind === 'list_splat_pattern' ? '*' : inner?.kind === 'dictionary_splat_pattern' ? '**' : star
      const identifier = name.kind === 'identifier' ? name : name.children[0]
      if (!identifier) continue
      bind(scope, identifier, { kind: 'param', fn, index, annotation: field(param, 'type'), fallback: field(param, 'value'), star: splat })
      const bound = scope.bindings.get(slice(identifier))?.at(-1)
      if (bound?.kind === 'param') out.push(bound)
      index++
    }
  }
  // `global x` holds for the whole function, wherever it stands: declared before anything is bound.
  const declareGlobals = (scope: Draft, node: PyNode): void => {
    for (const child of node.children) {
      if (child.kind === 'global_statement') for (const name of child.children) scope.globals.add(slice(name))
      else if (child.kind !== 'function_definition' && child.kind !== 'class_definition' && child.kind !== 'lambda') declareGlobals(scope, child)
    }
  }
  const define = (scope: Draft, node: PyNode, decorators: readonly PyNode[], cls: PyClass | undefined): void => {
    const isLambda = node.kind === 'lambda'
    const nameNode = field(node, 'name')
    const label = nameNode ? slice(nameNode) : '<lambda>'
    const body = field(node, 'body') ?? node
    const inner = open('function', node, scope)
    const owner = cls ? cls.name : scope.fn?.qualname
    const fn: PyFunction = {
      name: label, qualname: owner ? `${owner}.${label}` : label, node, body, module, scope: inner as PyScope, cls,
      params: [], decorators, isAsync: !isLambda && slice(node).startsWith('async'), isLambda,
    }
    inner.fn = fn
    functions.set(node, fn)
    const list = field(node, 'parameters')
    params(inner, fn, list)
    for (const param of list?.children ?? []) {
      const fallback = field(param, 'value')
      if (fallback) visit(scope, fallback)
    }
    if (nameNode) bind(scope, nameNode, { kind: 'function', fn })
    if (!isLambda) declareGlobals(inner, body)
    for (const child of isLambda ? [body] : body.children) visit(inner, child)
  }
  const defineClass = (scope: Draft, node: PyNode, decorators: readonly PyNode[]): void => {
    const nameNode = field(node, 'name')
    const supers = field(node, 'superclasses')
    const inner = open('class', node, scope)
    const cls: PyClass = {
      name: nameNode ? slice(nameNode) : '', node, module, scope: inner as PyScope, decorators,
      bases: (supers?.children ?? []).filter((child) => child.kind !== 'keyword_argument' && child.kind !== 'comment'),
    }
    inner.cls = cls
    classes.set(node, cls)
    if (nameNode) bind(scope, nameNode, { kind: 'class', cls })
    for (const child of field(node, 'body')?.children ?? []) visit(inner, child)
  }
  const visit = (scope: Draft, node: PyNode): void => {
    switch (node.kind) {
      case 'import_statement':
      case 'import_from_statement':
      case 'future_import_statement':
        return imports(scope, node)
      case 'decorated_definition': {
        const definition = field(node, 'definition')
        const marks = node.children.filter((child) => child.kind === 'decorator').flatMap((child) => child.children.filter((inner) => inner.kind !== 'comment'))
        for (const mark of marks) visit(scope, mark)
        if (definition?.kind === 'class_definition') return defineClass(scope, definition, marks)
        if (definition) return define(scope, definition, marks, scope.cls)
        return
      }
      case 'function_definition':
        return define(scope, node, [], scope.cls)
      case 'lambda':
        return define(scope, node, [], undefined)
      case 'class_definition':
        return defineClass(scope, node, [])
      case 'global_statement':
        return
      case 'assignment': {
        const left = field(node, 'left')
        let right = field(node, 'right')
        while (right?.kind === 'assignment') right = field(right, 'right')
        const type = field(node, 'type')
        if (left && right) {
          const value = right
          bindTarget(scope, left, (index) => ({ kind: 'assign', value, index }))
        } else if (left && type) bindTarget(scope, left, () => ({ kind: 'annotation', annotation: type }))
        break
      }
      case 'augmented_assignment': {
        const left = field(node, 'left')
        if (left?.kind === 'identifier') bind(scope, left, { kind: 'other' })
        break
      }
      case 'named_expression': {
        const name = field(node, 'name')
        const value = field(node, 'value')
        if (name && value) bind(scope, name, { kind: 'assign', value, index: undefined })
        break
      }
      case 'for_statement':
      case 'for_in_clause': {
        const left = field(node, 'left')
        const value = field(node, 'right')
        if (left && value) bindTarget(scope, left, (index) => ({ kind: 'loop', value, index }))
        break
      }
      case 'with_item':
      case 'except_clause': {
        const pattern = node.children.find((child) => child.kind === 'as_pattern')
        const target = pattern && field(pattern, 'alias')?.children[0]
        const value = pattern?.children[0]
        if (!target || !value) break
        if (node.kind === 'with_item') bindTarget(scope, target, () => ({ kind: 'with', value }))
        else bindTarget(scope, target, () => ({ kind: 'except', value }))
        break
      }
      case 'case_pattern':
        for (const child of node.children) if (child.kind === 'dotted_name' && child.children.length === 1 && child.children[0]) bind(scope, child.children[0], { kind: 'other' })
        break
    }
    for (const child of node.children) visit(scope, child)
  }
  for (const child of tree.root.children) visit(moduleScope, child)
  return { module, scopes, functions, classes }
}
