/**
 * Reach and time: which code the served app runs, and when. A work list of units (module bodies and functions), each with the
 * ways in which it comes to run. See ARCHITECTURE.md, "Reach and time".
 */
import type { Evidence } from '../../types.js'
import type { Fate } from './knowledge.js'
import type { Reached, ReachHost } from './unit.js'
import { importsOf, readArguments, type CallSite } from './arguments.js'
import { isDetached } from './awaits.js'
import { baseOrigins, isInterface, methodsOf, repoBases } from './classes.js'
import { makeHandOver } from './handover.js'
import { covers, runOf } from '../runs.js'
import { commonMethods, skipsReference } from './references.js'
import { scanUnit, type Place } from './scan.js'
import type { Seed } from './seeds.js'
import { ancestor, field } from './tree.js'
import { literalText } from './literals.js'
import type { PyClass, PyFunction, PyModule, PyNode, PyScope, Run } from './types.js'

export type { Reached } from './unit.js'

const maxTrace = 12
/** `os.path.dirname(__file__)` names a file too, and runs nothing. */
const startsPrograms = /^(subprocess\.(run|Popen|call|check_call|check_output|getoutput|getstatusoutput)|os\.(system|popen|startfile|exec\w+|spawn\w+|posix_spawnp?)|asyncio\.create_subprocess_(exec|shell))$/

const isServing = ({ when }: Run): boolean => when === 'startup' || when === 'request'

export function reachFrom(entry: PyModule, factory: PyFunction | undefined, host: ReachHost): ReadonlyMap<PyNode, Reached> {
  const { resolver, guards, knowledge } = host
  const reached = new Map<PyNode, Reached>()
  const queue: { readonly unit: Reached; readonly run: Run }[] = []
  const instantiated = new Set<PyClass>()
  const methodsByName = new Map<string, PyFunction[]>()
  const waiting = new Map<string, Run[]>()

  const enter = (key: PyNode, scope: PyScope, fn: PyFunction | undefined, run: Run): void => {
    if (run.when === 'never') return
    let unit = reached.get(key)
    if (!unit) {
      const index = host.indexOf(scope.module)
      if (!index) return
      unit = { key, fn, index, places: scanUnit({ node: fn ? (fn.isLambda ? fn.node : fn.body) : key, scope, index }, guards), runs: [] }
      reached.set(key, unit)
    }
    if (unit.runs.some((known) => covers(known, run))) return
    unit.runs.push(run)
    queue.push({ unit, run })
  }
  const enterModule = (module: PyModule, run: Run): void => enter(module.root, module.scope, undefined, run)
  /** A file run as a program: its `__main__` part runs too. */
  const enterScript = (module: PyModule, run: Run): void => {
    enterModule(module, run)
    const unit = reached.get(module.root)
    if (!unit?.places.some((place) => place.main) || module === entry) return
    const whole: Reached = { ...unit, places: unit.places.map((place) => (place.main ? { ...place, main: false } : place)) }
    reached.set(module.root, whole)
    queue.push({ unit: whole, run })
  }
  const enterFunction = (fn: PyFunction, run: Run): void => {
    enter(fn.node, fn.scope, fn, run)
    // What a decorator of the repo puts around the function runs whenever the function is called; the decorator itself only once, where the function is defined.
    for (const mark of fn.decorators) for (const decorator of decoratorFunctions(mark, fn)) for (const value of resolver.returns(decorator)) if (value.kind === 'function' && value.fn !== fn) enter(value.fn.node, value.fn.scope, value.fn, step(run, fn.module, mark, `wrapped by ${decorator.qualname}`))
  }
  const step = (run: Run, module: PyModule, node: PyNode, note: string, change: Partial<Run> = {}): Run => ({
    ...run,
    ...change,
    trace: run.trace.length >= maxTrace ? run.trace : [...run.trace, { file: module.path, line: host.lineOf(module, node), note } satisfies Evidence],
  })

  const apply = (fate: Fate | undefined, run: Run, note: string, module: PyModule, node: PyNode, weak = false): Run | undefined => {
    const when = run.when
    if (fate === 'none') return undefined
    if (fate === 'main') return step(run, module, node, note, { when: 'main' })
    // What only a command line or the build reaches is not served, whatever it is registered as.
    if (when === 'main' || when === 'never' || when === 'build') return step(run, module, node, note)
    if (fate === 'request') return step(run, module, node, note, { when: 'request', background: false, weak: run.weak || weak })
    if (fate === 'startup') return step(run, module, node, note, { when: when === 'import' ? 'startup' : when })
    // A worker's task: not part of an answer, and yet it has to run somewhere without a disk or a shared memory.
    if (fate === 'worker') return step(run, module, node, note, { when: 'request', background: true })
    if (fate === 'background') return step(run, module, node, note, { when: when === 'import' ? 'startup' : when, background: true })
    return step(run, module, node, note, { weak: run.weak || weak })
  }

  const given = makeHandOver(host, { apply, enterFunction, step })
  const classReached = (cls: PyClass, run: Run): void => {
    for (const origin of baseOrigins(resolver, cls))
      for (const fn of methodsOf(cls)) {
        const fate = knowledge.base(origin, fn.name)
        const next = fate && apply(fate, run, `${cls.name}.${fn.name} is called by ${origin}`, cls.module, fn.node)
        if (next) enterFunction(fn, next)
      }
  }
  const instantiate = (cls: PyClass, run: Run, node: PyNode, scope: PyScope, site: CallSite | undefined): void => {
    const all = [cls, ...repoBases(resolver, cls)]
    for (const at of all) {
      const init = [...methodsOf(at)].find((fn) => fn.name === '__init__' || fn.name === '__post_init__')
      if (!init) continue
      if (site) host.recordCall(init, { ...site, shift: 1 })
      enterFunction(init, step(run, scope.module, node, `creates ${cls.name}`))
      break
    }
    const first = !instantiated.has(cls)
    instantiated.add(cls)
    for (const at of all)
      for (const fn of methodsOf(at)) {
        // A coroutine is not run by an import: whoever is given the object awaits it while it serves.
        if (fn.name === '__call__' && (fn.isAsync || isInterface(fn))) enterFunction(fn, step(run, scope.module, node, `${cls.name} answers requests`, { when: run.when === 'import' || run.when === 'startup' ? 'request' : run.when, weak: !isInterface(fn) }))
        else if (/^__(call|enter|exit|aenter|aexit|iter|next|getitem|setitem|contains|len|getattr|str|repr)__$/.test(fn.name)) enterFunction(fn, step(run, scope.module, node, `uses ${cls.name}`, { weak: true }))
        if (!first) continue
        const named = methodsByName.get(fn.name) ?? []
        named.push(fn)
        methodsByName.set(fn.name, named)
        for (const waited of waiting.get(fn.name) ?? []) enterFunction(fn, waited)
      }
  }
  const call = (place: Place, outer: Run): void => {
    const { node, scope } = place
    const callee = field(node, 'function')
    if (!callee) return
    const run = isDetached(node, scope) ? (apply('background', outer, 'goes on as a task beside the requests', scope.module, node) ?? outer) : outer
    const site = readArguments(node, scope)
    const values = resolver.values(callee, scope)
    let known = false
    for (const value of values) {
      if (value.kind === 'function') {
        known = true
        host.recordCall(value.fn, { ...site, shift: boundTo(callee, scope, value.fn) ? 1 : 0 })
        enterFunction(value.fn, step(run, scope.module, node, `calls ${value.fn.qualname}()`))
      } else if (value.kind === 'class') {
        known = true
        instantiate(value.cls, run, node, scope, site)
      } else if (value.kind === 'object') {
        known = true
        for (const fn of methodsOf(value.cls)) if (fn.name === '__call__') enterFunction(fn, step(run, scope.module, node, `calls a ${value.cls.name}`))
      } else if (value.kind === 'name') known = true
    }
    if (!known && callee.kind === 'attribute') byName(callee, place, run)
    const origins = values.flatMap((value) => (value.kind === 'name' ? [value.name] : []))
    if (origins.some((origin) => knowledge.loadsByName(origin))) moduleByName(site.args[0], scope, run)
    if (origins.some((origin) => startsPrograms.test(origin))) for (const module of host.scripts(node, scope)) enterScript(module, step(run, scope.module, node, `runs ${module.path}`))
    given.argumentsOf(place, origins, values, run)
    // A thread subclass of the repo: start() runs its run().
    const method = callee.kind === 'attribute' ? field(callee, 'attribute') : undefined
    if (method && scope.module.text.slice(method.start, method.end) === 'start') {
      const object = field(callee, 'object')
      for (const value of object ? resolver.values(object, scope) : []) if (value.kind === 'object') for (const fn of methodsOf(value.cls)) if (fn.name === 'run') {
        const next = apply('background', run, `starts ${value.cls.name}.run() beside the requests`, scope.module, node)
        if (next) enterFunction(fn, next)
      }
    }
  }
  const boundTo = (callee: PyNode, scope: PyScope, fn: PyFunction): boolean => {
    if (!fn.cls || callee.kind !== 'attribute') return false
    const object = field(callee, 'object')
    return object !== undefined && resolver.values(object, scope).some((value) => value.kind === 'object')
  }
  const byName = (callee: PyNode, place: Place, run: Run): void => {
    const attribute = field(callee, 'attribute')
    const name = attribute && place.scope.module.text.slice(attribute.start, attribute.end)
    if (!name || name.length < 3 || commonMethods.has(name)) return
    const next = step(run, place.scope.module, callee, `may call .${name}()`, { weak: true })
    const list = waiting.get(name) ?? []
    if (list.some((known) => covers(known, next))) return
    list.push(next)
    waiting.set(name, list)
    for (const fn of methodsByName.get(name) ?? []) enterFunction(fn, next)
  }
  /** `app.config.from_object('config.Production')`, `include('shop.urls')`: a module by its name, or a name in one. */
  const moduleByName = (arg: PyNode | undefined, scope: PyScope, run: Run): void => {
    const spelled = arg?.kind === 'tuple' ? arg.children[0] : arg
    const text = spelled?.kind === 'string' ? literalText(spelled, scope.module.text) : undefined
    if (!arg || !text) return
    const dotted = text.replace(/\.(py|cfg)$/, '').replaceAll('/', '.')
    for (const name of [dotted, dotted.split('.').slice(0, -1).join('.')]) {
      if (name === '') continue
      const modules = host.loads(name, undefined, scope.module)
      for (const module of modules) enterModule(module, step(run, scope.module, arg, `loads ${name} by name`))
      if (modules.length > 0) return
    }
  }
  const decoratorFunctions = (mark: PyNode, fn: PyFunction): readonly PyFunction[] => {
    const outer = fn.scope.parent ?? fn.scope
    const direct = resolver.values(mark, outer).flatMap((value) => (value.kind === 'function' ? [value.fn] : []))
    return direct
  }
  const reference = (place: Place, run: Run): void => {
    const { node, scope } = place
    const parent = node.parent
    if (!parent || skipsReference(node, parent)) return
    for (const value of resolver.values(node, scope)) {
      if (value.kind !== 'function') continue
      if (value.fn.decorators.some((mark) => /^(property|cached_property|functools\.cached_property)$/.test(value.fn.module.text.slice(mark.start, mark.end)))) {
        if (node.kind === 'attribute') enterFunction(value.fn, step(run, scope.module, node, `reads .${value.fn.name}`))
        continue
      }
      if (ancestor(node, 'argument_list', 'return_statement', 'block')?.kind !== 'block') continue
      enterFunction(value.fn, step(run, scope.module, node, `keeps ${value.fn.qualname} for later`, { weak: true, when: run.when === 'import' || run.when === 'startup' ? 'request' : run.when }))
    }
  }

  const plant = (seed: Seed): void => {
    const run: Run = { when: seed.when, background: seed.background ?? false, conditional: seed.conditional ?? false, weak: false, trace: [...begin.trace, seed.because] }
    if (seed.kind === 'module') enterModule(seed.module, run)
    else if (seed.kind === 'script') enterScript(seed.module, run)
    else if (seed.kind === 'function') enterFunction(seed.fn, run)
    else
      for (const fn of [seed.cls, ...repoBases(resolver, seed.cls)].flatMap((cls) => [...methodsOf(cls)])) {
        if (fn.name === '__init__') enterFunction(fn, run)
        else enterFunction(fn, { ...run, when: seed.methods })
      }
  }
  const begin: Run = { when: 'import', background: false, conditional: false, weak: false, trace: [{ file: entry.path, line: 1, note: 'the entry' }] }
  for (const module of host.loads('.', undefined, entry)) if (module !== entry && module.isPackage) enterModule(module, begin)
  enterModule(entry, begin)
  if (factory) enterFunction(factory, step(begin, factory.module, factory.node, `the entry calls ${factory.name}()`))

  // First in, first out, but import before the rest, so that the first trace is the shortest and the most telling one.
  const sow = (): boolean => {
    for (const seed of host.seeds(new Set([...reached.values()].map((unit) => unit.index.module)))) plant(seed)
    return queue.length > 0
  }
  while (queue.length > 0 || sow()) {
    const at = Math.max(0, queue.findIndex((item) => item.run.when === 'import'))
    const [{ unit, run: outer }] = queue.splice(at, 1) as [{ unit: Reached; run: Run }]
    for (const place of unit.places) {
      const run = runOf(place, outer)
      if (!run || (place.main && unit.index.module !== entry)) continue
      switch (place.node.kind) {
        case 'call':
          call(place, run)
          break
        case 'import_statement':
        case 'import_from_statement':
          importStatement(place, run)
          break
        case 'decorated_definition':
          given.decorated(place, run)
          break
        case 'class_definition': {
          const cls = unit.index.classes.get(place.node)
          if (cls) classReached(cls, run)
          break
        }
        case 'identifier':
        case 'attribute':
        case 'lambda':
          reference(place, run)
          break
      }
    }
  }
  return reached

  /** A module's body runs once: what the app has imported already, a view's own import only names. */
  function isLoaded({ root }: PyModule): boolean {
    return reached.get(root)?.runs.some((known) => known.when === 'import' && !known.weak && !known.conditional && !known.background) ?? false
  }
  function importStatement(place: Place, run: Run): void {
    const module = place.scope.module
    for (const binding of importsOf(place.node, module)) {
      for (const target of host.loads(binding.module, binding.member, module)) {
        if (target === module || (isServing(run) && isLoaded(target))) continue
        enterModule(target, step(run, module, place.node, `imports ${target.name || target.path}`))
      }
    }
  }
}
