import { replaceNode, standsAlone, wrapInIf } from '../../../src/lang/javascript/edit.js'
import { endStatement, styleOf } from '../../../src/lang/javascript/style.js'
import { ancestor, bare, field, fieldsOf, functionAround, statementOf, type JsCall, type JsNode, type JsProgram } from '../../../src/lang/javascript/program.js'
import type { Run } from '../../../src/lang/runs.js'
import { atMost, milder, severityFor } from '../../../src/lang/severity.js'
import type { Problem, Remedy, Rule, RuleContext, Severity } from '../../../src/types.js'

export const importSysExit = {
  id: 'import-sys-exit',
  title: 'Process ended by the app itself',
  hazard: 'process-signal',
  language: 'javascript',
  assumes: 'owns-process',
  severity: 'blocks',
  *check(program: JsProgram, context: RuleContext): Generator<Problem> {
    for (const call of program.calls('process.exit', 'process.abort')) {
      const run = isVersionTest(program, call) ? undefined : call.runs.find(isServed)
      if (!run || (run.when !== 'import' && run.when !== 'startup' && run.when !== 'request')) continue
      yield {
        path: call.module.path,
        range: { start: call.node.start, end: call.node.end },
        when: run.when,
        trace: program.trace(call, 'ends the process', run),
        severity: severityOf(call, run),
        message: messages[run.when],
        remedy: remedyFor(call, run, program, context),
      }
    }
  },
} satisfies Rule

const messages = {
  import: 'process.exit() ends the process while the app is imported: every request then fails, and the log says only "exited". Throw an error that says what is wrong instead.',
  startup: 'process.exit() ends the process when something fails beside the requests, such as a connection: on the host that ends all requests of the instance, and the next one starts by failing again. Log it there, and let the requests that need it answer with an error.',
  request: 'process.exit() ends the process while it serves: all other requests of the instance fail with it. Answer this request with an error instead.',
} as const

/** Handlers of a server's own events never run where the host listens; those of signals and of uncaught errors are a matter of their own. */
const ofServer = /(createServer|Server|listen)(\(\))?\.(on|once)\b/
const ofProcess = /\bprocess\.(on|once|addListener)\b/
function isServed({ when, weak, background, trace }: Run): boolean {
  if (background || weak || trace.some(({ note }) => ofProcess.test(note))) return false
  return when !== 'request' || !trace.some(({ note }) => ofServer.test(note))
}
/** Code for an old Node that the host does not have. */
function isVersionTest(program: JsProgram, call: JsCall): boolean {
  for (let at = ancestor(call.node, 'IfStatement'); at; at = ancestor(at, 'IfStatement')) {
    const condition = field(at, 'expression')
    if (condition && /\b(version|versions|platform|major|minor)\b|semver/i.test(program.text(condition))) return true
  }
  return false
}

function severityOf(call: JsCall, run: Run): Severity {
  const severity = severityFor(run, run.when === 'import' ? 'blocks' : 'breaks')
  // Behind a test it may never happen; the test itself is not for us to decide.
  const tested = ancestor(call.node, 'IfStatement', 'CatchClause', 'ConditionalExpression', 'SwitchStatement') !== undefined
  return tested && severity === 'blocks' ? milder(severity) : atMost(severity, 'blocks')
}

function remedyFor(call: JsCall, run: Run, program: JsProgram, context: RuleContext): Remedy {
  const { module, node } = call
  const manual = (reason: string): Remedy => ({ kind: 'manual', reason })
  const statement = ownStatement(node)
  if (run.when === 'request') return manual('Answer with an error, or hand it to next().')
  if (module.brokenAt !== undefined || !statement) return manual('The call is part of a larger expression: take it apart by hand.')
  const [code] = call.args
  if (code && program.text(code) === '0') return manual('An exit with 0 says that all is well: decide what the app should do here when it is served.')
  if (run.when === 'startup') return offHost(call, statement, context)
  // An enclosing handler would swallow an error that it lets pass as an exit.
  if (call.handled) return manual('Throw an error instead, outside the try that would swallow it.')
  const caught = caughtName(node, program)
  const said = caught ?? saidBefore(statement, program)
  if (said === undefined) return manual('Throw an error that says what is wrong instead; no text for it stands here.')
  return { kind: 'fix', safety: 'safe', title: caught === undefined ? 'Throw an error with the same text' : `Throw ${caught} again`, changes: [replaceNode(module, statement, endStatement(styleOf(module), `throw ${caught ?? `new Error(${said})`}`))] }
}
function offHost({ module }: JsCall, statement: JsNode, { target }: RuleContext): Remedy {
  const changes = standsAlone(module, statement) ? wrapInIf(module, statement, statement, `!${target.guard.javascript}`) : [replaceNode(module, statement, `if (!${target.guard.javascript}) ${module.text.slice(statement.start, statement.end)}`)]
  if (!changes || !isGuardable(statement)) return { kind: 'manual', reason: 'Keep the exit for starts by hand, and log the error on the host.' }
  return { kind: 'fix', safety: 'safe', title: 'End the process only off the host', changes, left: `Look at what ${module.path} leaves out when it fails: requests that need it should answer with an error, not wait.` }
}
const isGuardable = (statement: JsNode): boolean => statement.field === 'statements'

/** The statement that is nothing but the call. */
function ownStatement(node: JsNode): JsNode | undefined {
  const statement = statementOf(node)
  const expression = statement.kind === 'ExpressionStatement' || statement.kind === 'ReturnStatement' ? field(statement, 'expression') : undefined
  return expression && bare(expression) === node && statement.kind === 'ExpressionStatement' ? statement : undefined
}
/** What the catch around it caught. */
function caughtName(node: JsNode, program: JsProgram): string | undefined {
  const clause = ancestor(node, 'CatchClause')
  if (!clause || functionAround(clause) !== functionAround(node)) return undefined
  const name = field(field(clause, 'variableDeclaration') ?? clause, 'name')
  return name?.kind === 'Identifier' ? program.text(name) : undefined
}
/** The text logged right before. */
function saidBefore(statement: JsNode, program: JsProgram): string | undefined {
  const siblings = statement.parent ? fieldsOf(statement.parent, 'statements') : []
  const before = siblings[siblings.indexOf(statement) - 1]
  const call = before?.kind === 'ExpressionStatement' ? field(before, 'expression') : undefined
  const callee = call?.kind === 'CallExpression' ? field(call, 'expression') : undefined
  if (!call || !callee || !/\b(console|log|logger|winston)\b[\w.]*$|\.(error|fatal|warn|log)$/i.test(program.text(callee))) return undefined
  const args = fieldsOf(call, 'arguments')
  const [text] = args
  return args.length === 1 && text && /^(StringLiteral|NoSubstitutionTemplateLiteral|TemplateExpression)$/.test(text.kind) ? program.text(text) : undefined
}
