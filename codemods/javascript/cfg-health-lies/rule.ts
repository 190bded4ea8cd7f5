import { ancestor, bare, field, functionKinds, isInside, literalText, walk, type JsCall, type JsNode } from '../../../src/lang/javascript/program.js'
import { milder, severityFor } from '../../../src/lang/severity.js'
import type { JsProgram, Problem, Rule } from '../../../src/types.js'

const asked = /(^|\/)(health|healthz|health[-_]?check|live|livez|ready|readyz|readiness|status|ping)\/?$/i
const down = /^(un-?healthy|not[ _-]?(ok|healthy|ready|connected)|error|errors|fail(ed|ing|ure)?|down|degraded|disconnected|unavailable|offline|critical)\b/i

export const cfgHealthLies = {
  id: 'cfg-health-lies',
  title: 'Health check that answers 200 while something is down',
  hazard: 'unsafe-error-page',
  language: 'javascript',
  assumes: 'nothing',
  severity: 'breaks',
  *check(program: JsProgram): Generator<Problem> {
    const told = new Set<JsNode>()
    const routes = program.jsRoutes.filter(({ path, fn }) => fn !== undefined && asked.test(path))
    for (const call of program.callsMatching(/^express\.response\.(json|jsonp|send|end)$/)) {
      const route = routes.find(({ fn }) => fn && fn.module === call.module && isInside(call.node, fn.node))
      const run = call.runs.find((one) => one.when === 'request')
      if (!route?.fn || !run || told.has(call.node) || setsStatus(program, call, route.fn.body)) continue
      const claim = saysUp(program, call, route.fn.body)
      if (claim !== undefined) {
        told.add(call.node)
        yield claimed(program, call, run, route.path, claim)
        continue
      }
      const said = call.args.flatMap((arg) => [...saysDown(program, arg)])[0]
      if (!said || (!said.chosen && !inFailure(program, call.node, route.fn.node))) continue
      told.add(call.node)
      const severity = severityFor(run, 'breaks')
      yield {
        path: call.module.path,
        range: { start: call.node.start, end: call.node.end },
        when: 'request',
        trace: program.trace(call, `says ${said.text} with status 200`, run),
        // The word may be for people, beside a status that other checks give.
        severity: said.chosen ? milder(severity) : severity,
        message: `${route.path} says "${said.text}" in its body and answers 200. Monitors and the host look at the status only: they stay green, and a broken deployment is promoted. Answer 503 there.`,
        remedy: { kind: 'manual', reason: 'Answer 503 in this case, with the names of the parts that are down and no error text. Where the same route tells a host that the process is alive, split it in two.' },
      }
    }
  },
} satisfies Rule

const up = /^(connected|ok|up|healthy|active|online|operational|available|ready|running)$/i
const parts = /^(db|database|mongo(db)?|postgres|mysql|redis|cache|queue|storage|security|auth|s3|mail|email)(_?status|_?state|connected)?$/i
/** A part of the app of which a fixed text says that it is well, in a route that asks nobody. */
function saysUp(program: JsProgram, call: JsCall, body: JsNode): string | undefined {
  const [answer] = call.args
  if (!answer || bare(answer).kind !== 'ObjectLiteralExpression') return undefined
  for (const at of walk(body)) if (/^(AwaitExpression|IfStatement|ConditionalExpression|TryStatement)$/.test(at.kind)) return undefined
  for (const at of walk(answer)) {
    const [key, value] = at.kind === 'PropertyAssignment' ? [field(at, 'name'), field(at, 'initializer')] : []
    if (!key || !value || !parts.test(program.text(key).replace(/['"]/g, ''))) continue
    const text = literalText(bare(value), program.moduleOf(value).text)
    if (text !== undefined && up.test(text)) return `${program.text(key)}: "${text}"`
  }
  return undefined
}
function claimed(program: JsProgram, call: JsCall, run: JsCall['runs'][number], path: string, claim: string): Problem {
  return {
    path: call.module.path,
    range: { start: call.node.start, end: call.node.end },
    when: 'request',
    trace: program.trace(call, `says ${claim} without asking`, run),
    severity: severityFor(run, 'breaks'),
    message: `${path} says ${claim} whatever is the case: nothing there asks. Monitors and the host stay green while it is down, and a broken deployment is promoted. Say only that the process is alive, or ask the part with a short timeout and answer 503.`,
    remedy: { kind: 'manual', reason: 'Leave the parts out of what says that the process is alive; let a second route ask them, and answer 503 when one is down.' },
  }
}

/** The words for trouble in what is answered: values, not keys. `chosen`: one of the two of a `test ? a : b`. */
function* saysDown(program: JsProgram, outer: JsNode): Generator<{ readonly text: string; readonly chosen: boolean }> {
  const literal = literalText(bare(outer), program.moduleOf(outer).text)
  if (literal !== undefined && down.test(literal)) yield { text: literal, chosen: false }
  for (const at of walk(outer)) {
    if (at.kind !== 'PropertyAssignment') continue
    const [key, value] = [field(at, 'name'), field(at, 'initializer')]
    if (!key || !value || !/status|health|state|database|\bdb\b|mongo|redis|\bok\b/i.test(program.text(key))) continue
    const inner = bare(value)
    for (const side of inner.kind === 'ConditionalExpression' ? [field(inner, 'whenTrue'), field(inner, 'whenFalse')] : [inner]) {
      const text = side && literalText(bare(side), program.moduleOf(side).text)
      if (text !== undefined && down.test(text)) yield { text, chosen: inner.kind === 'ConditionalExpression' }
    }
  }
}
/** Where the route has found out that something is down: in a `catch`, or the function given to a `.catch()`. */
function inFailure(program: JsProgram, node: JsNode, route: JsNode): boolean {
  for (let at = node; at.parent && at !== route; at = at.parent) {
    if (at.kind === 'CatchClause') return true
    const callee = functionKinds.has(at.kind) && at.field === 'arguments' ? field(at.parent, 'expression') : undefined
    const name = callee?.kind === 'PropertyAccessExpression' ? field(callee, 'name') : undefined
    if (name && program.text(name) === 'catch') return true
  }
  return false
}
/** A status is set before, in the same function. */
function setsStatus(program: JsProgram, call: JsCall, body: JsNode): boolean {
  const block = ancestor(call.node, 'Block') ?? body
  const before = program.moduleOf(body).text.slice(body.start, call.node.start)
  return /statusCode\s*=|\.status\(/.test(program.text(block).slice(0, Math.max(0, call.node.start - block.start))) || /statusCode\s*=\s*[^=;]*\?|\.status\([^)]*\?/.test(before)
}
