import type { JsProgram, Problem, Rule } from '../../../src/types.js'
import { optionsOf } from '../../../src/lang/javascript/options.js'
import { callName } from '../../../src/lang/javascript/storage/clients.js'
import type { JsCall, JsNode } from '../../../src/lang/javascript/program.js'
import { spotted } from '../../../src/lang/spotted.js'

// Port 9 throws away what it is sent: it is named to make a request fail.
const local = /^https?:\/\/(localhost|127\.0\.0\.1|0\.0\.0\.0)(?!:9\b)(:\d+)?(\/|$|\0)/
const asks = /^(fetch|node-fetch|undici\.(fetch|request)|axios(\.default)?(\.(get|post|put|patch|delete|head|request))?|got(\.(get|post|put|patch|delete|head))?|superagent\.(get|post|put|patch|delete)|request(\.(get|post|put))?)$/

export const cfgLocalhostUrl = {
  id: 'cfg-localhost-url',
  title: 'Address of the developer\'s own machine',
  hazard: 'env-required-at-import',
  language: 'javascript',
  assumes: 'owns-process',
  severity: 'breaks',
  *check(program: JsProgram): Generator<Problem> {
    const seen = new Set<JsNode>()
    for (const { call, node, back } of addresses(program)) {
      const texts = program.fold.text(node)
      const here = texts.find(({ text }) => local.test(text))
      if (!here || seen.has(node)) continue
      const place = spotted(program, call, node, back ? 'sends others to a local address' : 'asks a local address', here.env !== undefined || texts.length > 1 ? 'degrades' : 'breaks')
      if (!place) continue
      seen.add(node)
      const who = call.fn && call.fn.name !== '' ? `${call.fn.name}()` : callName(program, call)
      const unless = here.env === undefined ? '' : ` unless ${here.env} is set`
      const [address = ''] = here.text.split('\0')
      yield {
        ...place,
        message: back
          ? `${who} sends users to ${address}${unless}: after a login, a payment or a link in a mail they land on their own machine. Build the address from the request, or take it from a variable.`
          : `${who} asks ${address}${unless}. On the host nothing listens there: no second server runs beside the app. Take the address from a variable, or call the function itself.`,
        remedy: { kind: 'manual', reason: back ? 'Take the address from a variable, or build it from the request (req.protocol, req.get(\'host\')).' : 'Take the address from a variable, or call the function itself where it is the app\'s own.' },
      }
    }
  },
} satisfies Rule

type Address = { readonly call: JsCall; readonly node: JsNode; readonly back: boolean }
function* addresses(program: JsProgram): Generator<Address> {
  for (const call of program.callsMatching(/^express\.response(\.\w+\(\))*\.redirect$/)) {
    const node = call.args.at(-1)
    if (node) yield { call, node, back: true }
  }
  for (const call of program.callsMatching(/^passport-[\w-]+(\.\w*Strategy|\.default)?$/)) for (const node of optionsOf(program, call.args[0]).get('callbackURL')) yield { call, node, back: true }
  for (const call of program.callsMatching(/^stripe(\.Stripe)?\(\)\.(checkout\.sessions|billingPortal\.sessions|accountLinks)\.create$/)) {
    const options = optionsOf(program, call.args[0])
    for (const key of ['success_url', 'cancel_url', 'return_url', 'refresh_url']) for (const node of options.get(key)) yield { call, node, back: true }
  }
  for (const call of program.callsMatching(asks)) {
    const [first] = call.args
    if (!first) continue
    const options = program.values(first).some((value) => value.kind === 'literal-object') ? optionsOf(program, first) : undefined
    for (const node of options ? [...options.get('url'), ...options.get('baseURL')] : [first]) yield { call, node, back: false }
  }
}
