import { indentOf, insertAt, lineStart, standsAlone, wrapInIf } from '../../../src/lang/javascript/edit.js'
import { endStatement, styleOf } from '../../../src/lang/javascript/style.js'
import { openAwait } from '../../../src/lang/javascript/express/rejections.js'
import { bare, field, fieldsOf, literalText, statementOf, walk, type JsCall, type JsNode, type JsProgram } from '../../../src/lang/javascript/program.js'
import { spotted } from '../../../src/lang/spotted.js'
import type { Problem, Remedy, Rule, RuleContext } from '../../../src/types.js'

/** Calls of drivers that give a promise when no callback is passed. */
const promises = /^mongoose\.connect$|^sequelize\.Sequelize\(\)\.(authenticate|sync)$|^sequelize\(\)\.(authenticate|sync)$|^redis\.createClient\(\)\.connect$|^pg\.(Client|Pool)\(\)\.connect$|^mongodb\.MongoClient\(\)\.connect$|^mongodb\.MongoClient\.connect$/

export const importUnhandledRejection = {
  id: 'import-unhandled-rejection',
  title: 'Failed promise that ends the process',
  hazard: 'module-level-io',
  language: 'javascript',
  assumes: 'owns-process',
  severity: 'breaks',
  *check(program: JsProgram, context: RuleContext): Generator<Problem> {
    for (const call of program.calls()) {
      const what = leftAlone(program, call)
      if (what === undefined) continue
      const place = spotted(program, call, call.node, 'starts something that nobody waits for', 'breaks')
      if (!place || (place.when !== 'import' && place.when !== 'startup') || call.runs[0]?.weak) continue
      yield {
        ...place,
        message: `Nobody looks at the promise of ${what}: when it fails, Node ends the process ("Unhandled Rejection"), and all requests of the instance fail with it. Catch the failure, and let the requests that need it answer with an error.`,
        remedy: caught(program, call, context),
      }
    }
    for (const call of program.calls('process.on', 'process.once')) {
      const event = call.args[0] && literalText(call.args[0], call.module.text)
      const exits = event === 'unhandledRejection' || event === 'uncaughtException' ? exitsIn(program, call.args[1]) : []
      const place = exits.length === 0 ? undefined : spotted(program, call, call.node, `ends the process on ${event}`, 'breaks')
      if (!place) continue
      yield {
        ...place,
        message: `The handler of ${event} ends the process: on the host one failed request takes all others of the instance with it. Log the failure there, and end the process only where something starts it again.`,
        remedy: offHost(program, exits, context),
      }
    }
  },
} satisfies Rule

/** What a statement starts without looking at the outcome: the call itself, or one at whose promise only `.then` looks. */
function leftAlone(program: JsProgram, call: JsCall): string | undefined {
  if (call.isNew || statementOf(call.node).kind !== 'ExpressionStatement' || !isWhole(call.node)) return undefined
  const callee = field(call.node, 'expression')
  const method = callee?.kind === 'PropertyAccessExpression' ? field(callee, 'name') : undefined
  if (callee && method && program.text(method) === 'then' && call.args.length === 1) {
    const inner = field(callee, 'expression')
    return inner && bare(inner).kind === 'CallExpression' ? promised(program, bare(inner)) : undefined
  }
  return promised(program, call.node)
}
/** The statement is this expression, alone or after `void`. */
function isWhole(node: JsNode): boolean {
  let at = node
  while (at.parent && (at.parent.kind === 'ParenthesizedExpression' || at.parent.kind === 'VoidExpression')) at = at.parent
  return at.parent?.kind === 'ExpressionStatement'
}
function promised(program: JsProgram, node: JsNode): string | undefined {
  const callee = field(node, 'expression')
  if (!callee) return undefined
  const text = program.text(callee)
  const name = text.length > 60 || /[\r\n]/.test(text) ? 'an async function' : `${text}()`
  const args = fieldsOf(node, 'arguments')
  const takesBack = args.some((arg) => program.values(arg).some(({ kind }) => kind === 'function'))
  if (!takesBack && program.origins(callee).some((origin) => promises.test(origin))) return name
  return program.values(callee).some((value) => value.kind === 'function' && openAwait(value.fn) !== undefined) ? name : undefined
}

/** As Node does without it where the app is started by hand, and without an end on the host. */
function caught(program: JsProgram, { node, module }: JsCall, { target }: RuleContext): Remedy {
  if (module.brokenAt !== undefined || !/^(Expression|Void)/.test(node.parent?.kind ?? '')) return { kind: 'manual', reason: 'Add a catch that logs the failure.' }
  const style = styleOf(module, { modules: program.modules })
  // A chain that gives each call a line of its own goes on so.
  const callee = field(node, 'expression')
  const dot = callee?.kind === 'PropertyAccessExpression' ? module.text.slice(lineStart(module, field(callee, 'name')?.start ?? 0), field(callee, 'name')?.start) : ''
  const chained = /^[ \t]*\.$/.test(dot)
  const indent = chained ? dot.slice(0, -1) : indentOf(module, node)
  const lines = ['.catch((error) => {', style.indent + endStatement(style, 'console.error(error)'), style.indent + endStatement(style, `if (!${target.guard.javascript}) process.exit(1)`), '})']
  return {
    kind: 'fix',
    safety: 'review',
    title: 'Log the failure, and end the process only off the host',
    changes: [insertAt(module, node.end, lines.map((line, index) => (index === 0 && !chained ? line : style.eol + indent + line)).join(''))],
    left: `Requests that need what ${module.path}:${program.line(node)} starts should answer with an error when it failed.`,
  }
}

/** Each `process.exit()` in a handler, and in functions that it calls. */
function exitsIn(program: JsProgram, handler: JsNode | undefined, depth = 0): readonly JsNode[] {
  if (!handler || depth > 2) return []
  const reached = new Set([...program.calls('process.exit')].map((call) => call.node))
  const found = program.values(handler).flatMap((value) => {
    if (value.kind !== 'function') return []
    return [...walk(value.fn.body)].flatMap((node) => {
      if (reached.has(node)) return [node]
      const callee = node.kind === 'CallExpression' ? field(node, 'expression') : undefined
      return callee ? exitsIn(program, callee, depth + 1) : []
    })
  })
  return [...new Set(found)]
}
function offHost(program: JsProgram, exits: readonly JsNode[], { target }: RuleContext): Remedy {
  const changes = exits.map((exit) => {
    const module = program.moduleOf(exit)
    const statement = statementOf(exit)
    const own = statement.kind === 'ExpressionStatement' && field(statement, 'expression') === exit && statement.field === 'statements' && module.brokenAt === undefined && standsAlone(module, statement)
    return own ? wrapInIf(module, statement, statement, `!${target.guard.javascript}`) : undefined
  })
  if (!changes.every((change) => change !== undefined)) return { kind: 'manual', reason: 'Log the failure, and keep each process.exit() of the handler for starts by hand.' }
  return { kind: 'fix', safety: 'review', title: 'End the process only off the host', changes: changes.flat() }
}
