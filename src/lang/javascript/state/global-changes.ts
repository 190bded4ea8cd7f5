/** Where code that serves requests, or runs beside them, changes an object that outlives the request. */
import type { JsProgram } from '../program.js'
import { ancestor, bare, field, functionAround } from '../tree.js'
import type { JsNode, JsSite } from '../types.js'

/** What outlives requests: a variable of a module or of a function that only the start calls, or a member of a class of which one object is made at the start. */
export type Home = {
  /** The declaration: of the variable, or of the member. */
  readonly node: JsNode
  /** For people: 'users', 'Store.items'. */
  readonly name: string
  readonly value: JsNode | undefined
  /** A member of an object: found by its name in the class. */
  readonly isMember: boolean
}
export type GlobalChange = {
  readonly home: Home
  readonly site: JsSite
  /** rebind: `x = …` · count: `x++` · item: `x[k] = …`, `delete x[k]` · method: `x.push(…)` · inner: something held by x is changed. */
  readonly how: 'rebind' | 'count' | 'item' | 'method' | 'inner'
  /** The method's name, for 'method'; 'delete' for `delete x[k]`. */
  readonly method: string | undefined
  /** What is put in. */
  readonly value: JsNode | undefined
}

const growing = /^(push|unshift|set|add|splice|fill|enqueue)$/
const shrinking = /^(pop|shift|delete|clear|sort|reverse|dequeue)$/
const container = /^(Map|Set|WeakMap|WeakSet|Array|Object\.create)$/

export function* globalChanges(program: JsProgram): Generator<GlobalChange> {
  for (const site of program.sites('BinaryExpression', 'PrefixUnaryExpression', 'PostfixUnaryExpression', 'DeleteExpression', 'CallExpression')) {
    if (!site.fn || !site.runs.some((run) => run.when === 'request' || (run.background && run.when !== 'main'))) continue
    const found = changeAt(program, site)
    if (found) yield found
  }
}
function changeAt(program: JsProgram, site: JsSite): GlobalChange | undefined {
  const { node } = site
  if (node.kind === 'CallExpression') {
    const callee = field(node, 'expression')
    const [object, member] = callee?.kind === 'PropertyAccessExpression' ? [field(callee, 'expression'), field(callee, 'name')] : []
    const method = member && program.text(member)
    if (!object || method === undefined || !(growing.test(method) || shrinking.test(method))) return undefined
    const held = holderOf(program, object, site)
    return held && isContainer(program, held.home) ? { home: held.home, site, how: held.depth > 0 ? 'inner' : 'method', method, value: node.children.filter((child) => child.field === 'arguments').at(-1) } : undefined
  }
  const isAssignment = node.kind === 'BinaryExpression' && node.op !== undefined && /^([-+*/|&?]|\*\*|\|\||&&|\?\?)?=$/.test(node.op)
  const isStep = /^P(re|ost)fixUnaryExpression$/.test(node.kind) && (node.op === '++' || node.op === '--')
  const left = isAssignment ? field(node, 'left') : isStep ? field(node, 'operand') : node.kind === 'DeleteExpression' ? field(node, 'expression') : undefined
  if (!left) return undefined
  const counts = isStep || (isAssignment && /^[-+*/]=$/.test(node.op ?? ''))
  const value = isAssignment ? field(node, 'right') : undefined
  const target = bare(left)
  const whole = node.kind === 'DeleteExpression' ? undefined : homeOf(program, target, site)
  if (whole) return { home: whole, site, how: counts ? 'count' : 'rebind', method: undefined, value }
  const object = target.kind === 'ElementAccessExpression' || target.kind === 'PropertyAccessExpression' ? field(target, 'expression') : undefined
  const held = object && holderOf(program, object, site)
  return held && isContainer(program, held.home) ? { home: held.home, site, how: held.depth > 0 || counts ? 'inner' : 'item', method: node.kind === 'DeleteExpression' ? 'delete' : undefined, value } : undefined
}

/** `x` of `x.a[k]` and of `x.get(k)`, and how many steps it is away. */
function holderOf(program: JsProgram, outer: JsNode, site: JsSite): { readonly home: Home; readonly depth: number } | undefined {
  let at = bare(outer)
  for (let depth = 0; depth < 6; depth++) {
    const home = homeOf(program, at, site)
    if (home) return { home, depth }
    const callee = at.kind === 'CallExpression' ? field(at, 'expression') : undefined
    const inner = callee?.kind === 'PropertyAccessExpression' && /\.get$/.test(program.text(callee)) ? field(callee, 'expression') : at.kind === 'ElementAccessExpression' || at.kind === 'PropertyAccessExpression' ? field(at, 'expression') : undefined
    if (!inner) return undefined
    at = bare(inner)
  }
  return undefined
}
function homeOf(program: JsProgram, node: JsNode, site: JsSite): Home | undefined {
  if (node.kind === 'Identifier') {
    const [declaration, ...more] = program.declarations(node)
    if (!declaration || more.length > 0) return undefined
    if (declaration.kind === 'VariableDeclaration') return variableHome(program, declaration, site)
    return /^(ImportSpecifier|ImportClause)$/.test(declaration.kind) ? definedElsewhere(program, node, site) : undefined
  }
  if (node.kind !== 'PropertyAccessExpression') return undefined
  const [object, name] = [field(node, 'expression'), field(node, 'name')]
  if (!object || !name) return undefined
  if (object.kind === 'ThisKeyword') return memberHome(program, node, program.text(name), site)
  return object.kind === 'Identifier' ? definedElsewhere(program, node, site) : undefined
}
/** `store.users`, `users` of another file: by the literal that it was given. */
function definedElsewhere(program: JsProgram, node: JsNode, site: JsSite): Home | undefined {
  for (const value of program.definitions(node)) {
    const holder = value.parent
    if (!isContainerNode(program, value)) continue
    if (holder?.kind === 'VariableDeclaration') return variableHome(program, holder, site)
    if ((holder?.kind === 'PropertyDeclaration' || holder?.kind === 'PropertyAssignment') && !functionAround(holder)) {
      const name = field(holder, 'name')
      if (name) return { node: holder, name: program.text(node), value, isMember: true }
    }
  }
  return undefined
}
function variableHome(program: JsProgram, declaration: JsNode, site: JsSite): Home | undefined {
  const name = field(declaration, 'name')
  if (name?.kind !== 'Identifier') return undefined
  const around = functionAround(declaration)
  if (around) {
    // A variable of a function that only the start calls, and that requests find in its closure.
    const made = program.siteOf(declaration)
    if (around === site.fn?.node || !made || made.runs.some((run) => run.when === 'request' || run.background)) return undefined
    if (!isInsideFunction(site.node, around)) return undefined
  }
  return { node: declaration, name: program.text(name), value: field(declaration, 'initializer'), isMember: false }
}
const isInsideFunction = (node: JsNode, fn: JsNode): boolean => node.start >= fn.start && node.end <= fn.end

/** `this.items` of a class of which an object is made when the app starts. */
function memberHome(program: JsProgram, node: JsNode, name: string, site: JsSite): Home | undefined {
  const cls = ancestor(node, 'ClassDeclaration', 'ClassExpression')
  if (!cls || !site.fn || site.fn.node.kind === 'Constructor' || !singletons(program).has(cls)) return undefined
  const own = cls.children.find((member) => member.kind === 'PropertyDeclaration' && program.text(field(member, 'name') ?? member) === name)
  const maker = cls.children.find((member) => member.kind === 'Constructor')
  const given = maker && assignedIn(program, maker, name)
  const home = own ?? given?.parent
  const title = field(cls, 'name')
  return home && { node: home, name: `${title ? program.text(title) : 'the class'}.${name}`, value: own ? (field(own, 'initializer') ?? given) : given, isMember: true }
}
function assignedIn(program: JsProgram, maker: JsNode, name: string): JsNode | undefined {
  const body = field(maker, 'body')
  for (const statement of body?.children ?? []) {
    const assignment = statement.kind === 'ExpressionStatement' ? field(statement, 'expression') : undefined
    const left = assignment?.kind === 'BinaryExpression' && assignment.op === '=' ? field(assignment, 'left') : undefined
    if (left && program.text(left) === `this.${name}`) return field(assignment ?? left, 'right')
  }
  return undefined
}
const known = new WeakMap<JsProgram, ReadonlySet<JsNode>>()
function singletons(program: JsProgram): ReadonlySet<JsNode> {
  const found = known.get(program)
  if (found) return found
  const all = new Set<JsNode>()
  const passing = new Set<JsNode>()
  for (const call of program.calls()) {
    const callee = call.isNew ? field(call.node, 'expression') : undefined
    if (!callee) continue
    // Objects that requests make for themselves come and go with them.
    const into = call.runs.some((run) => run.when === 'request') ? passing : all
    for (const value of program.values(callee)) if (value.kind === 'class') into.add(value.cls.node)
  }
  for (const cls of passing) all.delete(cls)
  known.set(program, all)
  return all
}

const isContainer = (program: JsProgram, { value }: Home): boolean => value !== undefined && isContainerNode(program, value)
function isContainerNode(program: JsProgram, node: JsNode): boolean {
  const at = bare(node)
  if (at.kind === 'ArrayLiteralExpression' || at.kind === 'ObjectLiteralExpression') return true
  const callee = at.kind === 'NewExpression' || at.kind === 'CallExpression' ? field(at, 'expression') : undefined
  return callee !== undefined && container.test(program.text(callee)) && program.origins(callee).some((origin) => container.test(origin))
}
