/** Takes one round out of an endless loop: a function that the loop, and anyone else, can call once. */
import type { Change } from '../../../types.js'
import { takesCoroutines } from './coroutines.js'
import { eol, freeName, indentOf, indentUnit, insertAt, lineEnd, lineStart, removeStatement } from '../edit.js'
import { isTalk, isWaitStatement, loopOf, ownCode, type Poller } from './loops.js'
import { identifiersIn, namesOf } from './round-names.js'
import { bare, field, statementOf, walk } from '../tree.js'
import { isStatic } from '../values.js'
import type { PythonProgram } from '../program.js'
import type { PyClass, PyFunction, PyModule, PyNode, PyScope } from '../types.js'

/** An expression and where it is read. */
export type Given = { readonly node: PyNode; readonly scope: PyScope }
/** How to run one round. */
export type Round = {
  /** The function as an expression from the place where its first name is bound: 'check', 'monitor.check'. */
  readonly expression: string
  /** Where that name is bound: a module's scope, or the function around it. */
  readonly scope: PyScope
  /** The package that the name comes from, when that is not the repo. */
  readonly from?: string
  /** Calling it makes a coroutine. */
  readonly isAsync: boolean
  readonly args: readonly { readonly name?: string; readonly value: Given }[]
  /** Edits that make the function; none when it was there. */
  readonly changes: readonly Change[]
  /** Functions of the repo that a round runs first. */
  readonly functions: readonly PyFunction[]
}
export type Refused = { readonly refused: string }
/** What the starter passes: to the function's parameters, and the object whose method it is. */
export type Bound = { readonly args: readonly Given[]; readonly kwargs: ReadonlyMap<string, Given>; readonly self: Given | undefined }

/** A way to call a function of the repo from elsewhere in the repo, with these arguments. */
export function callable(program: PythonProgram, fn: PyFunction, bound: Bound): Round | Refused {
  if (fn.isAsync && !takesCoroutines(program.app.framework)) return { refused: `${fn.qualname}() is a coroutine` }
  const args = parametersOf(fn, bound)
  if ('refused' in args) return args
  if (fn.isLambda) return { refused: 'it is a lambda that does more than call a function' }
  const home = fn.scope.parent
  if (!home) return { refused: `${fn.qualname}() has no place of its own` }
  if (fn.cls && isStatic(fn)) return { expression: `${fn.cls.name}.${fn.name}`, scope: fn.cls.scope.parent ?? home, args, changes: [], functions: [fn], isAsync: fn.isAsync }
  if (!fn.cls) return { expression: fn.name, scope: home, args, changes: [], functions: [fn], isAsync: fn.isAsync }
  const owner = ownerOf(program, bound.self)
  return owner ? { expression: `${owner.name}.${fn.name}`, scope: owner.scope, args, changes: [], functions: [fn], isAsync: fn.isAsync } : { refused: `${fn.qualname}() belongs to an object that has no name at the top of a file` }
}
function ownerOf(program: PythonProgram, self: Given | undefined): { readonly name: string; readonly scope: PyScope } | undefined {
  if (self?.node.kind !== 'identifier') return undefined
  const name = program.text(self.node, self.scope.module)
  const bindings = program.bindings(name, self.scope)
  const [first] = bindings
  if (first?.kind === 'param' && first.index === 0 && first.fn.cls) return onlyInstance(program, first.fn.cls)
  return bindings.length === 1 && first?.kind === 'assign' && first.scope.kind === 'module' ? { name, scope: first.scope } : undefined
}
/** The one object of a class that a file keeps at its top. */
function onlyInstance(program: PythonProgram, cls: PyClass): { readonly name: string; readonly scope: PyScope } | undefined {
  const made = [...program.sites('assignment')].flatMap((site) => {
    const [left, right] = [field(site.node, 'left'), field(site.node, 'right')]
    if (left?.kind !== 'identifier' || right?.kind !== 'call' || site.runs.every((run) => run.when === 'main')) return []
    return program.values(right, site.scope).some((value) => value.kind === 'object' && value.cls === cls) ? [{ name: program.text(left, site.module), scope: site.scope, own: site.fn === undefined && statementOf(site.node).parent?.kind === 'module' }] : []
  })
  const [only] = made
  return only?.own && made.length === 1 && program.bindings(only.name, only.scope).length === 1 ? only : undefined
}
function parametersOf(fn: PyFunction, bound: Bound): Round['args'] | Refused {
  const out: { readonly name?: string; readonly value: Given }[] = []
  const own = fn.cls && bound.self && !isStatic(fn) ? fn.params.slice(1) : fn.params
  for (const [at, param] of own.entries()) {
    if (param.star !== '') continue
    const byName = bound.kwargs.get(param.name)
    const value = bound.args[at] ?? byName
    if (value) out.push({ ...(bound.args[at] ? {} : { name: param.name }), value })
    else if (!param.fallback) return { refused: `nothing in the code tells what ${fn.qualname}() gets for '${param.name}'` }
  }
  return bound.args.length > own.length ? { refused: `${fn.qualname}() takes its arguments as a list` } : out
}

/** One round of the loop, as a function. Refuses where taking it out would change what the loop does. */
export function roundOf(program: PythonProgram, poller: Poller, bound: Bound): Round | Refused {
  const { fn } = poller
  if (fn.module.brokenAt !== undefined) return { refused: `${fn.module.path} does not parse` }
  return existing(program, poller, bound) ?? extracted(program, poller, bound)
}

/** The round is a single call already. */
function existing(program: PythonProgram, poller: Poller, bound: Bound): Round | undefined {
  const { fn } = poller
  let rest = poller.work.filter((child) => !isTalk(program, child, fn))
  if (rest.length === 1 && rest[0]?.kind === 'with_statement' && /\.app_context\(\)\s*:/.test(program.text(rest[0], fn.module).split('\n')[0] ?? '')) rest = field(rest[0], 'body')?.children.filter((child) => child.kind !== 'comment' && !isTalk(program, child, fn)) ?? []
  const said = rest.length === 1 && rest[0]?.kind === 'expression_statement' ? rest[0].children[0] : undefined
  const only = said && awaited(bare(said))
  const round = only?.kind === 'call' ? calledFunction(program, only, fn, bound) : undefined
  // A coroutine that is only made, or a plain function that hands one back, is something else.
  return round && round.isAsync === (said?.kind === 'await') ? round : undefined
}
/** What a call inside `fn` calls, reachable from elsewhere. */
export function calledFunction(program: PythonProgram, call: PyNode, fn: PyFunction, bound: Bound): Round | undefined {
  const callee = field(call, 'function')
  const values = callee ? program.values(callee, fn.scope) : []
  const [value] = values
  if (!callee || values.length !== 1 || value?.kind !== 'function' || value.fn.isLambda) return undefined
  if (program.bindings(value.fn.name, value.fn.scope.parent ?? value.fn.scope).length !== 1 && !value.fn.cls) return undefined
  const resolve = (node: PyNode): Given => boundParameter(program, node, fn, bound) ?? { node, scope: fn.scope }
  const args: Given[] = []
  const kwargs = new Map<string, Given>()
  for (const arg of field(call, 'arguments')?.children ?? []) {
    if (arg.kind === 'comment') continue
    if (arg.kind === 'list_splat' || arg.kind === 'dictionary_splat') return undefined
    const [name, inner] = [field(arg, 'name'), field(arg, 'value')]
    if (arg.kind === 'keyword_argument' && name && inner) kwargs.set(program.text(name, fn.module), resolve(inner))
    else args.push(resolve(arg))
  }
  const object = callee.kind === 'attribute' ? field(callee, 'object') : undefined
  const found = callable(program, value.fn, { args, kwargs, self: value.fn.cls && object ? resolve(object) : undefined })
  return 'refused' in found ? undefined : found
}
/** The argument behind a parameter of the loop's function. */
function boundParameter(program: PythonProgram, node: PyNode, fn: PyFunction, bound: Bound): Given | undefined {
  if (node.kind !== 'identifier') return undefined
  const param = fn.params.find((one) => one.name === program.text(node, fn.module))
  if (!param) return undefined
  if (fn.cls && bound.self && param.index === 0) return bound.self
  return bound.args[param.index - (fn.cls && bound.self ? 1 : 0)] ?? bound.kwargs.get(param.name) ?? (param.fallback ? { node: param.fallback, scope: fn.scope.parent ?? fn.scope } : undefined)
}

/** What an `await` waits for; the node itself without one. */
export function awaited(node: PyNode): PyNode {
  return node.kind === 'await' ? bare(node.children.find((child) => child.kind !== 'comment') ?? node) : node
}

function extracted(program: PythonProgram, poller: Poller, bound: Bound): Round | Refused {
  const { fn, work } = poller
  const module = fn.module
  const inside = (node: PyNode): boolean => work.some((statement) => node.start >= statement.start && node.end <= statement.end)
  const shape = wrongShape(poller, module, takesCoroutines(program.app.framework))
  if (shape !== undefined) return { refused: shape }
  const names = namesOf(program, poller, inside)
  if (typeof names === 'string') return { refused: names }

  const base = fn.name.replace(/_(loop|worker|thread|forever|daemon)$/, '') || fn.name
  const once = freeName(module, `${base}_once`)
  const self = fn.cls ? [fn.params[0]?.name ?? 'self'] : []
  const params = [...self, ...names.params.filter((name) => !self.includes(name))]
  const unit = indentUnit(module)
  const home = homeOf(program, poller, names.prepared)
  const gap = home.scope.kind === 'module' ? ['', ''] : ['']
  const define = (name: string, given: readonly string[], doc: string, body: readonly string[]): readonly string[] => [`${fn.isAsync ? 'async ' : ''}def ${name}(${given.join(', ')}):`, `${unit}"""${doc}"""`, ...body.map((line) => (line === '' ? '' : unit + line)), ...gap]
  const body = [...(names.globals.length > 0 ? [`global ${names.globals.join(', ')}`] : []), ...names.copied.flatMap((statement) => linesOf(program, module, [statement], poller)), ...linesOf(program, module, withComments(work), poller)]
  const call = (name: string, given: readonly string[]): string => (fn.isAsync ? 'await ' : '') + (fn.cls ? `${self[0]}.${name}(${given.slice(1).join(', ')})` : `${name}(${given.join(', ')})`)
  const lines = [...define(once, params, `One round of ${fn.name}().`, body)]

  let entry = once
  let entryParams = params
  if (names.prepared.length > 0) {
    // The loop prepares things once; a single round has to prepare them for itself.
    entry = freeName(module, `${base}_now`)
    entryParams = [...self, ...fn.params.map((param) => param.name).filter((name) => !self.includes(name) && (params.includes(name) || names.setupNames.has(name)))]
    const prepared = names.prepared
    lines.push(...define(entry, entryParams, `What ${fn.name}() prepares, and one round.`, [...prepared.flatMap((statement) => linesOf(program, module, [statement], poller)), call(once, params)]))
  }
  const whole = withComments(work)
  const [first, last] = [whole[0] as PyNode, whole.at(-1) as PyNode]
  const end = lineEnd(module, last.end)
  const close = /[\r\n]$/.test(module.text.slice(0, end)) ? eol(module) : ''
  const changes: Change[] = [
    insertAbove(module, home.above, lines),
    { kind: 'edit', path: module.path, range: { start: lineStart(module, first.start), end }, text: `${indentOf(module, first)}${call(once, params)}${close}` },
    ...names.moved.map((statement) => removeStatement(module, statement)),
  ]
  const values = entryParams.filter((name) => !self.includes(name)).map((name) => ({ name, param: fn.params.find((one) => one.name === name) }))
  const args: { readonly value: Given }[] = []
  for (const { name, param } of values) {
    const value = param && boundParameter(program, param.node, fn, bound)
    if (!value) return { refused: `nothing in the code tells what ${fn.qualname}() gets for '${name}'` }
    args.push({ value })
  }
  const owner = fn.cls ? ownerOf(program, bound.self) : undefined
  if (fn.cls && !owner) return { refused: `${fn.qualname}() belongs to an object that has no name at the top of a file` }
  return { expression: owner ? `${owner.name}.${entry}` : entry, scope: owner?.scope ?? home.scope, args, changes, functions: [fn], isAsync: fn.isAsync }
}
/** Where the new function stands: beside the loop's function, or at the top of the file when it takes nothing from the functions around. */
function homeOf(program: PythonProgram, { fn, work, setup }: Poller, prepared: readonly PyNode[]): { readonly scope: PyScope; readonly above: PyNode } {
  const beside = { scope: fn.scope.parent ?? fn.scope, above: fn.node }
  if (beside.scope.kind !== 'function') return beside
  let outermost = fn.node
  for (let at: PyScope | undefined = beside.scope; at && at.kind !== 'module'; at = at.parent) {
    if (at.kind === 'class') return beside
    const around = at
    outermost = at.node
    if ([...work, ...setup, ...prepared].some((statement) => [...identifiersIn(statement)].some((node) => around.bindings.has(program.text(node, fn.module)) && !fn.scope.bindings.has(program.text(node, fn.module))))) return beside
  }
  return { scope: fn.module.scope, above: outermost }
}

/** Marks a line that continues a string: it must not be indented. */
const raw = '\u0001'
/** The lines before a definition and its decorators, at its indentation. */
function insertAbove(module: PyModule, definition: PyNode, lines: readonly string[]): Change {
  const whole = definition.parent?.kind === 'decorated_definition' ? definition.parent : definition
  const indent = indentOf(module, whole)
  return insertAt(module, lineStart(module, whole.start), lines.map((line) => (line.includes(raw) ? line.slice(line.indexOf(raw) + 1) : line === '' ? '' : indent + line) + eol(module)).join(''))
}

function wrongShape({ fn, node: loop, work, setup }: Poller, module: PyModule, coroutines: boolean): string | undefined {
  if (fn.isAsync && !coroutines) return 'it is a coroutine'
  const [first, last] = [work[0], work.at(-1)]
  if (!first || !last) return 'it does nothing'
  for (const statement of work)
    for (const node of ownCode(statement)) {
      if (node.kind === 'return_statement') return 'it ends itself with return'
      if (node.kind === 'break_statement' && loopOf(node) === loop) return 'it ends itself with break'
      if (node.kind === 'yield' || (node.kind === 'await' && !fn.isAsync)) return 'it yields or awaits'
      if (node.kind === 'nonlocal_statement') return 'it changes names of the function around it'
      if (node.kind === 'call' && /^(locals|vars|eval|exec)$/.test(module.text.slice(field(node, 'function')?.start ?? 0, field(node, 'function')?.end ?? 0))) return 'it looks at its own names while it runs'
    }
  for (const statement of setup) for (const node of ownCode(statement)) if (node.kind === 'return_statement' || node.kind === 'yield' || node.kind === 'nonlocal_statement') return 'it may leave before the loop begins'
  const before = module.text.slice(lineStart(module, first.start), first.start)
  const after = module.text.slice(last.end, lineEnd(module, last.end))
  return before.trim() !== '' || !/^[ \t]*(#.*)?[\r\n]*$/.test(after) ? 'several statements share a line' : undefined
}

/** The statements with the comments between and directly above them. */
function withComments(work: readonly PyNode[]): readonly PyNode[] {
  const siblings = work[0]?.parent?.children ?? work
  let from = siblings.indexOf(work[0] as PyNode)
  while (from > 0 && siblings[from - 1]?.kind === 'comment' && (siblings[from - 2]?.end ?? -1) < (siblings[from - 1]?.start ?? 0)) from--
  return siblings.slice(from, siblings.indexOf(work.at(-1) as PyNode) + 1)
}

/** The statements' lines without their own indentation; `continue` of the loop becomes `return`, and a wait right before it goes. */
function linesOf(program: PythonProgram, module: PyModule, statements: readonly PyNode[], { fn, node: loop }: Poller): readonly string[] {
  let text = module.text
  const dropped = new Set<number>()
  for (const statement of statements)
    for (const node of ownCode(statement)) {
      if (node.kind !== 'continue_statement' || loopOf(node) !== loop) continue
      text = `${text.slice(0, node.start)}${'return'.padEnd(node.end - node.start)}${text.slice(node.end)}`
      const siblings = node.parent?.children ?? []
      const before = siblings[siblings.indexOf(node) - 1]
      if (before && isWaitStatement(program, before, fn) && lineStart(module, before.start) !== lineStart(module, node.start)) dropped.add(lineStart(module, before.start))
    }
  const lines: string[] = []
  let next = 0
  for (const statement of statements) {
    const base = indentOf(module, statement).length
    const strings = [...walk(statement)].filter((node) => node.kind === 'string')
    let at = lineStart(module, statement.start)
    // Blank lines between statements stay.
    if (next > 0 && at > next && module.text.slice(next, at).trim() === '') lines.push('')
    for (; at < statement.end; at = lineEnd(module, at)) {
      if (at < next || dropped.has(at)) continue
      const line = text.slice(at, lineEnd(module, at)).replace(/(\r\n|\n|\r)$/, '')
      if (strings.some((node) => node.start < at && at < node.end)) lines.push(raw + line)
      else lines.push(line.slice(Math.min(base, /^[ \t]*/.exec(line)?.[0].length ?? 0)).trimEnd())
    }
    next = lineEnd(module, statement.end)
  }
  return lines
}
