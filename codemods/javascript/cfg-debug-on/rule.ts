import { standsAlone, wrapInIf } from '../../../src/lang/javascript/edit.js'
import { field, literalText, statementOf, type JsNode, type JsSite } from '../../../src/lang/javascript/program.js'
import { styleOf } from '../../../src/lang/javascript/style.js'
import { spotted } from '../../../src/lang/spotted.js'
import type { JsProgram, Problem, Remedy, Rule, RuleContext } from '../../../src/types.js'

export const cfgDebugOn = {
  id: 'cfg-debug-on',
  title: 'Debug mode on',
  hazard: 'debug-mode',
  language: 'javascript',
  assumes: 'nothing',
  severity: 'breaks',
  *check(program: JsProgram, context: RuleContext): Generator<Problem> {
    for (const { site, node, what, harm } of switches(program)) {
      // Under a test of NODE_ENV or of a setting, somebody thought of it.
      if (program.first(site).conditional) continue
      const place = spotted(program, site, node, what, 'breaks')
      if (place) yield { ...place, message: `${what}. ${harm} Leave it out on the host; a local start may keep it.`, remedy: remedyOf(program, context, node) }
    }
  },
} satisfies Rule

type Switch = { readonly site: JsSite; readonly node: JsNode; readonly what: string; readonly harm: string }
const pages = 'With it, errors show stack traces and file paths to visitors.'

function* switches(program: JsProgram): Generator<Switch> {
  for (const call of program.callsMatching(/^errorhandler(\.default)?$/)) yield { site: call, node: call.node, what: 'The error page for development (errorhandler) is on', harm: pages }
  for (const call of program.calls('express().set')) {
    const [key, value] = call.args
    if (key && value && literalText(key, call.module.text) === 'env' && literalText(value, call.module.text) === 'development') yield { site: call, node: call.node, what: "The app's 'env' is set to 'development'", harm: `${pages} Views are compiled for each request as well.` }
  }
  for (const site of program.sites('BinaryExpression')) {
    const [left, right] = [field(site.node, 'left'), field(site.node, 'right')]
    if (site.node.op !== '=' || !left || !right || literalText(right, site.module.text) !== 'development') continue
    if (program.text(left).includes('NODE_ENV') && program.origins(left).includes('process.env.NODE_ENV')) yield { site, node: site.node, what: "NODE_ENV is set to 'development' by the code", harm: `${pages} Packages run in the mode that is slow and tells everything.` }
  }
}

function remedyOf(program: JsProgram, { target }: RuleContext, node: JsNode): Remedy {
  const module = program.moduleOf(node)
  const statement = statementOf(node)
  const byHand: Remedy = { kind: 'manual', reason: `Leave it out on the host in ${module.path}: it belongs to a local start.` }
  if (module.brokenAt !== undefined || statement.kind !== 'ExpressionStatement' || !standsAlone(module, statement)) return byHand
  const changes = wrapInIf(module, statement, statement, `!${target.guard.javascript}`, styleOf(module))
  return changes === undefined ? byHand : { kind: 'fix', safety: 'review', title: 'Only off the host', changes }
}
