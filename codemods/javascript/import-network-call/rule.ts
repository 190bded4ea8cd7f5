import type { JsProgram, Problem, Rule } from '../../../src/types.js'
import { callName } from '../../../src/lang/javascript/storage/clients.js'
import { startedBy, traceBack } from '../../../src/lang/javascript/storage/started-by.js'
import { isCaughtLater, isWaitedFor } from '../../../src/lang/javascript/waiting.js'
import { atMost, isCaught, severityFor, surestRun } from '../../../src/lang/severity.js'

const asks = new RegExp(
  [
    String.raw`^(fetch|node-fetch|undici\.(fetch|request)|cross-fetch|isomorphic-fetch)$`,
    String.raw`^axios(\.default)?(\.(get|post|put|patch|delete|head|request))?$`,
    String.raw`^axios(\.default)?\.create\(\)(\.(get|post|put|patch|delete|head|request))?$`,
    String.raw`^(got|ky|superagent|needle|request|request-promise)(\.(get|post|put|patch|delete|head))?$`,
    String.raw`^https?\.(get|request)$`,
    String.raw`^nodemailer\.createTransport\(\)\.(verify|sendMail)$`,
    String.raw`^cloudinary(\.v2)?\.api\.ping$`,
    String.raw`^@elastic/elasticsearch\.Client\(\)\.(ping|info)$`,
    String.raw`^openid-client\.(Issuer\.discover|discovery)$`,
  ].join('|'),
)

export const importNetworkCall = {
  id: 'import-network-call',
  title: 'Network used while the app is imported',
  hazard: 'module-level-io',
  language: 'javascript',
  assumes: 'import-unbounded',
  severity: 'degrades',
  *check(program: JsProgram): Generator<Problem> {
    const told = new Set<unknown>()
    for (const call of program.callsMatching(asks)) {
      const run = surestRun(call)
      if (run.when !== 'import' || run.background) continue
      const place = startedBy(program, call, run)
      if (told.has(place.node)) continue
      told.add(place.node)
      const waits = !place.fn && isWaitedFor(place.node)
      const caught = isCaught(program, call, run.when) || isCaughtLater(program, call.node) || isCaughtLater(program, place.node)
      const certain = severityFor(run, waits ? 'blocks' : 'breaks')
      const name = callName(program, call)
      yield {
        path: place.module.path,
        range: { start: place.node.start, end: place.node.end },
        when: 'import',
        trace: traceBack(program, call, place, `${name} goes out`, run),
        severity: caught ? atMost(certain, 'degrades') : certain,
        message: `${name} goes out to the network while the app is imported: every new instance ${waits ? 'waits for the answer before it can take a request' : 'does it again, and may be put to sleep before the answer comes'}${caught ? '' : ', and stops when none comes'}. Ask when the answer is first needed, and keep it.`,
        remedy: { kind: 'manual', reason: 'Turn it into a function that asks on first use and keeps the promise of the answer.' },
      }
    }
  },
} satisfies Rule
