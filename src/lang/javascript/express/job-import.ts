/** Makes a function of one file callable in another: exported there if it is not yet, and imported here. */
import type { Change } from '../../../types.js'
import { append, insertAt } from '../edit.js'
import { ensureImport } from '../edit-imports.js'
import type { Refused, Round } from '../background/one-round.js'
import { bare, field, fieldsOf, walk, type JsModule, type JsNode, type JsProgram } from '../program.js'
import { endStatement, styleOf, type Style } from '../style.js'
import { dirOf } from '../../paths.js'

/** What to write before `()` in `into` to run the round. */
export function nameFor(program: JsProgram, into: JsModule, round: Round, style: Style): { readonly name: string; readonly changes: readonly Change[] } | Refused {
  if (round.module === into) return { name: round.name.replace(/^module\./, ''), changes: [] }
  const local = round.name.replace(/^(module\.)?exports\./, '')
  if (leadsTo(program, round.module, into)) return { refused: `${round.module.path} loads ${into.path}, so each would need the other first` }
  const exported = round.lifted?.exported ? { member: local, changes: [] } : exportOf(program, round.module, round.name, local)
  if (!exported) return { refused: `${round.name}() can't be exported from ${round.module.path} without changing what it exports` }
  const from = written(program, into, round.module)
  if (from === undefined) return { refused: `${into.path} is not written in the way ${round.module.path} is` }
  const added = ensureImport(into, { from, ...(exported.member === undefined ? {} : { member: exported.member }), local }, style)
  return { name: added.name, changes: [...exported.changes, ...added.changes] }
}

/** Does loading one module load the other? */
function leadsTo(program: JsProgram, from: JsModule, to: JsModule): boolean {
  const seen = new Set([from.path])
  const imports = [...program.imports()]
  for (const path of seen) {
    if (path === to.path) return true
    for (const { module, resolved, typeOnly } of imports) if (module.path === path && resolved !== undefined && !typeOnly) seen.add(resolved)
  }
  return false
}

type Exported = { readonly member: string | undefined; readonly changes: readonly Change[] }
function exportOf(program: JsProgram, module: JsModule, name: string, local: string): Exported | undefined {
  if (name !== local) return { member: local, changes: [] }
  const text = (node: JsNode | undefined): string => (node ? module.text.slice(node.start, node.end) : '')
  const style = styleOf(module, { modules: program.modules })
  let whole: JsNode | undefined
  let usesMembers = false
  let declaration: JsNode | undefined
  for (const statement of module.root.children) {
    const list = statement.kind === 'VariableStatement' ? field(statement, 'declarationList') : undefined
    const declares = text(field(statement, 'name')) === local || (list ? fieldsOf(list, 'declarations').some((one) => text(field(one, 'name')) === local) : false)
    if (declares) declaration = statement
    if (declares && statement.children.some((child) => child.kind === 'ExportKeyword')) return { member: statement.children.some((child) => child.kind === 'DefaultKeyword') ? undefined : local, changes: [] }
    if (statement.kind === 'ExportAssignment' && text(field(statement, 'expression')) === local) return { member: undefined, changes: [] }
    if (statement.kind === 'ExportDeclaration') for (const one of walk(statement)) if (one.kind === 'ExportSpecifier' && text(field(one, 'propertyName') ?? field(one, 'name')) === local) return { member: text(field(one, 'name')), changes: [] }
    const assignment = statement.kind === 'ExpressionStatement' ? field(statement, 'expression') : undefined
    if (assignment?.kind !== 'BinaryExpression' || assignment.op !== '=') continue
    const left = text(field(assignment, 'left'))
    const right = field(assignment, 'right')
    const member = /^(?:module\.)?exports\.(\w+)$/.exec(left)?.[1]
    if (member !== undefined) usesMembers = true
    if (member !== undefined && text(right) === local) return { member, changes: [] }
    if (left === 'module.exports') whole = right && bare(right)
  }
  if (whole?.kind === 'ObjectLiteralExpression') {
    for (const child of whole.children) if (text(field(child, 'initializer') ?? field(child, 'name')) === local) return { member: text(field(child, 'name')), changes: [] }
    const last = whole.children.at(-1)
    return { member: local, changes: [last ? insertAt(module, last.end, `, ${local}`) : insertAt(module, whole.start + 1, ` ${local} `)] }
  }
  if (whole && text(whole) === local) return { member: undefined, changes: [] }
  if (style.system === 'esm') {
    // A function that is only being lifted out has no statement yet.
    return { member: local, changes: [declaration ? insertAt(module, declaration.start, 'export ') : append(module, ['', endStatement(style, `export { ${local} }`)], style)] }
  }
  if (whole) return { member: local, changes: [append(module, [endStatement(style, `module.exports.${local} = ${local}`)], style)] }
  return { member: local, changes: [append(module, [...(usesMembers ? [] : ['']), endStatement(style, usesMembers ? `exports.${local} = ${local}` : `module.exports = { ${local} }`)], style)] }
}

/** The import's path from one module to the other, with an extension where the module's own imports have one. */
function written(program: JsProgram, from: JsModule, to: JsModule): string | undefined {
  const here = dirOf(from.path).split('/').filter((part) => part !== '.' && part !== '')
  const there = to.path.split('/')
  let same = 0
  while (same < here.length && same < there.length - 1 && here[same] === there[same]) same++
  const path = [...(here.length === same ? ['.'] : here.slice(same).map(() => '..')), ...there.slice(same)].join('/')
  const own = [...program.imports()].filter(({ module, target }) => module === from && target.startsWith('.')).map(({ target }) => /\.([cm]?[jt]sx?)$/.exec(target)?.[1])
  const plain = path.replace(/\.([cm]?[jt]sx?)$/, '')
  const stem = plain.replace(/(?<=[^.])\/index$/, '') || plain
  if (own.length > 0) {
    const extension = own.find((one) => one !== undefined)
    return extension === undefined ? (program.find(stem, from) === to.path ? stem : plain) : `${plain}.${from.isTypeScript && extension.includes('t') ? (to.path.split('.').at(-1) ?? extension) : extension}`
  }
  return from.isTypeScript || from.system === 'cjs' ? plain : path
}
