import { standsAlone, wrapInIf } from '../../../src/lang/javascript/edit.js'
import { ensureMainExport } from '../../../src/lang/javascript/edit-imports.js'
import { afterListening, serverStarts, topLevelName, type ServerStart } from '../../../src/lang/javascript/entry/server-start.js'
import { field, statementOf, type JsCall, type JsProgram } from '../../../src/lang/javascript/program.js'
import { severityFor } from '../../../src/lang/severity.js'
import type { Problem, Remedy, Rule, RuleContext } from '../../../src/types.js'

export const entryExpressLateListen = {
  id: 'entry-express-late-listen',
  title: 'App that is there only when something slow is done',
  hazard: 'server-start',
  language: 'javascript',
  assumes: 'owns-process',
  severity: 'blocks',
  *check(program: JsProgram, context: RuleContext): Generator<Problem> {
    for (const start of serverStarts(program)) {
      const { call, handed } = start
      const [run] = call.runs
      if (handed === 'here' || run?.when !== 'startup' || run.weak) continue
      const text = program.text(field(call.node, 'expression') ?? call.node)
      if (/[\r\n]/.test(text)) continue
      yield {
        path: call.module.path,
        range: { start: call.node.start, end: call.node.end },
        when: 'startup',
        trace: program.trace(call, `${text}() opens a port`, run),
        severity: severityFor(run, 'blocks'),
        message: `${text}() runs only after something that takes time, such as a connection, and ${call.module.path} exports no app: the host waits about a second for the import, then answers every request of the cold start with an error. Export the app right away, and let each request wait for what it needs.`,
        remedy: remedyFor(start, program, context),
      }
    }
  },
} satisfies Rule

function remedyFor({ call, app }: ServerStart, program: JsProgram, context: RuleContext): Remedy {
  const { module } = call
  const name = topLevelName(program, app)
  if (name === undefined) return { kind: 'manual', reason: `The app has no name at the top of ${module.path}: make it there, export it, and connect in a middleware that comes before the routes.` }
  const late = lateRoute(program, call)
  if (late) return { kind: 'manual', reason: `${late.module.path}:${program.line(late.node)} adds routes or middleware only after the wait, so an app exported before would miss them: register them at the top level, and connect in a middleware that comes before them.` }
  const exported = module.brokenAt === undefined ? ensureMainExport(module, name) : undefined
  if (!exported || exported.length === 0) return { kind: 'manual', reason: `${module.path} exports something else already: add the app to it by hand.` }
  const statement = statementOf(call.node)
  const guard = statement.kind === 'ExpressionStatement' && standsAlone(module, statement) ? (wrapInIf(module, statement, statement, `!${context.target.guard.javascript}`) ?? []) : []
  const dropped = guard.length > 0 ? afterListening(program, call) : []
  const left = [
    ...(isMongoose(program) ? [] : [`Requests can now come before what ${module.path}:${program.line(call.node)} waited for is there: wait for it in a middleware that comes before the routes.`]),
    ...(dropped.length > 0 ? [`What ran once ${module.path}:${program.line(call.node)} listened runs only when the app is started by hand now: ${dropped.join(', ')}. Where the host needs it too, call it from a job or a request.`] : []),
  ]
  return {
    kind: 'fix',
    // Only a driver that queues what comes too early lets requests in before the connection stands.
    safety: isMongoose(program) ? 'safe' : 'review',
    title: `Export ${name}${guard.length > 0 ? ', and listen only off the host' : ''}`,
    changes: [...guard, ...exported],
    ...(left.length > 0 ? { left: left.join(' ') } : {}),
  }
}
const isMongoose = (program: JsProgram): boolean => [...program.calls('mongoose.connect')].length > 0

/** A registration that runs after the import, as the call that listens does. */
function lateRoute(program: JsProgram, listen: JsCall): JsCall | undefined {
  for (const call of program.callsMatching(/^express\(\)\.(use|get|post|put|patch|delete|all|route)$/)) {
    const [run] = call.runs
    if (run?.when === 'startup' && !run.weak && !run.background && call.node !== listen.node && call.args.length > 0) return call
  }
  return undefined
}
