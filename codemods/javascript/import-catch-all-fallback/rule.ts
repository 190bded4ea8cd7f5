import { unwrapTry } from '../../../src/lang/javascript/entry/try-block.js'
import { severityFor } from '../../../src/lang/severity.js'
import { servedProgram } from '../../../src/lang/javascript/entry/served.js'
import type { JsProgram, Problem, Rule, RuleContext } from '../../../src/types.js'
import { fallbackOf, type Fallback } from './fallback.js'

export const importCatchAllFallback = {
  id: 'import-catch-all-fallback',
  title: 'Failed import of the app replaced by something else',
  hazard: 'unsafe-error-page',
  language: 'javascript',
  assumes: 'nothing',
  severity: 'breaks',
  *check(program: JsProgram, context: RuleContext): Generator<Problem> {
    yield* fallbacks(program)
    // A wrapper that only the host enters.
    const wrapper = servedProgram(program, context)
    if (wrapper) for (const problem of fallbacks(wrapper)) if (!program.modules.has(problem.path)) yield problem
  },
} satisfies Rule

function* fallbacks(program: JsProgram): Generator<Problem> {
  for (const site of program.sites('TryStatement')) {
    const run = site.runs.find(({ when }) => when === 'import' || when === 'startup')
    const fallback = run && fallbackOf(program, site)
    if (!run || !fallback) continue
    const changes = unwrapTry(site)
    yield {
      path: site.module.path,
      range: { start: fallback.handler.start, end: fallback.handler.end },
      when: run.when === 'startup' ? 'startup' : 'import',
      trace: program.trace({ ...site, node: fallback.handler }, 'goes on without the part that could not be loaded', run),
      severity: severityFor(run, 'breaks'),
      message: `${said(fallback)}, so a failed load does not stop the deploy: it looks healthy and serves something else. The host already logs a failed start with its whole stack, and keeps the last good deploy. Load it plainly and let it fail.`,
      remedy: changes && changes.length > 0 ? { kind: 'fix', safety: 'review', title: 'Load it without the try, so that a failure shows', changes } : { kind: 'manual', reason: 'Take it out of the try by hand; other code lives on what the handler sets.' },
    }
  }
}

function said({ kind, name }: Fallback): string {
  if (kind === 'app') return `When the load fails, ${name} becomes an empty app or router of the handler's own`
  if (kind === 'routes') return 'When the load fails, the handler puts up routes of its own'
  return `When the load fails, ${name} becomes nothing`
}
