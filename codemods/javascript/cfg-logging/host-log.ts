/** Edits that leave a log file out on the host. */
import type { Change, JsProgram, Target } from '../../../src/types.js'
import { indentOf, replaceNode, standsAlone, wrapInIf } from '../../../src/lang/javascript/edit.js'
import { importsOf } from '../../../src/lang/javascript/imported.js'
import { bare, field, statementOf } from '../../../src/lang/javascript/program.js'
import { endStatement, styleOf } from '../../../src/lang/javascript/style.js'
import type { JsCall, JsNode } from '../../../src/lang/javascript/types.js'

/** Undefined when the file can not be left out without touching more than this place. */
export function withoutLogFile(program: JsProgram, call: JsCall, { guard }: Target): readonly Change[] | undefined {
  const { node, module } = call
  const text = program.text(node)
  const replaced = (put: string): readonly Change[] => [replaceNode(module, node, put)]
  if (call.names.some((name) => /^fs(-extra)?(\.promises)?\.appendFile(Sync)?$/.test(name))) return appended(program, call, guard.javascript)
  if (!call.isNew) return isStream(program, call) ? replaced(`${guard.javascript} ? process.stdout : ${text}`) : undefined
  const list = node.parent?.kind === 'ArrayLiteralExpression' ? node.parent : undefined
  if (list) {
    const others = list.children.filter((child) => child !== node)
    const files = list.children.filter((child) => isFileTransport(program, child))
    if (files[0] !== node || others.some((child) => !isFileTransport(program, child))) return replaced(`...(${guard.javascript} ? [] : [${text}])`)
    const console = consoleOf(program, node)
    if (console === undefined) return logsToConsole(program, call) ? replaced(`...(${guard.javascript} ? [] : [${text}])`) : undefined
    return replaced(`${guard.javascript} ? ${console} : ${text}`)
  }
  const holder = node.parent
  if (holder?.kind === 'PropertyAssignment') {
    const console = consoleOf(program, node)
    if (console === undefined) return logsToConsole(program, call) ? replaced(`...(${guard.javascript} ? [] : [${text}])`) : undefined
    return replaced(`${guard.javascript} ? ${console} : ${text}`)
  }
  // `logger.add(new winston.transports.File(…))`.
  const outer = node.field === 'arguments' ? holder : undefined
  const callee = outer?.kind === 'CallExpression' ? field(outer, 'expression') : undefined
  const statement = outer && statementOf(outer)
  if (!callee || !/\.add$/.test(program.text(callee)) || !statement || statement.kind !== 'ExpressionStatement' || statement.children[0] !== outer) return undefined
  return wrapInIf(module, statement, statement, `!${guard.javascript}`)
}

/** A line put at the end of a file, as a statement of its own: the host's standard output takes the same text. */
function appended(program: JsProgram, { node, module, args, spread }: JsCall, guard: string): readonly Change[] | undefined {
  const statement = statementOf(node)
  const line = args[1]
  const written = program.text(statement)
  // A callback may have something to wait for; lines of a text of several would have to be moved.
  if (!line || spread || args.length > 3 || args.some((arg) => /^(ArrowFunction|FunctionExpression|Identifier)$/.test(arg.kind) && arg !== args[0] && arg !== line) || /[\r\n]/.test(written)) return undefined
  const alone = statement.kind === 'ExpressionStatement' && standsAlone(module, statement) && (statement.children[0] === node || (statement.children[0]?.kind === 'AwaitExpression' && statement.children[0].children[0] === node))
  if (!alone) return undefined
  const style = styleOf(module, program)
  const indent = indentOf(module, statement)
  const inner = indent + style.indent
  return [replaceNode(module, statement, [`if (${guard}) {`, `${inner}${endStatement(style, `process.stdout.write(${program.text(line)})`)}`, `${indent}} else {`, `${inner}${written}`, `${indent}}`].join(style.eol))]
}

/** The same file has a transport to the console already. */
function logsToConsole(program: JsProgram, { module }: JsCall): boolean {
  return [...program.calls('winston.transports.Console')].some((call) => call.module === module)
}
/** `winston.transports.Console` beside `winston.transports.File`, or by the name under which the file has winston. */
function consoleOf(program: JsProgram, node: JsNode): string | undefined {
  const callee = field(node, 'expression')
  const object = callee?.kind === 'PropertyAccessExpression' ? field(callee, 'expression') : undefined
  if (object && program.origins(object).includes('winston.transports')) return `new ${program.text(object)}.Console()`
  const whole = [...importsOf(program.moduleOf(node))].find((written) => written.target === 'winston' && written.main !== undefined)
  return whole?.main === undefined ? undefined : `new ${whole.main}.transports.Console()`
}
function isFileTransport(program: JsProgram, node: JsNode): boolean {
  const callee = bare(node).kind === 'NewExpression' ? field(bare(node), 'expression') : undefined
  return callee !== undefined && program.origins(callee).some((origin) => /^winston\.transports\.(File|DailyRotateFile)$|^winston-daily-rotate-file$/.test(origin))
}

/** Made once as a stream, and given on or written to; what standard output can do as well. */
function isStream(program: JsProgram, { node, names }: JsCall): boolean {
  if (!names.some((name) => /createWriteStream$|^rotating-file-stream|^file-stream-rotator|^pino\.destination$/.test(name))) return false
  if (node.parent?.kind === 'PropertyAssignment' && node.field === 'initializer') return true
  if (node.parent?.kind !== 'VariableDeclaration') return false
  const name = field(node.parent, 'name')
  if (name?.kind !== 'Identifier' || node.parent.children.some((child) => child.field === 'type')) return false
  return program.references(name).filter((use) => use !== name).every(({ parent, field: place }) => {
    if (parent?.kind === 'PropertyAccessExpression') return /\.(write|on|once)$/.test(program.text(parent))
    return parent?.kind === 'PropertyAssignment' || parent?.kind === 'ShorthandPropertyAssignment' || place === 'arguments'
  })
}
