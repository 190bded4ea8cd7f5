/** Decides `if` tests that depend on the host: which branch runs there, and which tests are flags nobody here can decide. */
import { hostMarks } from '../host-marks.js'
import type { Defined, Definitions } from './definitions.js'
import { literalText } from './literals.js'
import type { Resolver } from './values.js'
import { bare, field, walk } from './tree.js'
import type { PyNode, PyScope } from './types.js'

export { hostMarks }

export type Guards = {
  /** 'main' for `__name__ == '__main__'`, 'typing' for TYPE_CHECKING, a boolean when the host decides it, 'flag' when a setting or variable does, undefined for an ordinary test. */
  test(node: PyNode, scope: PyScope): boolean | 'main' | 'not-main' | 'typing' | 'flag' | undefined
  /** Names of environment variables that an expression reads, through constants too. */
  reads(node: PyNode, scope: PyScope): readonly string[]
}
type Known = { readonly value: string | number | boolean | null }

const environReads = new Set(['os.environ.get', 'os.getenv', 'os.environ.setdefault', 'environ.Env()', 'decouple.config'])

export function makeGuards(resolver: Resolver, definitions: Definitions, hostEnv: Readonly<Record<string, string>>): Guards {
  const textOf = (node: PyNode, scope: PyScope): string => scope.module.text.slice(node.start, node.end)
  const names = (node: PyNode, scope: PyScope): readonly string[] => resolver.values(node, scope).flatMap((value) => (value.kind === 'name' ? [value.name] : []))
  const argumentsOf = (call: PyNode): readonly PyNode[] => (field(call, 'arguments')?.children ?? []).filter((child) => child.kind !== 'comment' && child.kind !== 'keyword_argument')

  const variable = (name: string, fallback: Known | undefined): Known | undefined => {
    const set = hostEnv[name]
    if (set !== undefined) return { value: set }
    return hostMarks.has(name) ? (fallback ?? { value: null }) : undefined
  }

  const evaluate = (at: PyNode, scope: PyScope, depth: number): Known | undefined => {
    const node = bare(at)
    if (depth > 8) return undefined
    switch (node.kind) {
      case 'string':
      case 'concatenated_string': {
        const value = literalText(node, scope.module.text)
        return value === undefined ? undefined : { value }
      }
      case 'true':
        return { value: true }
      case 'false':
        return { value: false }
      case 'none':
        return { value: null }
      case 'integer':
        return { value: Number(textOf(node, scope)) }
      case 'not_operator': {
        const inner = field(node, 'argument')
        const known = inner && evaluate(inner, scope, depth + 1)
        return known && { value: !known.value }
      }
      case 'boolean_operator': {
        const [left, right] = [field(node, 'left'), field(node, 'right')]
        if (!left || !right) return undefined
        const a = evaluate(left, scope, depth + 1)
        const b = evaluate(right, scope, depth + 1)
        const stops = (known: Known | undefined): boolean => known !== undefined && Boolean(known.value) === (node.op === 'or')
        if (stops(a)) return a
        if (a) return b
        return stops(b) ? b : undefined
      }
      case 'comparison_operator':
        return compare(node, scope, depth)
      case 'conditional_expression': {
        const [yes, test, no] = node.children
        const known = test && evaluate(test, scope, depth + 1)
        const branch = known && (known.value ? yes : no)
        return branch && evaluate(branch, scope, depth + 1)
      }
      case 'subscript': {
        const [value, key] = [field(node, 'value'), field(node, 'subscript')]
        if (!value || !key || !names(value, scope).includes('os.environ')) return undefined
        const name = evaluate(key, scope, depth + 1)
        return typeof name?.value === 'string' ? variable(name.value, undefined) : undefined
      }
      case 'call':
        return call(node, scope, depth)
      case 'identifier':
      case 'attribute': {
        const home = definition(node, scope)
        return home && evaluate(home.node, home.scope, depth + 1)
      }
      default:
        return undefined
    }
  }

  const compare = (node: PyNode, scope: PyScope, depth: number): Known | undefined => {
    const [left, right] = node.children.filter((child) => child.kind !== 'comment')
    if (!left || !right) return undefined
    if ((node.op === 'in' || node.op === 'not in') && names(right, scope).includes('os.environ')) {
      const name = evaluate(left, scope, depth + 1)
      const known = typeof name?.value === 'string' ? variable(name.value, undefined) : undefined
      return known && { value: (known.value !== null) === (node.op === 'in') }
    }
    const a = evaluate(left, scope, depth + 1)
    if (!a) return undefined
    if (node.op === 'in' || node.op === 'not in') {
      const items = ['tuple', 'list', 'set'].includes(right.kind) ? right.children.map((child) => evaluate(child, scope, depth + 1)) : []
      if (items.length === 0 || items.some((item) => !item)) return undefined
      return { value: items.some((item) => item?.value === a.value) === (node.op === 'in') }
    }
    const b = evaluate(right, scope, depth + 1)
    if (!b) return undefined
    if (node.op === '==' || node.op === 'is') return { value: a.value === b.value }
    if (node.op === '!=' || node.op === 'is not') return { value: a.value !== b.value }
    return undefined
  }

  const call = (node: PyNode, scope: PyScope, depth: number): Known | undefined => {
    const callee = field(node, 'function')
    if (!callee) return undefined
    const args = argumentsOf(node)
    const origins = names(callee, scope)
    if (origins.some((origin) => environReads.has(origin)) && args[0]) {
      const name = evaluate(args[0], scope, depth + 1)
      const fallback = args[1] ? evaluate(args[1], scope, depth + 1) : undefined
      return typeof name?.value === 'string' ? variable(name.value, args[1] ? fallback : { value: null }) : undefined
    }
    if (origins.includes('builtins.bool')) {
      const known = args[0] && evaluate(args[0], scope, depth + 1)
      return known && { value: Boolean(known.value) }
    }
    if ((origins.includes('builtins.any') || origins.includes('builtins.all')) && args[0]) return quantified(origins.includes('builtins.any'), args[0], scope, depth)
    if (callee.kind === 'attribute') {
      const [object, method] = [field(callee, 'object'), field(callee, 'attribute')]
      const known = object && evaluate(object, scope, depth + 1)
      const name = method && textOf(method, scope)
      if (typeof known?.value === 'string' && (name === 'lower' || name === 'upper' || name === 'strip')) return { value: name === 'lower' ? known.value.toLowerCase() : name === 'upper' ? known.value.toUpperCase() : known.value.trim() }
    }
    for (const value of resolver.values(callee, scope)) {
      if (value.kind !== 'function' || value.fn.isLambda) continue
      const statements = value.fn.body.children.filter((child) => child.kind !== 'comment' && !(child.kind === 'expression_statement' && child.children[0]?.kind === 'string'))
      const only = statements.length === 1 ? statements[0] : undefined
      if (only?.kind === 'return_statement' && only.children[0]) return evaluate(only.children[0], value.fn.scope, depth + 1)
    }
    return undefined
  }

  /** `any([…])`, `all((…))`: one element that is `oneSettles` decides, else all have to be known. */
  const quantified = (oneSettles: boolean, list: PyNode, scope: PyScope, depth: number): Known | undefined => {
    if (list.kind !== 'list' && list.kind !== 'tuple' && list.kind !== 'set') return undefined
    const items = list.children.filter((child) => child.kind !== 'comment').map((child) => evaluate(child, scope, depth + 1))
    if (items.some((item) => item && Boolean(item.value) === oneSettles)) return { value: oneSettles }
    return items.every((item) => item) ? { value: !oneSettles } : undefined
  }

  const definition = (node: PyNode, scope: PyScope): Defined | undefined => {
    const all = definitions.of(node, scope)
    return all.length === 1 ? all[0] : undefined
  }

  const reads = (node: PyNode, scope: PyScope, depth = 0): readonly string[] => {
    const found: string[] = []
    for (const at of walk(node)) {
      if (at.kind === 'call') {
        const callee = field(at, 'function')
        const first = argumentsOf(at)[0]
        const name = callee && first && names(callee, scope).some((origin) => environReads.has(origin)) ? literalText(first, scope.module.text) : undefined
        if (name !== undefined && first?.kind.includes('string')) found.push(name)
        if (callee && depth < 3) for (const value of resolver.values(callee, scope)) if (value.kind === 'function' && !value.fn.isLambda && value.fn.body.children.length <= 3) found.push(...reads(value.fn.body, value.fn.scope, depth + 1))
      } else if (at.kind === 'subscript') {
        const [value, key] = [field(at, 'value'), field(at, 'subscript')]
        const name = value && key?.kind === 'string' && names(value, scope).includes('os.environ') ? literalText(key, scope.module.text) : undefined
        if (name !== undefined) found.push(name)
      } else if (at.kind === 'comparison_operator' && /\bin\b/.test(at.op ?? '')) {
        const [left, right] = at.children
        const name = left?.kind === 'string' && right && names(right, scope).includes('os.environ') ? literalText(left, scope.module.text) : undefined
        if (name !== undefined) found.push(name)
      } else if ((at.kind === 'identifier' || at.kind === 'attribute') && depth < 3 && at.parent?.kind !== 'keyword_argument') {
        const home = definition(at, scope)
        if (home && home.node !== node) found.push(...reads(home.node, home.scope, depth + 1))
      }
    }
    return found
  }

  const test = (node: PyNode, scope: PyScope): ReturnType<Guards['test']> => {
    const text = textOf(node, scope)
    if (text.includes('__name__') && text.includes('__main__')) return text.includes('!=') ? 'not-main' : 'main'
    if (/\bTYPE_CHECKING\b/.test(text)) return 'typing'
    // What only a debug run of Django adds (its own file serving, a toolbar, live reload) is no part of a deployment; a setting that leaves debug on is a finding by itself.
    const debug = node.kind === 'not_operator' ? field(node, 'argument') : node
    if (debug?.kind === 'attribute' && names(debug, scope).includes('django.conf.settings.DEBUG')) return debug !== node
    const known = evaluate(node, scope, 0)
    if (known && reads(node, scope).some((name) => name in hostEnv || hostMarks.has(name))) return Boolean(known.value)
    if (known && !text.includes('(')) return Boolean(known.value)
    // `os.environ.get("WERKZEUG_RUN_MAIN") == "true" or not app.debug`: only the reloader's parent process is kept out, and a host has none.
    if (/WERKZEUG_RUN_MAIN/.test(text) && /\bor\b/.test(text) && /\bnot\s+[\w.]*debug\b/i.test(text)) return true
    if (/\b(DEBUG|TESTING|debug|testing)\b/.test(text) || reads(node, scope).length > 0) return 'flag'
    return undefined
  }
  return { test, reads: (node, scope) => [...new Set(reads(node, scope))] }
}
