/**
 * Reach and time: which code the served app runs, and when. A work list of units (module bodies, functions, class field initialisers),
 * each with the ways in which it comes to run. The same as for Python; see ARCHITECTURE.md, "Reach and time".
 */
import type { Evidence } from '../../types.js'
import { covers, runOf, type Run } from '../runs.js'
import type { Guards } from './guards.js'
import { methodFate, type Fate, type Knowledge } from './knowledge.js'
import { loadedByName } from './project.js'
import { scanUnit, type Place } from './scan.js'
import { bare, field, fieldsOf, literalText } from './tree.js'
import type { JsClass, JsFunction, JsModule, JsNode, JsValue } from './types.js'
import type { Resolver, World } from './values.js'

export type Reached = { readonly key: JsNode; readonly fn: JsFunction | undefined; readonly module: JsModule; readonly places: readonly Place[]; readonly runs: Run[] }
export type ReachHost = {
  readonly world: World
  readonly resolver: Resolver
  readonly guards: Guards
  readonly knowledge: Knowledge
  lineOf(node: JsNode): number
  /** Notes what a call passes to a function of the repo. */
  recordArguments(fn: JsFunction, args: readonly JsNode[]): void
  /** Notes what a framework passes to a function of the repo. */
  recordOrigins(fn: JsFunction, origins: readonly string[]): void
  /** Files that a call runs as programs or workers. */
  scripts(call: JsNode, origins: readonly string[]): readonly JsModule[]
}

const maxTrace = 12
const maxPasses = 5
/** Methods so common that a name alone proves nothing. */
const commonMethods = new Set('get set add has delete push pop map filter forEach find findOne findById create update save remove send json status render end on emit use listen then catch next log error info warn debug test exec toString valueOf call apply bind connect close start stop write read open join split parse stringify keys values entries length query run all'.split(' '))

const isServing = ({ when }: Run): boolean => when === 'startup' || when === 'request'

export function reachFrom(entry: JsModule, factory: JsFunction | undefined, host: ReachHost): ReadonlyMap<JsNode, Reached> {
  const { world, resolver, guards, knowledge } = host
  const reached = new Map<JsNode, Reached>()
  const queue: { readonly unit: Reached; readonly run: Run }[] = []
  const methodsByName = new Map<string, Set<JsFunction>>()
  const waiting = new Map<string, Run[]>()

  const enter = (key: JsNode, fn: JsFunction | undefined, run: Run): void => {
    if (run.when === 'never') return
    let unit = reached.get(key)
    if (!unit) reached.set(key, (unit = { key, fn, module: world.moduleOf(key), places: scanUnit(key, guards), runs: [] }))
    if (unit.runs.some((known) => covers(known, run))) return
    unit.runs.push(run)
    queue.push({ unit, run })
  }
  const enterModule = (module: JsModule, run: Run): void => enter(module.root, undefined, run)
  const enterFunction = (fn: JsFunction, run: Run): void => enter(fn.node, fn, run)
  const step = (run: Run, node: JsNode, note: string, change: Partial<Run> = {}): Run => ({
    ...run,
    ...change,
    trace: run.trace.length >= maxTrace ? run.trace : [...run.trace, { file: world.moduleOf(node).path, line: host.lineOf(node), note } satisfies Evidence],
  })
  const apply = (fate: Fate | undefined, run: Run, note: string, node: JsNode, weak = false): Run | undefined => {
    const { when } = run
    const guess = { weak: run.weak || weak }
    if (fate === 'none') return undefined
    // What only a command line or the build reaches is not served, whatever it is registered as.
    if (when === 'main' || when === 'never' || when === 'build') return step(run, node, note, guess)
    if (fate === 'request') return step(run, node, note, { ...guess, when: 'request', background: false })
    if (fate === 'startup') return step(run, node, note, { ...guess, when: when === 'import' ? 'startup' : when })
    if (fate === 'background' || fate === 'deferred' || fate === 'shutdown') return step(run, node, note, { ...guess, when: when === 'import' ? 'startup' : when, background: true })
    return step(run, node, note, guess)
  }

  // ── calls ──────────────────────────────────────────────────────────────────────────────────────

  const construct = (cls: JsClass, args: readonly JsNode[], node: JsNode, run: Run): void => {
    const lineage = resolver.lineage(cls)
    const note = `creates ${cls.name}`
    for (const at of lineage) enter(at.node, undefined, step(run, node, note))
    const maker = lineage.flatMap((at) => at.node.children.filter((member) => member.kind === 'Constructor')).flatMap((member) => resolver.functionAt(member) ?? [])[0]
    if (maker) {
      host.recordArguments(maker, args)
      enterFunction(maker, step(run, node, note))
    }
    for (const at of lineage)
      for (const member of at.node.children) {
        const fn = member.kind === 'MethodDeclaration' ? resolver.functionAt(member) : undefined
        const name = fn?.name.split('.').at(-1)
        if (!fn || !name) continue
        const named = methodsByName.get(name) ?? new Set()
        if (named.has(fn)) continue
        methodsByName.set(name, named.add(fn))
        for (const waited of waiting.get(name) ?? []) enterFunction(fn, waited)
      }
  }
  const byName = (name: string, node: JsNode, run: Run): void => {
    if (name.length < 4 || commonMethods.has(name)) return
    const next = step(run, node, `may call .${name}()`, { weak: true })
    const list = waiting.get(name) ?? []
    if (list.some((known) => covers(known, next))) return
    list.push(next)
    waiting.set(name, list)
    for (const fn of methodsByName.get(name) ?? []) enterFunction(fn, next)
  }
  const call = ({ node }: Place, run: Run): void => {
    const callee = field(node, 'expression')
    if (!callee) return
    if (loads(node, callee, run)) return
    const args = fieldsOf(node, 'arguments')
    const values = resolver.values(callee)
    const origins = values.flatMap((value) => (value.kind === 'name' ? [value.name] : []))
    const target = bare(callee)
    const method = target.kind === 'PropertyAccessExpression' ? textOf(field(target, 'name')) : ''
    let known = false
    for (const value of values) {
      if (value.kind === 'function') {
        known = true
        const passed = method === 'call' && !value.fn.name.endsWith('.call') ? args.slice(1) : args
        if (method !== 'bind' || value.fn.name.endsWith('.bind')) {
          host.recordArguments(value.fn, passed)
          enterFunction(value.fn, step(run, node, `calls ${value.fn.name || 'a function'}()`))
        }
      } else if (value.kind === 'class') {
        known = true
        construct(value.cls, args, node, run)
      } else if (value.kind === 'name') known = true
    }
    // `super(…)` and methods that only the name tells.
    if (!known && method !== '') byName(method, node, run)
    for (const module of host.scripts(node, origins)) enterModule(module, step(run, node, `runs ${module.path}`, { background: true, when: run.when === 'import' ? 'startup' : run.when }))
    if (/^(forEach|map|filter|flatMap|some|every|find)$/.test(method)) elements(field(target, 'expression'), args[0])
    handOver(node, args, origins, method, values, run)
  }
  /** `[a, b].forEach((item) => …)`: the callback is given the elements. */
  const elements = (list: JsNode | undefined, callback: JsNode | undefined): void => {
    if (!list || !callback) return
    const items = resolver.values(list).flatMap((value) => (value.kind === 'literal-object' && value.node.kind === 'ArrayLiteralExpression' ? value.node.children : []))
    for (const value of items.length > 0 ? resolver.values(callback) : []) if (value.kind === 'function') for (const item of items) host.recordArguments(value.fn, [item])
  }
  /** `schema.methods.isValid = function () …`: what an object from outside keeps is called by it. */
  const keeps = ({ node }: Place, run: Run): void => {
    const [left, right] = [field(node, 'left'), field(node, 'right')]
    const object = left?.kind === 'PropertyAccessExpression' ? field(left, 'expression') : undefined
    if (!object || !right || !/^(ArrowFunction|FunctionExpression|Identifier)$/.test(right.kind)) return
    const origin = resolver.origins(object).find((name) => name !== 'module' && name !== 'exports' && !/^(module|exports)\./.test(name))
    if (origin === undefined) return
    for (const value of resolver.values(right)) {
      const next = value.kind === 'function' ? apply('request', run, `gives ${value.fn.name || 'a function'} to ${origin}`, node, !/^mongoose\./.test(origin)) : undefined
      if (next && value.kind === 'function') enterFunction(value.fn, next)
    }
  }
  const handOver = (node: JsNode, args: readonly JsNode[], origins: readonly string[], method: string, callees: readonly JsValue[], run: Run): void => {
    const first = args[0] && literalText(args[0], world.moduleOf(args[0]).text)
    const own = callees.some((value) => value.kind === 'function' || value.kind === 'class')
    const give = (arg: JsNode, key: string | undefined, depth: number): void => {
      const held = bare(arg.kind === 'SpreadElement' ? (field(arg, 'expression') ?? arg) : arg)
      for (const value of resolver.values(held)) {
        if (value.kind === 'literal-object' && depth < 3) {
          for (const child of value.node.children) {
            const inner = child.kind === 'PropertyAssignment' ? field(child, 'initializer') : child.kind === 'ShorthandPropertyAssignment' ? field(child, 'name') : child.kind === 'SpreadAssignment' ? field(child, 'expression') : child
            const name = field(child, 'name')
            if (inner) give(inner, value.node.kind === 'ArrayLiteralExpression' ? key : textOf(name) || key, depth + 1)
          }
        }
        if (value.kind !== 'function') continue
        const label = value.fn.name || 'a function'
        if (origins.length === 0) {
          const fate = methodFate(method)
          // A function of the repo calls what it is given by itself; its body says when.
          if (own && !fate) continue
          const waits = /^(then|catch|finally)$/.test(method)
          const next = fate === undefined ? apply(run.when === 'import' || run.when === 'startup' ? 'request' : 'inherit', run, `passes ${label} to .${method || 'a call'}()`, node, true) : apply(fate === 'inherit' && waits ? 'startup' : fate, run, `passes ${label} to .${method}()`, node, fate !== 'inherit')
          if (next) enterFunction(value.fn, next)
          continue
        }
        for (const origin of origins) {
          const said = knowledge.callback(origin, { first, key }) ?? methodFate(method)
          // What waits for a promise runs after the import, whoever made the promise.
          const fate = said === 'inherit' && /^(then|catch|finally)$/.test(method) ? 'startup' : said
          const params = knowledge.params(origin, value.fn.params.length)
          if (params.length > 0) host.recordOrigins(value.fn, params)
          const guess = fate === undefined || (depth > 0 && fate === 'inherit')
          const next = apply(fate ?? (run.when === 'import' || run.when === 'startup' ? 'request' : 'inherit'), run, `passes ${label} to ${origin}`, node, guess)
          if (next) enterFunction(value.fn, next)
        }
      }
    }
    for (const arg of args) give(arg, undefined, 0)
  }
  const textOf = (node: JsNode | undefined): string => (node ? world.moduleOf(node).text.slice(node.start, node.end) : '')

  // ── modules ────────────────────────────────────────────────────────────────────────────────────

  /** A module's body runs once: what the app has imported already, a handler's own require only names. */
  const isLoaded = ({ root }: JsModule): boolean => reached.get(root)?.runs.some((known) => known.when === 'import' && !known.weak && !known.conditional && !known.background) ?? false
  const load = (path: string | undefined, node: JsNode, run: Run): void => {
    const module = path === undefined ? undefined : world.moduleAt(path)
    if (!module || (isServing(run) && isLoaded(module))) return
    enterModule(module, step(run, node, `loads ${module.path}`))
  }
  const loads = (node: JsNode, callee: JsNode, run: Run): boolean => {
    const isRequire = callee.kind === 'Identifier' && textOf(callee) === 'require' && world.declarations(callee).length === 0
    if (!isRequire && callee.kind !== 'ImportKeyword') return false
    const arg = field(node, 'arguments')
    const module = world.moduleOf(node)
    const written = arg && literalText(arg, module.text)
    const next = isRequire || run.when !== 'import' ? run : { ...run, when: 'startup' as const }
    if (written !== undefined) load(world.resolution.resolve(written, module.path), node, next)
    else for (const path of loadedByName(world.repo, module.path, module.text, textOf(arg))) load(path, node, next)
    return true
  }
  const importStatement = ({ node }: Place, run: Run): void => {
    const module = world.moduleOf(node)
    const specifier = node.kind === 'ImportEqualsDeclaration' ? field(field(node, 'moduleReference') ?? node, 'expression') : field(node, 'moduleSpecifier')
    const written = specifier && literalText(specifier, module.text)
    if (written === undefined || isTypeOnly(node, module)) return
    load(world.resolution.resolve(written, module.path), node, run)
  }

  const begin: Run = { when: 'import', background: false, conditional: false, weak: false, trace: [{ file: entry.path, line: 1, note: 'the entry' }] }
  enterModule(entry, begin)
  if (factory) enterFunction(factory, step(begin, factory.node, `the entry calls ${factory.name}()`))

  const drain = (): void => {
    // First in, first out, but import before the rest, so that the first trace is the shortest and the most telling one.
    while (queue.length > 0) {
      const at = Math.max(0, queue.findIndex((item) => item.run.when === 'import'))
      const [{ unit, run: outer }] = queue.splice(at, 1) as [{ unit: Reached; run: Run }]
      for (const place of unit.places) {
        const own = runOf(place, outer)
        if (!own || (place.main && unit.module !== entry)) continue
        const run = place.later && own.when === 'import' ? { ...own, when: 'startup' as const } : own
        if (place.node.kind === 'CallExpression' || place.node.kind === 'NewExpression') call(place, run)
        else if (place.node.kind === 'BinaryExpression' && place.node.op === '=') keeps(place, run)
        else if (/^(ImportDeclaration|ExportDeclaration|ImportEqualsDeclaration)$/.test(place.node.kind)) importStatement(place, run)
      }
    }
  }
  // What a function is given may be known only after its body was read: read again until nothing new is said.
  for (let pass = 0, version = -1; pass < maxPasses && version !== world.version(); pass++) {
    version = world.version()
    if (pass > 0) for (const unit of reached.values()) for (const run of unit.runs) queue.push({ unit, run })
    drain()
  }
  return reached
}

/** Erased by the compiler. In TypeScript an import that is used only as a type is erased as well; that is left to chance here. */
export function isTypeOnly(statement: JsNode, module: JsModule): boolean {
  return /^(import|export)\s+type\b(?!\s*(,|from))/.test(module.text.slice(statement.start, statement.start + 40))
}
