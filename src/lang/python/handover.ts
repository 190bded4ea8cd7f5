/** Functions and classes that are handed to someone else: as arguments, or to a decorator. */
import { readArguments } from './arguments.js'
import { isAwaited } from './awaits.js'
import { methodsOf } from './classes.js'
import type { Fate, Given } from './knowledge.js'
import { literalText } from './literals.js'
import type { Place } from './scan.js'
import { field } from './tree.js'
import type { ReachHost } from './unit.js'
import type { PyClass, PyFunction, PyModule, PyNode, PyScope, Run, Value } from './types.js'

export type Stepping = {
  apply(fate: Fate | undefined, run: Run, note: string, module: PyModule, node: PyNode, weak?: boolean): Run | undefined
  enterFunction(fn: PyFunction, run: Run): void
  step(run: Run, module: PyModule, node: PyNode, note: string): Run
}

const containers = /^(builtins\.(list|set|dict)|collections\.\w+)\(\)(\[\])?\.(append|appendleft|add|insert|setdefault)$/

export function makeHandOver({ resolver, knowledge, indexOf, recordCall, recordDecorated }: ReachHost, { apply, enterFunction, step }: Stepping): {
  /** Everything that a call is given. */
  argumentsOf(place: Place, origins: readonly string[], callees: readonly Value[], run: Run): void
  decorated(place: Place, run: Run): void
} {
  const registered = (cls: PyClass, origins: readonly string[], place: Place, run: Run): void => {
    const constructed = origins.map((origin) => knowledge.constructed(origin)).find((at) => at !== undefined)
    for (const fn of methodsOf(cls)) {
      const next = apply(fn.name === '__init__' ? (constructed ?? 'request') : 'request', run, `${cls.name} is registered`, place.scope.module, place.node)
      if (next) enterFunction(fn, next)
    }
  }
  const handOver = (arg: PyNode, origins: readonly string[], callees: readonly Value[], given: Given, place: Place, run: Run): void => {
    if (arg.kind === 'list' || arg.kind === 'tuple') {
      for (const child of arg.children) handOver(child, origins, callees, given, place, run)
      return
    }
    if (arg.kind === 'dictionary') {
      // A table of functions says nothing of itself about who calls them.
      if (origins.every((origin) => knowledge.callback(origin, given) === undefined)) return
      for (const pair of arg.children) {
        const value = field(pair, 'value')
        if (value) handOver(value, origins, callees, given, place, run)
      }
      return
    }
    if (arg.kind !== 'identifier' && arg.kind !== 'attribute' && arg.kind !== 'lambda' && arg.kind !== 'call') return
    const known = origins.map((origin) => knowledge.callback(origin, given)).find((at) => at !== undefined)
    // Whoever awaits what runs in a thread or task waits for it.
    const fate = known === 'background' && isAwaited(place.node, place.scope) ? 'now' : known
    for (const value of resolver.values(arg, place.scope)) {
      if (value.kind === 'class' && fate === 'request') registered(value.cls, origins, place, run)
      if (value.kind === 'object' && fate === 'request')
        for (const fn of methodsOf(value.cls)) {
          const next = fn.name === '__call__' ? apply('request', run, `passes a ${value.cls.name} to ${origins[0] ?? ''}`, place.scope.module, place.node) : undefined
          if (next) enterFunction(fn, next)
        }
      if (value.kind !== 'function') continue
      // What a call returns is handed over only where we know what becomes of it.
      if (arg.kind === 'call' && (fate === undefined || fate === 'now' || fate === 'none')) continue
      if (callees.some((callee) => callee.kind === 'function' || callee.kind === 'class')) continue
      const origin = origins[0] ?? 'an unknown function'
      // Put into a list or set, it is called when somebody goes through that, not now.
      const kept = fate === undefined && origins.some((one) => containers.test(one))
      const next = apply(kept ? 'request' : fate, run, `passes ${value.fn.qualname} to ${origin}`, place.scope.module, place.node, fate === undefined)
      if (next) enterFunction(value.fn, next)
    }
  }
  const fatesOf = (mark: PyNode, scope: PyScope): readonly { readonly fate: Fate; readonly weak: boolean }[] => {
    const first = mark.kind === 'call' ? firstText(mark, scope) : undefined
    return resolver.values(mark, scope).flatMap((value) => {
      if (value.kind !== 'name') return []
      const origin = value.name.replace(/\(\)$/, '')
      const known = knowledge.decorator(origin, { first })
      const fate = known ?? (/\(\)\./.test(origin) ? 'request' : undefined)
      return fate ? [{ fate, weak: known === undefined }] : []
    })
  }

  return {
    argumentsOf: (place, origins, callees, run) => {
      const { args, kwargs } = readArguments(place.node, place.scope)
      const first = firstText(place.node, place.scope)
      for (const arg of args) handOver(arg, origins, callees, { first }, place, run)
      for (const [keyword, arg] of kwargs) handOver(arg, origins, callees, { first, keyword }, place, run)
      // `filters: Filters = Depends()` means the annotated class.
      const type = args.length + kwargs.size === 0 && place.node.parent?.kind === 'typed_default_parameter' ? field(place.node.parent, 'type')?.children[0] : undefined
      if (type && origins.some((origin) => knowledge.callback(origin, {}) === 'request')) handOver(type, origins, callees, {}, place, run)
    },
    decorated: (place, run) => {
      const { module } = place.scope
      const definition = field(place.node, 'definition')
      const fn = definition && indexOf(module)?.functions.get(definition)
      const cls = definition && indexOf(module)?.classes.get(definition)
      const marks = fn?.decorators ?? cls?.decorators ?? []
      for (const mark of fn ? marks : [])
        for (const value of resolver.values(mark, place.scope)) {
          if (value.kind !== 'function' || !fn) continue
          recordDecorated(value.fn, fn)
          recordCall(value.fn, { args: [], kwargs: new Map(), scope: place.scope, shift: 0 })
          enterFunction(value.fn, step(run, module, mark, `decorates ${fn.qualname}`))
        }
      const all = marks.flatMap((mark) => fatesOf(mark, place.scope).map((one) => ({ mark, ...one })))
      // A job that start-up begins goes on beside the requests: start-up does not wait for it.
      const begun = all.some(({ fate }) => fate === 'background')
      for (const { mark, fate, weak } of all) {
        if (begun && fate === 'startup') continue
        const next = apply(fate, run, `@${module.text.slice(mark.start, Math.min(mark.end, mark.start + 60)).split('\n')[0] ?? ''}`, module, mark, weak)
        if (!next) continue
        if (fn) enterFunction(fn, next)
        else if (cls) for (const method of methodsOf(cls)) enterFunction(method, next)
      }
    },
  }
}

function firstText(call: PyNode, scope: PyScope): string | undefined {
  const first = field(call, 'arguments')?.children.find((child) => child.kind !== 'comment')
  return first?.kind === 'string' ? literalText(first, scope.module.text) : undefined
}
