/** WebSockets that the process keeps to reach their clients later. */
import { bare, field, statementOf, type PyNode, type PyScope, type PySite, type PythonProgram } from '../../../src/lang/python/program.js'

const socket = /^(fastapi|starlette)(\.websockets)?\.WebSocket\(\)$/

export type Kept = { /** Where the container is made; else where a socket is put in. */ readonly site: PySite; readonly put: PySite; readonly name: string }

/** Containers that outlive the connection and that sockets are put into, each once. */
export function* keptSockets(program: PythonProgram): Generator<Kept> {
  const seen = new Set<string>()
  for (const { container, put } of puts(program)) {
    const name = program.text(container, put.module)
    const home = homeOf(program, container, put)
    if (!home || seen.has(`${home.module.path}:${home.node.start}`)) continue
    seen.add(`${home.module.path}:${home.node.start}`)
    yield { site: home, put, name: name.replace(/^self\./, put.fn?.cls ? `${put.fn.cls.name}.` : '') }
  }
}
type Put = { readonly container: PyNode; readonly put: PySite }
function* puts(program: PythonProgram): Generator<Put> {
  for (const call of program.calls()) {
    const callee = field(call.node, 'function')
    if (callee?.kind !== 'attribute' || !/^(append|add|insert|setdefault|appendleft)$/.test(program.text(field(callee, 'attribute') ?? callee, call.module))) continue
    const object = field(callee, 'object')
    if (object && call.args.some((arg) => holdsSocket(program, arg, call.scope)) && isServed(call)) yield { container: outermost(object), put: call }
  }
  for (const site of program.sites('assignment')) {
    const [left, right] = [field(site.node, 'left'), field(site.node, 'right')]
    const object = left?.kind === 'subscript' ? field(left, 'value') : undefined
    if (object && right && holdsSocket(program, right, site.scope) && isServed(site)) yield { container: outermost(object), put: site }
  }
}
function isServed(site: PySite): boolean {
  return site.runs.some(({ when }) => when === 'request')
}
/** The socket itself, or a list, tuple or dictionary with one in it. */
function holdsSocket(program: PythonProgram, at: PyNode, scope: PyScope): boolean {
  const node = bare(at)
  if (/^(list|tuple|set)$/.test(node.kind)) return node.children.some((child) => holdsSocket(program, child, scope))
  if (node.kind === 'dictionary') return node.children.some((child) => holdsSocket(program, field(child, 'value') ?? child, scope))
  return (node.kind === 'identifier' || node.kind === 'attribute') && program.origins(node, scope).some((origin) => socket.test(origin))
}
/** `rooms` of `rooms[name].setdefault(…)[player]`. */
function outermost(at: PyNode): PyNode {
  let node = bare(at)
  for (;;) {
    const inner = node.kind === 'subscript' ? field(node, 'value') : node.kind === 'call' && field(node, 'function')?.kind === 'attribute' ? field(field(node, 'function') as PyNode, 'object') : undefined
    if (!inner) return node
    node = bare(inner)
  }
}
/** The assignment that makes it, at the top of a file or on an object; what is made in the function itself ends with the connection. */
function homeOf(program: PythonProgram, container: PyNode, put: PySite): PySite | undefined {
  if (container.kind === 'identifier') {
    const bindings = program.bindings(program.text(container, put.module), put.scope).filter((binding) => binding.kind === 'assign')
    const [first] = bindings
    if (!first || first.scope.kind === 'function') return undefined
    return program.siteOf(statementOf(first.node), first.scope)
  }
  if (container.kind !== 'attribute') return undefined
  const name = program.text(field(container, 'attribute') ?? container, put.module)
  const cls = put.fn?.cls
  const made = [...program.sites('assignment')].find((site) => site.module === put.module && site.fn?.cls === cls && new RegExp(`^self\\.${name}$`).test(program.text(field(site.node, 'left') ?? site.node, site.module)))
  return made ?? put
}
