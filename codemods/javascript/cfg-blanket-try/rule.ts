import { placesOf, tellHabitsOnce } from '../../../src/lang/habits.js'
import { ancestor, bare, field, fieldsOf, functionKinds, walk, type JsNode, type JsSite } from '../../../src/lang/javascript/program.js'
import { severityFor } from '../../../src/lang/severity.js'
import { plural } from '../../../src/text.js'
import type { JsProgram, Problem, Rule } from '../../../src/types.js'

export const cfgBlanketTry = {
  id: 'cfg-blanket-try',
  title: 'Handler of everything that also catches the intended answers',
  hazard: 'unsafe-error-page',
  language: 'javascript',
  assumes: 'nothing',
  severity: 'degrades',
  *check(program: JsProgram): Generator<Problem> {
    const inFiles = [...tellHabitsOnce(handlers(program), 1, ({ path, kind }) => `${kind} ${path}`, (first, others) => ({ ...first, message: `${first.message} The same goes for ${others.length} more in this file (${placesOf(others, first.path)}).` }))]
    // A habit of the whole app is one matter, told where it begins.
    yield* tellHabitsOnce(inFiles, 4, ({ kind }) => kind, (first, others) => ({ ...first, message: `${first.message} ${plural(others.length, 'more file')} of the app ${others.length === 1 ? 'does' : 'do'} so (${placesOf(others)}).` }))
  },
} satisfies Rule

type Found = Problem & { readonly kind: 'swallowed' | 'as usual' }

function* handlers(program: JsProgram): Generator<Found> {
  for (const site of program.sites('TryStatement')) {
    const run = site.runs.find((one) => one.when === 'request' && !one.background)
    const clause = run && field(site.node, 'catchClause')
    if (!run || !clause) continue
    const who = site.fn === undefined || site.fn.name === '' ? 'The route' : `${site.fn.name}()`
    const at = { path: site.module.path, range: { start: clause.start, end: (field(clause, 'block') ?? clause).start }, when: 'request' as const }
    const thrown = intended(program, site)
    if (thrown && !looksAtIt(program, clause)) {
      yield {
        ...at, kind: 'swallowed',
        trace: program.trace({ ...site, node: clause }, 'catches the answer as well', run),
        severity: severityFor(run, 'degrades'),
        message: `${who} throws an error with a status of its own on line ${program.line(thrown)}, and this handler catches it with everything else: clients never see that status, and logs and alerts count it as a failure. Let it through.`,
        remedy: { kind: 'manual', reason: 'Hand the error on (next(err)) to one error handler that answers with err.status where there is one, or catch only what can go wrong here.' },
      }
      continue
    }
    const answer = answersAsUsual(program, clause)
    if (!answer) continue
    yield {
      ...at, kind: 'as usual',
      range: { start: answer.start, end: answer.end },
      trace: program.trace({ ...site, node: answer }, 'tells of a failure with status 200', run),
      severity: severityFor(run, 'degrades'),
      message: `${who} answers a failure with status 200: clients that look at the status take it for success, caches may keep it, and monitors and the host see no failure. Answer with a status of 4xx or 5xx.`,
      remedy: { kind: 'manual', reason: 'Which status is right hangs on what can go wrong here: 500 for what nobody expected (or next(err)), 4xx for the client\'s mistakes.' },
    }
  }
}

/** `throw createError(404)`, `throw new HttpError(…)`: an error of http-errors or of a class of the repo with a status. */
function intended(program: JsProgram, { node }: JsSite): JsNode | undefined {
  const block = field(node, 'tryBlock')
  for (const at of block ? walk(block, (inner) => !functionKinds.has(inner.kind)) : []) {
    if (at.kind !== 'ThrowStatement' || ancestor(at, 'TryStatement', 'CatchClause') !== node) continue
    const raised = bare(field(at, 'expression') ?? at)
    const callee = field(raised, 'expression')
    if (!callee || !/^(NewExpression|CallExpression)$/.test(raised.kind)) continue
    if (program.origins(callee).some((origin) => /^(http-errors|@hapi\/boom|boom|http-exception)\b/.test(origin))) return at
    if (program.values(callee).some((value) => value.kind === 'class' && value.cls.base !== undefined && /\b(status|statusCode|httpCode)\b/.test(program.text(value.cls.node)))) return at
  }
  return undefined
}
/** Does the clause tell errors apart, or hand them on? */
function looksAtIt(program: JsProgram, clause: JsNode): boolean {
  return /\bnext\(|\bthrow\b|instanceof|\.(status|statusCode|httpCode|name|code|isBoom|expose|isOperational)\b(?!\()/.test(program.text(clause)) || [...walk(clause)].some((node) => node.kind === 'CallExpression' && program.values(field(node, 'expression') ?? node).some((value) => value.kind === 'function'))
}
/** `res.json({ success: false })` without any status in the clause. */
function answersAsUsual(program: JsProgram, clause: JsNode): JsNode | undefined {
  if (/status|redirect|\bnext\(|\bthrow\b/i.test(program.text(clause))) return undefined
  for (const node of walk(clause, (inner) => !functionKinds.has(inner.kind))) {
    const callee = node.kind === 'CallExpression' ? field(node, 'expression') : undefined
    if (!callee || !program.origins(callee).some((origin) => /^express\.response\.(json|send)$/.test(origin))) continue
    const body = fieldsOf(node, 'arguments')[0]
    // What a function makes of it, such as a picture of the error, nobody here knows.
    if (!body || !/^(ObjectLiteralExpression|StringLiteral|NoSubstitutionTemplateLiteral|TemplateExpression)$/.test(body.kind)) continue
    if (/\b(error|err|errors|failed|failure)\b|success['"]?\s*:\s*false|\bok['"]?\s*:\s*false/i.test(program.text(body))) return node
  }
  return undefined
}
