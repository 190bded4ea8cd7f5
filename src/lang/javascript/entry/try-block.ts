/** `try` at import: whether its handler lets the app go on without what failed, and how to take the work out of it. */
import { rewriteFile } from '../rewrite.js'
import { styleOf } from '../style.js'
import { field, fieldsOf, functionKinds, walk } from '../tree.js'
import type { JsProgram } from '../program.js'
import type { JsNode, JsSite } from '../types.js'
import type { Change } from '../../../types.js'

/** The clause that swallows: it neither throws nor ends the process. */
export function swallowing(program: JsProgram, tryStatement: JsNode): JsNode | undefined {
  const clause = field(tryStatement, 'catchClause')
  if (!clause) return undefined
  for (const node of walk(clause, (inner) => !functionKinds.has(inner.kind))) {
    if (node.kind === 'ThrowStatement') return undefined
    const callee = node.kind === 'CallExpression' ? field(node, 'expression') : undefined
    if (callee && program.origins(callee).some((origin) => /^process\.(exit|abort|kill)$/.test(origin))) return undefined
    // What a function of the repo does with it, it may do for good.
    if (callee && program.values(callee).some((value) => value.kind === 'function' && /\bthrow\b|process\.exit/.test(program.text(value.fn.body)))) return undefined
  }
  return clause
}

/** The statements of the block in the place of the whole `try`; undefined where they would not mean the same there. */
export function unwrapTry({ module, node }: JsSite): readonly Change[] | undefined {
  const block = field(node, 'tryBlock')
  if (module.brokenAt !== undefined || !block || field(node, 'finallyBlock') || node.field !== 'statements') return undefined
  // Names of the block come to stand among those around it.
  const outside = (name: string): boolean => [...walk(module.root, (at) => at !== block)].some((at) => at.kind === 'Identifier' && module.text.slice(at.start, at.end) === name)
  const isFree = (statement: JsNode): boolean => statement.kind === 'VariableStatement' && [...walk(statement)].every((at) => at.kind !== 'VariableDeclaration' || (field(at, 'name')?.kind === 'Identifier' && !outside(module.text.slice(field(at, 'name')?.start, field(at, 'name')?.end))))
  if (fieldsOf(block, 'statements').some((statement) => statement.kind !== 'ExpressionStatement' && statement.kind !== 'IfStatement' && !isFree(statement))) return undefined
  // The rewriter reads the text with other line ends, so the statement is found by its rank and not by its offset.
  const rank = [...walk(module.root)].filter(({ kind }) => kind === 'TryStatement').sort((a, b) => a.start - b.start).indexOf(node)
  return rewriteFile(
    module.path,
    module.text,
    (root, j) => {
      const all = root.find(j.TryStatement).paths().sort((a, b) => startOf(a.node) - startOf(b.node))
      const found = all[rank]
      if (found) j(found).replaceWith(found.node.block.body)
    },
    // Of several statements all but the first are put behind its line.
    { ...styleOf(module), meant: [{ start: node.start, end: node.end + (/^[ \t]*(?:\r\n|\n|\r)?/.exec(module.text.slice(node.end))?.[0].length ?? 0) }] },
  )
}
const startOf = (node: unknown): number => (node as { readonly start: number }).start
