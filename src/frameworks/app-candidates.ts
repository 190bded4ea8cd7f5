/** Every place in the repo where an app object is made, returned by a factory, wrapped, or handed over by an import. */
import { lineAt } from '../text.js'
import { dirOf, join, locate, nameFrom } from '../lang/python/modules.js'
import { indexModule, type ModuleIndex } from '../lang/python/scope.js'
import { ancestor, bare, field, parsePython, walk } from '../lang/python/tree.js'
import type { PyBinding, PyNode } from '../lang/python/types.js'
import type { Entry, Path, Snapshot, SourceFile } from '../types.js'
import type { AppObject } from './app-object.js'
import { appRoot, isAside } from './python-project.js'

export type Candidate = Entry & { readonly line: number; readonly note: string; readonly score: number }
/** Points for what a person would take for the app. */
const worth = { instance: 30, factory: 10, hidden: -15, aside: -40, mounted: -60, passedOn: -25, callsFactory: -6, wraps: 8, folder: -4, mostRoutes: 40, name: 20 } as const
const asideName = /(old|backup|copy|bak|demo|example|sample|simple|test|temp|debug|https|dev|legacy|mock)/i
type Found = { readonly candidates: Candidate[]; readonly factories: Map<string, Path> }

export function* candidatesIn(repo: Snapshot, kind: AppObject): Generator<Candidate> {
  const indexOf = indexing(repo)
  const files = [...repo.files.values()].filter((file) => file.path.endsWith('.py') && !isAside(file.path))
  const found: Found = { candidates: [], factories: new Map() }
  const subclasses = subclassesIn(files, kind, indexOf)
  for (const file of files) {
    if (!kind.mentions.test(file.text) && ![...subclasses.keys()].some((name) => file.text.includes(name))) continue
    const index = indexOf(file.path)
    if (index) made(repo, kind, file, index, subclasses, found)
  }
  const mounted = new Set(files.flatMap((file) => (/\b[mM]ount\(/.test(file.text) ? [...mountedIn(repo, file, indexOf(file.path), found.candidates)] : [])))
  const lowered = (one: Candidate): Candidate => (mounted.has(one) ? { ...one, score: one.score + worth.mounted } : one)
  const direct = found.candidates.map(lowered)
  yield* direct
  // A file may hand over what another one handed over: api/index.py, main.py, app/core.py.
  const passed: Candidate[] = []
  for (let before = -1; before < passed.length; ) {
    before = passed.length
    passed.push(...passedOn(repo, kind, files, { ...found, candidates: [...direct, ...passed] }, indexOf))
  }
  yield* passed
  if (kind.wrappers) yield* wrappedIn(kind.wrappers, [...direct, ...passed], found.factories, indexOf)
}

/** `app = FastAPI()` at the top level, and functions that return one. */
function made(repo: Snapshot, kind: AppObject, file: SourceFile, index: ModuleIndex, subclasses: ReadonlyMap<string, Path>, found: Found): void {
  for (const node of walk(index.module.root)) {
    if (node.kind !== 'call' || !makesApp(node, index, kind, (binding) => isKnown(subclasses, binding, importedFile(binding, repo, file.path)))) continue
    const at = lineAt(file.text, node.start)
    const home = ancestor(node, 'function_definition')
    const assigned = assignedName(node, file.text)
    const note = firstLine(file.text, node).slice(0, 80)
    if (!home) {
      const hidden = ancestor(node, 'if_statement', 'try_statement', 'with_statement') !== undefined
      if (assigned !== undefined && !underMain(node, file.text)) found.candidates.push({ file: file.path, symbol: assigned, kind: 'instance', line: at, note, score: rank(repo, kind, file.path, 'instance', hidden) })
      continue
    }
    const name = field(home, 'name')
    if (!name || ancestor(home, 'function_definition', 'class_definition') || !returnsName(home, assigned, file.text)) continue
    const symbol = file.text.slice(name.start, name.end)
    found.factories.set(symbol, file.path)
    found.candidates.push({ file: file.path, symbol, kind: 'factory', line: at, note: `${symbol}() returns ${note}`, score: rank(repo, kind, file.path, 'factory', false) })
  }
}

/** Modules that call a factory or import the object: wsgi.py, run.py, api/index.py. */
function* passedOn(repo: Snapshot, kind: AppObject, files: readonly SourceFile[], { candidates, factories }: Found, indexOf: Indexing): Generator<Candidate> {
  for (const file of files) {
    if (![...factories.keys()].some((name) => file.text.includes(name)) && !/^\s*from\s+[\w.]+\s+import\s+.*\b(app|application|server|api)\b/m.test(file.text)) continue
    const index = indexOf(file.path)
    if (!index) continue
    for (const [symbol, bindings] of index.module.scope.bindings) {
      const binding = bindings.at(-1)
      if (!binding || candidates.some((one) => one.file === file.path && one.symbol === symbol)) continue
      const made = factoryCall(binding, file.text, factories)
      const passed = importedApp(binding, repo, file.path, candidates)
      if (made === undefined && !passed) continue
      if (made !== undefined && underMain(binding.node, file.text)) continue
      const hidden = ancestor(binding.node, 'if_statement', 'try_statement') !== undefined
      yield { file: file.path, symbol, kind: 'instance', line: lineAt(file.text, binding.node.start), note: made ?? `imports ${symbol}`, score: rank(repo, kind, file.path, 'instance', hidden) + (passed ? worth.passedOn : worth.callsFactory) }
    }
  }
}

/** `socket_app = ASGIApp(sio, app)`: what is served is the outermost. */
function* wrappedIn(wrappers: RegExp, known: readonly Candidate[], factories: ReadonlyMap<string, Path>, indexOf: Indexing): Generator<Candidate> {
  for (const path of new Set(known.map(({ file }) => file))) {
    const index = indexOf(path)
    if (!index) continue
    const { text } = index.module
    for (const [symbol, bindings] of index.module.scope.bindings)
      for (const binding of bindings) {
        if (binding.kind !== 'assign' || binding.index !== undefined || binding.scope.kind !== 'module' || known.some((one) => one.file === path && one.symbol === symbol)) continue
        const value = bare(binding.value)
        const callee = value.kind === 'call' ? field(value, 'function') : undefined
        if (!callee || !wrappers.test(text.slice(callee.start, callee.end)) || underMain(binding.node, text)) continue
        const words = (field(value, 'arguments')?.children ?? []).flatMap((arg) => [...walk(arg)].flatMap((node) => (node.kind === 'identifier' ? [text.slice(node.start, node.end)] : [])))
        const inner = known.find((one) => one.file === path && one.kind === 'instance' && words.includes(one.symbol)) ?? known.find((one) => one.kind === 'factory' && words.includes(one.symbol) && factories.has(one.symbol))
        if (inner) yield { file: path, symbol, kind: 'instance', line: lineAt(text, binding.node.start), note: firstLine(text, value).slice(0, 80), score: inner.score + worth.wraps + (inner.kind === 'factory' ? worth.instance - worth.factory : 0) }
      }
  }
}

/** Candidates that another app takes in at a path: `app.mount('/admin', admin_app)`, `Mount('/x', app=sub)`. */
function* mountedIn(repo: Snapshot, file: SourceFile, index: ModuleIndex | undefined, known: readonly Candidate[]): Generator<Candidate> {
  for (const node of index ? walk(index.module.root) : []) {
    const callee = node.kind === 'call' ? field(node, 'function') : undefined
    if (!index || !callee || !/(^|\.)[mM]ount$/.test(file.text.slice(callee.start, callee.end))) continue
    const args = (field(node, 'arguments')?.children ?? []).filter((child) => child.kind !== 'comment')
    const given = args.flatMap((arg, at) => (arg.kind === 'keyword_argument' ? (file.text.slice(arg.start, arg.end).startsWith('app') ? [field(arg, 'value')] : []) : at === 1 ? [arg] : []))[0]
    if (given?.kind !== 'identifier') continue
    const name = file.text.slice(given.start, given.end)
    const own = known.find((one) => one.file === file.path && one.symbol === name)
    if (own) yield own
    for (const binding of own ? [] : (index.module.scope.bindings.get(name) ?? [])) {
      const from = importedFile(binding, repo, file.path)
      const one = known.find((at) => binding.kind === 'import' && at.file === from && at.symbol === binding.member)
      if (one) yield one
    }
  }
}

type Indexing = (path: Path) => ModuleIndex | undefined
function indexing(repo: Snapshot): Indexing {
  const indexes = new Map<Path, ModuleIndex>()
  return (path) => {
    const known = indexes.get(path)
    if (known) return known
    const file = repo.files.get(path)
    if (!file) return undefined
    const index = indexModule(path, nameFrom('.', path), path.endsWith('__init__.py'), file.text, parsePython(file.text))
    indexes.set(path, index)
    return index
  }
}

function rank(repo: Snapshot, { routes, files }: AppObject, file: Path, kind: Entry['kind'], hidden: boolean): number {
  const count = (repo.text(file)?.match(routes) ?? []).length
  const usual = files.indexOf(file.split('/').at(-1) ?? '')
  const depth = file.split('/').length - 1
  return (kind === 'instance' ? worth.instance : worth.factory) + Math.min(count, worth.mostRoutes) + (usual < 0 ? 0 : worth.name - usual) + depth * worth.folder + (hidden ? worth.hidden : 0) + (asideName.test(file) ? worth.aside : 0)
}

/** Classes of the repo that derive from an app class, by name. */
function subclassesIn(files: readonly SourceFile[], kind: AppObject, indexOf: Indexing): ReadonlyMap<string, Path> {
  const out = new Map<string, Path>()
  const derives = new RegExp(`^\\s*class\\s+\\w+\\([^)]*\\b(${[...new Set(kind.constructors.map(lastPart))].join('|')})\\b`, 'm')
  for (const file of files) {
    const index = derives.test(file.text) ? indexOf(file.path) : undefined
    for (const cls of index?.classes.values() ?? []) if (index && isSubclass(cls.bases, index, kind)) out.set(cls.name, file.path)
  }
  return out
}
function isKnown(subclasses: ReadonlyMap<string, Path>, { member }: PyBinding & { readonly kind: 'import' }, from: Path | undefined): boolean {
  return from !== undefined && member !== undefined && subclasses.get(member) === from
}
function isSubclass(bases: readonly PyNode[], index: ModuleIndex, kind: AppObject): boolean {
  return bases.some((base) => namesApp(base, index, kind))
}
function makesApp(call: PyNode, index: ModuleIndex, kind: AppObject, isImportedSubclass: (binding: PyBinding & { readonly kind: 'import' }) => boolean): boolean {
  const callee = field(call, 'function')
  if (!callee) return false
  if (namesApp(callee, index, kind)) return true
  const text = index.module.text.slice(callee.start, callee.end)
  return (index.module.scope.bindings.get(text) ?? []).some((binding) => (binding.kind === 'class' && isSubclass(binding.cls.bases, index, kind)) || (binding.kind === 'import' && binding.member !== undefined && isImportedSubclass(binding)))
}
/** Does the expression name one of the constructors, through the module's own imports? */
function namesApp(node: PyNode, index: ModuleIndex, { constructors }: AppObject): boolean {
  const text = index.module.text.slice(node.start, node.end)
  const [head = text, ...rest] = text.split('.')
  for (const binding of index.module.scope.bindings.get(head) ?? []) {
    if (binding.kind !== 'import') continue
    const whole = [binding.topOnly ? head : binding.module, ...(binding.member === undefined ? [] : [binding.member]), ...rest].join('.')
    if (constructors.includes(whole)) return true
  }
  return index.module.scope.stars.some((module) => constructors.includes(`${module}.${text}`))
}
function lastPart(name: string): string {
  return name.split('.').at(-1) ?? name
}

function assignedName(call: PyNode, text: string): string | undefined {
  let at: PyNode | undefined = call.parent
  while (at && (at.kind === 'parenthesized_expression' || at.kind === 'await' || at.kind === 'argument_list' || at.kind === 'call')) at = at.parent
  const left = at?.kind === 'assignment' ? field(at, 'left') : undefined
  return left?.kind === 'identifier' ? text.slice(left.start, left.end) : undefined
}
function returnsName(fn: PyNode, name: string | undefined, text: string): boolean {
  const body = field(fn, 'body')
  for (const node of body ? walk(body, (child) => child.kind !== 'function_definition' && child.kind !== 'class_definition') : []) {
    const value = node.kind === 'return_statement' && node.children[0] ? bare(node.children[0]) : undefined
    // A wrapped app (`return ProxyFix(app)`) counts when it holds the name.
    if (value && name === undefined) return true
    if (value?.kind === 'identifier' && text.slice(value.start, value.end) === name) return true
    if (value?.kind === 'call' && name !== undefined && new RegExp(`\\b${name}\\b`).test(text.slice(value.start, value.end))) return true
  }
  return false
}
function factoryCall(binding: PyBinding, text: string, factories: ReadonlyMap<string, Path>): string | undefined {
  if (binding.kind !== 'assign' || binding.index !== undefined || binding.scope.kind !== 'module') return undefined
  const value = bare(binding.value)
  const callee = value.kind === 'call' ? field(value, 'function') : undefined
  const name = callee && text.slice(callee.start, callee.end).split('.').at(-1)
  return name !== undefined && factories.has(name) ? firstLine(text, value) : undefined
}
function importedApp(binding: PyBinding, repo: Snapshot, file: Path, candidates: readonly Candidate[]): boolean {
  const from = importedFile(binding, repo, file)
  return from !== undefined && binding.kind === 'import' && candidates.some((one) => one.kind === 'instance' && one.file === from && one.symbol === binding.member)
}
/** The file of the repo that `from x import name` takes its name from. */
function importedFile(binding: PyBinding, repo: Snapshot, file: Path): Path | undefined {
  if (binding.kind !== 'import' || binding.member === undefined) return undefined
  const dots = /^\.*/.exec(binding.module)?.[0].length ?? 0
  let base = dirOf(file)
  for (let up = 1; up < dots; up++) base = dirOf(base)
  const rest = binding.module.slice(dots)
  const roots = dots > 0 ? [base] : [dirOf(file), '.', appRoot(repo, file), 'src']
  return rest === '' ? join(base, '__init__.py') : roots.map((root) => locate(repo, [root], rest)?.path).find((path) => path !== undefined && path !== file)
}
function underMain(node: PyNode, text: string): boolean {
  for (let at = ancestor(node, 'if_statement'); at; at = ancestor(at, 'if_statement')) {
    const condition = field(at, 'condition')
    if (condition && /__name__/.test(text.slice(condition.start, condition.end))) return true
  }
  return false
}
function firstLine(text: string, node: PyNode): string {
  return text.slice(node.start, node.end).split('\n')[0] ?? ''
}
