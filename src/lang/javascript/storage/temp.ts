/** Puts a path into the temp folder on the host and leaves it where it is elsewhere. */
import type { Change, RuleContext } from '../../../types.js'
import { ensureImport } from '../edit-imports.js'
import { replaceNode } from '../edit.js'
import type { JsProgram } from '../program.js'
import { bare, field, fieldsOf, functionAround, isInside } from '../tree.js'
import type { JsNode } from '../types.js'

/** `X` becomes `process.env.VERCEL ? os.tmpdir() : X`. */
export function folderInTemp(program: JsProgram, { target }: RuleContext, node: JsNode): readonly Change[] {
  const module = program.moduleOf(node)
  const os = ensureImport(module, { from: 'os' })
  return [...os.changes, replaceNode(module, node, `${target.guard.javascript} ? ${os.name}.tmpdir() : ${text(program, node)}`)]
}
/** A file that only one call of a function uses: `const file = path.join(__dirname, 'tmp', name)`, written, sent and removed there. Undefined when it may be looked for elsewhere. */
export function scratchInTemp(program: JsProgram, { target }: RuleContext, written: JsNode): readonly Change[] | undefined {
  const variable = bare(written)
  const module = program.moduleOf(written)
  if (variable.kind !== 'Identifier' || module.brokenAt !== undefined) return undefined
  const [declaration, ...more] = program.declarations(variable)
  const made = declaration?.kind === 'VariableDeclaration' && more.length === 0 && declaration.parent?.op === 'const' ? field(declaration, 'initializer') : undefined
  const home = made && functionAround(made)
  if (!declaration || !made || !home) return undefined
  const uses = program.references(variable).filter((use) => use.parent !== declaration)
  const call = bare(made)
  const callee = call.kind === 'CallExpression' ? field(call, 'expression') : undefined
  const parts = fieldsOf(call, 'arguments')
  const name = parts.at(-1)
  if (!callee || !name || parts.length < 2 || !program.origins(callee).some((origin) => /^path\.(join|resolve)$/.test(origin))) return undefined
  const last = program.fold.text(name)
  if (last.some((piece) => piece.text.includes('/'))) return undefined
  // Each use is a call that works on the file at once; somewhere it is sent or removed.
  const calls = uses.map((use) => (use.field === 'arguments' && use.parent ? field(use.parent, 'expression') : undefined))
  if (calls.some((one) => one === undefined) || uses.some((use) => !isInside(use, home))) return undefined
  const names = calls.map((one) => (one ? [...program.origins(one), text(program, one)] : []))
  if (!names.some((all) => all.some((one) => /(^|\.)(sendFile|download|unlink|unlinkSync|rm|rmSync|remove|removeSync)$/.test(one)))) return undefined
  if (!names.every((all) => all.some((one) => finishes.test(one)))) return undefined
  const os = ensureImport(module, { from: 'os' })
  const path = text(program, callee)
  return [...os.changes, replaceNode(module, made, `${target.guard.javascript} ? ${path}(${os.name}.tmpdir(), ${text(program, name)}) : ${text(program, made)}`)]
}
const finishes = /^(fs|fs-extra|graceful-fs)\.|^express\.response\b|\.(sendFile|download|toFile|writeFile|pdf|screenshot|readFile)$|^(qrcode|xlsx)\./

function text(program: JsProgram, node: JsNode): string {
  return program.text(node)
}
