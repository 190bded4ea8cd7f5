import { handedOut } from '../../../src/lang/javascript/entry/exports.js'
import { serverStarts } from '../../../src/lang/javascript/entry/server-start.js'
import { isScript, type JsCall, type JsProgram } from '../../../src/lang/javascript/program.js'
import { join } from '../../../src/lang/paths.js'
import type { Path, Problem, Rule, RuleContext } from '../../../src/types.js'

export const entryExpressNone = {
  id: 'entry-express-none',
  title: 'App where the host does not look for it',
  hazard: 'missing-entry',
  language: 'javascript',
  assumes: 'entry-by-convention',
  severity: 'blocks',
  *check(program: JsProgram, { app, repo, target }: RuleContext): Generator<Problem> {
    const { entry } = program
    const lookup = target.node?.lookup
    if (!entry || !lookup || target.serves === undefined) return
    const served = target.serves(repo, app)
    if (served !== undefined && (served === entry.path || handsOver(program, served))) return
    // The owner's own functions are what is deployed there.
    if (repo.list(join(app.root, 'api')).some(isScript)) return
    const from = app.root === '.' ? entry.path : entry.path.slice(app.root.length + 1)
    const looked = lookup.candidates.includes(from)
    const why = served !== undefined ? `it looks into ${served} first, which neither exports the app as such nor listens by itself` : looked ? `it looks into ${from}, but takes only a file that imports express itself` : `it looks into files such as ${lookup.candidates.slice(0, 1).join('')}, index.js, server.js and those in src/, and not into ${from}`
    const [made] = [...program.calls('express')].filter((call) => call.module === entry)
    const starts = served === undefined ? undefined : [...serverStarts(program)].find(({ call }) => call.module === entry)
    const node = made?.node ?? starts?.call.node ?? entry.root.children[0] ?? entry.root
    yield {
      path: entry.path,
      range: { start: node.start, end: made || starts ? node.end : node.start },
      when: 'import',
      trace: [{ file: entry.path, line: program.line(node), note: 'the app is started here' }],
      message: `Nothing leads the host to the app in ${entry.path}: ${why}. ${served === undefined ? 'The deploy fails with "No entrypoint found"' : 'Every request fails'}. Add a small entry file that hands the app over.`,
      remedy: { kind: 'fix', safety: 'safe', title: 'Add an entry file that hands the app over', changes: [], needs: [{ kind: 'entry' }] },
    }
  },
} satisfies Rule

/** Does the file, imported by itself, export the app or start its server? */
function handsOver(program: JsProgram, path: Path): boolean {
  const module = program.moduleAt(path)
  if (!module || module.brokenAt !== undefined || !program.modules.has(path)) return true
  const alone = ({ fn }: JsCall): boolean => fn === undefined || program.callers(fn).some((call) => call.module === module && call.fn === undefined)
  return [...handedOut(module)].some(({ whole }) => whole) || [...serverStarts(program)].some(({ call }) => call.module === module && alone(call))
}
