/** What the objects that outlive a request are to the app: state that requests share, caches, or things made on first use. */
import { globalChanges, mentionsOf, type GlobalChange } from './global-changes.js'
import type { Home } from './global-homes.js'
import { ancestor, field, statementOf, walk } from '../tree.js'
import type { PythonProgram } from '../program.js'
import type { PyFunction, PyNode, PyScope, PySite } from '../types.js'

/**
 * lazy: made on first use and kept · memo: results kept by their inputs · request-data: what one request sent, for another function to find ·
 * unread: nobody looks at it · sockets: open connections, which ws-flask-socketio speaks about · state: all else.
 */
export type GlobalState = { readonly home: Home; readonly changes: readonly GlobalChange[]; readonly kind: 'state' | 'lazy' | 'memo' | 'request-data' | 'unread' | 'sockets' }

const known = new WeakMap<PythonProgram, readonly GlobalState[]>()

export function globalStates(program: PythonProgram): readonly GlobalState[] {
  const found = known.get(program)
  if (found) return found
  const byHome = new Map<string, { readonly home: Home; readonly changes: GlobalChange[] }>()
  for (const change of globalChanges(program)) {
    const { scope, node, attribute } = change.home
    const key = `${scope.module.path}:${node.start}:${attribute ?? ''}`
    const one = byHome.get(key) ?? { home: change.home, changes: [] }
    one.changes.push(change)
    byHome.set(key, one)
  }
  const states = [...byHome.values()].filter(({ home }) => !isPerThread(program, home)).map(({ home, changes }) => ({ home, changes, kind: kindOf(program, home, changes) }))
  known.set(program, states)
  return states
}

/** Kept beside a cache by the function that fills it: the order of use, or the time of each value. */
export function servesCache(program: PythonProgram, { home, changes }: GlobalState): boolean {
  const fills = globalStates(program).filter((other) => other.kind === 'memo' && other.home.scope === home.scope && other.home.name === home.name && other.home.attribute !== home.attribute).flatMap((other) => other.changes.map((change) => change.site.fn))
  return home.attribute !== undefined && changes.length > 0 && changes.every((change) => fills.includes(change.site.fn))
}

function isPerThread(program: PythonProgram, { value, scope }: Home): boolean {
  return value !== undefined && program.origins(value, scope).some((origin) => /^(threading\.local|contextvars\.\w+|werkzeug\.local\.\w+|gevent\.local\.\w+|flask_sqlalchemy\b.*|sqlalchemy\b.*)\(\)/.test(origin))
}

function kindOf(program: PythonProgram, home: Home, changes: readonly GlobalChange[]): GlobalState['kind'] {
  const reads = mentionsOf(program, home).filter((site) => site.fn !== undefined && isRead(program, site))
  if (reads.length === 0) return 'unread'
  if (changes.some(({ value, site }) => value && program.origins(value, site.scope).some((origin) => /^(fastapi|starlette)(\.websockets)?\.WebSocket\(\)$/.test(origin)))) return 'sockets'
  const name = home.attribute ?? home.name
  if (changes.every((change) => isReset(program, change) || isFirstUse(program, change, name)) || /^_*(already_)?(warned|logged)/i.test(name)) return 'lazy'
  if (isScratch(changes, reads) || holdsTasks(program, changes)) return 'unread'
  const takesRequest = changes.filter((change) => change.how === 'rebind' && change.value && (fromRequest(program, change.value, change.site.scope) || isRouteParameter(program, change.value, change.site.scope)))
  if (takesRequest.some((change) => reads.some((read) => read.fn !== change.site.fn))) return 'request-data'
  return isMemo(program, name, changes) ? 'memo' : 'state'
}

/** Looks at it, and not only to put something in. */
function isRead(program: PythonProgram, { node, module }: PySite): boolean {
  let at = node
  while (at.parent?.kind === 'subscript' && at.field === 'value') at = at.parent
  const parent = at.parent
  if (!parent) return false
  if ((parent.kind === 'assignment' || parent.kind === 'augmented_assignment') && at.field === 'left') return false
  if (parent.kind === 'delete_statement') return false
  if (parent.kind !== 'attribute' || parent.parent?.kind !== 'call' || parent.field !== 'function') return true
  const method = field(parent, 'attribute')
  const isStatement = parent.parent.parent?.kind === 'expression_statement'
  return !(method && isStatement && /^(append|appendleft|add|extend|insert|update|clear|remove|discard|pop|put)$/.test(program.text(method, module)))
}

/** `x = None`, `x.clear()` without anything put in: a cache thrown away. */
function isReset(program: PythonProgram, { how, value, site }: GlobalChange): boolean {
  return how === 'rebind' && value !== undefined && /^(None|False)$/.test(program.text(value, site.module))
}

/** Bound at the head of one function and read only below: no call finds what another left. */
function isScratch(changes: readonly GlobalChange[], reads: readonly PySite[]): boolean {
  const [first] = changes
  const fn = first?.site.fn
  if (!fn || changes.some((change) => change.how !== 'rebind' || change.site.fn !== fn) || reads.some((read) => read.fn !== fn)) return false
  const bound = changes.filter((change) => statementOf(change.site.node).parent === fn.body).map((change) => change.site.node.end)
  return bound.length > 0 && reads.every((read) => read.node.start >= Math.min(...bound))
}

/** `pending.add(asyncio.create_task(…))`: only so that running tasks are not collected. */
function holdsTasks(program: PythonProgram, changes: readonly GlobalChange[]): boolean {
  const fills = changes.filter((change) => change.how === 'method' && change.method === 'add')
  return fills.length > 0 && changes.every((change) => change.how === 'method' && /^(add|discard|remove)$/.test(change.method ?? '')) && fills.every((change) => change.value && program.origins(change.value, change.site.scope).some((origin) => /(^asyncio\.|\.)(create_task|ensure_future)\(\)$/.test(origin)))
}

/** Under `if x is None:`, `if not x:`, or after `if x: return x`. */
function isFirstUse(program: PythonProgram, { how, site, value }: GlobalChange, name: string): boolean {
  if (how === 'count' || how === 'inner' || !site.fn) return false
  if (value && fromRequest(program, value, site.scope)) return false
  const mentions = (test: PyNode | undefined): string => (test ? program.text(test, site.module) : '')
  const word = `(?<![\\w.])(?:\\w+\\.)*${name}`
  const absent = new RegExp(`${word}\\s*(is|==)\\s*None\\b|\\bnot\\s+(?:hasattr\\(|any\\(|all\\()?\\(?${word}(?![\\w[(])(?!\\s*[[.(])|len\\(${word}\\)\\s*==\\s*0|${word}\\s+is\\s+False`)
  const present = new RegExp(`${word}\\s*is\\s+not\\s+None\\b|^\\(?${word}\\)?$`)
  for (let at: PyNode | undefined = site.node; at && at !== site.fn.node; at = at.parent) {
    if (at.parent?.kind === 'if_statement' && at.field === 'consequence' && absent.test(mentions(field(at.parent, 'condition')))) return true
  }
  const statements = site.fn.body.children
  const own = statements.findIndex((child) => child.start <= site.node.start && site.node.end <= child.end)
  // `if _ready: return _client`: another global may say that it was made.
  const said = (test: string): boolean => present.test(test) || (site.fn?.scope.globals.has(/^\(?(\w+)( is not None)?\)?$/.exec(test)?.[1] ?? '') ?? false)
  // `if _token and now < _expires: return _token`: each instance fetches its own, and again when it is too old.
  const fresh = (test: string): boolean => {
    const [first = '', ...rest] = test.replace(/^\(|\)$/g, '').split(/\s+and\s+/)
    return rest.length > 0 && rest.every((part) => /[<>]/.test(part) && /time|now|monotonic/i.test(part)) && new RegExp(`\\b${name}\\b`).test(test) && (said(first) || /^(self|cls)\.\w+( is not None)?$/.test(first))
  }
  return statements.slice(0, Math.max(0, own)).some((child) => child.kind === 'if_statement' && (said(mentions(field(child, 'condition'))) || fresh(mentions(field(child, 'condition')))) && [...walk(child)].some((inner) => inner.kind === 'return_statement'))
}

/** Filled by one function, which looks the key up before it computes; nothing held is changed afterwards. */
function isMemo(program: PythonProgram, name: string, changes: readonly GlobalChange[]): boolean {
  const fills = changes.filter((change) => change.how === 'item' && change.method !== 'del')
  const [first] = fills
  const others = changes.filter((change) => !fills.includes(change))
  if (!first?.site.fn || fills.some((change) => change.site.fn !== first.site.fn)) return false
  if (others.some((change) => change.how !== 'item' && !(change.how === 'method' && /^(clear|pop|popitem|move_to_end)$/.test(change.method ?? '')))) return false
  if (fills.some((change) => change.value && isEmptyContainer(change.value))) return false
  const looksUp = new RegExp(`\\bin\\s+(?:\\w+\\.)*${name}\\b|(?<![\\w])${name}\\.get\\(|(?<![\\w])${name}\\[`)
  if (!looksUp.test(before(program, first.site.fn, first.site))) return false
  return /cache|memo/i.test(name) || fills.every((change) => change.value !== undefined && !fromRequest(program, change.value, change.site.scope) && returnsIt(program, change, name))
}
function before(program: PythonProgram, fn: PyFunction, site: PySite): string {
  return program.text(fn.body, fn.module).slice(0, statementOf(site.node).start - fn.body.start)
}
function returnsIt(program: PythonProgram, { site, value }: GlobalChange, name: string): boolean {
  if (!site.fn || !value) return false
  const stored = program.text(value, site.module)
  return [...walk(site.fn.body)].some((node) => {
    if (node.kind !== 'return_statement') return false
    const text = program.text(node, site.module).replace(/^return\s*/, '')
    return text === stored || text.startsWith(`${name}[`) || text.startsWith(`${name}.get(`)
  })
}
function isEmptyContainer(node: PyNode): boolean {
  return ['list', 'dictionary', 'set'].includes(node.kind) && node.children.every((child) => child.kind === 'comment')
}

/** `current = user`, where `user` is what a route was called with. */
function isRouteParameter(program: PythonProgram, value: PyNode, scope: PyScope): boolean {
  let root = value
  for (let next = field(root, root.kind === 'attribute' ? 'object' : 'value'); next && (root.kind === 'attribute' || root.kind === 'subscript'); next = field(root, root.kind === 'attribute' ? 'object' : 'value')) root = next
  if (root.kind !== 'identifier') return false
  return program.bindings(program.text(root, scope.module), scope).some((binding) => binding.kind === 'param' && program.pyRoutes.some((route) => route.fn === binding.fn))
}

const sent = /^(flask\.(request|session)\b|(fastapi|starlette)\.(requests\.)?Request\(\)|django\.http\.(request\.)?HttpRequest\(\)|flask_login\.(utils\.)?current_user\b|flask_jwt_extended\.(get_jwt|get_jwt_identity|current_user)\b)/
/** Does it hold what the request sent, directly or through one local name? */
export function fromRequest(program: PythonProgram, value: PyNode, scope: PyScope, depth = 0): boolean {
  return [...walk(value)].some((node) => {
    if (node.kind !== 'identifier' || node.field === 'attribute' || (node.parent?.kind === 'keyword_argument' && node.field === 'name')) return false
    if (program.origins(node, scope).some((origin) => sent.test(origin))) return true
    if (depth > 0 || ancestor(node, 'lambda')) return false
    return program.bindings(program.text(node, scope.module), scope).some((binding) => binding.kind === 'assign' && binding.scope.kind === 'function' && fromRequest(program, binding.value, binding.scope, 1))
  })
}
