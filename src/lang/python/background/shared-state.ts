/** What background work shares with requests in one process: on a host without a lasting process they no longer meet. */
import { globalStates } from '../state/global-state.js'
import { mentionsOf } from '../state/global-changes.js'
import { ancestor, field } from '../tree.js'
import { literalText } from '../literals.js'
import type { PythonProgram } from '../program.js'
import type { PyFunction, PyNode, PySite } from '../types.js'

export type Shared = {
  readonly name: string
  /** 'container': things gathered in a list, dict, queue or setting; 'value': a time, a flag, a count. */
  readonly kind: 'container' | 'value'
  /** Where a request reads or fills it. */
  readonly seen: PySite
}

/** Objects that these functions (and what they call in the repo) change and requests use, or requests change and these functions use. */
export function sharedWithRequests(program: PythonProgram, functions: readonly PyFunction[]): readonly Shared[] {
  const behind = withCallees(program, functions)
  const isBehind = (site: PySite): boolean => site.fn !== undefined && behind.has(site.fn)
  const isRequest = (site: PySite): boolean => site.fn !== undefined && !behind.has(site.fn) && site.runs.some((run) => run.when === 'request' && !run.background)
  const found: Shared[] = []
  for (const { home, changes, kind } of globalStates(program)) {
    if (kind === 'lazy' || kind === 'memo' || isMachinery(program, changes.flatMap(({ value, site }) => (value ? [{ value, site }] : [])))) continue
    const mentions = mentionsOf(program, home)
    const seen = changes.some(({ site }) => isBehind(site)) ? mentions.find(isRequest) : mentions.some(isBehind) ? changes.map(({ site }) => site).find(isRequest) : undefined
    if (seen) found.push({ name: home.attribute === undefined ? home.name : `${home.name}.${home.attribute}`, kind: changes.every(({ how, value, site }) => how === 'count' || (how === 'rebind' && value !== undefined && isStatus(program, value, site))) ? 'value' : 'container', seen })
  }
  return [...found, ...inSettings(program, isBehind, isRequest)]
}

/** What these functions leave in memory and look at again the next time: it is gone when the next time is another process. */
export function carriedBetweenRounds(program: PythonProgram, functions: readonly PyFunction[]): { readonly name: string; readonly site: PySite } | undefined {
  const behind = withCallees(program, functions)
  const isBehind = (site: PySite): boolean => site.fn !== undefined && behind.has(site.fn)
  for (const { home, changes, kind } of globalStates(program)) {
    const own = changes.filter(({ site }) => isBehind(site))
    if (kind === 'lazy' || kind === 'memo' || own.length === 0 || isMachinery(program, changes.flatMap(({ value, site }) => (value ? [{ value, site }] : [])))) continue
    const read = mentionsOf(program, home).find((site) => isBehind(site) && isRead(site.node))
    if (read) return { name: home.attribute === undefined ? home.name : `${home.name}.${home.attribute}`, site: read }
  }
  return onObject(program, behind)
}
/** Not what is bound, put into, or only counted. */
function isRead(node: PyNode): boolean {
  let at = node
  while (at.parent?.kind === 'subscript' && at.field === 'value') at = at.parent
  if ((at.parent?.kind === 'assignment' || at.parent?.kind === 'augmented_assignment') && at.field === 'left') return false
  const call = at.parent?.kind === 'attribute' && at.parent.parent?.kind === 'call' && at.parent.field === 'function' ? at.parent.parent : undefined
  return !(call?.parent?.kind === 'expression_statement')
}
/** `self.last = price` … `if price != self.last`. */
function onObject(program: PythonProgram, behind: ReadonlySet<PyFunction>): { readonly name: string; readonly site: PySite } | undefined {
  const set = new Set<string>()
  const own = [...program.sites('attribute', 'assignment', 'augmented_assignment')].filter((site) => site.fn?.cls !== undefined && behind.has(site.fn) && site.fn.name !== '__init__')
  const selfName = (site: PySite, node: PyNode): string | undefined => {
    const [object, attribute] = node.kind === 'attribute' ? [field(node, 'object'), field(node, 'attribute')] : []
    return object && attribute && program.text(object, site.module) === site.fn?.params[0]?.name ? `${site.fn?.cls?.name ?? ''}.${program.text(attribute, site.module)}` : undefined
  }
  for (const site of own) {
    const left = site.node.kind === 'attribute' ? undefined : field(site.node, 'left')
    const name = left && selfName(site, left)
    const right = field(site.node, 'right')
    if (name !== undefined && !(right && isMachinery(program, [{ value: right, site }]))) set.add(name)
  }
  for (const site of own) {
    const name = site.node.kind === 'attribute' ? selfName(site, site.node) : undefined
    if (name !== undefined && set.has(name) && isRead(site.node)) return { name, site }
  }
  return undefined
}

/** A time, a flag, a word: nothing that a request could not do without. */
function isStatus(program: PythonProgram, value: PyNode, { scope }: PySite): boolean {
  return /^(string|integer|float|true|false|none)$/.test(value.kind) || program.origins(value, scope).some((origin) => /^(time|datetime)\./.test(origin))
}

/** The functions and, to some depth, what they call. */
export function withCallees(program: PythonProgram, functions: readonly PyFunction[]): ReadonlySet<PyFunction> {
  const all = new Set<PyFunction>()
  let next = [...functions]
  for (let depth = 0; depth < 5 && next.length > 0; depth++) {
    const now = new Set(next.filter((fn) => !all.has(fn)))
    for (const fn of now) all.add(fn)
    next = [...program.calls()].flatMap((call) => (call.fn && now.has(call.fn) ? call.callees : []))
  }
  return all
}

/** A thread, timer or lock kept under a name is no state that a request could miss. */
function isMachinery(program: PythonProgram, values: readonly { readonly value: PyNode; readonly site: PySite }[]): boolean {
  return values.length > 0 && values.every(({ value, site }) => value.kind === 'none' || program.origins(value, site.scope).some((origin) => /^(threading|multiprocessing|concurrent\.futures|apscheduler)\b.*\(\)$/.test(origin)))
}

/** `app.config["RESULTS"]` used as memory. */
function* inSettings(program: PythonProgram, isBehind: (site: PySite) => boolean, isRequest: (site: PySite) => boolean): Generator<Shared> {
  const written = new Set<string>()
  const uses = [...program.sites('subscript')].flatMap((site) => {
    const [holder, key] = [field(site.node, 'value'), field(site.node, 'subscript')]
    const name = key?.kind === 'string' ? literalText(key, site.module.text) : undefined
    return holder && name !== undefined && program.origins(holder, site.scope).some((origin) => /^flask\.(Flask\(\)|current_app)\.config$/.test(origin)) ? [{ site, name }] : []
  })
  for (const { site, name } of uses) if (isBehind(site) && isWritten(program, site)) written.add(name)
  for (const name of written) {
    const seen = uses.find((use) => use.name === name && isRequest(use.site))
    if (seen) yield { name: `app.config["${name}"]`, kind: 'container', seen: seen.site }
  }
}
function isWritten(program: PythonProgram, { node, module }: PySite): boolean {
  const statement = ancestor(node, 'assignment', 'augmented_assignment', 'call')
  if (!statement) return false
  if (statement.kind !== 'call') return node.start < (field(statement, 'right')?.start ?? 0)
  const callee = field(statement, 'function')
  return callee !== undefined && node.start >= callee.start && node.end <= callee.end && /\.(append|add|update|pop|clear|extend|insert|remove|setdefault|put)$/.test(program.text(callee, module))
}

/** A place where these functions send to sockets that this process holds open. */
export function sendsToSockets(program: PythonProgram, functions: readonly PyFunction[]): PySite | undefined {
  const behind = withCallees(program, functions)
  const made = [...program.calls('flask_socketio.SocketIO')]
  if (made.some((call) => call.kwargs.has('message_queue'))) return undefined
  return [...program.callsMatching(/^(flask_socketio\.(SocketIO\(\)\.(emit|send)|emit|send)|socketio\.(Async)?Server\(\)\.(emit|send))$/)].find((call) => call.fn !== undefined && behind.has(call.fn))
}
