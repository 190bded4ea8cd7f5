import { severityFor } from '../../../src/lang/python/severity.js'
import { unwrapTry } from '../../../src/lang/python/entry/try-block.js'
import type { Problem, Program, Rule } from '../../../src/types.js'
import { fallbackOf, type Fallback } from './fallback.js'

export const importCatchAllFallback = {
  id: 'import-catch-all-fallback',
  title: 'Failed import of the app replaced by something else',
  hazard: 'unsafe-error-page',
  language: 'python',
  assumes: 'nothing',
  severity: 'breaks',
  *check(program: Program): Generator<Problem> {
    for (const site of program.sites('try_statement')) {
      const run = site.runs.find(({ when }) => when === 'import')
      const fallback = run && fallbackOf(program, site)
      if (!run || !fallback) continue
      const changes = unwrapTry(site.module, site.node, site.scope)
      yield {
        path: site.module.path,
        range: { start: fallback.handler.start, end: fallback.handler.end },
        when: 'import',
        trace: program.trace({ ...site, node: fallback.handler }, 'goes on without the part that could not be imported', run),
        severity: severityFor(run, 'breaks'),
        message: `${said(fallback)}, so a failed import does not stop the deploy: it looks healthy and serves something else. The host already logs a failed import with its whole traceback, and keeps the last good deploy. Import it plainly and let it fail.`,
        remedy: changes
          ? { kind: 'fix', safety: 'review', title: 'Import it without the try, so that a failure shows', changes }
          : { kind: 'manual', reason: 'Take the import out of the try by hand; other code lives on what the handler sets.' },
      }
    }
  },
} satisfies Rule

function said({ kind, name }: Fallback): string {
  if (kind === 'app') return `When the import fails, ${name} becomes an empty app of the handler's own`
  if (kind === 'routes') return 'When the import fails, the handler puts up routes of its own'
  return `When the import fails, ${name} becomes None`
}
