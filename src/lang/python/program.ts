/**
 * The Python program of one app: code with names resolved, and when each piece runs. These are the verbs that rules speak.
 * Pure: everything is read from the snapshot; only modules that the app reaches are parsed.
 */
import type { App, EnvVariable, Evidence, Path, Route, Snapshot } from '../../types.js'
import { makeDefinitions, type Defined } from './definitions.js'
import { environmentOf } from './environment.js'
import { makeFolder, type Folder, type FrameworkNames, type Settings } from './fold.js'
import { makeGuards, type Guards } from './guards.js'
import { combine, pythonKnowledge, type Knowledge } from './knowledge.js'
import { loadModules } from './load.js'
import { importsOf, readArguments, type CallSite } from './arguments.js'
import { reachFrom, type Reached } from './reach.js'
import { distinctRuns, runOf } from '../runs.js'
import { scriptsOf } from './scripts.js'
import type { Seed, SeedHost } from './seeds.js'
import { requiredVariables } from './settings/required-env.js'
import { ancestor, loadParser } from './tree.js'
import { dirOf } from '../paths.js'
import { lineIn, lineStarts } from '../lines.js'
import { makeResolver, type World } from './values.js'
import type { PyBinding, PyCall, PyFunction, PyImport, PyModule, PyNode, PyRoute, PyScope, PySite, Run, Value } from './types.js'

export type * from './types.js'
export { ancestor, bare, field, fieldsOf, isInside, statementOf, walk } from './tree.js'
export { literalText } from './literals.js'
export { hostMarks } from './guards.js'

/** A framework's part of the knowledge: what its decorators and calls do, and its routes. */
export type PythonFramework = Knowledge & Partial<FrameworkNames> & {
  routes(program: PythonProgram): Iterable<PyRoute>
  settings?: (program: PythonProgram) => Settings
  /** Code that it loads by a name in text. */
  seeds?(host: SeedHost): Iterable<Seed>
  /** What the app loads and the repo does not hold. */
  gaps?(repo: Snapshot, app: App): readonly { readonly file: Path; readonly reason: string }[]
  /** Folders that modules are looked for in first, when the entry's own folder is not the first. */
  searchPath?(repo: Snapshot, app: App): readonly Path[]
}

export type PythonProgram = {
  readonly language: 'python'
  readonly app: App
  readonly repo: Snapshot
  /** The entry's module; undefined when the entry file is missing or unreadable. */
  readonly entry: PyModule | undefined
  /** Modules the served app reaches. */
  readonly modules: ReadonlyMap<Path, PyModule>
  readonly notChecked: readonly { readonly file: Path; readonly reason: string }[]
  /** Calls in reached code; with `names`, those whose callee may be one of these origins (exact). */
  calls(...names: readonly string[]): Iterable<PyCall>
  callsMatching(pattern: RegExp): Iterable<PyCall>
  callAt(site: PySite): PyCall
  /** Reached nodes of a kind kept by the scan: assignment, augmented_assignment, subscript, attribute, string, try_statement, while_statement, for_statement, with_statement, raise_statement, return_statement, if_statement, class_definition, function_definition, delete_statement, global_statement, identifier. */
  sites(...kinds: readonly string[]): Iterable<PySite>
  /** The site for any node inside a reached unit, with the runs of its unit. */
  siteOf(node: PyNode, scope: PyScope): PySite | undefined
  imports(): Iterable<PyImport>
  /** Functions that are reached, with their runs. */
  functions(): Iterable<{ readonly fn: PyFunction; readonly runs: readonly Run[] }>
  values(node: PyNode, scope: PyScope): readonly Value[]
  /** Origins outside the repo that an expression may have. */
  origins(node: PyNode, scope: PyScope): readonly string[]
  bindings(name: string, scope: PyScope): readonly PyBinding[]
  /** Expressions assigned to a name or attribute, through imports. */
  definitions(node: PyNode, scope: PyScope): readonly Defined[]
  /** Return values of a function of the repo. */
  returns(fn: PyFunction): readonly Value[]
  /** Calls of a function of the repo in reached code. */
  callers(fn: PyFunction): readonly PyCall[]
  readonly fold: Folder
  readonly guards: Guards
  /** Values given to a framework setting such as SQLALCHEMY_DATABASE_URI, in reached code. */
  settings: Settings
  readonly pyRoutes: readonly PyRoute[]
  readonly routes: readonly Route[]
  readonly env: readonly EnvVariable[]
  text(node: PyNode, module: PyModule): string
  /** 1-based. */
  line(node: { readonly start: number }, module: PyModule): number
  /** The strongest run of a site: earliest, and of those the most certain. */
  first(site: PySite): Run
  /** The site's trace with the place itself last. */
  trace(site: PySite, note: string, run?: Run): readonly Evidence[]
  /** Repo-relative file an import of the entry would load (for entry rules); undefined when it is not in the repo. */
  find(written: string, from: PyModule): Path | undefined
  /** A module of the repo, parsed when asked for: also one that the served app never reaches, such as a worker's tasks. */
  moduleAt(path: Path): PyModule | undefined
}

/** Loads the parser; await once before `analyzePython`. Paths come from the I/O edge. */
export async function loadPython(files: { readonly runtime: string; readonly grammar: string }): Promise<void> {
  await loadParser(files)
}

export function analyzePython(repo: Snapshot, app: App, options: { readonly hostEnv: Readonly<Record<string, string>>; readonly framework?: PythonFramework }): PythonProgram {
  const framework = options.framework
  const loader = loadModules(repo, app, framework?.searchPath?.(repo, app))
  const callSites = new Map<PyFunction, CallSite[]>()
  const decoratedBy = new Map<PyFunction, Set<PyFunction>>()
  let version = 0
  const world: World = {
    ...loader,
    functionAt: (node) => loader.find((index) => index.functions.get(node)),
    scopeAt: (node) => loader.find((index) => index.scopes.get(node)),
    argumentsFor: (fn, index, name) =>
      (callSites.get(fn) ?? []).flatMap((site) => {
        const node = site.kwargs.get(name) ?? site.args[index - site.shift]
        return node ? [{ node, scope: site.scope }] : []
      }),
    decorated: (fn) => [...(decoratedBy.get(fn) ?? [])],
    version: () => version,
  }
  const resolver = makeResolver(world)
  const definitions = makeDefinitions(resolver, world)
  const guards = makeGuards(resolver, definitions, options.hostEnv)
  const knowledge = framework ? combine(framework, pythonKnowledge) : combine(pythonKnowledge)
  const lines = new Map<PyModule, readonly number[]>()
  const line = (node: { readonly start: number }, module: PyModule): number => {
    let starts = lines.get(module)
    if (!starts) lines.set(module, (starts = lineStarts(module.text)))
    return lineIn(starts, node.start)
  }

  let settings: Settings = () => []
  // Known once everything is reached; until then the entry stands in for it.
  let madeIn = app.entry.file
  const fold = makeFolder(resolver, definitions, guards, (key) => settings(key), { placeOf: (origin, dir) => framework?.placeOf?.(origin, dir), settingOf: (origin) => framework?.settingOf?.(origin) }, () => dirOf(madeIn))
  const entry = loader.moduleAt(app.entry.file)
  const factory = entry && app.entry.kind === 'factory' ? factoryIn(entry, app.entry.symbol) : undefined
  const reached: ReadonlyMap<PyNode, Reached> = entry
    ? reachFrom(entry, factory, {
        resolver, guards, knowledge, indexOf: loader.indexOf, loads: loader.loads,
        scripts: (call, scope) => scriptsOf(call, scope, fold, (path) => (repo.has(path) ? loader.moduleAt(path) : undefined)),
        lineOf: (module, node) => line(node, module),
        seeds: (reachedModules) => framework?.seeds?.({ repo, app, entry, resolver, guards, moduleAt: loader.moduleAt, moduleOf: loader.moduleOf, loads: (written, from) => loader.loads(written, undefined, from), lineOf: (module, node) => line(node, module), modules: reachedModules }) ?? [],
        recordCall: (fn, site) => {
          const known = callSites.get(fn) ?? []
          if (known.length > 40 || known.some((one) => one.scope === site.scope && one.args[0] === site.args[0] && one.args.length === site.args.length && one.kwargs.size === site.kwargs.size)) return
          known.push(site)
          callSites.set(fn, known)
          if (fn.params.length > 0) version++
        },
        recordDecorated: (decorator, fn) => {
          const known = decoratedBy.get(decorator) ?? new Set()
          if (known.has(fn)) return
          decoratedBy.set(decorator, known.add(fn))
          version++
        },
      })
    : new Map()

  const modules = new Map<Path, PyModule>()
  for (const unit of reached.values()) modules.set(unit.index.module.path, unit.index.module)
  const byKind = new Map<string, PySite[]>()
  for (const unit of reached.values())
    for (const place of unit.places) {
      if (place.main && unit.index.module !== entry) continue
      const runs = distinctRuns(unit.runs.flatMap((run) => runOf(place, run) ?? []))
      if (runs.length === 0) continue
      const site: PySite = { module: unit.index.module, node: place.node, scope: place.scope, fn: unit.fn, runs, handled: place.handled }
      const list = byKind.get(place.node.kind)
      if (list) list.push(site)
      else byKind.set(place.node.kind, [site])
    }
  for (const list of byKind.values()) list.sort((a, b) => (a.module.path === b.module.path ? a.node.start - b.node.start : a.module.path < b.module.path ? -1 : 1))

  const origins = (node: PyNode, scope: PyScope): readonly string[] => resolver.values(node, scope).flatMap((value) => (value.kind === 'name' ? [value.name] : []))
  const callAt = (site: PySite): PyCall => {
    const callee = site.node.children.find((child) => child.field === 'function')
    const values = callee ? resolver.values(callee, site.scope) : []
    const { args, kwargs, spread } = readArguments(site.node, site.scope)
    return {
      ...site, args, kwargs, spread,
      names: values.flatMap((value) => (value.kind === 'name' ? [value.name] : [])),
      callees: values.flatMap((value) => (value.kind === 'function' ? [value.fn] : value.kind === 'class' ? constructorOf(value.cls.scope) : [])),
    }
  }
  let allCalls: readonly PyCall[] | undefined
  let byName: Map<string, PyCall[]> | undefined
  let nodes: Map<PyNode, PySite> | undefined
  const byNode = (): Map<PyNode, PySite> => (nodes ??= new Map([...byKind.values()].flatMap((list) => list.map((site) => [site.node, site] as const))))
  let callersOf: Map<PyFunction, PyCall[]> | undefined
  const callers = (fn: PyFunction): readonly PyCall[] => {
    if (!callersOf) {
      callersOf = new Map()
      for (const call of every()) for (const callee of call.callees) callersOf.set(callee, [...(callersOf.get(callee) ?? []), call])
    }
    return callersOf.get(fn) ?? []
  }
  const every = (): readonly PyCall[] => (allCalls ??= (byKind.get('call') ?? []).map(callAt))
  const indexed = (): Map<string, PyCall[]> => {
    if (byName) return byName
    byName = new Map()
    for (const call of every()) for (const name of new Set(call.names)) {
      const list = byName.get(name)
      if (list) list.push(call)
      else byName.set(name, [call])
    }
    return byName
  }

  const program: PythonProgram = {
    language: 'python', app, repo, entry, modules, guards,
    notChecked: [...loader.notChecked, ...(framework?.gaps?.(repo, app) ?? [])],
    calls: (...names) => (names.length === 0 ? every() : new Set(names.flatMap((name) => indexed().get(name) ?? []))),
    callsMatching: (pattern) => new Set([...indexed()].flatMap(([name, calls]) => (pattern.test(name) ? calls : []))),
    callAt,
    sites: function* (...kinds) {
      for (const kind of kinds) yield* byKind.get(kind) ?? []
    },
    siteOf: (node, scope) => {
      const unit = unitOf(node, scope)
      if (!unit) return undefined
      // The nearest kept ancestor knows the tests around the node.
      for (let at: PyNode | undefined = node; at; at = at.parent) {
        // A function's own definition is a place of the code around it.
        if (at === unit.key) break
        const near = byNode().get(at)
        if (near) return { ...near, node, scope }
      }
      return unit.runs.length > 0 ? { module: scope.module, node, scope, fn: unit.fn, runs: distinctRuns(unit.runs), handled: false } : undefined
    },
    imports: function* () {
      for (const kind of ['import_statement', 'import_from_statement']) for (const site of byKind.get(kind) ?? []) yield* importsAt(site)
    },
    functions: function* () {
      for (const unit of reached.values()) if (unit.fn) yield { fn: unit.fn, runs: distinctRuns(unit.runs) }
    },
    values: resolver.values,
    origins,
    bindings: resolver.lookup,
    definitions: definitions.of,
    returns: resolver.returns,
    callers,
    fold,
    settings: (key) => settings(key),
    pyRoutes: [], routes: [], env: [],
    text: (node, module) => module.text.slice(node.start, node.end),
    line,
    first: (site) => site.runs[0] as Run,
    trace: (site, note, run = site.runs[0]) => [...(run?.trace ?? []), { file: site.module.path, line: line(site.node, site.module), note }],
    find: (written, from) => world.moduleOf(written, from)?.path,
    moduleAt: (path) => (repo.has(path) ? loader.moduleAt(path) : undefined),
  }
  settings = framework?.settings?.(program) ?? settings
  madeIn = [...program.calls('flask.Flask')][0]?.module.path ?? madeIn
  const complete = program as { -readonly [K in keyof PythonProgram]: PythonProgram[K] }
  complete.pyRoutes = framework ? [...framework.routes(program)] : []
  complete.routes = program.pyRoutes.map((route) => ({ path: route.path, methods: route.methods, file: route.module.path, line: line(route.node, route.module) }))
  complete.env = environmentOf(program, new Set(requiredVariables(program).map(({ name }) => name)))
  return program

  function unitOf(node: PyNode, scope: PyScope): Reached | undefined {
    const fnNode = node.kind === 'function_definition' || node.kind === 'lambda' ? ancestor(node, 'function_definition', 'lambda') : (ancestor(node, 'function_definition', 'lambda') ?? undefined)
    return reached.get(fnNode ?? scope.module.root)
  }
  function* importsAt(site: PySite): Generator<PyImport> {
    const guard = ancestor(site.node, 'try_statement')
    const optional = site.handled && guard !== undefined
    for (const item of importsOf(site.node, site.module)) {
      const resolved = loader.loads(item.module, item.member, site.module).map((module) => module.path)
      yield { ...site, target: item.module, names: item.member === undefined ? [] : [item.member], resolved, optional }
    }
  }
}

function constructorOf(scope: PyScope): readonly PyFunction[] {
  return (scope.bindings.get('__init__') ?? []).flatMap((binding) => (binding.kind === 'function' ? [binding.fn] : []))
}
function factoryIn(module: PyModule, symbol: string): PyFunction | undefined {
  const binding = module.scope.bindings.get(symbol)?.at(-1)
  return binding?.kind === 'function' ? binding.fn : undefined
}
