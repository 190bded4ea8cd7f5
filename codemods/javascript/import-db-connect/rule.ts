import type { JsProgram, Problem, Rule, RuleContext } from '../../../src/types.js'
import { callName, connectingCalls } from '../../../src/lang/javascript/storage/clients.js'
import { startedBy, traceBack } from '../../../src/lang/javascript/storage/started-by.js'
import { isCaughtLater, isRejectionCaught, isWaitedFor } from '../../../src/lang/javascript/waiting.js'
import { atMost, severityFor, surestRun } from '../../../src/lang/severity.js'

/** Where mongoose connects at the start, what matters is that requests wait for it: db-connect-not-cached. */
const mongoose = /^mongoose\.connect$/

export const importDbConnect = {
  id: 'import-db-connect',
  title: 'Database used while the app is imported',
  hazard: 'module-level-io',
  language: 'javascript',
  assumes: 'import-unbounded',
  severity: 'blocks',
  *check(program: JsProgram, { target }: RuleContext): Generator<Problem> {
    const told = new Set<unknown>()
    for (const call of connectingCalls(program)) {
      const run = surestRun(call)
      if ((run.when !== 'import' && run.when !== 'startup') || run.background || (call.names.some((name) => mongoose.test(name)) && target.offers['owns-process'] !== 'yes')) continue
      const place = startedBy(program, call, run)
      if (told.has(place.node)) continue
      told.add(place.node)
      const what = callName(program, call)
      const caught = isRejectionCaught(program, call, run.when) || isCaughtLater(program, place.node)
      // The session store connects by itself and keeps what it needs until then.
      const store = call.names.some((name) => /^connect-mongo\b/.test(name))
      const waits = !place.fn && isWaitedFor(place.node)
      const certain = severityFor(run, waits ? 'blocks' : 'breaks')
      yield {
        path: place.module.path,
        range: { start: place.node.start, end: place.node.end },
        when: run.when,
        trace: traceBack(program, call, place, `${what} connects`, run),
        severity: store || caught ? atMost(certain, 'degrades') : certain,
        message: `${what} connects to a database ${run.when === 'import' ? 'while the app is imported' : 'when the server starts to listen'}. ${store ? 'Every new instance opens a connection of its own for the sessions, beside the one for the data' : caught ? 'The failure is caught, but every new instance connects, whether a request needs it or not' : waits ? 'If the database does not answer, the app does not start; if it does, every new instance waits for it' : 'Nobody catches the failure, so an instance that does not reach the database stops ("unhandled rejection"), and a request that comes before the connection stands finds none'}. ${store ? 'Hand it the client that the app has already.' : 'Connect when the first request needs it, and keep the promise of the connection for the others.'}`,
        remedy: { kind: 'manual', reason: store ? 'Pass `client` or `clientPromise` of the connection that the app already has in place of the address.' : 'Turn it into a function that connects on first use and keeps its promise, and wait for that where the database is used.' },
      }
    }
  },
} satisfies Rule
