/** Lets requests wait for mongoose: a promise that is kept, and a piece of middleware on the host. */
import type { Change, JsProgram, Remedy, RuleContext } from '../../../src/types.js'
import { freeBinding, insertAfter, insertBefore, lineEnd, replaceNode } from '../../../src/lang/javascript/edit.js'
import { endStatement, styleOf, type Style } from '../../../src/lang/javascript/style.js'
import { helper } from './helper.js'
import { field, functionAround, isInside, statementOf, walk, type JsCall, type JsModule, type JsNode } from '../../../src/lang/javascript/program.js'

export const title = 'Let requests on the host wait for the connection'
const manual = (reason: string): Remedy => ({ kind: 'manual', reason })

/** `call` connects; `place` is the call by which the start comes to it. */
export function requestsWait(program: JsProgram, { target, app }: RuleContext, call: JsCall, place: JsCall): Remedy {
  const byHand = 'Keep the promise of the connection in a function that connects on first use, and let a piece of middleware wait for it before the routes.'
  const made = appMade(program)
  if (!made || made.module.brokenAt !== undefined || call.module.brokenAt !== undefined) return manual(byHand)
  const style = styleOf(made.module, program)
  const guarded = (waits: string): readonly string[] => [
    `if (${target.guard.javascript}) {`,
    `${style.indent}${program.text(made.name)}.use((req, res, next) => {`,
    style.indent.repeat(2) + endStatement(style, waits),
    style.indent + endStatement(style, '})'),
    '}',
    ...(/^[ \t]*(\r|\n|$)/.test(made.module.text.slice(lineEnd(made.module, made.statement.end))) ? [] : ['']),
  ]
  if (call.node === place.node) return here(program, call, made, style, guarded, app.language === 'typescript') ?? manual(byHand)
  return helper(program, call, place, made, app.language === 'typescript', guarded) ?? manual(byHand)
}

export type Made = { readonly module: JsModule; readonly name: JsNode; readonly statement: JsNode }
/** `const app = express()` at the top of a module, if there is only one. */
function appMade(program: JsProgram): Made | undefined {
  const all = [...program.calls('express()', 'express')].filter((call) => call.names.includes('express') && call.runs.some((run) => run.when === 'import'))
  // Routers are sometimes apps of their own.
  const inEntry = all.filter((call) => call.module === program.entry)
  const [only, ...more] = inEntry.length > 0 ? inEntry : all
  const declaration = only?.node.parent
  const name = declaration?.kind === 'VariableDeclaration' ? field(declaration, 'name') : undefined
  if (!only || more.length > 0 || only.fn || name?.kind !== 'Identifier') return undefined
  const statement = statementOf(only.node)
  return statement.parent?.kind === 'SourceFile' ? { module: only.module, name, statement } : undefined
}

/** mongoose.connect() in the app's own file: its promise is kept by a function. */
function here(program: JsProgram, call: JsCall, made: Made, style: Style, guarded: (waits: string) => readonly string[], isTyped: boolean): Remedy | undefined {
  const { module, node } = call
  const top = topOf(node)
  const last = call.args.at(-1)
  if (module !== made.module || !top || call.spread || (last && /^(ArrowFunction|FunctionExpression)$/.test(last.kind)) || usesLocals(program, call)) return undefined
  const [name, kept] = [freeBinding(module, 'connectDatabase'), freeBinding(module, 'connection')]
  const waits = `${name}().then(() => next(), next)`
  const callee = field(node, 'expression')
  const object = callee && field(callee, 'expression')
  const type = isTyped && object ? `: Promise<typeof ${program.text(object)}> | undefined` : ''
  const { indent } = style
  // `mongoose` and `.connect` may stand in lines of their own.
  const connects = callee ? program.text(callee).replace(/\s+/g, '') + module.text.slice(callee.end, node.end) : program.text(node)
  const maker = [
    endStatement(style, `let ${kept}${type}`),
    `const ${name} = () => {`,
    `${indent}if (!${kept}) {`,
    `${indent.repeat(2)}${kept} = ${connects}.catch((error) => {`,
    indent.repeat(3) + endStatement(style, `${kept} = undefined`),
    indent.repeat(3) + endStatement(style, 'throw error'),
    indent.repeat(2) + endStatement(style, '})'),
    `${indent}}`,
    indent + endStatement(style, `return ${kept}`),
    endStatement(style, '}'),
  ]
  const after = top.start > made.statement.start
  const changes: readonly Change[] = [
    ...(after ? [insertAfter(module, made.statement, ['', ...maker, ...guarded(waits)], style)] : [insertBefore(module, top, maker, style), insertAfter(module, made.statement, guarded(waits), style)]),
    replaceNode(module, node, `${name}()`),
  ]
  return { kind: 'fix', safety: 'review', title, changes }
}

/** The statement of the file that holds the node, also from inside of a function. */
export function topOf(node: JsNode): JsNode | undefined {
  let at = statementOf(node)
  while (at.parent && at.parent.kind !== 'SourceFile') at = statementOf(at.parent)
  return at.parent?.kind === 'SourceFile' ? at : undefined
}
/** Arguments that only the function around knows can not be taken out of it. */
function usesLocals(program: JsProgram, { node, fn }: JsCall): boolean {
  if (!fn) return false
  return [...walk(node)].some((at) => at.kind === 'AwaitExpression' || (at.kind === 'Identifier' && program.declarations(at).some((home) => functionAround(home) !== undefined && isInside(home, fn.node))))
}
