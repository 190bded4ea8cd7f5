/** Values that a framework setting is really given: constants count only where their class or module is loaded as configuration. */
import { settingEffects } from '../django/settings.js'
import { field } from '../tree.js'
import { isReachedValue } from './alternatives.js'
import { served } from './served.js'
import { underTests } from './tested.js'
import type { PythonProgram } from '../program.js'
import type { PyClass, PyNode, PyScope } from '../types.js'

export type Given = {
  readonly node: PyNode
  readonly scope: PyScope
  /** The class or module is chosen by a name that nobody here can tell. */
  readonly maybe: boolean
}

export function* givenSettings(program: PythonProgram, key: string): Generator<Given> {
  const effects = settingEffects(program, key)
  if (effects.length > 0) {
    for (const { effect } of served(effects.map((one) => ({ effect: one })))) {
      const { op, node, scope, uncertain, statement } = effect
      const site = program.siteOf(node, scope)
      // A test that only a flag decides is weighed with the site's runs.
      if (op === 'set' && site && !underTests(statement, scope)) yield { node, scope, maybe: uncertain && !program.first(site).conditional }
    }
    return
  }
  for (const { node, scope } of program.settings(key)) {
    if (!isReachedValue(program, node) || program.siteOf(node, scope)?.runs.every((run) => run.when === 'main')) continue
    const left = node.parent?.kind === 'assignment' ? field(node.parent, 'left') : undefined
    if (left?.kind !== 'identifier') {
      yield { node, scope, maybe: false }
      continue
    }
    // What a class below says anew does not count.
    const ways = (loadedScopes(program).get(scope) ?? []).filter(({ below }) => !below.some((one) => one.bindings.has(key)))
    if (ways.length > 0) yield { node, scope, maybe: ways.every((way) => way.maybe) }
  }
}

type Way = { readonly maybe: boolean; /** Classes derived from it, through which it is loaded. */ readonly below: readonly PyScope[] }
const known = new WeakMap<PythonProgram, ReadonlyMap<PyScope, readonly Way[]>>()
function loadedScopes(program: PythonProgram): ReadonlyMap<PyScope, readonly Way[]> {
  const found = known.get(program)
  if (found) return found
  const scopes = new Map<PyScope, Way[]>()
  known.set(program, scopes)
  const add = (scope: PyScope, how: 'sure' | 'maybe', below: readonly PyScope[] = []): void => {
    const ways = scopes.get(scope) ?? []
    scopes.set(scope, ways)
    ways.push({ maybe: how === 'maybe', below })
  }
  const addClass = (cls: PyClass, how: 'sure' | 'maybe', below: readonly PyScope[] = []): void => {
    if (below.includes(cls.scope)) return
    add(cls.scope, how, below)
    for (const base of cls.bases) for (const value of program.values(base, cls.scope.parent ?? cls.scope)) if (value.kind === 'class') addClass(value.cls, how, [...below, cls.scope])
  }
  for (const call of program.callsMatching(/\.config\.from_(object|pyfile)$/)) {
    const [arg] = call.args
    if (!arg || call.runs.every((run) => run.when === 'main')) continue
    if (program.text(arg, call.module) === '__name__') {
      add(call.module.scope, 'sure')
      continue
    }
    const values = program.values(arg, call.scope)
    const how = values.length > 1 ? 'maybe' : 'sure'
    let resolved = false
    for (const value of values) {
      if (value.kind === 'class' || value.kind === 'object') addClass(value.cls, how)
      else if (value.kind === 'module') {
        const module = program.modules.get(value.path)
        if (module) add(module.scope, how)
      } else if (value.kind === 'literal' && typeof value.value === 'string') {
        if (!byName(program, value.value, (cls) => addClass(cls, how), (scope) => add(scope, how))) continue
      } else continue
      resolved = true
    }
    if (!resolved) for (const cls of chosenLater(program)) addClass(cls, 'maybe')
  }
  return scopes
}

function byName(program: PythonProgram, written: string, addClass: (cls: PyClass) => void, addModule: (scope: PyScope) => void): boolean {
  const dotted = written.replace(/\.(py|cfg)$/, '').replaceAll('/', '.')
  for (const module of program.modules.values()) {
    if (module.name === dotted || module.name.endsWith(`.${dotted}`)) {
      addModule(module.scope)
      return true
    }
    const at = dotted.lastIndexOf('.')
    if (at < 0 || (module.name !== dotted.slice(0, at) && !module.name.endsWith(`.${dotted.slice(0, at)}`))) continue
    const binding = module.scope.bindings.get(dotted.slice(at + 1))?.at(-1)
    if (binding?.kind !== 'class') continue
    addClass(binding.cls)
    return true
  }
  return false
}
/** Configuration classes from which one is picked by a name at run time; those for development and tests are not the host's. */
function* chosenLater(program: PythonProgram): Generator<PyClass> {
  for (const module of program.modules.values())
    for (const bindings of module.scope.bindings.values())
      for (const binding of bindings) if (binding.kind === 'class' && /config|settings|prod/i.test(binding.cls.name) && !/dev|test|local|debug/i.test(binding.cls.name)) yield binding.cls
}
