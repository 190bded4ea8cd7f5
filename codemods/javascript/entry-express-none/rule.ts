import { isScript, type JsProgram } from '../../../src/lang/javascript/program.js'
import { join } from '../../../src/lang/paths.js'
import type { Problem, Rule, RuleContext } from '../../../src/types.js'

export const jsEntryExpressNone = {
  id: 'entry-express-none',
  title: 'App where the host does not look for it',
  hazard: 'missing-entry',
  language: 'javascript',
  assumes: 'entry-by-convention',
  severity: 'blocks',
  *check(program: JsProgram, { app, repo, target }: RuleContext): Generator<Problem> {
    const { entry } = program
    const lookup = target.node?.lookup
    if (!entry || !lookup || target.serves === undefined || target.serves(repo, app) !== undefined) return
    // The owner's own functions are what is deployed there.
    if (repo.list(join(app.root, 'api')).some(isScript)) return
    const from = app.root === '.' ? entry.path : entry.path.slice(app.root.length + 1)
    const looked = lookup.candidates.includes(from)
    const why = looked ? `it looks into ${from}, but takes only a file that imports express itself` : `it looks into files such as ${lookup.candidates.slice(0, 1).join('')}, index.js, server.js and those in src/, and not into ${from}`
    const [made] = [...program.calls('express')].filter((call) => call.module === entry)
    const node = made?.node ?? entry.root.children[0] ?? entry.root
    yield {
      path: entry.path,
      range: { start: node.start, end: made ? node.end : node.start },
      when: 'import',
      trace: [{ file: entry.path, line: program.line(node), note: 'the app is started here' }],
      message: `Nothing leads the host to the app in ${entry.path}: ${why}. The deploy fails with "No entrypoint found". Add a small entry file that hands the app over.`,
      remedy: { kind: 'fix', safety: 'safe', title: 'Add an entry file that hands the app over', changes: [], needs: [{ kind: 'entry' }] },
    }
  },
} satisfies Rule
