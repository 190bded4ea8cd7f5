import { lineEnd, standsAlone } from '../../../src/lang/python/edit.js'
import { field, walk, type PyNode, type PySite } from '../../../src/lang/python/program.js'
import { severityFor } from '../../../src/lang/python/severity.js'
import { unwrapTry } from '../../../src/lang/python/entry/try-block.js'
import type { Change, Problem, PythonProgram, Rule, RuleContext, Snapshot } from '../../../src/types.js'
import { fallbackOf, type Fallback } from './fallback.js'

export const importCatchAllFallback = {
  id: 'import-catch-all-fallback',
  title: 'Failed import of the app replaced by something else',
  hazard: 'unsafe-error-page',
  language: 'python',
  assumes: 'nothing',
  severity: 'breaks',
  *check(program: PythonProgram, context: RuleContext): Generator<Problem> {
    for (const site of program.sites('try_statement')) {
      const run = site.runs.find(({ when }) => when === 'import')
      const fallback = run && fallbackOf(program, site)
      if (!run || !fallback) continue
      const plain = unwrapTry(site.module, site.node, site.scope)
      const changes = plain && [...orphansOf(program, site, context.repo), ...plain]
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

/** Removes the functions that only the handlers call: what made the app that stood in. */
function* orphansOf(program: PythonProgram, site: PySite, repo: Snapshot): Generator<Change> {
  const { module } = site
  const clauses = site.node.children.filter(({ kind }) => kind === 'except_clause')
  const named = (name: string, within: Iterable<PyNode>): number => [...within].filter((node) => node.kind === 'identifier' && program.text(node, module) === name).length
  for (const [index, statement] of module.root.children.entries()) {
    const name = statement.kind === 'function_definition' ? field(statement, 'name') : undefined
    if (!name || !standsAlone(module, statement)) continue
    const word = program.text(name, module)
    const inHandlers = clauses.reduce((sum, clause) => sum + named(word, walk(clause)), 0)
    if (inHandlers === 0 || named(word, walk(module.root)) > inHandlers + named(word, walk(statement))) continue
    if ([...repo.files.values()].some(({ path, text }) => path !== module.path && path.endsWith('.py') && new RegExp(`\\b${word}\\b`).test(text))) continue
    const before = module.root.children[index - 1]
    yield { kind: 'edit', path: module.path, range: { start: before ? lineEnd(module, before.end) : statement.start, end: lineEnd(module, statement.end) }, text: '' }
  }
}
