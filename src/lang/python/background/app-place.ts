/** Where a new route can be registered on the served app object, and how code there reaches a function elsewhere. */
import type { Change } from '../../../types.js'
import { ensureImport, eol, indentOf, insertAt, lineStart, quotePython } from '../edit.js'
import { bare, field, statementOf } from '../tree.js'
import type { PythonProgram } from '../program.js'
import type { Given, Refused, Round } from './one-round.js'
import type { PyCall, PyModule, PyNode, PyScope } from '../types.js'

/** The app object, as a framework makes it. */
export type AppKind = {
  readonly title: string
  /** Origins of what makes it. */
  readonly makes: readonly string[]
  /** The origin of the object itself. */
  readonly object: string
  /** Origins of the object and of what stands for it in a request. */
  readonly held: RegExp
  /** The first route that takes a path answers it, so a new one has to stand before those that take every path. */
  readonly inOrder: boolean
}
export type AppPlace = {
  readonly app: AppKind
  readonly module: PyModule
  readonly scope: PyScope
  /** The app object's name there. */
  readonly name: string
  /** New lines go here, each with `indent`. */
  readonly offset: number
  readonly indent: string
}

/** A place from which a name bound in `home` and the app object are both in sight. */
export function appPlaceFor(program: PythonProgram, app: AppKind, home: PyScope, path: string): AppPlace | Refused {
  if (home.kind === 'function') return inside(program, app, home)
  const all = [...program.calls(...app.makes)].filter((call) => call.runs.some((run) => run.when === 'import' || run.when === 'startup'))
  const made = all.length > 1 ? served(program, all) : all
  const places = made.flatMap((call) => {
    const assignment = statementOf(call.node).children[0]
    const left = assignment?.kind === 'assignment' && bare(field(assignment, 'right') ?? assignment) === call.node ? field(assignment, 'left') : undefined
    return left?.kind === 'identifier' ? [{ scope: call.scope, name: program.text(left, call.module), node: statementOf(call.node) }] : []
  })
  const [only] = places
  if (!only || made.length !== 1) return { refused: made.length > 1 ? `the repo makes several ${app.title} apps` : `the ${app.title} app is not bound to a plain name` }
  if (only.scope.kind === 'function') return inside(program, app, only.scope)
  if (only.scope.kind !== 'module' || statementOf(only.node).parent?.kind !== 'module') return { refused: `the ${app.title} app is made under a condition` }
  const module = only.scope.module
  if (module.brokenAt !== undefined) return { refused: `${module.path} does not parse` }
  if (!isOnlyApp(program, app, only.name, only.scope)) return { refused: `'${only.name}' is bound to something else later` }
  const offset = beforeStart(program, module, only.node)
  const taken = app.inOrder ? beforeCatchAll(program, module, only.node, path) : undefined
  return { app, module, scope: only.scope, name: only.name, offset: taken === undefined ? offset : Math.min(offset, taken), indent: '' }
}
/** Of several app objects, the one that the entry serves: the others are mounted on it, or belong to nothing. */
function served(program: PythonProgram, all: readonly PyCall[]): readonly PyCall[] {
  const { file, symbol } = program.app.entry
  const own = all.filter((call) => call.module.path === file && call.scope.kind === 'module' && program.bindings(symbol, call.scope).some((binding) => binding.kind === 'assign' && bare(binding.value) === call.node))
  return own.length === 1 ? own : all
}
/** Before the first statement that hands every path on, so that a route after it would never be asked. */
function beforeCatchAll(program: PythonProgram, module: PyModule, made: PyNode, path: string): number | undefined {
  const swallowing = program.pyRoutes.filter((route) => takes(route.path, path))
  const elsewhere = swallowing.some((route) => route.module !== module)
  const found = module.root.children.find((statement) => {
    if (statement.start <= made.start) return false
    const text = program.text(statement, module)
    if (/\.mount\(\s*(path\s*=\s*)?(""|''|"\/"|'\/')/.test(text) && statement.kind === 'expression_statement') return true
    if (swallowing.some((route) => route.module === module && route.node.start >= statement.start && route.node.end <= statement.end)) return true
    return elsewhere && /\.include_router\(/.test(text)
  })
  return found && lineStart(module, commentsAbove(module, module.root.children, found).start)
}
/** Does a declared path with parameters take this one as well? */
function takes(declared: string, path: string): boolean {
  if (!declared.includes('{')) return false
  const pattern = declared.split(/(\{[^{}]*\})/).map((piece) => (!piece.startsWith('{') ? piece.replace(/[.*+?^${}()|[\]\\]/g, '\\$&') : piece.endsWith(':path}') ? '.*' : '[^/]+')).join('')
  return new RegExp(`^${pattern}$`).test(path)
}
function isOnlyApp(program: PythonProgram, app: AppKind, name: string, scope: PyScope): boolean {
  const bindings = program.bindings(name, scope)
  return bindings.length > 0 && bindings.every((binding) => binding.kind === 'param' || binding.kind === 'import' || (binding.kind === 'assign' && binding.index === undefined && program.origins(binding.value, binding.scope).every((origin) => origin === app.object)))
}
/** Before the app is run and before what stands under `__main__`; else the end of the file. */
function beforeStart(program: PythonProgram, module: PyModule, made: PyNode): number {
  const statements = module.root.children
  for (const statement of statements) {
    if (statement.start <= made.start) continue
    const text = program.text(statement, module)
    const main = statement.kind === 'if_statement' && /__name__/.test(program.text(field(statement, 'condition') ?? statement, module))
    const runs = statement.kind === 'expression_statement' && /^[\w.]*\b(run|serve|serve_forever|run_simple)\(/.test(text)
    if (!main && !runs) continue
    return lineStart(module, commentsAbove(module, statements, statement).start)
  }
  return module.text.length
}
/** The first of the comments that stay with a statement; the statement itself without any. */
function commentsAbove(module: PyModule, statements: readonly PyNode[], statement: PyNode): PyNode {
  let first = statement
  for (let up = statements.indexOf(statement) - 1; up >= 0; up--) {
    const above = statements[up]
    if (above?.kind !== 'comment' || lineStart(module, above.start) !== above.start || /\S/.test(module.text.slice(above.end, first.start)) || /(\r\n|\n|\r)\s*(\r\n|\n|\r)/.test(module.text.slice(above.end, first.start))) break
    first = above
  }
  return first
}
/** In a factory, or in a function that is given the app: before the app is returned, else at the function's end. */
function inside(program: PythonProgram, app: AppKind, home: PyScope): AppPlace | Refused {
  const fn = home.fn
  if (!fn || fn.isLambda) return { refused: 'it stands in a lambda' }
  if (fn.module.brokenAt !== undefined) return { refused: `${fn.module.path} does not parse` }
  const names = [...home.bindings].filter(([name, bindings]) => bindings.some((binding) => binding.kind === 'assign' || binding.kind === 'param') && program.bindings(name, home).flatMap((binding) => program.origins(binding.node, home)).some((origin) => origin === app.object) && isOnlyApp(program, app, name, home)).map(([name]) => name)
  const [name] = names
  if (name === undefined || names.length !== 1) return { refused: `${fn.qualname}() does not hold the app object under one name` }
  const runs = [...program.functions()].find((one) => one.fn === fn)?.runs ?? []
  if (!runs.some((run) => (run.when === 'import' || run.when === 'startup') && !run.background && !run.conditional && !run.weak)) return { refused: `${fn.qualname}() does not surely run when the app is made` }
  const statements = fn.body.children.filter((child) => child.kind !== 'comment')
  const last = statements.at(-1)
  const returns = returnsOf(fn.body)
  if (!last || returns.length > 1 || (returns.length === 1 && returns[0] !== last)) return { refused: `${fn.qualname}() returns in several places` }
  const back = last.kind === 'return_statement' ? last : undefined
  const made = home.bindings.get(name)?.at(-1)
  if (back && made && made.node.start > back.start) return { refused: `${fn.qualname}() returns before the app is made` }
  if (made && made.kind !== 'param' && statementOf(made.node).parent !== fn.body) return { refused: `the ${app.title} app is made under a condition` }
  const offset = back ? lineStart(fn.module, back.start) : endOfLine(fn.module, last.end)
  return { app, module: fn.module, scope: home, name, offset, indent: indentOf(fn.module, statements[0] ?? last) }
}
function returnsOf(body: PyNode): readonly PyNode[] {
  return body.children.flatMap((child) => (child.kind === 'return_statement' ? [child] : /^(function_definition|class_definition|decorated_definition|lambda)$/.test(child.kind) ? [] : returnsOf(child)))
}
function endOfLine(module: PyModule, offset: number): number {
  const match = /\r\n|\n|\r/g
  match.lastIndex = offset
  const found = match.exec(module.text)
  return found ? found.index + found[0].length : module.text.length
}

/** The lines as an edit at the place, set apart as Python wants it. */
export function insertRoutes(place: AppPlace, routes: readonly (readonly string[])[]): Change {
  const { module, offset, indent } = place
  const end = eol(module)
  const open = offset === module.text.length && module.text !== '' && !/[\r\n]$/.test(module.text) ? end : ''
  const blank = indent === '' ? 2 : 1
  const there = (/(?:(?:\r\n|\n|\r)[ \t]*)+$/.exec(module.text.slice(0, offset))?.[0].match(/\r\n|\n|\r/g)?.length ?? 1) - 1
  const text = routes.map((lines) => lines.map((line) => (line === '' ? '' : indent + line) + end).join('')).join(end.repeat(blank))
  const after = module.text.slice(offset).trim() === '' ? 0 : blank
  return insertAt(module, offset, open + end.repeat(Math.max(0, blank - there)) + text + end.repeat(after))
}

/** How code at the place calls the function: an import inside the view, if one is needed, and the expression. */
export function reachFromPlace(program: PythonProgram, place: AppPlace, round: Pick<Round, 'expression' | 'scope' | 'from'>): { readonly imports: readonly string[]; readonly expression: string } | Refused {
  const name = round.expression.split('.')[0] ?? round.expression
  if (round.from) return { imports: [`from ${round.from} import ${name}`], expression: round.expression }
  if (round.scope.kind === 'class') return { refused: 'it belongs to a class' }
  if (round.scope === place.scope) return { imports: [], expression: round.expression }
  if (round.scope.kind === 'function') return { refused: 'it is defined inside a function that does not know the app' }
  if (round.scope.module === place.module) return place.scope.bindings.has(name) && place.scope.kind === 'function' ? { refused: `'${name}' means something else where the app is made` } : { imports: [], expression: round.expression }
  const dotted = dottedPath(program, round.scope.module, place.module)
  return dotted === undefined ? { refused: `${round.scope.module.path} can't be imported by a name that is sure` } : { imports: [`from ${dotted} import ${name}`], expression: round.expression }
}

/** A module name that loads `to` from `from`: as the app itself imports it, where it does. */
export function dottedPath(program: PythonProgram, to: PyModule, from: PyModule): string | undefined {
  const written = new Set<string>()
  for (const item of program.imports()) {
    if (item.runs.every((run) => run.when === 'main')) continue
    if (item.resolved.includes(to.path)) for (const text of [item.target, ...item.names.map((name) => (item.target.endsWith('.') ? `${item.target}${name}` : `${item.target}.${name}`))]) if (!text.startsWith('.') || item.module === from) written.add(text)
  }
  for (const text of [...written, to.name]) if (text !== '' && !/^\.*$/.test(text) && program.find(text, from) === to.path) return text
  return undefined
}

/** Source text of a value that can be written at the place too: a literal, the app object, or a name of that file. */
export function portable(program: PythonProgram, place: AppPlace, { node, scope }: Given, depth = 0): string | undefined {
  const at = bare(node)
  if (isPlain(at)) return program.text(at, scope.module)
  const values = program.values(at, scope)
  if (values.length > 0 && values.every((value) => value.kind === 'name' && place.app.held.test(value.name))) return place.name
  if (at.kind === 'identifier' && depth < 4) {
    const [binding, ...others] = program.bindings(program.text(at, scope.module), scope)
    // What the file of the place holds under a name, and what a parameter was given.
    if (binding?.scope === place.module.scope && others.length === 0 && (binding.kind === 'assign' || binding.kind === 'import') && !shadowed(place, binding.name)) return binding.name
    const given = binding?.kind === 'param' ? program.definitions(at, scope) : []
    if (given.length === 1 && given[0]) return portable(program, place, given[0], depth + 1)
  }
  return literalArgument(program, { node: at, scope })
}
/** Source text of a value that means the same anywhere. */
export function literalArgument(program: PythonProgram, { node, scope }: Given): string | undefined {
  const at = bare(node)
  if (isPlain(at)) return program.text(at, scope.module)
  if (/^(list|tuple)$/.test(at.kind) && at.children.every(isPlain)) return program.text(at, scope.module)
  const [value, ...more] = program.values(at, scope)
  if (more.length > 0 || value?.kind !== 'literal') return undefined
  if (typeof value.value === 'string') return quotePython(value.value)
  return value.value === true ? 'True' : value.value === false ? 'False' : value.value === null ? 'None' : String(value.value)
}
function isPlain(node: PyNode): boolean {
  return /^(string|integer|float|true|false|none)$/.test(node.kind) && !node.children.some((child) => child.kind === 'interpolation')
}

function shadowed(place: AppPlace, name: string): boolean {
  for (let at: PyScope | undefined = place.scope; at && at.kind !== 'module'; at = at.parent) if (at.bindings.has(name)) return true
  return false
}

/** Names of modules or members at the place, imported at the top of the file; refused when the function there means something else by them. */
export function importsAt(place: AppPlace, wanted: readonly (readonly [module: string, member?: string])[]): { readonly names: readonly string[]; readonly changes: readonly Change[] } | Refused {
  const names: string[] = []
  const changes: Change[] = []
  for (const [module, member] of wanted) {
    const found = ensureImport(place.module, module, member)
    if (shadowed(place, found.name)) return { refused: `'${found.name}' means something else where the app is made` }
    names.push(found.name)
    changes.push(...found.changes)
  }
  return { names, changes }
}
