import type { JsProgram, Problem, Rule, RuleContext } from '../../../src/types.js'
import { callName, databaseClients, type Client } from '../../../src/lang/javascript/storage/clients.js'
import { startedBy, traceBack } from '../../../src/lang/javascript/storage/started-by.js'
import { isWaitedFor } from '../../../src/lang/javascript/waiting.js'
import { walk, type JsCall } from '../../../src/lang/javascript/program.js'
import { milder, severityFor, surestRun } from '../../../src/lang/severity.js'
import { requestsWait } from './remedy.js'

export const dbConnectNotCached = {
  id: 'db-connect-not-cached',
  title: 'Database client made anew, or not waited for',
  hazard: 'module-level-io',
  language: 'javascript',
  assumes: 'nothing',
  severity: 'breaks',
  *check(program: JsProgram, context: RuleContext): Generator<Problem> {
    if (context.target.offers['owns-process'] !== 'yes') yield* notWaitedFor(program, context)
    for (const client of databaseClients(program, 'pool', 'client', 'connection')) {
      const { call, kind, name } = client
      const run = call.runs.find((one) => one.when === 'request' && !one.background)
      // What also runs at the start is made there. Mongoose has one connection, however often it is asked for.
      if (!run || call.runs.some((one) => one.when === 'import' || one.when === 'startup') || call.names.some((origin) => /^mongoose\.connect$|^connect-mongo|^bull/.test(origin)) || isKept(program, call)) continue
      const closed = isClosed(program, client)
      if (kind === 'connection' && closed) continue
      yield {
        path: call.module.path,
        range: { start: call.node.start, end: call.node.end },
        when: 'request',
        trace: program.trace(call, `${name} for each request`, run),
        severity: closed ? milder(severityFor(run, 'breaks')) : severityFor(run, 'breaks'),
        message: `${call.fn && call.fn.name !== '' ? `${call.fn.name}()` : 'A function'} makes a new ${kind === 'client' ? 'client with a pool' : kind} with ${name} each time a request calls it${closed ? ', and closes it' : ', and none is closed'}. ${closed ? 'Every request pays for connecting, and many at once' : 'Many requests'} use up the connections that the database allows. Make one for the process, at module level or on first use.`,
        remedy: { kind: 'manual', reason: `Move it out of the function: one ${kind} for the process, made at module level, and nothing that closes it after a request.` },
      }
    }
  },
} satisfies Rule

/** mongoose.connect() of the start: the platform hands a new instance its first request without waiting for it. */
function* notWaitedFor(program: JsProgram, context: RuleContext): Generator<Problem> {
  const told = new Set<unknown>()
  for (const call of program.callsMatching(/^mongoose\.connect$/)) {
    const run = surestRun(call)
    if ((run.when !== 'import' && run.when !== 'startup') || run.background) continue
    // A request that calls it, too, waits for it.
    if (call.runs.some((one) => one.when === 'request' && !one.weak)) continue
    const place = startedBy(program, call, run)
    if (told.has(place.node) || (!place.fn && isWaitedFor(place.node))) continue
    told.add(place.node)
    const what = callName(program, call)
    yield {
      path: place.module.path,
      range: { start: place.node.start, end: place.node.end },
      when: run.when,
      trace: traceBack(program, call, place, `${what}, and no request waits for it`, run),
      severity: severityFor(run, 'breaks'),
      message: `${what} is called once ${run.when === 'import' ? 'while the app is imported' : 'when the server starts to listen'}, and no request waits for it. A new instance gets its first request before the connection stands: queries wait in mongoose's buffer and fail after ten seconds ("buffering timed out"), and after a failure nothing connects again. Keep the promise of the connection, and let requests wait for it.`,
      remedy: requestsWait(program, context, call, place),
    }
  }
}

/** `client ??= new MongoClient(…)`, `if (!pool) pool = new Pool(…)`, `global.client = …`. */
function isKept(program: JsProgram, call: JsCall): boolean {
  for (let at = call.node.parent; at && at !== call.fn?.node; at = at.parent) {
    if (at.kind === 'BinaryExpression' && /^([|?&]{2})?=$/.test(at.op ?? '')) {
      const [left] = at.children
      if (left && (left.kind !== 'Identifier' || program.declarations(left).every((home) => program.siteOf(home)?.fn !== call.fn || home.start < (call.fn?.node.start ?? 0)))) return true
    }
  }
  return false
}
/** With `.close()`, `.end()`, `.release()` further down in the function. */
function isClosed(program: JsProgram, { call }: Client): boolean {
  const body = call.fn?.body
  return body !== undefined && [...walk(body)].some((node) => node.kind === 'CallExpression' && node.start > call.node.start && /\.(close|end|quit|destroy|disconnect)\([^)]*\)$/.test(program.text(node)))
}
