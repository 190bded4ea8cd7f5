/** Numbers and lengths of time as code writes them: sums of products, named constants, variables with a default. */
import { bare, field, fieldsOf, type JsNode, type JsProgram } from '../program.js'

/** The value of a number; of a variable without one, its default. Undefined where only running tells. */
export function numberOf(program: JsProgram, node: JsNode | undefined, depth = 0): number | undefined {
  if (!node || depth > 6) return undefined
  const at = bare(node)
  const [left, right] = [field(at, 'left'), field(at, 'right')]
  if (at.kind === 'NumericLiteral' || at.kind === 'StringLiteral') {
    const text = program.text(at).replace(/['"_]/g, '')
    return text.trim() !== '' && Number.isFinite(Number(text)) ? Number(text) : undefined
  }
  if (at.kind === 'BinaryExpression' && left && right) {
    const [a, b] = [numberOf(program, left, depth + 1), numberOf(program, right, depth + 1)]
    if (at.op === '||' || at.op === '??') return a ?? b
    if (a === undefined || b === undefined) return undefined
    return at.op === '*' ? a * b : at.op === '+' ? a + b : at.op === '-' ? a - b : at.op === '/' && b !== 0 ? a / b : undefined
  }
  if (at.kind === 'CallExpression') {
    const [callee, first] = [field(at, 'expression'), fieldsOf(at, 'arguments')[0]]
    const name = callee ? program.text(callee) : ''
    if (/^(Number|parseInt|Number\.parseInt|parseFloat|Math\.(round|floor|ceil))$/.test(name)) return numberOf(program, first, depth + 1)
    return undefined
  }
  if (at.kind !== 'Identifier' && at.kind !== 'PropertyAccessExpression') return undefined
  const found = [...new Set(program.definitions(at).filter((one) => one !== at).map((one) => numberOf(program, one, depth + 1)))]
  return found.length === 1 ? found[0] : undefined
}
