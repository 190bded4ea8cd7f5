/** What a file imports at its top, by any of the ways to write it: the place to look before another import is added. */
import { bare, field, fieldsOf, literalText } from './tree.js'
import type { JsModule, JsNode } from './types.js'

export type WrittenImport = {
  /** As written: 'node:fs', './users'. */
  readonly target: string
  /** 'default', 'namespace' and 'equals' name the form that binds the main export; 'require' is `const x = require()`. */
  readonly how: 'default' | 'namespace' | 'equals' | 'require' | 'named'
  /** The local name of the main export or namespace. */
  readonly main: string | undefined
  /** Local names by the member's. */
  readonly members: ReadonlyMap<string, string>
  /** After this member another one can be put into the braces. */
  readonly lastMember: JsNode | undefined
  /** Erased by the compiler. */
  readonly typeOnly: boolean
  /** A default import without braces, after which braces can be put. */
  readonly open: JsNode | undefined
  readonly statement: JsNode
}

/** The imports among the file's own statements; those inside functions, conditions or `try` are not surely there. */
export function* importsOf(module: JsModule): Generator<WrittenImport> {
  for (const statement of module.root.children) {
    if (statement.kind === 'ImportDeclaration') {
      const found = importDeclaration(statement, module.text)
      if (found) yield found
    } else if (statement.kind === 'ImportEqualsDeclaration') {
      const name = field(statement, 'name')
      const reference = field(statement, 'moduleReference')
      const from = reference && field(reference, 'expression')
      const target = from && literalText(from, module.text)
      if (name && target !== undefined) yield { target, how: 'equals', main: at(name, module.text), members: new Map(), lastMember: undefined, typeOnly: false, open: undefined, statement }
    } else if (statement.kind === 'VariableStatement') {
      const list = field(statement, 'declarationList')
      for (const declaration of list ? fieldsOf(list, 'declarations') : []) {
        const found = requireDeclaration(declaration, statement, module.text)
        if (found) yield found
      }
    }
  }
}

function importDeclaration(statement: JsNode, text: string): WrittenImport | undefined {
  const from = field(statement, 'moduleSpecifier')
  const target = from && literalText(from, text)
  const clause = field(statement, 'importClause')
  if (target === undefined || !clause) return undefined
  const name = field(clause, 'name')
  const bindings = field(clause, 'namedBindings')
  const typeOnly = /^import\s+type\b(?!\s+from\b|\s*,)/.test(text.slice(statement.start, statement.end))
  const base = { target, typeOnly, statement }
  if (bindings?.kind === 'NamespaceImport') {
    const local = field(bindings, 'name')
    return { ...base, how: 'namespace', main: local && at(local, text), members: new Map(name ? [['default', at(name, text)]] : []), lastMember: undefined, open: undefined }
  }
  const specifiers = bindings ? fieldsOf(bindings, 'elements').filter((element) => !/^type\s+\w/.test(at(element, text))) : []
  const members = new Map(specifiers.map((element) => [at(field(element, 'propertyName') ?? field(element, 'name') ?? element, text), at(field(element, 'name') ?? element, text)]))
  const main = name ? at(name, text) : members.get('default')
  return { ...base, how: main === undefined ? 'named' : 'default', main, members, lastMember: bindings ? fieldsOf(bindings, 'elements').at(-1) : undefined, open: bindings ? undefined : name }
}

/** `const x = require('x')`, `const { a, b: c } = require('x')`, `const a = require('x').a`. */
function requireDeclaration(declaration: JsNode, statement: JsNode, text: string): WrittenImport | undefined {
  const name = field(declaration, 'name')
  let value = field(declaration, 'initializer')
  value = value && bare(value)
  let member: string | undefined
  if (value?.kind === 'PropertyAccessExpression') {
    const property = field(value, 'name')
    const inner = field(value, 'expression')
    member = property && at(property, text)
    value = inner && bare(inner)
  }
  const target = value && requiredBy(value, text)
  if (target === undefined || !name) return undefined
  const base = { target, how: 'require' as const, typeOnly: false, open: undefined, statement }
  if (name.kind === 'Identifier') {
    if (member !== undefined) return { ...base, main: undefined, members: new Map([[member, at(name, text)]]), lastMember: undefined }
    return { ...base, main: at(name, text), members: new Map(), lastMember: undefined }
  }
  if (name.kind !== 'ObjectBindingPattern' || member !== undefined) return undefined
  const elements = fieldsOf(name, 'elements')
  // A default value or the rest of the members is something else than an import.
  const plain = elements.filter((element) => !field(element, 'initializer') && !field(element, 'dotDotDotToken') && field(element, 'name')?.kind === 'Identifier')
  const members = new Map(plain.map((element) => [at(field(element, 'propertyName') ?? field(element, 'name') ?? element, text), at(field(element, 'name') ?? element, text)]))
  return { ...base, main: undefined, members, lastMember: elements.some((element) => field(element, 'dotDotDotToken')) ? undefined : elements.at(-1) }
}
/** The package or path of a `require('…')` call. */
export function requiredBy(call: JsNode, text: string): string | undefined {
  const callee = call.kind === 'CallExpression' ? field(call, 'expression') : undefined
  const [argument, ...more] = fieldsOf(call, 'arguments')
  if (callee?.kind !== 'Identifier' || at(callee, text) !== 'require' || !argument || more.length > 0) return undefined
  return literalText(argument, text)
}

const at = (node: JsNode, text: string): string => text.slice(node.start, node.end)
