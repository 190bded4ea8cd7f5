import { type PyFunction, type PyRoute, type PythonProgram } from '../../../src/lang/python/program.js'
import type { FrameworkId, Problem, Program, Remedy, Rule, RuleContext } from '../../../src/types.js'
import { answeringGet, cronRoutes, traceTo, type CronRoute } from '../cron-routes.js'
import { openRoutes } from './javascript.js'
import { comparisons } from './comparisons.js'
import { guardOf } from './guarded.js'

export const cronEndpointOpen = {
  id: 'cron-endpoint-open',
  title: 'Cron route that anybody can call',
  hazard: 'cron-method-mismatch',
  language: 'config',
  about: 'any',
  assumes: 'private-network',
  severity: 'breaks',
  *check(program: Program, context: RuleContext): Generator<Problem> {
    if (program.language === 'javascript') return yield* openRoutes(program, context)
    const seen = new Set<PyFunction>()
    for (const cron of cronRoutes(program, context)) {
      for (const route of answeringGet(cron.routes)) {
        const { fn } = route
        if (!fn || seen.has(fn)) continue
        seen.add(fn)
        const guard = guardOf(program, fn)
        if (guard !== 'checked') yield problem(program, cron, route, fn, guard)
      }
    }
  },
} satisfies Rule

function problem(program: PythonProgram, cron: CronRoute, route: PyRoute, fn: PyFunction, guard: 'open' | 'session'): Problem {
  const { module } = fn
  const place = { file: module.path, line: program.line(fn.node, module), note: `${fn.name} answers it` }
  const base = { path: module.path, range: { start: fn.node.start, end: fn.body.start }, when: 'request', trace: traceTo(program, cron.evidence, fn, place) } as const
  if (guard === 'session') {
    return {
      ...base,
      message: `The cron calls ${cron.job.path}, and ${fn.name} wants a signed-in user: the cron gets a redirect to the login, which it does not follow, so the job never runs. Give the job a route of its own that compares the Authorization header with CRON_SECRET.`,
      remedy: { kind: 'manual', reason: `Give the job of ${fn.name} a route of its own without a login, which compares the Authorization header with "Bearer " and CRON_SECRET.` },
    }
  }
  return {
    ...base,
    message: `Anybody who knows the address can run the job behind ${cron.job.path}: ${fn.name} does not look at who calls. The platform sends "Authorization: Bearer" with CRON_SECRET, if that variable is set; compare it before anything else.`,
    remedy: remedyFor(fn, route, program.app.framework),
  }
}

function remedyFor(fn: PyFunction, route: PyRoute, framework: FrameworkId): Remedy {
  const { module } = fn
  const statements = fn.body.children.filter(child => child.kind !== 'comment')
  const docstring = statements[0]?.kind === 'expression_statement' && statements[0].children[0]?.kind === 'string'
  const first = statements[docstring ? 1 : 0]
  const header = module.text.slice(fn.node.start, fn.body.start)
  const byHand: Remedy = { kind: 'manual', reason: `Compare the Authorization header with "Bearer " and CRON_SECRET at the top of ${fn.name}, in constant time.` }
  if (!first || fn.isLambda || module.brokenAt !== undefined || !/[\r\n]/.test(header)) return byHand
  const changes = comparisons[framework]?.(fn, first, route)
  if (!changes) return byHand
  return {
    kind: 'fix',
    safety: 'review',
    title: `Compare CRON_SECRET at the top of ${fn.name}`,
    changes,
    needs: [{ kind: 'env', name: 'CRON_SECRET', secret: true, why: 'the platform sends it with each cron call, and the route compares it' }],
    left: `Whoever else calls ${fn.name} has to send the header Authorization: Bearer and the value of CRON_SECRET.`,
  }
}
