import { removeStatement, replaceNode, standsAlone, statementEnd } from '../../../src/lang/javascript/edit.js'
import { handedOut } from '../../../src/lang/javascript/entry/exports.js'
import { serverStarts, topLevelName } from '../../../src/lang/javascript/entry/server-start.js'
import { importsOf } from '../../../src/lang/javascript/imported.js'
import { bare, field, statementOf, type JsCall, type JsModule, type JsNode, type JsProgram } from '../../../src/lang/javascript/program.js'
import { endStatement, styleOf } from '../../../src/lang/javascript/style.js'
import { isAdapterFile } from '../../../src/lang/lambda-files.js'
import type { Change, Problem, Remedy, Rule, RuleContext } from '../../../src/types.js'

/** Packages whose main export turns an app into a handler of AWS Lambda. */
const adapters = ['serverless-http', '@vendia/serverless-express', '@codegenie/serverless-express', 'aws-serverless-express.createServer', 'aws-serverless-express/middleware', 'serverless-express']

export const entryMangumAdapter = {
  id: 'entry-mangum-adapter',
  title: 'Adapter for another platform in the entry',
  hazard: 'missing-entry',
  language: 'javascript',
  assumes: 'entry-by-convention',
  severity: 'blocks',
  *check(program: JsProgram, { repo }: RuleContext): Generator<Problem> {
    // A repo that also deploys to Lambda needs its handler.
    if (repo.list().some(isAdapterFile)) return
    for (const call of program.calls(...adapters)) {
      const library = packageOf(call)
      const { module } = call
      if (call.fn) continue
      const handed = [...handedOut(module)]
      const own = handed.find(({ node }) => leadsTo(program, node, call.node))
      if (!own) continue
      const beside = handed.some(({ whole, node }) => whole && node !== own.node) || [...serverStarts(program)].some((start) => start.call.module === module && start.call.runs.some(({ when }) => when !== 'main'))
      const isOnly = module === program.entry && !beside
      yield {
        path: module.path,
        range: { start: call.node.start, end: call.node.end },
        when: 'import',
        trace: [{ file: module.path, line: program.line(call.node), note: `${library} wraps the app for AWS Lambda` }],
        severity: isOnly ? 'blocks' : 'advice',
        message: `${library} turns AWS Lambda events into requests, and this host never sends such events: it calls the Express app itself${isOnly ? ', and finds none here' : '; the handler is dead code here'}. Export the app, and drop ${library}.`,
        remedy: remedyFor(program, call, own.node, isOnly),
      }
    }
  },
} satisfies Rule

/** `exports.handler = serverless(app)`, and `exports.handler = handler` of a name that holds it. */
const leadsTo = (program: JsProgram, node: JsNode, call: JsNode): boolean => bare(node) === call || program.definitions(node).some((home) => bare(home) === call)
const packageOf = ({ names }: JsCall): string => (names.find((name) => adapters.includes(name)) ?? '').replace(/\.\w+$|\/middleware$/, '')

function remedyFor(program: JsProgram, call: JsCall, handed: JsNode, isOnly: boolean): Remedy {
  const library = packageOf(call)
  const { module } = call
  const manual: Remedy = { kind: 'manual', reason: `Export the app in place of the handler, and remove ${library}.` }
  const statement = statementOf(call.node)
  const app = wrapped(program, call)
  const name = topLevelName(program, app)
  // Code that names the handler, or wraps it once more, has to be read by a person.
  if (bare(handed) !== call.node || statement.parent !== module.root || module.brokenAt !== undefined || !standsAlone(module, statement) || (isOnly && name === undefined) || !isPlainExport(module, statement)) return manual
  const style = styleOf(module, { modules: program.modules })
  const text = endStatement(style, style.system === 'cjs' ? `module.exports = ${name ?? ''}` : `export default ${name ?? ''}`)
  const changed: Change = isOnly ? replaceNode(module, { start: statement.start, end: statementEnd(module, statement) }, text) : removeStatement(module, statement)
  return {
    kind: 'fix', safety: 'review', title: isOnly ? `Export ${name ?? 'the app'} in place of the ${library} handler` : `Remove the ${library} handler`,
    changes: [changed, ...unused(program, call)],
    left: `Remove ${library} from package.json, if nothing else uses it.`,
  }
}

/** `x` of `serverless(x)` and `serverlessExpress({ app: x })`. */
function wrapped(program: JsProgram, { args: [first] }: JsCall): JsNode | undefined {
  if (first?.kind !== 'ObjectLiteralExpression') return first
  const property = first.children.find((child) => /^(Shorthand)?PropertyAssignment$/.test(child.kind) && program.text(field(child, 'name') ?? child) === 'app')
  return property && (field(property, 'initializer') ?? field(property, 'name'))
}
/** `exports.handler = …`, `module.exports = …`, `export const handler = …`: nothing but the export. */
function isPlainExport(module: JsModule, statement: JsNode): boolean {
  const text = module.text.slice(statement.start, statement.end)
  return /^(module\s*\.\s*)?exports(\s*\.\s*\w+)?\s*=[^=]/.test(text) || (/^export\s+(const|let|var|default)\b/.test(text) && (field(statement, 'declarationList')?.children.length ?? 1) === 1)
}
/** The import that brings the adapter, when nothing else uses it. */
function unused(program: JsProgram, { module, node }: JsCall): readonly Change[] {
  const callee = bare(field(node, 'expression') ?? node)
  if (callee.kind !== 'Identifier') return []
  const name = program.text(callee)
  const written = [...importsOf(module)].find(({ main, members }) => main === name && members.size === 0)
  if (!written || program.references(callee).some((one) => one !== callee && statementOf(one) !== written.statement) || !standsAlone(module, written.statement)) return []
  const list = field(written.statement, 'declarationList')
  return list && list.children.length > 1 ? [] : [removeStatement(module, written.statement)]
}
