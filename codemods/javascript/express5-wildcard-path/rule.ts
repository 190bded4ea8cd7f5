import { replaceNode } from '../../../src/lang/javascript/edit.js'
import { isRefused, translated } from '../../../src/lang/javascript/express/path-dialect.js'
import { expressMajor } from '../../../src/lang/javascript/express/version.js'
import { bare, fieldsOf, literalText, type JsCall, type JsNode, type JsProgram } from '../../../src/lang/javascript/program.js'
import { spotted } from '../../../src/lang/spotted.js'
import type { Problem, Remedy, Rule } from '../../../src/types.js'

const registers = /^express(\.Router)?\(\)(\.route\(\))?\.(get|post|put|patch|delete|all|use|options|head|route)$/

export const express5WildcardPath = {
  id: 'express5-wildcard-path',
  title: 'Route path that Express 5 refuses',
  hazard: 'deprecated-lifecycle',
  language: 'javascript',
  assumes: 'nothing',
  severity: 'blocks',
  *check(program: JsProgram): Generator<Problem> {
    if (expressMajor(program) !== 5) return
    for (const call of program.callsMatching(registers)) {
      for (const literal of paths(call)) {
        const path = literalText(literal, call.module.text)
        // A single argument of get reads a setting.
        if (path === undefined || !isRefused(path) || (call.args.length < 2 && call.names.every((name) => name.endsWith('.get')))) continue
        const place = spotted(program, call, literal, `adds the route ${path}`, 'blocks')
        if (!place) continue
        yield {
          ...place,
          message: `Express 5 does not know the path ${JSON.stringify(path)}: adding the route throws ("Missing parameter name", "Unexpected ?"), and the app does not start. Write it in the new form; a wildcard has a name there.`,
          remedy: remedyFor(call, literal, path, program),
        }
      }
    }
  },
} satisfies Rule

function paths({ args }: JsCall): readonly JsNode[] {
  const [first] = args
  const node = first && bare(first)
  return node?.kind === 'ArrayLiteralExpression' ? fieldsOf(node, 'elements').map(bare) : node ? [node] : []
}

function remedyFor(call: JsCall, literal: JsNode, path: string, program: JsProgram): Remedy {
  const text = translated(path)
  const written = program.text(literal)
  if (text === undefined || call.module.brokenAt !== undefined || written.slice(1, -1) !== path) return { kind: 'manual', reason: 'Give wildcards a name (/*rest), put optional parts into braces ({/:id}), and write patterns as a regular expression or test them in the handler.' }
  if (/\bparams\s*(\[\s*['"`]?\d|\.\s*\d)/.test(handlers(call, program))) return { kind: 'manual', reason: `Write it as ${text}, and read what the wildcard matched from its name: req.params[0] is gone, and the value is a list.` }
  const named = /:(\w+)[*+(]/.exec(path)?.[1]
  const fix = { kind: 'fix', title: `Write it as ${text}`, changes: [replaceNode(call.module, literal, written[0] + text + written[0])] } as const
  return named === undefined ? { ...fix, safety: 'safe' } : { ...fix, safety: 'review', left: `req.params.${named} is a list of the parts now, where it was a text (${call.module.path}:${program.line(call.node)}).` }
}
/** The text of what answers the route. */
function handlers(call: JsCall, program: JsProgram): string {
  return call.args.map((arg) => program.text(arg) + program.values(arg).map((value) => (value.kind === 'function' ? program.text(value.fn.body) : '')).join('')).join('\n')
}
