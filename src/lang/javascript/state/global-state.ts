/** What the objects that outlive a request are to the app: state that requests share, caches, or things made on first use. */
import type { JsProgram } from '../program.js'
import { bare, field, functionAround, statementOf, walk } from '../tree.js'
import type { JsNode } from '../types.js'
import { globalChanges, type GlobalChange, type Home } from './global-changes.js'

/**
 * lazy: made on first use and kept · memo: results kept by their inputs · request-data: what one request sent, for another function to find ·
 * unread: nobody looks at it · sockets: open connections and timers, of which others speak · state: all else.
 */
export type GlobalState = { readonly home: Home; readonly changes: readonly GlobalChange[]; readonly kind: 'state' | 'lazy' | 'memo' | 'request-data' | 'unread' | 'sockets' }

const known = new WeakMap<JsProgram, readonly GlobalState[]>()

export function globalStates(program: JsProgram): readonly GlobalState[] {
  const found = known.get(program)
  if (found) return found
  const byHome = new Map<JsNode, { readonly home: Home; readonly changes: GlobalChange[] }>()
  for (const change of globalChanges(program)) {
    const one = byHome.get(change.home.node) ?? { home: change.home, changes: [] }
    one.changes.push(change)
    byHome.set(change.home.node, one)
  }
  const states = [...byHome.values()].map(({ home, changes }) => ({ home, changes, kind: kindOf(program, home, changes) }))
  known.set(program, states)
  return states
}

function kindOf(program: JsProgram, home: Home, changes: readonly GlobalChange[]): GlobalState['kind'] {
  const reads = mentions(program, home).filter((use) => functionAround(use) !== undefined && isRead(program, use))
  if (reads.length === 0 && !isExported(program, home)) return 'unread'
  // What only timers and the end of the process change matters where a request looks at it.
  const serves = (node: JsNode): boolean => program.siteOf(node)?.runs.some((run) => run.when === 'request') ?? false
  if (!changes.some(({ site }) => site.runs.some((run) => run.when === 'request')) && !reads.some(serves)) return 'unread'
  if (changes.some(({ value }) => value && program.origins(value).some((origin) => handle.test(origin)))) return 'sockets'
  if (changes.every((change) => isReset(program, change) || isFirstUse(program, change, home) || isFlag(program, change, home))) return 'lazy'
  if (isScratch(changes, reads)) return 'unread'
  const sent = changes.filter((change) => change.how === 'rebind' && change.value && fromRequest(program, change.value))
  if (sent.some((change) => reads.some((read) => functionAround(read) !== change.site.fn?.node))) return 'request-data'
  return isMemo(program, home, changes) ? 'memo' : 'state'
}

/** Values that mean nothing outside the process. */
const handle = /^(setTimeout|setInterval|setImmediate)\(\)$|^socket\.io\.Socket$|^ws\.WebSocket\b|^express\.response$|^AbortController\(\)$/

/** Mentions of a variable in its file, of a member in its class. */
export function mentions(program: JsProgram, home: Home): readonly JsNode[] {
  if (!home.isMember) {
    const name = field(home.node, 'name')
    return name ? program.references(name).filter((use) => use !== name) : []
  }
  const name = home.name.slice(home.name.lastIndexOf('.') + 1)
  const module = program.moduleOf(home.node)
  return [...walk(module.root)].filter((node) => node.kind === 'PropertyAccessExpression' && program.text(field(node, 'name') ?? node) === name && !(node.start >= home.node.start && node.end <= home.node.end))
}
function isExported(program: JsProgram, { node, isMember }: Home): boolean {
  if (isMember) return true
  const name = field(node, 'name')
  if (node.parent?.parent?.children.some((child) => child.kind === 'ExportKeyword')) return true
  return name !== undefined && program.references(name).some((use) => {
    const parent = use.parent
    if (parent?.kind === 'ExportSpecifier' || parent?.kind === 'ExportAssignment' || parent?.kind === 'ShorthandPropertyAssignment') return true
    return parent?.kind === 'BinaryExpression' && use.field === 'right' && /^(module\.)?exports\b/.test(program.text(parent))
  })
}

/** Looks at it, and not only to put something in. */
function isRead(program: JsProgram, use: JsNode): boolean {
  let at = use
  while (at.parent && /^(PropertyAccessExpression|ElementAccessExpression|NonNullExpression|ParenthesizedExpression)$/.test(at.parent.kind) && at.field === 'expression') at = at.parent
  const parent = at.parent
  if (!parent || parent.kind === 'DeleteExpression') return false
  const isStatement = parent.parent?.kind === 'ExpressionStatement'
  if (parent.kind === 'BinaryExpression' && at.field === 'left' && parent.op !== undefined && /^[-+*/?|&]*=$/.test(parent.op)) return !isStatement
  if (/^P(re|ost)fixUnaryExpression$/.test(parent.kind) && (parent.op === '++' || parent.op === '--')) return !isStatement
  return !(parent.kind === 'CallExpression' && at.field === 'expression' && isStatement && /\.(push|unshift|set|add|splice|delete|clear|pop|shift)$/.test(program.text(at)))
}
/** `x = null`, `x = []`: thrown away. */
function isReset(program: JsProgram, { how, value }: GlobalChange): boolean {
  return how === 'rebind' && value !== undefined && /^(null|undefined|false)$/.test(program.text(value))
}
/** `isConnected = true`: what this instance has done for itself. */
function isFlag(program: JsProgram, { how, value }: GlobalChange, { name }: Home): boolean {
  if (how !== 'rebind' && how !== 'item') return false
  const text = value && program.text(value)
  return text === 'true' || (/ready|init|connect|loaded|configured|started|setup|done|warned/i.test(name) && (text === 'false' || /readyState/.test(text ?? '')))
}
/** What is put there empty is filled later, by whoever gets it. */
const isEmpty = (value: JsNode | undefined): boolean => value !== undefined && /^(ArrayLiteralExpression|ObjectLiteralExpression|NewExpression)$/.test(bare(value).kind) && !bare(value).children.some(({ field: at }) => at === 'elements' || at === 'properties' || at === 'arguments')
/** Under `if (!x)`, `if (x === null)`, as `x ??= …` and `x = x || …`, or after `if (x) return x`. */
function isFirstUse(program: JsProgram, { how, site, value }: GlobalChange, home: Home): boolean {
  if (how === 'count' || how === 'inner' || how === 'method' || !site.fn || (how === 'item' && isEmpty(value))) return false
  const { node } = site
  const left = field(node, 'left') ?? node
  if (node.op === '??=' || node.op === '||=') return true
  const name = program.text(left)
  const escaped = name.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
  if (value && fromRequest(program, value)) return false
  if (value && new RegExp(`^${escaped}\\s*(\\|\\||\\?\\?)`).test(program.text(value))) return true
  const absent = new RegExp(`!\\s*${escaped}(?![\\w.([])|(?<![\\w.])${escaped}\\s*={2,3}\\s*(null|undefined)|typeof\\s+${escaped}\\s*={2,3}\\s*['"]undefined`)
  const present = new RegExp(`^!?!?${escaped}$|(?<![\\w.!])${escaped}\\s*(!={1,2}\\s*(null|undefined)|&&)|(?<![\\w.])${escaped}\\.\\w+`)
  for (let at: JsNode = node; at.parent && at !== site.fn.node; at = at.parent) {
    const test = at.parent.kind === 'IfStatement' && at.field === 'thenStatement' ? field(at.parent, 'expression') : undefined
    if (test && absent.test(program.text(test))) return true
  }
  const statement = statementOf(node)
  const before = [...walk(site.fn.body)].filter((at) => at.kind === 'IfStatement' && at.end <= statement.start)
  if (before.some((at) => present.test(program.text(field(at, 'expression') ?? at)) && [...walk(at)].some((inner) => inner.kind === 'ReturnStatement'))) return true
  // `if (!client) connect()`: each caller asks before.
  const short = home.isMember ? name : home.name
  const callers = program.callers(site.fn)
  return callers.length > 0 && callers.every((call) => {
    for (let at: JsNode = call.node; at.parent; at = at.parent) {
      const test = at.parent.kind === 'IfStatement' && at.field === 'thenStatement' ? field(at.parent, 'expression') : undefined
      if (test && new RegExp(`!\\s*${short.replace(/[.$]/g, '\\$&')}\\b`).test(program.text(test))) return true
    }
    return false
  })
}
/** Set at the head of one function and read only below: no call finds what another left. */
function isScratch(changes: readonly GlobalChange[], reads: readonly JsNode[]): boolean {
  const fn = changes[0]?.site.fn
  if (!fn || changes.some((change) => change.how !== 'rebind' || change.site.fn !== fn) || reads.some((read) => functionAround(read) !== fn.node)) return false
  const heads = changes.filter((change) => statementOf(change.site.node).parent === fn.body).map((change) => change.site.node.end)
  return heads.length > 0 && reads.every((read) => read.start >= Math.min(...heads))
}
/** Filled by one function, which looks the key up before it computes. */
function isMemo(program: JsProgram, { name }: Home, changes: readonly GlobalChange[]): boolean {
  const short = name.slice(name.lastIndexOf('.') + 1)
  const fills = changes.filter((change) => (change.how === 'item' && change.method === undefined) || (change.how === 'method' && change.method === 'set'))
  const [first] = fills
  const fn = first?.site.fn
  if (!first || !fn || fills.some((change) => change.site.fn !== fn)) return false
  if (changes.some((change) => !fills.includes(change) && !(change.method !== undefined && /^(delete|clear)$/.test(change.method)))) return false
  const before = program.text(fn.body).slice(0, statementOf(first.site.node).start - fn.body.start)
  if (!new RegExp(`\\b${short.replace(/\$/g, '\\$')}(\\.(has|get)\\(|\\[)|\\bin\\s+${short}\\b`).test(before)) return false
  return /cache|memo/i.test(short) || fills.every((change) => change.value !== undefined && !isEmpty(change.value) && !fromRequest(program, change.value, 0, false) && returnsIt(program, change, short))
}
function returnsIt(program: JsProgram, { site, value }: GlobalChange, name: string): boolean {
  if (!site.fn || !value) return false
  const stored = program.text(value)
  return [...walk(site.fn.body)].some((node) => {
    const text = node.kind === 'ReturnStatement' ? program.text(node).replace(/^return\s*|;$/g, '') : ''
    return text === stored || new RegExp(`\\b${name.replace(/\$/g, '\\$')}(\\[|\\.get\\()`).test(text)
  })
}

const sent = /^express\.request\.(body|user|session|headers|query|params|cookies|ip|file|files|auth)\b|^express\.request\.(get|header)\(\)/
/** Does it hold what the request sent, directly or through one local name? Without `intoCalls`, what a call makes of it is something else. */
export function fromRequest(program: JsProgram, value: JsNode, depth = 0, intoCalls = true): boolean {
  const own = bare(value)
  const closed = intoCalls ? /^(ArrowFunction|FunctionExpression)$/ : /^(ArrowFunction|FunctionExpression|CallExpression|NewExpression)$/
  if (closed.test(own.kind)) return false
  return [...walk(value, (node) => !closed.test(node.kind))].some((node) => {
    if (node.kind !== 'Identifier' && node.kind !== 'PropertyAccessExpression') return false
    if (program.origins(node).some((origin) => sent.test(origin))) return true
    return depth === 0 && node.kind === 'Identifier' && program.declarations(node).some((declaration) => {
      const given = declaration.kind === 'VariableDeclaration' && functionAround(declaration) ? field(declaration, 'initializer') : undefined
      return given !== undefined && fromRequest(program, given, 1, intoCalls)
    })
  })
}
