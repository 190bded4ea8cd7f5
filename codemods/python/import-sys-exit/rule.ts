import { replaceNode } from '../../../src/lang/python/edit.js'
import { ancestor, field, statementOf, type PyCall, type PyNode, type PySite } from '../../../src/lang/python/program.js'
import { milder, severityFor } from '../../../src/lang/python/severity.js'
import type { Problem, PythonProgram, Remedy, Rule } from '../../../src/types.js'

export const importSysExit = {
  id: 'import-sys-exit',
  title: 'Process ended by the app itself',
  hazard: 'process-signal',
  language: 'python',
  assumes: 'owns-process',
  severity: 'blocks',
  *check(program: PythonProgram): Generator<Problem> {
    for (const call of program.calls('sys.exit', 'builtins.exit', 'builtins.quit', 'os._exit')) yield* problem(program, call, call)
    for (const site of program.sites('raise_statement')) {
      const raised = site.node.children.find((child) => child.kind !== 'comment')
      const type = raised?.kind === 'call' ? field(raised, 'function') : raised
      if (type && program.origins(type, site.scope).includes('builtins.SystemExit')) yield* problem(program, site, undefined)
    }
  },
} satisfies Rule

function* problem(program: PythonProgram, site: PySite, call: PyCall | undefined): Generator<Problem> {
  const run = site.runs.find(({ when, background }) => (when === 'import' || when === 'request') && !background)
  if (!run || (run.when !== 'import' && run.when !== 'request') || isVersionTest(program, site)) return
  const text = program.text(site.node, site.module).split(/[\r\n(]/)[0] ?? ''
  const atImport = run.when === 'import'
  const hard = call?.names.includes('os._exit') ?? false
  if (!atImport && (!hard || run.weak)) return
  // Behind a test it may never happen; the test itself is not for us to decide.
  const tested = ancestor(site.node, 'if_statement', 'elif_clause', 'except_clause', 'else_clause') !== undefined
  const severity = severityFor(run, atImport ? 'blocks' : 'breaks')
  yield {
    path: site.module.path,
    range: { start: site.node.start, end: site.node.end },
    when: run.when,
    trace: program.trace(site, `${text} ends the process`, run),
    severity: tested && severity === 'blocks' ? milder(severity) : severity,
    message: atImport
      ? `${text} ends the process while the app is imported: on the host every request then fails, and the log says only "exited", without a traceback. Raise an error that says what is wrong instead.`
      : `${text} ends the process while it serves: all other requests of the instance fail with it. Answer this request with an error instead.`,
    remedy: atImport ? remedyFor(site, call, program) : { kind: 'manual', reason: 'Return an error response, or raise.' },
  }
}

/** Code for an old Python that the host does not have. */
function isVersionTest(program: PythonProgram, site: PySite): boolean {
  for (let at = ancestor(site.node, 'if_statement', 'elif_clause'); at; at = ancestor(at, 'if_statement', 'elif_clause')) {
    const condition = field(at, 'condition')
    if (condition && /\bsys\.(version_info|version|platform)\b|\bplatform\./.test(program.text(condition, site.module))) return true
  }
  return false
}

function remedyFor(site: PySite, call: PyCall | undefined, program: PythonProgram): Remedy {
  const manual = (reason: string): Remedy => ({ kind: 'manual', reason })
  const statement = statementOf(site.node)
  if (site.module.brokenAt !== undefined || (call && statement.children[0] !== site.node) || call?.names.includes('os._exit')) return manual('Raise an error that says what is wrong instead.')
  // An enclosing handler would swallow an error that it lets pass as an exit.
  if (site.handled) return manual('Raise an error instead, outside the try that would swallow it.')
  const raised = site.node.children[0]
  const given = call ? call.args[0] : raised?.kind === 'call' ? field(raised, 'arguments')?.children[0] : undefined
  const said = given && isText(given) ? program.text(given, site.module) : saidBefore(statement, site, program)
  if (given?.kind === 'integer' && program.text(given, site.module) === '0') return manual('An exit with 0 says that all is well: decide what the app should do here when it is served.')
  if (said === undefined) return manual('Raise an error that says what is wrong instead; no text for it stands here.')
  return { kind: 'fix', safety: 'safe', title: 'Raise RuntimeError with the same text', changes: [replaceNode(site.module, site.node, `raise RuntimeError(${said})`)] }
}
function isText(node: PyNode): boolean {
  return node.kind === 'string' || node.kind === 'concatenated_string'
}
/** The texts printed or logged right before, joined as Python joins adjacent strings. */
function saidBefore(statement: PyNode, site: PySite, program: PythonProgram): string | undefined {
  const siblings = statement.parent?.children.filter((child) => child.kind !== 'comment') ?? []
  const said: string[] = []
  for (let at = siblings.indexOf(statement) - 1; at >= 0; at--) {
    const text = saidBy(siblings[at], site, program)
    if (text === undefined) break
    said.unshift(text)
  }
  return said.length === 0 || said.length > 3 ? undefined : said.join(' " " ')
}
function saidBy(statement: PyNode | undefined, site: PySite, program: PythonProgram): string | undefined {
  const call = statement?.kind === 'expression_statement' ? statement.children[0] : undefined
  const callee = call?.kind === 'call' ? field(call, 'function') : undefined
  if (!call || !callee) return undefined
  const talks = program.origins(callee, site.scope).some((origin) => origin === 'builtins.print' || /^logging\b.*\.(error|critical|exception|warning|fatal)$/.test(origin))
  const args = (field(call, 'arguments')?.children ?? []).filter((child) => child.kind !== 'comment' && child.kind !== 'keyword_argument')
  const [text] = args
  return talks && text && args.length === 1 && isText(text) ? program.text(text, site.module) : undefined
}
