/** What a call is told in an object of options: `multer({ dest: 'uploads' })`. */
import type { JsProgram } from './program.js'
import { bare, field, literalText } from './tree.js'
import type { JsNode } from './types.js'

export type Options = {
  /** Every key is to be seen: no spread or value that nobody here knows. Without it, a key that was not found proves nothing. */
  readonly complete: boolean
  /** Object literals it was written as, in the repo. */
  readonly literals: readonly JsNode[]
  /** Expressions a key may have. A shorthand is its identifier, a method itself. */
  get(name: string): readonly JsNode[]
}

/** The options that an argument is; an absent argument is an empty object. */
export function optionsOf(program: JsProgram, node: JsNode | undefined): Options {
  const values = new Map<string, JsNode[]>()
  const literals: JsNode[] = []
  const put = (name: string, value: JsNode): void => void values.set(name, [...(values.get(name) ?? []), value])
  let complete = true
  const readLiteral = (object: JsNode, depth: number): void => {
    literals.push(object)
    for (const property of object.children) {
      const key = field(property, 'name')
      const value = field(property, 'initializer')
      if (property.kind === 'SpreadAssignment') {
        const inner = field(property, 'expression')
        if (inner) read(inner, depth + 1)
      } else if (!key || key.kind === 'ComputedPropertyName') complete = false
      else put(keyText(program, key), property.kind === 'ShorthandPropertyAssignment' ? key : property.kind === 'MethodDeclaration' ? property : (value ?? property))
    }
  }
  const read = (at: JsNode, depth: number): void => {
    const target = bare(at)
    const known = program.values(target).filter((value) => value.kind === 'literal-object' && value.node.kind === 'ObjectLiteralExpression')
    if (known.length === 0 || depth > 3) complete = false
    for (const value of known) if (value.kind === 'literal-object' && depth <= 3) readLiteral(value.node, depth)
    if (target.kind !== 'Identifier') return
    // `options.store = new RedisStore()` further down.
    for (const mention of program.references(target)) {
      const member = mention.parent
      const name = member?.kind === 'PropertyAccessExpression' && mention.field === 'expression' ? field(member, 'name') : undefined
      const value = member?.parent?.kind === 'BinaryExpression' && member.parent.op === '=' && member.field === 'left' ? field(member.parent, 'right') : undefined
      if (name && value) put(program.text(name), value)
    }
  }
  if (node) read(node, 0)
  return { complete, literals, get: (name) => values.get(name) ?? [] }
}
function keyText(program: JsProgram, key: JsNode): string {
  return literalText(key, program.moduleOf(key).text) ?? program.text(key)
}

/** The alternatives of an expression on the host: `process.env.VERCEL ? a : b` is `a` there, and `a || b` may be both. */
export function alternativesOf(program: JsProgram, node: JsNode): readonly JsNode[] {
  const at = bare(node)
  if (at.kind === 'ConditionalExpression') {
    const test = field(at, 'condition')
    const known = test && program.guards.test(test)
    return [known === false ? undefined : field(at, 'whenTrue'), known === true ? undefined : field(at, 'whenFalse')].flatMap((branch) => (branch ? alternativesOf(program, branch) : []))
  }
  if (at.kind === 'BinaryExpression' && (at.op === '||' || at.op === '??')) return [field(at, 'left'), field(at, 'right')].flatMap((side) => (side ? alternativesOf(program, side) : []))
  if (at.kind === 'Identifier' || at.kind === 'PropertyAccessExpression') {
    const homes = program.definitions(at).filter((one) => one !== at && one.end - one.start < 20_000)
    if (homes.length > 0 && homes.every((one) => one.kind === 'ConditionalExpression' || one.kind === 'BinaryExpression')) return homes.flatMap((one) => alternativesOf(program, one))
  }
  return [at]
}
/** Nothing in the place of a value: `undefined`, `null`, `false`, `void 0`. */
export function isNothing(program: JsProgram, node: JsNode): boolean {
  const at = bare(node)
  return at.kind === 'NullKeyword' || at.kind === 'FalseKeyword' || at.kind === 'VoidExpression' || (at.kind === 'Identifier' && program.text(at) === 'undefined')
}
