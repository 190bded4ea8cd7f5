/** What work shares with requests in one process, and would lose in another. */
import { bare, field, functionAround, walk, type JsFunction, type JsNode, type JsProgram } from '../program.js'
import { functionsBehind } from './one-round.js'

const containers = /^(ArrayLiteralExpression|ObjectLiteralExpression)$/
const changing = /^(push|unshift|pop|shift|splice|set|add|delete|clear|sort|reverse|fill|emit)$/

/** Completes "because …"; undefined where nothing is shared. */
export function sharedState(program: JsProgram, fns: readonly JsFunction[]): string | undefined {
  const behind = functionsBehind(program, fns)
  for (const call of program.callsMatching(/^socket\.io(\.Server)?\(\)(\..*)?\.emit$|^ws(\.(WebSocketServer|Server))?\(\)\.clients/)) if (behind.some((fn) => holds(fn, call.node))) return `it sends to sockets (${placeOf(program, call.node)}) that only this process holds open`
  for (const call of program.callsMatching(/^events(\.EventEmitter|\.default)?\(\)\.emit$/)) if (behind.some((fn) => holds(fn, call.node))) return `it tells other code of the same process (${placeOf(program, call.node)})`
  const kept = behind.map((fn) => keptField(program, fn)).find((one) => one !== undefined)
  if (kept !== undefined) return kept
  const own = new Set<JsNode>()
  for (const fn of behind)
    for (const node of walk(fn.body)) {
      const target = changedBy(program, node)
      const held = target && heldAtTop(program, target)
      if (target && held) return `'${program.text(target)}' (${placeOf(program, node)}) is kept in memory from one round to the next`
      if (node.kind === 'Identifier' && !own.has(node)) own.add(node)
    }
  const read = new Map<JsNode, JsNode>()
  for (const node of own) {
    const held = heldAtTop(program, node)
    if (held && containers.test(held.kind) && held.children.length === 0) read.set(held, node)
    else if (held?.kind === 'NewExpression') read.set(held, node)
  }
  if (read.size === 0) return undefined
  for (const module of program.modules.values())
    for (const node of walk(module.root)) {
      const target = changedBy(program, node)
      const held = target && functionAround(target) ? heldAtTop(program, target) : undefined
      const seen = held && read.get(held)
      if (seen) return `it reads '${program.text(seen)}', which requests fill (${placeOf(program, node)}), and on the host they run in different processes`
    }
  return undefined
}
function holds(fn: JsFunction, node: JsNode): boolean {
  for (let at: JsNode | undefined = node; at; at = at.parent) if (at === fn.node) return true
  return false
}
function placeOf(program: JsProgram, node: JsNode): string {
  return `${program.moduleOf(node).path}:${program.line(node)}`
}
/** The variable at the root of what a node changes: `x` of `x.y = 1`, `x.push(1)`, `x++`. */
function changedBy(program: JsProgram, node: JsNode): JsNode | undefined {
  let target: JsNode | undefined
  if (node.kind === 'BinaryExpression' && /^([-+*/|&?]|\|\||&&|\?\?)?=$/.test(node.op ?? '')) target = field(node, 'left')
  else if (/^(PrefixUnaryExpression|PostfixUnaryExpression)$/.test(node.kind) && /^(\+\+|--)$/.test(node.op ?? '')) target = field(node, 'operand')
  else if (node.kind === 'DeleteExpression') target = field(node, 'expression')
  else if (node.kind === 'CallExpression') {
    const callee = field(node, 'expression')
    const method = callee?.kind === 'PropertyAccessExpression' ? field(callee, 'name') : undefined
    target = callee && method && changing.test(program.text(method)) ? field(callee, 'expression') : undefined
  }
  if (!target) return undefined
  let at = bare(target)
  while (at.kind === 'PropertyAccessExpression' || at.kind === 'ElementAccessExpression') at = bare(field(at, 'expression') ?? at)
  return at.kind === 'Identifier' ? at : undefined
}
/** A field of the method's class that holds a container, and that the class changes: its objects live in this process. */
function keptField(program: JsProgram, { cls, body }: JsFunction): string | undefined {
  if (!cls) return undefined
  const text = (node: JsNode | undefined): string => (node ? program.text(node) : '')
  const used = new Set([...walk(body)].flatMap((node) => (node.kind === 'PropertyAccessExpression' && field(node, 'expression')?.kind === 'ThisKeyword' ? [text(field(node, 'name'))] : [])))
  for (const node of walk(cls.node)) {
    const isField = node.kind === 'PropertyDeclaration'
    const left = node.kind === 'BinaryExpression' && node.op === '=' ? field(node, 'left') : undefined
    const name = isField ? text(field(node, 'name')) : left?.kind === 'PropertyAccessExpression' && field(left, 'expression')?.kind === 'ThisKeyword' ? text(field(left, 'name')) : ''
    const value = isField ? field(node, 'initializer') : field(node, 'right')
    if (name === '' || !used.has(name) || !value || !(containers.test(value.kind) ? value.children.length === 0 : /^new (Map|Set)\b/.test(text(value)))) continue
    const access = name.replace(/[#$]/g, '\\$&')
    const changed = [...walk(cls.node)].find((one) => one !== node && new RegExp(`^(delete )?this\\.${access}(\\.(${changing.source.slice(2, -2)})\\(|\\[[^\\]]*\\]\\s*=[^=]|\\s*=[^=])`).test(text(one)))
    if (changed) return `'${cls.name}.${name}' (${placeOf(program, changed)}) is kept in the memory of one process`
  }
  return undefined
}
/** What a variable at the top of some file was given: a container, or a plain value that is given again. */
function heldAtTop(program: JsProgram, identifier: JsNode): JsNode | undefined {
  const declared = program.declarations(identifier)
  if (declared.length > 0 && declared.some((node) => functionAround(node) !== undefined)) return undefined
  const literal = /^(ArrayLiteralExpression|ObjectLiteralExpression|NumericLiteral|StringLiteral|TrueKeyword|FalseKeyword|NullKeyword)$/
  return program.definitions(identifier).find((node) => functionAround(node) === undefined && (literal.test(node.kind) || (node.kind === 'NewExpression' && /^new (Map|Set|Array|WeakMap|LRU\w*|NodeCache)\b/.test(program.text(node)))))
}
