import { insertBefore } from '../../../src/lang/javascript/edit.js'
import { endStatement, quoteJs, styleOf } from '../../../src/lang/javascript/style.js'
import { openAwait } from '../../../src/lang/javascript/express/rejections.js'
import { expressMajor } from '../../../src/lang/javascript/express/version.js'
import { requiredBy } from '../../../src/lang/javascript/imported.js'
import { bare, field, fieldsOf, functionKinds, literalText, walk, type JsCall, type JsFunction, type JsModule, type JsNode, type JsProgram } from '../../../src/lang/javascript/program.js'
import { spotted } from '../../../src/lang/spotted.js'
import type { Problem, Remedy, Rule } from '../../../src/types.js'

const registers = /^express(\.Router)?\(\)(\.route\(\))?\.(get|post|put|patch|delete|all|use|options|head)$/
const cure = 'express-async-errors'

export const expressAsyncErrors = {
  id: 'express-async-errors',
  title: 'Failed promise of a handler that nobody answers',
  hazard: 'deprecated-lifecycle',
  language: 'javascript',
  assumes: 'nothing',
  severity: 'breaks',
  *check(program: JsProgram): Generator<Problem> {
    if (expressMajor(program) !== 4 || [...program.imports()].some(({ target }) => target === cure)) return
    const open = [...openHandlers(program)]
    const [first] = open
    if (!first) return
    // One cure for all of them: one finding.
    const names = [...new Set(open.map(({ call, fn }) => fn.name || `the one in ${call.module.path}:${program.line(call.node)}`))]
    const place = spotted(program, first.call, first.call.node, 'registers a handler whose promise may fail', 'breaks')
    if (!place) return
    const count = new Set(open.map(({ fn }) => fn.node)).size
    yield {
      ...place,
      when: 'request',
      message: `${count === 1 ? 'An async handler awaits' : `${count} async handlers await`} something without a catch (${listed(names)}). Express 4 does not look at their promise: when it fails, the request hangs until the host ends it, and the unhandled rejection ends the instance with all its other requests. Forward failures to the error handler.`,
      remedy: remedyFor(program),
    }
  },
} satisfies Rule

function* openHandlers(program: JsProgram): Generator<{ readonly call: JsCall; readonly fn: JsFunction }> {
  for (const call of program.callsMatching(registers)) {
    if (call.runs[0]?.when === 'main') continue
    for (const arg of call.args.flatMap((one) => (bare(one).kind === 'ArrayLiteralExpression' ? fieldsOf(bare(one), 'elements') : [one])))
      for (const value of program.values(arg)) if (value.kind === 'function' && openAwait(value.fn)) yield { call, fn: value.fn }
  }
}
const listed = (names: readonly string[]): string => (names.length <= 3 ? names.join(', ') : `${names.slice(0, 3).join(', ')} and ${names.length - 3} more`)

/** The package changes how routes are kept, so it has to be there before the first of them. */
function remedyFor(program: JsProgram): Remedy {
  const [made, other] = [...new Set([...program.calls('express')].map((call) => call.module))]
  const manual: Remedy = { kind: 'manual', reason: `Import ${cure} before anything that adds routes, or move to Express 5, which forwards failures itself.` }
  if (!made || other || made.brokenAt !== undefined) return manual
  const first = firstImport(made)
  if (!first) return manual
  const style = styleOf(made, { modules: program.modules })
  const text = endStatement(style, style.system === 'cjs' ? `require(${quoteJs(cure, style)})` : `import ${quoteJs(cure, style)}`)
  return {
    kind: 'fix',
    safety: 'review',
    title: `Forward failures of async handlers with ${cure}`,
    changes: [insertBefore(made, first, [text], style)],
    needs: [{ kind: 'dependency', name: cure, specifier: '^3.1.1', why: 'failed promises of handlers' }],
    left: 'Look at what the error handler answers: failures that used to hang now reach it.',
  }
}
/** The first import that may bring routes along, or Express itself. */
function firstImport(module: JsModule): JsNode | undefined {
  const isOne = (target: string | undefined): boolean => target !== undefined && (target === 'express' || target.startsWith('.'))
  return module.root.children.find((statement) => {
    const from = field(statement, 'moduleSpecifier')
    if (from) return isOne(literalText(from, module.text))
    return [...walk(statement, (node) => !functionKinds.has(node.kind))].some((node) => isOne(requiredBy(node, module.text)))
  })
}
