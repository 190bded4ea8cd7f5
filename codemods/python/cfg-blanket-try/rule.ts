import type { Problem, PythonProgram, Rule } from '../../../src/types.js'
import { placesOf, tellHabitsOnce } from '../../../src/lang/habits.js'
import { plural } from '../../../src/text.js'
import { ancestor, bare, walk, type PyNode, type PySite } from '../../../src/lang/python/program.js'
import { severityFor } from '../../../src/lang/python/severity.js'

/** Raised or called to answer with a status of its own. */
const answers = /^(fastapi\.(exceptions\.)?HTTPException|starlette\.exceptions\.HTTPException|flask\.abort|werkzeug\.exceptions\.(abort|HTTPException|[A-Z]\w+)|rest_framework\.exceptions\.\w+|django\.http\.Http404)$/
/** Types whose handler lets such an answer through, or is made for it. */
const forHttp = /^(fastapi\.(exceptions\.)?HTTPException|starlette\.exceptions\.HTTPException|werkzeug\.exceptions\.\w+|rest_framework\.exceptions\.\w+|django\.http\.Http404)$/
const everything = /^builtins\.(Exception|BaseException)$/

export const cfgBlanketTry = {
  id: 'cfg-blanket-try',
  title: 'Handler of everything that also catches the intended answers',
  hazard: 'unsafe-error-page',
  language: 'python',
  assumes: 'nothing',
  severity: 'degrades',
  *check(program: PythonProgram): Generator<Problem> {
    const inFiles = [...tellHabitsOnce(handlers(program), 1, ({ path }) => path, (first, others) => ({ ...first, message: `${first.message} The same goes for ${others.length} more in this file (${placesOf(others, first.path)}).` }))]
    // A habit of the whole app is one matter, told where it begins.
    yield* tellHabitsOnce(inFiles, 4, ({ severity }) => severity, (first, others) => ({ ...first, message: `${first.message} ${plural(others.length, 'more file')} of the app ${others.length === 1 ? 'does' : 'do'} so (${placesOf(others)}).` }))
  },
} satisfies Rule

function* handlers(program: PythonProgram): Generator<Problem> {
  for (const site of program.sites('try_statement')) {
    const run = site.runs.find((one) => one.when === 'request' && !one.background)
    const clause = run && catchesAll(program, site)
    const answer = clause && intended(program, site)
    if (!run || !clause || !answer) continue
    const line = program.line(answer, site.module)
    yield {
      path: site.module.path,
      range: { start: clause.start, end: (clause.children.find((child) => child.kind === 'block') ?? clause).start },
      when: 'request',
      trace: program.trace({ ...site, node: clause }, 'catches the answer as well', run),
      // A status of failure is still one; an answer like any other hides it.
      severity: answersAsUsual(clause) ? severityFor(run, 'degrades') : 'advice',
      message: `${site.fn?.qualname ?? 'The view'}() answers with an error of its own on line ${line}, and this handler catches it with everything else: clients never see that status, and logs and alerts count it as a failure. Let it through before this handler.`,
      remedy: { kind: 'manual', reason: `Put a handler in front of it that raises the error again (\`except ${name(program, answer, site)}: raise\`), or catch only what can go wrong here.` },
    }
  }
}

/** The clause that catches everything, when none before it is made for HTTP errors and it does not look at them or raise them again. */
function catchesAll(program: PythonProgram, { node, scope, module }: PySite): PyNode | undefined {
  for (const clause of node.children.filter((child) => child.kind === 'except_clause')) {
    const types = typesOf(clause)
    const origins = types.flatMap((type) => program.origins(type, scope))
    if (origins.some((origin) => forHttp.test(origin))) return undefined
    if (types.length > 0 && !origins.some((origin) => everything.test(origin))) continue
    const block = clause.children.find((child) => child.kind === 'block')
    const again = block !== undefined && [...walk(block)].some((at) => at.kind === 'raise_statement' && (at.children.length === 0 || at.children[0]?.kind === 'identifier'))
    return again || /HTTPException|status_code\b.*getattr|getattr\(.*status_code/.test(block ? program.text(block, module).replace(/raise\s+[\w.]*HTTPException\([\s\S]*?\)/g, '') : '') ? undefined : clause
  }
  return undefined
}
function answersAsUsual(clause: PyNode): boolean {
  return ![...walk(clause)].some((at) => at.kind === 'raise_statement')
}
function typesOf(clause: PyNode): readonly PyNode[] {
  const value = clause.children.find((child) => child.kind !== 'block' && child.kind !== 'comment')
  const type = value?.kind === 'as_pattern' ? value.children[0] : value
  return type === undefined ? [] : bare(type).kind === 'tuple' ? bare(type).children : [type]
}

/** The first `raise HTTPException(…)` or `abort(…)` in the body that nothing nearer catches. */
function intended(program: PythonProgram, { node, scope }: PySite): PyNode | undefined {
  const body = node.children.find((child) => child.field === 'body')
  if (!body) return undefined
  for (const at of walk(body, (inner) => !['function_definition', 'lambda', 'class_definition'].includes(inner.kind))) {
    const nearest = ancestor(at, 'try_statement', 'except_clause')
    if (nearest !== node) continue
    if (at.kind === 'raise_statement') {
      const raised = at.children.find((child) => child.kind !== 'comment' && child.field !== 'cause')
      const callee = raised?.kind === 'call' ? raised.children.find((child) => child.field === 'function') : raised
      if (callee && program.origins(callee, scope).some((origin) => answers.test(origin) && !origin.endsWith('abort'))) return at
    } else if (at.kind === 'call') {
      const callee = at.children.find((child) => child.field === 'function')
      if (callee && program.origins(callee, scope).some((origin) => /\babort$/.test(origin) && answers.test(origin))) return at
    }
  }
  return undefined
}
function name(program: PythonProgram, answer: PyNode, { module, scope }: PySite): string {
  const callee = answer.kind === 'raise_statement' ? answer.children[0]?.children.find((child) => child.field === 'function') : undefined
  return callee && program.origins(callee, scope).length > 0 ? program.text(callee, module) : 'HTTPException'
}
