import { wrapInIf, standsAlone, type Edit } from '../../../src/lang/javascript/edit.js'
import { ensureMainExport } from '../../../src/lang/javascript/edit-imports.js'
import { handsApp, serverStarts, startedByHand, topLevelName, type ServerStart } from '../../../src/lang/javascript/entry/server-start.js'
import { field, statementOf, type JsProgram } from '../../../src/lang/javascript/program.js'
import { severityFor } from '../../../src/lang/severity.js'
import type { Problem, Remedy, Rule, RuleContext } from '../../../src/types.js'

export const entryServerStartedAtImport = {
  id: 'entry-server-started-at-import',
  title: 'Server started while the app is imported',
  hazard: 'server-start',
  language: 'javascript',
  assumes: 'owns-process',
  severity: 'blocks',
  *check(program: JsProgram, context: RuleContext): Generator<Problem> {
    for (const start of serverStarts(program)) {
      const { call, handed } = start
      const run = call.runs.find(({ when, background, weak }) => when === 'import' && !background && !weak)
      const isStatement = statementOf(call.node).kind === 'ExpressionStatement'
      // A file that only starts the app of another, and one that needs the server that `listen` returns.
      if (!run || handed === 'elsewhere' || (handed === 'here' && (!isStatement || !handsApp(program, call.module)))) continue
      const text = program.text(field(call.node, 'expression') ?? call.node)
      if (/[\r\n]/.test(text)) continue
      const why = handed === 'here' ? `Whoever imports ${call.module.path} for the app it exports opens a port as well` : `The host imports ${call.module.path} to get the app, and gets none: the file exports nothing, so all hangs on the host catching this call`
      const advice = handed === 'here' ? 'Listen only when the file is started by hand.' : 'Export the app, and listen only when the file is started by hand.'
      yield {
        path: call.module.path,
        range: { start: call.node.start, end: call.node.end },
        when: 'import',
        trace: program.trace(call, `${text}() opens a port`, run),
        // Node's call comes back, and hosts that look for the app catch it: what is missing is the app, for whoever imports the file.
        severity: severityFor(run, 'degrades'),
        message: `${text}() runs while the app is imported. ${why}. ${advice}`,
        remedy: remedyFor(start, program, context),
      }
    }
  },
} satisfies Rule

function remedyFor({ call, app, handed }: ServerStart, program: JsProgram, context: RuleContext): Remedy {
  const { module } = call
  const name = handed === 'here' ? undefined : topLevelName(program, app)
  if (handed !== 'here' && name === undefined) return { kind: 'manual', reason: `The app has no name at the top of ${module.path}: make it there, export it, and listen only when the file is started by hand.` }
  if (module.brokenAt !== undefined) return { kind: 'manual', reason: `${module.path} does not parse: export the app by hand.` }
  const exported = name === undefined ? [] : ensureMainExport(module, name)
  if (exported === undefined) return { kind: 'manual', reason: `${module.path} exports something else already: add the app to it by hand.` }
  const guard = guarded(call, program, context)
  const titles = [...(exported.length > 0 ? [`export ${name}`] : []), ...(guard.length > 0 ? ['listen only when the file is started by hand'] : [])]
  // Both may end up at the end of the file, and stand there in this order.
  const changes = [...guard, ...exported]
  if (changes.length === 0) return { kind: 'manual', reason: 'Listen only when the file is started by hand; the call shares its line or its statement with other code.' }
  const title = titles.join(', and ')
  return { kind: 'fix', safety: 'safe', title: (title[0] ?? '').toUpperCase() + title.slice(1), changes }
}

/** None where the server that `listen` returns is needed, or the call does not stand by itself. */
function guarded({ node, module, fn }: ServerStart['call'], program: JsProgram, context: RuleContext): readonly Edit[] {
  const statement = statementOf(node)
  if (statement.kind !== 'ExpressionStatement' || !standsAlone(module, statement)) return []
  const test = fn ? `!${context.target.guard.javascript}` : startedByHand(program, module, context.target.guard.javascript)
  return wrapInIf(module, statement, statement, test) ?? []
}
