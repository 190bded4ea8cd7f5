import { indentOf, insertAfter, standsAlone } from '../../../src/lang/javascript/edit.js'
import { optionsOf } from '../../../src/lang/javascript/options.js'
import { field, literalText, statementOf, type JsCall, type JsSite } from '../../../src/lang/javascript/program.js'
import { endStatement, styleOf } from '../../../src/lang/javascript/style.js'
import { spotted } from '../../../src/lang/spotted.js'
import type { JsProgram, Problem, Remedy, Rule, RuleContext, Severity } from '../../../src/types.js'

export const cfgTrustProxy = {
  id: 'cfg-trust-proxy',
  title: 'Scheme and address of the proxy taken for the visitor\'s',
  hazard: 'allowed-hosts',
  language: 'javascript',
  assumes: 'nothing',
  severity: 'breaks',
  *check(program: JsProgram, context: RuleContext): Generator<Problem> {
    const trusts = [...trusting(program)]
    yield* trustsAll(program, trusts)
    if (trusts.length > 0) return
    // The gravest use stands for all: one setting mends them.
    const [use] = [...uses(program)].sort((a, b) => order.indexOf(a.base) - order.indexOf(b.base))
    const place = use && spotted(program, use.site, use.site.node, use.what, use.base)
    if (!use || !place) return
    yield {
      ...place,
      message: `${use.what}: behind the platform's proxy Express sees http and the proxy's address, so ${use.harm}. Let it take both from the headers that the proxy sets: app.set('trust proxy', 1).`,
      remedy: remedyOf(program, context),
    }
  },
} satisfies Rule

const order: readonly Severity[] = ['blocks', 'breaks', 'degrades', 'advice']

/** `app.set('trust proxy', …)`, `app.enable('trust proxy')`. */
function* trusting(program: JsProgram): Generator<JsCall> {
  for (const call of program.callsMatching(/(^|\.)(set|enable)$/)) {
    const [first] = call.args
    if (first && literalText(first, call.module.text) === 'trust proxy') yield call
  }
}

/** With everything trusted, the address is whatever the visitor writes into the header. */
function* trustsAll(program: JsProgram, trusts: readonly JsCall[]): Generator<Problem> {
  for (const call of trusts) {
    const value = call.args[1]
    if (value?.kind !== 'TrueKeyword' && !call.names.some((name) => name.endsWith('.enable'))) continue
    const limited = [...limiters(program)].length > 0
    if (!limited && ![...reads(program)].some(({ member }) => member === 'ip' || member === 'ips')) continue
    const place = spotted(program, call, call.node, 'trusts every proxy', limited ? 'degrades' : 'advice')
    if (!place) continue
    const edit: Remedy =
      value && call.module.brokenAt === undefined
        ? { kind: 'fix', safety: 'review', title: 'Trust the one proxy in front of the app', changes: [{ kind: 'edit', path: call.module.path, range: { start: value.start, end: value.end }, text: '1' }] }
        : { kind: 'manual', reason: "Write app.set('trust proxy', 1): the platform has one proxy in front of the app." }
    yield { ...place, message: `'trust proxy' trusts every address in X-Forwarded-For, and a visitor may send that header with any address: ${limited ? 'rate limits that count by address are passed by (express-rate-limit refuses the setting)' : 'req.ip is what the visitor says'}. The platform has one proxy in front of the app: trust 1.`, remedy: edit }
    return
  }
}

type Use = { readonly site: JsSite; readonly what: string; readonly harm: string; readonly base: Severity }
const links = 'the links and callback addresses that it builds begin with http'

function* uses(program: JsProgram): Generator<Use> {
  for (const call of program.callsMatching(/^(express-session|cookie-session)(\.default)?$/)) {
    const options = optionsOf(program, call.args[0])
    const cookies = call.names.some((name) => name.startsWith('cookie-session')) ? [options] : options.get('cookie').map((cookie) => optionsOf(program, cookie))
    const isSecure = cookies.some((cookie) => cookie.get('secure').some((value) => mayBeTrue(program, value)))
    if (isSecure && options.get('proxy').length === 0) yield { site: call, what: 'The session\'s cookie is only set over https', harm: 'it is never set, and nobody stays logged in', base: 'breaks' }
  }
  for (const call of limiters(program)) if (optionsOf(program, call.args[0]).get('keyGenerator').length === 0) yield { site: call, what: 'express-rate-limit counts by req.ip', harm: 'all visitors share one count, and it reports ERR_ERL_UNEXPECTED_X_FORWARDED_FOR', base: 'breaks' }
  for (const { site, member } of reads(program)) {
    if (member === 'secure') yield { site, what: 'req.secure is read', harm: 'it is never true, and what redirects to https by it redirects without end', base: 'breaks' }
    else if (member === 'protocol') yield { site, what: 'req.protocol is read', harm: links, base: 'breaks' }
    else yield { site, what: `req.${member} is read`, harm: 'every visitor has the same address', base: 'degrades' }
  }
}
function* limiters(program: JsProgram): Generator<JsCall> {
  yield* program.callsMatching(/^express-rate-limit(\.(rateLimit|default))?$|^express-slow-down(\.(slowDown|default))?$/)
}
/** `req.ip`, `req.protocol`, `req.secure` while a request runs. */
function* reads(program: JsProgram): Generator<{ readonly site: JsSite; readonly member: string }> {
  for (const site of program.sites('PropertyAccessExpression')) {
    const name = field(site.node, 'name')
    const member = name && program.text(name)
    if (member === undefined || !/^(ip|ips|protocol|secure)$/.test(member) || !site.runs.some(({ when }) => when === 'request')) continue
    if (program.origins(site.node).includes(`express.request.${member}`)) yield { site: { ...site, runs: site.runs.filter(({ when }) => when === 'request') }, member }
  }
}
/** `true`, `process.env.NODE_ENV === 'production'`, or what only the host knows; 'auto' adapts by itself. */
function mayBeTrue(program: JsProgram, value: Parameters<JsProgram['text']>[0]): boolean {
  const known = program.guards.test(value)
  if (typeof known === 'boolean') return known
  if (value.kind === 'TrueKeyword' || value.kind === 'FalseKeyword') return value.kind === 'TrueKeyword'
  return /production|\bprod\b/i.test(program.text(value))
}

function remedyOf(program: JsProgram, { target }: RuleContext): Remedy {
  const makers = [...program.calls('express')].filter((call) => call.runs.some(({ when }) => when === 'import' || when === 'startup'))
  const [maker] = makers
  const byHand: Remedy = { kind: 'manual', reason: "Call app.set('trust proxy', 1) on the served app, on the host only." }
  if (!maker || makers.length > 1 || maker.module.brokenAt !== undefined) return byHand
  const { module, node } = maker
  const declaration = node.parent
  const name = declaration?.kind === 'VariableDeclaration' && node.field === 'initializer' ? field(declaration, 'name') : undefined
  const statement = statementOf(node)
  if (name?.kind !== 'Identifier' || statement.kind !== 'VariableStatement' || !standsAlone(module, statement)) return byHand
  const style = styleOf(module, { modules: program.modules })
  const set = endStatement(style, `${program.text(name)}.set(${style.quote}trust proxy${style.quote}, 1)`)
  const lines = [`if (${target.guard.javascript}) {`, `${indentOf(module, node).includes('\t') ? '\t' : style.indent}${set}`, '}']
  return { kind: 'fix', safety: 'safe', title: 'Take scheme and address from the proxy, on the host', changes: [insertAfter(module, statement, lines, style)] }
}
