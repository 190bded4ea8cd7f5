import { insertAt, replaceNode } from '../../../src/lang/python/edit.js'
import { field, type PyRoute, type PythonProgram } from '../../../src/lang/python/program.js'
import { editConfig, replaced } from '../../../src/json-text.js'
import type { Change, Problem, Program, Remedy, Rule, RuleContext } from '../../../src/types.js'
import { refusingRoutes } from '../cron-endpoint-open/javascript.js'
import { guardOf } from '../cron-endpoint-open/guarded.js'
import { answers, cronRoutes, traceTo, type CronRoute } from '../cron-routes.js'
import { placeIn } from '../vercel-json.js'

export const cronMethodMismatch = {
  id: 'cron-method-mismatch',
  title: 'Cron path that does not answer GET',
  hazard: 'cron-method-mismatch',
  language: 'config',
  about: 'any',
  assumes: 'config-dialect',
  severity: 'breaks',
  *check(program: Program, context: RuleContext): Generator<Problem> {
    if (program.language === 'javascript') return yield* refusingRoutes(program, context)
    for (const cron of cronRoutes(program, context)) {
      const [first] = cron.routes
      if (first && !cron.routes.some(({ methods }) => methods.includes('GET'))) yield refused(program, cron, first)
      if (!first) yield* redirected(program, cron)
    }
  },
} satisfies Rule

function refused(program: PythonProgram, { job, evidence }: CronRoute, route: PyRoute): Problem {
  const { module, node, fn } = route
  const methods = route.methods.join(', ')
  return {
    path: module.path,
    range: { start: node.start, end: node.end },
    when: 'request',
    trace: traceTo(program, evidence, fn, { file: module.path, line: program.line(node, module), note: `the route takes ${methods} only` }),
    message: `The cron calls ${job.path} with GET, and the route takes ${methods} only: every run ends in 405 and the job never runs. Let the route take GET as well.`,
    remedy: remedyFor(program, route),
  }
}

function remedyFor(program: PythonProgram, route: PyRoute): Remedy {
  const { node, module, fn } = route
  const changes = getAdded(program, route)
  if (!changes || !fn) return { kind: 'manual', reason: `Let ${route.path} take GET as well.` }
  // Open to GET, an unguarded job could be started by any link.
  const safety = guardOf(program, fn) === 'checked' ? 'safe' : 'review'
  const body = /\bget_json\b|\.(?:json|form|data|files)\b/.test(module.text.slice(fn.body.start, fn.body.end)) && module.text.slice(fn.body.start, fn.body.end).includes('request')
  return { kind: 'fix', safety, title: `Let ${program.text(node.children[0] ?? node, module)} take GET as well`, changes, ...(body ? { left: `${fn.name} reads the body of the request, and a cron sends none.` } : {}) }
}

/** `methods=["POST"]` gets GET; `@app.post(…)` becomes `@app.route(…, methods=["GET", "POST"])`, which FastAPI calls `api_route`. */
function getAdded(program: PythonProgram, { node, module, scope, methods }: PyRoute): readonly Change[] | undefined {
  const call = program.callAt({ module, node, scope, fn: undefined, runs: [], handled: false })
  const listed = call.kwargs.get('methods')
  const first = listed?.children.find(child => child.kind === 'string')
  if (listed && first && ['list', 'tuple', 'set'].includes(listed.kind)) {
    const quote = module.text.slice(first.start, first.end).includes("'") ? "'" : '"'
    return [insertAt(module, first.start, `${quote}GET${quote}, `)]
  }
  const callee = field(node, 'function')
  const verb = callee && field(callee, 'attribute')
  const list = field(node, 'arguments')
  const last = list?.children.at(-1)
  if (listed || !verb || !last || !/^(?:post|put|patch|delete)$/.test(module.text.slice(verb.start, verb.end))) return undefined
  return [replaceNode(module, verb, program.origins(callee, scope).some(origin => origin.startsWith('fastapi.')) ? 'api_route' : 'route'), insertAt(module, last.end, `, methods=[${['GET', ...methods].map(name => JSON.stringify(name)).join(', ')}]`)]
}

/** A path that differs from a route's by its last slash is answered with a redirect, which a cron does not follow. */
function* redirected(program: PythonProgram, { file, job, evidence }: CronRoute): Generator<Problem> {
  const [path = '', query] = job.path.split('?')
  const other = path.endsWith('/') ? path.slice(0, -1) : `${path}/`
  const route = program.pyRoutes.find(item => answers(item.path, other))
  // Flask and Django only ever add the slash; FastAPI takes one away as well.
  if (!route || (path.endsWith('/') && program.app.framework !== 'fastapi')) return
  const becomes = `${other}${query === undefined ? '' : `?${query}`}`
  yield {
    ...placeIn(file, ['crons', job.at, 'path'], evidence.note),
    when: 'request',
    message: `The cron calls ${job.path}, and the route is ${route.path}: the app answers with a redirect to the path ${path.endsWith('/') ? 'without the slash' : 'with a slash'} at its end, and a cron does not follow it. Write the path ${path.endsWith('/') ? 'without' : 'with'} the slash.`,
    remedy: { kind: 'fix', safety: 'safe', title: `Call ${becomes}`, changes: [...replaced(file.path, file.text, editConfig(file.text, [{ at: ['crons', job.at, 'path'], value: becomes }]))] },
  }
}
