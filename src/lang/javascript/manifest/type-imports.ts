/** Imports that TypeScript leaves out of what it writes, although no `type` says so: every name is used as a type only. */
import type { JsImport, JsNode, JsProgram } from '../program.js'
import { walk } from '../tree.js'

const typePlaces = /^(TypeReference|TypeQuery|ExpressionWithTypeArguments|TypeAliasDeclaration|InterfaceDeclaration|QualifiedName|ImportType|TypePredicate)$/

export function importedForTypes(program: JsProgram, site: JsImport): boolean {
  if (!site.module.isTypeScript || site.node.kind !== 'ImportDeclaration') return false
  const clause = site.node.children.find(({ field }) => field === 'importClause')
  // `import 'reflect-metadata'` is for what it does.
  if (!clause) return false
  const names = [...walk(clause)].filter((node) => node.kind === 'Identifier' && node.field === 'name')
  return names.length > 0 && names.every((name) => program.references(name).every((mention) => mention === name || isInImport(mention) || isType(program, mention)))
}
const isInImport = (node: JsNode): boolean => /^Import(Clause|Specifier)$|^NamespaceImport$/.test(node.parent?.kind ?? '')
function isType(program: JsProgram, node: JsNode): boolean {
  for (let at = node.parent; at; at = at.parent) {
    if (at.kind === 'ExpressionWithTypeArguments') return at.parent?.kind === 'HeritageClause' && (at.parent.parent?.kind === 'InterfaceDeclaration' || program.text(at.parent).startsWith('implements'))
    if (typePlaces.test(at.kind)) return true
    if (/Expression$|Statement$|Declaration$/.test(at.kind)) return false
  }
  return false
}
