import { ancestor, bare, field, functionKinds, walk, type JsNode, type JsProgram, type JsSite } from '../../../src/lang/javascript/program.js'
import { severityFor } from '../../../src/lang/severity.js'
import type { Problem, Rule } from '../../../src/types.js'

export const importInfiniteLoop = {
  id: 'import-infinite-loop',
  title: 'Endless loop while the app is imported',
  hazard: 'module-level-io',
  language: 'javascript',
  assumes: 'import-unbounded',
  severity: 'blocks',
  *check(program: JsProgram): Generator<Problem> {
    for (const site of program.sites('WhileStatement', 'DoStatement', 'ForStatement')) {
      const run = site.runs.find(({ when, background }) => when === 'import' && !background)
      if (!run || !isEndless(site, program)) continue
      yield {
        path: site.module.path,
        range: { start: site.node.start, end: (field(site.node, 'statement') ?? site.node).start },
        when: 'import',
        trace: program.trace(site, 'loops without an end', run),
        severity: severityFor(run, 'blocks'),
        message: 'This loop never ends, and it runs while the app is imported: the function never becomes ready, and nothing is logged. Move it to a worker, or make each round a scheduled job.',
        remedy: { kind: 'manual', reason: 'What the loop does has to run somewhere else: as a worker, or round by round on a schedule.' },
      }
    }
  },
} satisfies Rule

const loops = ['WhileStatement', 'DoStatement', 'ForStatement', 'ForInStatement', 'ForOfStatement', 'SwitchStatement']

/** `while (true)` or `for (;;)` that nothing in it leaves; one that waits lets the import go on, unless the module itself waits. */
function isEndless({ node, fn }: JsSite, program: JsProgram): boolean {
  const body = field(node, 'statement')
  const condition = field(node, node.kind === 'ForStatement' ? 'condition' : 'expression')
  if (!body || (condition ? !isTrue(bare(condition), program) : node.kind !== 'ForStatement')) return false
  for (const inner of walk(body, (at) => !functionKinds.has(at.kind))) {
    if (/^(ReturnStatement|ThrowStatement|YieldExpression)$/.test(inner.kind) || (inner.kind === 'AwaitExpression' && fn !== undefined)) return false
    if (inner.kind === 'BreakStatement' && (inner.children.length > 0 || ancestor(inner, ...loops) === node)) return false
    if (inner.kind === 'CallExpression' && program.origins(field(inner, 'expression') ?? inner).includes('process.exit')) return false
  }
  return true
}
const isTrue = (node: JsNode, program: JsProgram): boolean => node.kind === 'TrueKeyword' || (node.kind === 'NumericLiteral' && program.text(node) !== '0')
