/** Lists what one unit (a module body, a class's field initialisers, or a function) executes itself, with the tests around each place. */
import type { Guards } from './guards.js'
import { field, fieldsOf, functionKinds, walk } from './tree.js'
import type { JsNode } from './types.js'

export type Place = {
  readonly node: JsNode
  readonly main: boolean
  readonly conditional: boolean
  readonly handled: boolean
  /** After an `await` of an async function: what was called first has gone on by then. */
  readonly later: boolean
}
type Around = Omit<Place, 'node'>

const ends = new Set(['ReturnStatement', 'ThrowStatement', 'BreakStatement', 'ContinueStatement'])
/** Names, keywords and types are found by walking from the places. */
const leftOut = /^(ExpressionStatement|Block|SourceFile|VariableDeclarationList|VariableStatement|ParenthesizedExpression|.*Keyword|.*Token|TypeReference|InterfaceDeclaration|TypeAliasDeclaration|ImportClause|NamedImports|ImportSpecifier|.*Type)$/

export function scanUnit(unit: JsNode, guards: Guards): readonly Place[] {
  const places: Place[] = []
  const isAsync = unit.children.some((child) => child.kind === 'AsyncKeyword')
  const firstAwait = isAsync ? firstAwaitIn(unit) : undefined

  const visit = (node: JsNode, around: Around): void => {
    const here = firstAwait !== undefined && node.start >= firstAwait.end && !around.later ? { ...around, later: true } : around
    if (!leftOut.test(node.kind)) places.push({ node, ...here })
    if (functionKinds.has(node.kind)) {
      // Only defaults run where a function is defined, and those when it is called.
      return
    }
    switch (node.kind) {
      case 'InterfaceDeclaration':
      case 'TypeAliasDeclaration':
      case 'ImportDeclaration':
        return
      case 'ClassDeclaration':
      case 'ClassExpression':
        for (const child of node.children) {
          if (child.field === 'heritageClauses' || child.field === 'modifiers') visit(child, here)
          // Of static members blocks and values run with the class; methods wait for their callers.
          if (child.field === 'members' && (child.kind === 'ClassStaticBlockDeclaration' || (child.kind === 'PropertyDeclaration' && child.children.some((inner) => inner.kind === 'StaticKeyword')))) for (const inner of child.children) if (inner.field !== 'name') visit(inner, here)
        }
        return
      case 'IfStatement':
      case 'ConditionalExpression':
        return branches(node, here)
      case 'BinaryExpression':
        if (node.op === '&&' || node.op === '||') return shortCircuit(node, here)
        for (const child of node.children) visit(child, here)
        return
      case 'TryStatement': {
        const body = field(node, 'tryBlock')
        const caught = field(node, 'catchClause')
        if (body) block(body.children, caught ? { ...here, handled: true } : here)
        for (const child of node.children) if (child !== body) visit(child, here)
        return
      }
      case 'Block':
      case 'SourceFile':
      case 'CaseClause':
      case 'DefaultClause':
        return block(node.children, here)
      default:
        for (const child of node.children) if (child.field !== 'type' && child.field !== 'typeArguments') visit(child, here)
    }
  }
  /** Statements in order; those after a branch that surely leaves are dead. */
  const block = (statements: readonly JsNode[], around: Around): void => {
    let rest = around
    for (const statement of statements) {
      visit(statement, rest)
      if (statement.kind === 'IfStatement') {
        const known = leaving(statement)
        if (known === true) return void functionsOf(statements, statement, rest)
        if (known === 'not-main') rest = { ...rest, main: true }
        if (known === 'flag') rest = { ...rest, conditional: true }
      }
      if (ends.has(statement.kind)) return void functionsOf(statements, statement, rest)
    }
  }
  /** Function declarations are hoisted above a return. */
  const functionsOf = (statements: readonly JsNode[], after: JsNode, around: Around): void => {
    for (const statement of statements) if (statement.start > after.start && statement.kind === 'FunctionDeclaration') visit(statement, around)
  }
  const branches = (node: JsNode, around: Around): void => {
    const condition = field(node, 'expression') ?? field(node, 'condition')
    const [yes, no] = [field(node, 'thenStatement') ?? field(node, 'whenTrue'), field(node, 'elseStatement') ?? field(node, 'whenFalse')]
    if (!condition) return
    visit(condition, around)
    const known = guards.test(condition)
    if (yes && known !== false) visit(yes, known === 'main' ? { ...around, main: true } : known === 'flag' ? { ...around, conditional: true } : around)
    if (no && known !== true) visit(no, known === 'not-main' ? { ...around, main: true } : known === 'flag' ? { ...around, conditional: true } : around)
  }
  const shortCircuit = (node: JsNode, around: Around): void => {
    const [left, right] = [field(node, 'left'), field(node, 'right')]
    if (!left || !right) return
    visit(left, around)
    const known = guards.test(left)
    const runsOn = node.op === '&&' ? known !== false : known !== true
    if (runsOn) visit(right, known === 'main' && node.op === '&&' ? { ...around, main: true } : known === 'flag' ? { ...around, conditional: true } : around)
  }
  /** How sure it is that the statement leaves the block on the host. */
  const leaving = (node: JsNode): true | 'not-main' | 'flag' | undefined => {
    const condition = field(node, 'expression')
    const body = field(node, 'thenStatement')
    const last = body?.kind === 'Block' ? body.children.at(-1) : body
    if (!condition || !last || !ends.has(last.kind) || field(node, 'elseStatement')) return undefined
    const known = guards.test(condition)
    return known === true || known === 'not-main' || known === 'flag' ? known : undefined
  }
  const around: Around = { main: false, conditional: false, handled: false, later: false }
  if (unit.kind === 'ClassDeclaration' || unit.kind === 'ClassExpression') {
    for (const member of unit.children) if (member.kind === 'PropertyDeclaration' && !member.children.some((child) => child.kind === 'StaticKeyword')) for (const child of member.children) if (child.field === 'initializer') visit(child, around)
  } else if (functionKinds.has(unit.kind)) {
    for (const param of fieldsOf(unit, 'parameters')) for (const child of param.children) if (child.field === 'initializer') visit(child, around)
    const body = field(unit, 'body')
    if (body?.kind === 'Block') block(body.children, around)
    else if (body) visit(body, around)
  } else block(unit.children, around)
  return places
}

function firstAwaitIn(unit: JsNode): JsNode | undefined {
  for (const node of walk(unit, (at) => at === unit || !functionKinds.has(at.kind))) if (node.kind === 'AwaitExpression') return node
  return undefined
}
