/** Turns the start and end handlers of one app into a lifespan, where nothing else can be silenced by that. */
import type { Change, Snapshot } from '../../../types.js'
import { ensureImport, eol, freeName, indentOf, indentUnit, insertAt, insertBefore, lineEnd, lineStart, standsAlone } from '../edit.js'
import { ancestor, field, statementOf } from '../tree.js'
import type { PythonProgram } from '../program.js'
import type { PyCall, PyModule, PyNode } from '../types.js'
import type { Hook } from './hooks.js'

/** Calls that are given the app and add no handler of their own. */
const harmless = /^(uvicorn|hypercorn|granian|mangum|builtins|socketio|starlette|fastapi|a2wsgi|asgi_correlation_id|slowapi)\b/

/** The edits, or why there are none. */
export function mergedHooks(program: PythonProgram, repo: Snapshot, made: PyCall, hooks: readonly Hook[]): readonly Change[] | { readonly refused: string } {
  const { module } = made
  const no = (refused: string): { readonly refused: string } => ({ refused })
  if (module.brokenAt !== undefined) return no(`${module.path} does not parse`)
  const statement = statementOf(made.node)
  if (statement.parent !== module.root || !standsAlone(module, statement) || made.fn) return no('the app is not made by a plain statement at the top level')
  if (made.spread || made.args.length > 0 || made.kwargs.has('on_startup') || made.kwargs.has('on_shutdown')) return no('the app is made with arguments that may hold handlers of their own')
  const strange = hooks.map((hook) => whyNot(hook, module)).find((why) => why !== undefined)
  if (strange !== undefined) return no(strange)
  // A lifespan silences every handler, also those that this reading does not see.
  if (written(repo) !== hooks.length) return no('other handlers of this kind stand elsewhere in the repo, and a lifespan would silence them')
  const taker = takerOf(program, made)
  if (taker !== undefined) return no(`${taker} is given the app and may add handlers of its own, which a lifespan would silence`)

  const name = freeName(module, 'lifespan')
  const manager = ensureImport(module, 'contextlib', 'asynccontextmanager')
  const unit = indentUnit(module)
  const top = withComments(module, statement)
  const callee = field(made.node, 'function')
  const type = callee ? module.text.slice(callee.start, callee.end) : 'object'
  const lines = (event: Hook['event']): readonly string[] => hooks.filter((hook) => hook.event === event).map(({ fn }) => `${unit}${fn?.isAsync ? 'await ' : ''}${fn?.name ?? ''}()`)
  return [
    ...manager.changes,
    insertBefore(module, top, [...(/(\r\n|\n|\r)[ \t]*\1[ \t]*\1$/.test(module.text.slice(0, lineStart(module, top.start))) ? [] : ['']), `@${manager.name}`, `async def ${name}(_: ${type}):`, ...lines('startup'), `${unit}yield`, ...lines('shutdown'), '', '']),
    argument(module, made.node, `lifespan=${name}`),
    ...hooks.map((hook) => removed(module, hook)),
  ]
}

function whyNot({ call, fn, isDecorator }: Hook, module: PyModule): string | undefined {
  if (!fn || fn.module !== module || call.module !== module) return 'a handler stands in another file than the app'
  const outer = fn.node.parent?.kind === 'decorated_definition' ? fn.node.parent : fn.node
  if (outer.parent !== module.root || call.fn) return `${fn.name}() is not defined at the top level`
  if (fn.params.length > 0) return `${fn.name}() takes arguments`
  if ((module.scope.bindings.get(fn.name) ?? []).length !== 1) return `the name ${fn.name} is bound more than once`
  if (fn.decorators.length !== (isDecorator ? 1 : 0)) return `${fn.name}() has other decorators`
  const place = isDecorator ? call.node.parent : statementOf(call.node)
  if (!place || !ownLines(module, place) || (!isDecorator && place.parent !== module.root)) return `the line that registers ${fn.name}() holds other code`
  return undefined
}
/** The first of the comment lines right above the statement, which speak about it; else the statement. */
function withComments(module: PyModule, statement: PyNode): PyNode {
  let first = statement
  for (const before of [...module.root.children].reverse()) {
    if (before.start >= first.start) continue
    if (before.kind !== 'comment' || !ownLines(module, before) || lineEnd(module, before.end) !== lineStart(module, first.start)) return first
    first = before
  }
  return first
}
function ownLines(module: PyModule, node: PyNode): boolean {
  return module.text.slice(lineStart(module, node.start), node.start).trim() === '' && /^[ \t]*(#[^\r\n]*)?(\r\n|\n|\r|$)/.test(module.text.slice(node.end, lineEnd(module, node.end)))
}
function written(repo: Snapshot): number {
  return [...repo.files.values()].filter(({ path }) => path.endsWith('.py')).reduce((count, { text }) => count + (text.match(/\.(on_event|add_event_handler)\(\s*["'](startup|shutdown)/g) ?? []).length, 0)
}
/** A function from outside that is given the app. */
function takerOf(program: PythonProgram, made: PyCall): string | undefined {
  for (const call of program.calls()) {
    const from = call.names.find((name) => !harmless.test(name))
    if (from === undefined || call.runs.every(({ when }) => when === 'main')) continue
    for (const arg of [...call.args, ...call.kwargs.values()]) if (arg.kind === 'identifier' && program.definitions(arg, call.scope).some((one) => one.node === made.node)) return `${from.replace(/\(\)/g, '')}()`
  }
  return undefined
}
/** The keyword as the first argument, on a line of its own where the others have one. */
function argument(module: PyModule, node: PyNode, text: string): Change {
  const list = field(node, 'arguments')
  const at = (list?.start ?? node.end - 1) + 1
  const first = list?.children[0]
  if (!first) return insertAt(module, at, text)
  const gap = module.text.slice(at, first.start)
  if (!/[\r\n]/.test(gap)) return insertAt(module, at, `${text}, `)
  return insertAt(module, lineStart(module, first.start), `${/^[ \t]*/.exec(module.text.slice(lineStart(module, first.start)))?.[0] ?? indentOf(module, node)}${text},${eol(module)}`)
}
function removed(module: PyModule, { call, isDecorator }: Hook): Change {
  const node = isDecorator ? (ancestor(call.node, 'decorator') ?? call.node) : statementOf(call.node)
  return { kind: 'edit', path: module.path, range: { start: lineStart(module, node.start), end: lineEnd(module, node.end) }, text: '' }
}
