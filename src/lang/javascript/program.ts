/**
 * The JavaScript or TypeScript program of one app: code with names resolved, and when each piece runs. These are the verbs that rules speak.
 * Pure: everything is read from the snapshot; only modules that the app can load are parsed.
 */
import type { App, EnvVariable, Evidence, Path, Route, Snapshot } from '../../types.js'
import { lineIn, lineStarts } from '../lines.js'
import { distinctRuns, runOf, type Run } from '../runs.js'
import { makeDefinitions } from './definitions.js'
import { environmentOf } from './environment.js'
import { makeFolder, type Folder } from './fold.js'
import { makeGuards, type Guards } from './guards.js'
import { combine, nodeKnowledge, type Knowledge } from './knowledge.js'
import { bindProject } from './project.js'
import { isTypeOnly, reachFrom, type Reached } from './reach.js'
import { loadRewriter } from './rewrite.js'
import { childScripts } from './scripts.js'
import { requiredVariables } from './settings/required-env.js'
import { field, fieldsOf, functionKinds, isScript, literalText, loadCompiler, walk } from './tree.js'
import type { JsCall, JsClass, JsFunction, JsImport, JsModule, JsNode, JsRoute, JsSite, JsValue } from './types.js'
import { makeResolver, type Given, type World } from './values.js'

export type * from './types.js'
export { ancestor, bare, field, fieldsOf, functionAround, functionKinds, isInside, isScript, literalText, statementOf, walk } from './tree.js'

/** A framework's part of the knowledge: what its calls do with functions, and its routes. */
export type JsFramework = Knowledge & { routes(program: JsProgram): Iterable<JsRoute> }

export type JsProgram = {
  readonly language: 'javascript'
  readonly app: App
  readonly repo: Snapshot
  /** The entry's module; undefined when the entry file is missing or unreadable. */
  readonly entry: JsModule | undefined
  /** Modules the served app reaches. */
  readonly modules: ReadonlyMap<Path, JsModule>
  readonly notChecked: readonly { readonly file: Path; readonly reason: string }[]
  /** Calls and `new` in reached code; with `names`, those whose callee may be one of these origins (exact). */
  calls(...names: readonly string[]): Iterable<JsCall>
  callsMatching(pattern: RegExp): Iterable<JsCall>
  callAt(site: JsSite): JsCall
  /** Reached nodes of these kinds, in order of files and places. */
  sites(...kinds: readonly string[]): Iterable<JsSite>
  /** The site for any node in reached code, with the runs of the code around it. */
  siteOf(node: JsNode): JsSite | undefined
  imports(): Iterable<JsImport>
  functions(): Iterable<{ readonly fn: JsFunction; readonly runs: readonly Run[] }>
  values(node: JsNode): readonly JsValue[]
  /** Origins outside the repo that an expression may have. */
  origins(node: JsNode): readonly string[]
  /** Expressions that a name, member or parameter was given, through imports. */
  definitions(node: JsNode): readonly JsNode[]
  returns(fn: JsFunction): readonly JsValue[]
  /** Calls of a function of the repo in reached code. */
  callers(fn: JsFunction): readonly JsCall[]
  /** Where an identifier's variable is declared in its own file; empty for globals. */
  declarations(identifier: JsNode): readonly JsNode[]
  /** Identifiers of the same file that mean the same variable, the declaration included, in order. */
  references(identifier: JsNode): readonly JsNode[]
  functionAt(node: JsNode): JsFunction | undefined
  classAt(node: JsNode): JsClass | undefined
  readonly fold: Folder
  readonly guards: Guards
  readonly jsRoutes: readonly JsRoute[]
  readonly routes: readonly Route[]
  readonly env: readonly EnvVariable[]
  text(node: JsNode): string
  /** 1-based. */
  line(node: JsNode): number
  /** The strongest run of a site: earliest, and of those the most certain. */
  first(site: JsSite): Run
  /** The site's trace with the place itself last. */
  trace(site: JsSite, note: string, run?: Run): readonly Evidence[]
  moduleOf(node: JsNode): JsModule
  /** File of the repo that an import written in a module loads. */
  find(written: string, from: JsModule): Path | undefined
  /** A module of the repo, parsed when asked for: also one that the served app never reaches. */
  moduleAt(path: Path): JsModule | undefined
}

/** Loads the compiler, and what rewrites: rules are synchronous. Await once before `analyzeJavaScript`. */
export async function loadJavaScript(): Promise<void> {
  await Promise.all([loadCompiler(), loadRewriter()])
}

export function analyzeJavaScript(repo: Snapshot, app: App, options: { readonly hostEnv: Readonly<Record<string, string>>; readonly framework?: JsFramework }): JsProgram {
  const bound = bindProject(repo, [app.entry.file])
  const given = new Map<JsFunction, { nodes: JsNode[]; origins: string[] }[]>()
  let version = 0
  const slot = (fn: JsFunction, index: number): { nodes: JsNode[]; origins: string[] } => {
    const all = given.get(fn) ?? []
    given.set(fn, all)
    return (all[index] ??= { nodes: [], origins: [] })
  }
  const world: World = { ...bound, given: (fn, index): Given => given.get(fn)?.[index] ?? { nodes: [], origins: [] }, version: () => version }
  const resolver = makeResolver(world)
  const definitions = makeDefinitions(resolver, world)
  const guards = makeGuards(resolver, definitions, world, options.hostEnv)
  const fold = makeFolder(resolver, definitions, guards, world)
  const lines = new Map<JsModule, readonly number[]>()
  const line = (node: JsNode): number => {
    const module = bound.moduleOf(node)
    let starts = lines.get(module)
    if (!starts) lines.set(module, (starts = lineStarts(module.text)))
    return lineIn(starts, node.start)
  }
  const text = (node: JsNode): string => bound.moduleOf(node).text.slice(node.start, node.end)
  const entry = bound.moduleAt(app.entry.file)
  const factory = entry && app.entry.kind === 'factory' ? exportedFunction(entry, app.entry.symbol) : undefined
  const knowledge = options.framework ? combine(options.framework, nodeKnowledge) : nodeKnowledge
  const reached: ReadonlyMap<JsNode, Reached> = entry
    ? reachFrom(entry, factory, {
        world, resolver, guards, knowledge, lineOf: line,
        scripts: (call, origins) => childScripts(call, origins, fold).flatMap((path) => (isScript(path) && repo.has(path) ? (bound.moduleAt(path) ?? []) : [])),
        recordArguments: (fn, args) => {
          for (const [index, arg] of args.slice(0, fn.params.length).entries()) {
            const { nodes } = slot(fn, index)
            if (nodes.length > 24 || nodes.includes(arg)) continue
            nodes.push(arg)
            version++
          }
        },
        recordOrigins: (fn, origins) => {
          for (const [index, origin] of origins.entries()) {
            const known = slot(fn, index).origins
            if (known.includes(origin)) continue
            known.push(origin)
            version++
          }
        },
      })
    : new Map()

  const modules = new Map<Path, JsModule>()
  const byKind = new Map<string, JsSite[]>()
  for (const unit of reached.values()) {
    modules.set(unit.module.path, unit.module)
    for (const place of unit.places) {
      if (place.main && unit.module !== entry) continue
      const runs = distinctRuns(unit.runs.flatMap((run) => runOf(place, run) ?? []).map((run) => (place.later && run.when === 'import' ? { ...run, when: 'startup' as const } : run)))
      if (runs.length === 0) continue
      const site: JsSite = { module: unit.module, node: place.node, fn: unit.fn, runs, handled: place.handled }
      const list = byKind.get(place.node.kind)
      if (list) list.push(site)
      else byKind.set(place.node.kind, [site])
    }
  }
  for (const list of byKind.values()) list.sort((a, b) => (a.module.path === b.module.path ? a.node.start - b.node.start : a.module.path < b.module.path ? -1 : 1))

  const callAt = (site: JsSite): JsCall => {
    const callee = field(site.node, 'expression')
    const values = callee ? resolver.values(callee) : []
    const args = fieldsOf(site.node, 'arguments')
    return {
      ...site, args,
      isNew: site.node.kind === 'NewExpression',
      spread: args.some((arg) => arg.kind === 'SpreadElement'),
      names: [...new Set(values.flatMap((value) => (value.kind === 'name' ? [value.name] : [])))],
      callees: values.flatMap((value) => (value.kind === 'function' ? [value.fn] : value.kind === 'class' ? resolver.lineage(value.cls).flatMap((cls) => cls.node.children.flatMap((member) => (member.kind === 'Constructor' ? (resolver.functionAt(member) ?? []) : []))).slice(0, 1) : [])),
    }
  }
  let allCalls: readonly JsCall[] | undefined
  const every = (): readonly JsCall[] => (allCalls ??= [...(byKind.get('CallExpression') ?? []), ...(byKind.get('NewExpression') ?? [])].sort((a, b) => (a.module.path === b.module.path ? a.node.start - b.node.start : a.module.path < b.module.path ? -1 : 1)).map(callAt))
  let byName: Map<string, JsCall[]> | undefined
  const indexed = (): Map<string, JsCall[]> => (byName ??= grouped(every(), (call) => call.names))
  let callersOf: Map<JsFunction, JsCall[]> | undefined
  let nodes: Map<JsNode, JsSite> | undefined
  const byNode = (): Map<JsNode, JsSite> => (nodes ??= new Map([...byKind.values()].flatMap((list) => list.map((site) => [site.node, site] as const))))

  const program: JsProgram = {
    language: 'javascript', app, repo, entry, modules, guards, fold, text, line, callAt,
    notChecked: bound.notChecked.filter(({ file }) => modules.has(file)),
    calls: (...names) => (names.length === 0 ? every() : new Set(names.flatMap((name) => indexed().get(name) ?? []))),
    callsMatching: (pattern) => new Set([...indexed()].flatMap(([name, calls]) => (pattern.test(name) ? calls : []))),
    sites: function* (...kinds) {
      for (const kind of kinds) yield* byKind.get(kind) ?? []
    },
    siteOf: (node) => {
      for (let at: JsNode | undefined = node; at; at = at.parent) {
        const near = byNode().get(at)
        if (near && (at === node || !functionKinds.has(at.kind))) return { ...near, node }
        const unit = reached.get(at)
        if (unit && unit.runs.length > 0) return { module: unit.module, node, fn: unit.fn, runs: distinctRuns(unit.runs), handled: false }
        if (functionKinds.has(at.kind)) return undefined
      }
      return undefined
    },
    imports: function* () {
      for (const kind of ['ImportDeclaration', 'ExportDeclaration', 'ImportEqualsDeclaration'])
        for (const site of byKind.get(kind) ?? []) {
          const specifier = kind === 'ImportEqualsDeclaration' ? field(field(site.node, 'moduleReference') ?? site.node, 'expression') : field(site.node, 'moduleSpecifier')
          const target = specifier && literalText(specifier, site.module.text)
          if (target !== undefined) yield { ...site, target, resolved: bound.resolution.resolve(target, site.module.path), how: kind === 'ExportDeclaration' ? 'export' : kind === 'ImportDeclaration' ? 'import' : 'require', typeOnly: isTypeOnly(site.node, site.module) }
        }
      for (const call of every()) {
        const dynamic = field(call.node, 'expression')?.kind === 'ImportKeyword'
        if (!dynamic && !call.names.includes('require')) continue
        const target = call.args[0] && literalText(call.args[0], call.module.text)
        if (target !== undefined) yield { ...call, target, resolved: bound.resolution.resolve(target, call.module.path), how: dynamic ? 'dynamic' : 'require', typeOnly: false }
      }
    },
    functions: function* () {
      for (const unit of reached.values()) if (unit.fn) yield { fn: unit.fn, runs: distinctRuns(unit.runs) }
    },
    values: resolver.values,
    origins: resolver.origins,
    definitions,
    returns: resolver.returns,
    callers: (fn) => (callersOf ??= grouped(every(), (call) => call.callees)).get(fn) ?? [],
    declarations: bound.declarations,
    references: (identifier) => {
      const name = text(identifier)
      return [...walk(bound.moduleOf(identifier).root)].filter((node) => node.kind === 'Identifier' && text(node) === name && !isMemberName(node) && bound.same(node, identifier))
    },
    functionAt: resolver.functionAt,
    classAt: resolver.classAt,
    jsRoutes: [], routes: [], env: [],
    first: (site) => site.runs[0] as Run,
    trace: (site, note, run = site.runs[0]) => [...(run?.trace ?? []), { file: site.module.path, line: line(site.node), note }],
    moduleOf: bound.moduleOf,
    find: (written, from) => bound.resolution.resolve(written, from.path),
    moduleAt: bound.moduleAt,
  }
  const complete = program as { -readonly [K in keyof JsProgram]: JsProgram[K] }
  complete.jsRoutes = options.framework ? [...options.framework.routes(program)] : []
  complete.routes = program.jsRoutes.map((route) => ({ path: route.path, methods: route.methods, file: route.module.path, line: line(route.node) }))
  complete.env = environmentOf(program, new Set(requiredVariables(program).map(({ name }) => name)))
  return program

  function exportedFunction(module: JsModule, symbol: string): JsFunction | undefined {
    const index = resolver.indexOf(module)
    const named = index.exported.get(symbol) ?? []
    const holders = [...named.flatMap((one) => ('node' in one ? [one.node] : [])), ...index.whole]
    for (const holder of holders) for (const value of [...resolver.values(holder), ...resolver.member(resolver.values(holder), symbol)]) if (value.kind === 'function') return value.fn
    return [...index.functions.values()].find((fn) => fn.name === symbol)
  }
}

function isMemberName(node: JsNode): boolean {
  return node.field === 'name' && /^(PropertyAccessExpression|PropertyAssignment|MethodDeclaration|PropertyDeclaration|PropertySignature|GetAccessor|SetAccessor|EnumMember)$/.test(node.parent?.kind ?? '')
}
function grouped<K, V>(items: readonly V[], keys: (item: V) => readonly K[]): Map<K, V[]> {
  const map = new Map<K, V[]>()
  for (const item of items)
    for (const key of new Set(keys(item))) {
      const list = map.get(key)
      if (list) list.push(item)
      else map.set(key, [item])
    }
  return map
}
