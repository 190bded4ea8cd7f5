import type { Problem, PythonProgram, Remedy, Rule, RuleContext } from '../../../src/types.js'
import { alternatives, type Alternative } from '../../../src/lang/python/settings/alternatives.js'
import { givenSettings } from '../../../src/lang/python/settings/given-settings.js'
import { onHost } from '../../../src/lang/python/settings/host-value.js'
import { spotted } from '../../../src/lang/python/settings/spotted.js'
import { literalText, type PyCall } from '../../../src/lang/python/program.js'
import { djangoAddresses } from './django.js'

// Port 9 throws away what it is sent: it is named to make a request fail.
const local = /^(https?:\/\/)?(localhost|127\.0\.0\.1|0\.0\.0\.0)(?!:9\b)(:\d+)?(\/|$|\u0000)/
const asks = /^(requests|httpx)\.(get|post|put|patch|delete|head|request)$|^(requests\.Session|httpx\.Client)\(\)\.(get|post|put|patch|delete|head|request)$|^urllib\.request\.(urlopen|Request)$/

/** How a framework says under which address it was asked. */
const ownAddress: Readonly<Record<string, string>> = {
  flask: ' (request.host_url, url_for with _external=True)',
  fastapi: ' (request.base_url, request.url_for)',
  django: ' (request.build_absolute_uri)',
}

export const cfgLocalhostUrl = {
  id: 'cfg-localhost-url',
  title: 'Address of the developer\'s own machine',
  hazard: 'env-required-at-import',
  language: 'python',
  assumes: 'owns-process',
  severity: 'breaks',
  *check(program: PythonProgram, context: RuleContext): Generator<Problem> {
    for (const given of givenSettings(program, 'SERVER_NAME'))
      for (const at of alternatives(program, given.node, given.scope)) {
        const text = at.node.kind === 'string' ? literalText(at.node, at.scope.module.text) : undefined
        const site = text !== undefined && local.test(text) ? program.siteOf(at.node, at.scope) : undefined
        const place = site && spotted(program, site, at.node, 'SERVER_NAME is a local address', given.maybe || at.behind !== undefined ? 'degrades' : 'breaks')
        if (!place) continue
        yield {
          ...place,
          message: `SERVER_NAME is '${text ?? ''}'. Flask then makes links to that address, and with host or subdomain matching answers 404 to requests for any other name, so for the name that the host gives the app. Leave it unset on the host.`,
          remedy: withoutName(context, at),
        }
      }
    yield* djangoAddresses(program)
    yield* requests(program, context.app.framework)
  },
} satisfies Rule

function withoutName({ target }: RuleContext, { node, scope }: Alternative): Remedy {
  if (scope.module.brokenAt !== undefined) return { kind: 'manual', reason: `${scope.module.path} does not parse, so it is not edited. Take SERVER_NAME out there.` }
  return { kind: 'fix', safety: 'review', title: 'Leave SERVER_NAME unset on the host', changes: onHost(target, node, scope, 'None') }
}

/** Views that call a server on the same machine, and addresses that others are told to come back to. */
function* requests(program: PythonProgram, framework: string): Generator<Problem> {
  for (const call of program.calls()) {
    const back = call.kwargs.get('redirect_uri') ?? call.kwargs.get('success_url')
    const node = back ?? (call.names.some((name) => asks.test(name)) ? (call.kwargs.get('url') ?? call.args.find((arg) => !/^["'](GET|POST|PUT|PATCH|DELETE|HEAD)["']$/i.test(program.text(arg, call.module)))) : undefined)
    if (!node) continue
    const texts = program.fold.text(node, call.scope)
    const here = texts.find((piece) => local.test(piece.text) && /^https?:/.test(piece.text))
    if (!here) continue
    const place = spotted(program, call, call.node, back ? 'sends others to a local address' : 'asks a local address', here.env !== undefined || texts.length > 1 ? 'degrades' : 'breaks')
    if (place) yield { ...place, message: told(call, here.text.split('\u0000')[0] ?? '', back !== undefined, here.env), remedy: { kind: 'manual', reason: back ? `Take the address from a variable, or build it from the request${ownAddress[framework] ?? ''}.` : 'Take the address from a variable, or call the function itself where it is the app\'s own.' } }
  }
}
function told(call: PyCall, address: string, back: boolean, env: string | undefined): string {
  const who = `${call.fn?.qualname ?? 'The code'}${call.fn ? '()' : ''}`
  const unless = env === undefined ? '' : ` unless ${env} is set`
  return back
    ? `${who} sends users to ${address}${unless}: after a login or payment they land on their own machine. Build the address from the request, or take it from a variable.`
    : `${who} asks ${address}${unless}. On the host nothing listens there: no second server runs beside the app. Take the address from a variable, or call the function itself.`
}
