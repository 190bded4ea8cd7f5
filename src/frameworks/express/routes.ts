/** The routes of an Express app: registrations on the app and on routers, with the prefixes under which routers are mounted. */
import { bare, field, functionAround, type JsCall, type JsNode, type JsProgram, type JsRoute } from '../../lang/javascript/program.js'

const verbs = /^express(?:\.Router)?\(\)(?:\.route\(\))?\.(get|post|put|patch|delete|del|all|options|head)$/
const maxPrefixes = 6

export function* expressRoutes(program: JsProgram): Generator<JsRoute> {
  const makers = [...program.calls('express', 'express.Router')]
  const appCalls = new Set(makers.filter((call) => call.names.includes('express')).map((call) => call.node))
  const mounts = [...program.calls('express().use', 'express.Router().use', 'express().all', 'express.Router().all')].flatMap((call) => mountsOf(program, call))
  const prefixes = (maker: JsNode, depth: number): readonly string[] => {
    if (appCalls.has(maker) && !mounts.some((mount) => mount.router === maker)) return ['']
    if (depth > 6) return []
    return mounts.flatMap((mount) => (mount.router === maker ? mount.holders.flatMap((holder) => prefixes(holder, depth + 1).flatMap((prefix) => mount.paths.map((path) => prefix + path))) : [])).slice(0, maxPrefixes)
  }
  for (const call of program.callsMatching(verbs)) {
    const verb = call.names.flatMap((name) => verbs.exec(name)?.[1] ?? [])[0]
    if (verb === undefined) continue
    const chain = routeOf(program, call)
    const declared = chain ? pathsOf(program, chain.path) : pathsOf(program, call.args[0])
    // `app.get('title')` reads a setting.
    if (!chain && (call.args.length < 2 || declared.length === 0)) continue
    const fn = call.args.slice(chain ? 0 : 1).flatMap((arg) => program.values(arg)).flatMap((value) => (value.kind === 'function' ? [value.fn] : [])).at(-1)
    const holders = makersOf(program, chain?.router ?? field(field(call.node, 'expression') ?? call.node, 'expression'))
    const under = [...new Set(holders.flatMap((holder) => prefixes(holder, 0)))]
    for (const prefix of under.length > 0 ? under : ['']) for (const path of declared) yield { path: joined(prefix, path), methods: [verb === 'all' ? 'ALL' : verb === 'del' ? 'DELETE' : verb.toUpperCase()], fn, node: call.node, module: call.module }
  }
}

type Mount = { readonly router: JsNode; readonly holders: readonly JsNode[]; readonly paths: readonly string[] }

/** `app.use('/api', auth, router)`: each router among the arguments. */
function mountsOf(program: JsProgram, call: JsCall): readonly Mount[] {
  const listed = inList(program, call)
  if (listed.length > 0) return listed
  const paths = pathsOf(program, call.args[0])
  const holders = makersOf(program, field(field(call.node, 'expression') ?? call.node, 'expression'))
  return call.args.flatMap((arg) => makersOf(program, arg)).map((router) => ({ router, holders, paths: paths.length > 0 ? paths : [''] }))
}

/** `routes.forEach((route) => router.use(route.path, route.router))`: path and router of the same element. */
function inList(program: JsProgram, call: JsCall): readonly Mount[] {
  const [path, router] = call.args.map(bare)
  const [item, other] = [path, router].map((node) => (node?.kind === 'PropertyAccessExpression' ? field(node, 'expression') : undefined))
  if (!path || !router || item?.kind !== 'Identifier' || !other || program.text(item) !== program.text(other)) return []
  const holders = makersOf(program, field(field(call.node, 'expression') ?? call.node, 'expression'))
  const memberOf = (element: JsNode, node: JsNode): JsNode | undefined => {
    const name = program.text(field(node, 'name') ?? node)
    const property = element.children.find((child) => program.text(field(child, 'name') ?? child) === name)
    return property && (field(property, 'initializer') ?? field(property, 'name'))
  }
  return program.values(item).flatMap((value) => {
    if (value.kind !== 'literal-object') return []
    const [at, made] = [memberOf(value.node, path), memberOf(value.node, router)]
    return at && made ? makersOf(program, made).map((maker) => ({ router: maker, holders, paths: pathsOf(program, at) })) : []
  })
}

/** The calls that made the app or router which an expression stands for. */
function makersOf(program: JsProgram, outer: JsNode | undefined, depth = 0): readonly JsNode[] {
  if (!outer || depth > 12) return []
  const node = bare(outer)
  if (node.kind === 'CallExpression' || node.kind === 'NewExpression') {
    const callee = field(node, 'expression')
    if (!callee) return []
    if (program.origins(callee).some((origin) => origin === 'express' || origin === 'express.Router')) return [node]
    // A chain: `router.use(…).get(…)`.
    if (callee.kind === 'PropertyAccessExpression' && program.origins(callee).some((origin) => /^express(\.Router)?\(\)\./.test(origin))) return makersOf(program, field(callee, 'expression'), depth + 1)
    const made = program.values(callee).flatMap((value) => (value.kind === 'function' ? returnedFrom(program, value.fn.node).flatMap((expression) => makersOf(program, expression, depth + 1)) : []))
    return made.length > 0 ? made : program.definitions(node).flatMap((definition) => makersOf(program, definition, depth + 1))
  }
  if (node.kind === 'ConditionalExpression') return [field(node, 'whenTrue'), field(node, 'whenFalse')].flatMap((branch) => makersOf(program, branch, depth + 1))
  return [...new Set(program.definitions(node).flatMap((definition) => makersOf(program, definition, depth + 1)))]
}
function* returned(program: JsProgram, node: JsNode, fn: JsNode): Generator<JsNode> {
  for (const child of node.children) {
    if (child.kind === 'ReturnStatement' && functionAround(child) === fn) {
      const value = field(child, 'expression')
      if (value) yield value
    } else yield* returned(program, child, fn)
  }
}
function returnedFrom(program: JsProgram, fn: JsNode): readonly JsNode[] {
  const body = field(fn, 'body')
  if (!body) return []
  return body.kind === 'Block' ? [...returned(program, body, fn)] : [body]
}

/** `router.route('/x').get(…).post(…)`: the path and the router of the chain. */
function routeOf(program: JsProgram, call: JsCall): { readonly path: JsNode | undefined; readonly router: JsNode | undefined } | undefined {
  if (!call.names.some((name) => name.includes('.route()'))) return undefined
  let at: JsNode | undefined = field(field(call.node, 'expression') ?? call.node, 'expression')
  for (let step = 0; at && step < 12; step++) {
    const node: JsNode = bare(at)
    if (node.kind === 'CallExpression') {
      const callee: JsNode | undefined = field(node, 'expression')
      if (callee && program.origins(callee).some((origin) => /^express(\.Router)?\(\)\.route$/.test(origin))) return { path: node.children.find((child) => child.field === 'arguments'), router: field(callee, 'expression') }
      at = callee && field(callee, 'expression')
    } else at = program.definitions(node)[0]
  }
  return undefined
}

function pathsOf(program: JsProgram, node: JsNode | undefined): readonly string[] {
  if (!node) return []
  const lists = program.values(node).flatMap((value) => (value.kind === 'literal-object' && value.node.kind === 'ArrayLiteralExpression' ? value.node.children : []))
  if (lists.length > 0) return lists.flatMap((item) => pathsOf(program, item))
  if (bare(node).kind === 'RegularExpressionLiteral') return [program.text(bare(node))]
  return program.fold.text(node).flatMap((folded) => (folded.exact && folded.base === 'text' && /^[/*]|^$/.test(folded.text) ? [folded.text] : []))
}
function joined(prefix: string, path: string): string {
  return `${prefix.replace(/\/$/, '')}${path === '/' && prefix !== '' ? '' : path.startsWith('/') || path === '' ? path : `/${path}`}` || '/'
}
