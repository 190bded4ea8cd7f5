/** What a file hands to whoever imports it. */
import { field, fieldsOf, functionAround, functionKinds, walk } from '../tree.js'
import type { JsModule, JsNode } from '../types.js'

/** `whole`: the module itself (`module.exports = x`, `export default x`); else one name of it. */
export type HandedOut = { readonly whole: boolean; readonly node: JsNode }

export function* handedOut(module: JsModule): Generator<HandedOut> {
  const textOf = (node: JsNode | undefined): string => (node ? module.text.slice(node.start, node.end) : '')
  for (const node of walk(module.root, (at) => !functionKinds.has(at.kind))) {
    const modifiers = fieldsOf(node, 'modifiers').map(({ kind }) => kind)
    if (node.kind === 'ExportAssignment') yield* value(field(node, 'expression'))
    else if (node.kind === 'ExportSpecifier' && !field(node.parent?.parent ?? node, 'moduleSpecifier')) {
      const name = field(node, 'name')
      const own = field(node, 'propertyName') ?? name
      if (own) yield { whole: textOf(name) === 'default', node: own }
    } else if (modifiers.includes('ExportKeyword')) {
      const list = field(node, 'declarationList')
      const named = list ? fieldsOf(list, 'declarations').flatMap((one) => field(one, 'initializer') ?? []) : [node]
      for (const one of named) yield { whole: modifiers.includes('DefaultKeyword'), node: one }
    } else if (node.kind === 'BinaryExpression' && node.op === '=' && functionAround(node) === undefined) {
      const [, isWhole, isName] = /^(module\.exports|exports\.default|module\.exports\.default)$|^((?:module\.)?exports\.[\w$]+)$/.exec(textOf(field(node, 'left')).replace(/\s/g, '')) ?? []
      let right = field(node, 'right')
      while (right?.kind === 'BinaryExpression' && right.op === '=') right = field(right, 'right')
      if (isWhole !== undefined) yield* value(right)
      else if (isName !== undefined && right) yield { whole: false, node: right }
    }
  }
}
function* value(node: JsNode | undefined): Generator<HandedOut> {
  if (node?.kind !== 'ObjectLiteralExpression') {
    if (node) yield { whole: true, node }
    return
  }
  for (const property of fieldsOf(node, 'properties')) {
    const held = field(property, 'initializer') ?? field(property, 'name')
    if (held) yield { whole: false, node: held }
  }
}
