/** What an expression comes to on a host where nobody has set its variables. */
import { literalText } from '../literals.js'
import { bare, field } from '../tree.js'
import { readsByNode } from './alternatives.js'
import type { PythonProgram } from '../program.js'
import type { PyNode, PyScope } from '../types.js'

type Plain = string | number | boolean | null
export type WhenUnset = { readonly value: Plain; /** The variables that it depends on, in the order they are read. */ readonly reads: readonly string[] }

/** Undefined where it can't be told. */
export function whenUnset(program: PythonProgram, at: PyNode, scope: PyScope, depth = 0): WhenUnset | undefined {
  const node = bare(at)
  if (depth > 10) return undefined
  const { module } = scope
  const next = (inner: PyNode | undefined, where = scope): WhenUnset | undefined => (inner ? whenUnset(program, inner, where, depth + 1) : undefined)
  const plain = (value: Plain): WhenUnset => ({ value, reads: [] })
  const host = ['comparison_operator', 'not_operator', 'call', 'subscript'].includes(node.kind) ? program.guards.test(node, scope) : undefined
  // What the host itself sets, or surely lacks, is known.
  if (typeof host === 'boolean') return { value: host, reads: program.guards.reads(node, scope) }
  const read = readsByNode(program).get(node)
  if (read) {
    if (read.required) return undefined
    const fallback = read.fallback ? next(read.fallback) : plain(null)
    const cast = fallback && castOf(program, node, scope, fallback.value)
    return cast === undefined || !fallback ? undefined : { value: cast, reads: [read.name, ...fallback.reads] }
  }
  switch (node.kind) {
    case 'true': return plain(true)
    case 'false': return plain(false)
    case 'none': return plain(null)
    case 'integer': return plain(Number(program.text(node, module)))
    case 'string': case 'concatenated_string': {
      const text = literalText(node, module.text)
      return text === undefined ? undefined : plain(text)
    }
    case 'not_operator': {
      const inner = next(field(node, 'argument'))
      return inner && { ...inner, value: !inner.value }
    }
    case 'boolean_operator': {
      const [left, right] = [next(field(node, 'left')), next(field(node, 'right'))]
      const stops = (one: WhenUnset | undefined): boolean => one !== undefined && Boolean(one.value) === (node.op === 'or')
      if (stops(left)) return left
      if (left && right) return { value: right.value, reads: [...left.reads, ...right.reads] }
      return stops(right) ? right : undefined
    }
    case 'comparison_operator': {
      const [left, right] = node.children.filter((child) => child.kind !== 'comment')
      const isEnviron = right !== undefined && program.origins(right, scope).includes('os.environ')
      if (isEnviron && left?.kind === 'string' && (node.op === 'in' || node.op === 'not in')) return { value: node.op === 'not in', reads: [literalText(left, module.text) ?? ''] }
      const a = next(left)
      if (!a || !right) return undefined
      if (node.op === 'in' || node.op === 'not in') {
        const items = ['list', 'tuple', 'set'].includes(bare(right).kind) ? bare(right).children.filter((child) => child.kind !== 'comment').map((child) => next(child)) : [undefined]
        return items.some((item) => item === undefined) ? undefined : { value: items.some((item) => item?.value === a.value) === (node.op === 'in'), reads: a.reads }
      }
      const b = next(right)
      if (!b || !['==', '!=', 'is', 'is not'].includes(node.op ?? '')) return undefined
      return { value: (a.value === b.value) === (node.op === '==' || node.op === 'is'), reads: [...a.reads, ...b.reads] }
    }
    case 'conditional_expression': {
      const [yes, test, no] = node.children.filter((child) => child.kind !== 'comment')
      const known = next(test)
      const branch = known && next(known.value ? yes : no)
      return branch && known ? { value: branch.value, reads: [...known.reads, ...branch.reads] } : undefined
    }
    case 'identifier': case 'attribute': {
      const setting = /^django\.conf\.settings\.([A-Z]\w*)$/.exec(program.origins(node, scope).find((origin) => origin.startsWith('django.conf.settings.')) ?? '')?.[1]
      const given = setting === undefined ? [] : program.settings(setting)
      const [only, ...more] = given.length > 0 ? given : program.definitions(node, scope)
      return only && more.length === 0 ? next(only.node, only.scope) : undefined
    }
    case 'call': return ofCall(program, node, scope, next)
    default: return undefined
  }
}

function ofCall(program: PythonProgram, node: PyNode, scope: PyScope, next: (inner: PyNode | undefined) => WhenUnset | undefined): WhenUnset | undefined {
  const callee = field(node, 'function')
  const [first, ...more] = (field(node, 'arguments')?.children ?? []).filter((child) => child.kind !== 'comment')
  if (!callee) return undefined
  if (callee.kind === 'attribute') {
    const object = next(field(callee, 'object'))
    const method = field(callee, 'attribute')
    const change = method && texts[program.text(method, scope.module)]
    if (!object || typeof object.value !== 'string' || !change || first) return undefined
    return { ...object, value: change(object.value) }
  }
  const inner = more.length === 0 ? next(first) : undefined
  if (!inner) return undefined
  const origins = program.origins(callee, scope)
  if (origins.includes('builtins.bool')) return { ...inner, value: Boolean(inner.value) }
  if (origins.includes('builtins.str')) return { ...inner, value: inner.value === true ? 'True' : inner.value === false ? 'False' : String(inner.value ?? 'None') }
  if (origins.includes('builtins.int') && inner.value !== null && /^\s*\d+\s*$/.test(String(Number(inner.value)))) return { ...inner, value: Number(inner.value) }
  return undefined
}
const texts: Readonly<Record<string, (text: string) => string>> = { lower: (text) => text.toLowerCase(), upper: (text) => text.toUpperCase(), strip: (text) => text.trim(), title: (text) => text.charAt(0).toUpperCase() + text.slice(1).toLowerCase() }

/** Readers that turn text into truth: `config('DEBUG', default='True', cast=bool)`, `env.bool('DEBUG')`, a helper whose name says so. */
function castOf(program: PythonProgram, node: PyNode, scope: PyScope, value: Plain): Plain | undefined {
  if (node.kind !== 'call') return value
  const cast = (field(node, 'arguments')?.children ?? []).find((child) => child.kind === 'keyword_argument' && program.text(field(child, 'name') ?? child, scope.module) === 'cast')
  const callee = field(node, 'function')
  const name = callee ? program.text(callee, scope.module) : ''
  const isTruth = cast ? program.text(field(cast, 'value') ?? cast, scope.module) === 'bool' : /\.bool$|bool/i.test(name)
  if (!isTruth) return value
  return typeof value === 'string' ? /^(true|1|yes|on|t|y|ok)$/i.test(value.trim()) : Boolean(value)
}

/** The node stands where a host without further variables does not get: `if os.environ.get("USE_SQLITE"):`. */
export function needsVariable(program: PythonProgram, node: PyNode, scope: PyScope): boolean {
  for (let at: PyNode = node; at.parent && at.kind !== 'function_definition'; at = at.parent) {
    const { parent } = at
    if (at.field === 'consequence') {
      const test = field(parent, 'condition')
      const known = test && whenUnset(program, test, scope)
      if (known ? !known.value : test && isDebug(program, test, scope)) return true
    }
    if (at.kind !== 'else_clause' && at.kind !== 'elif_clause') continue
    for (const before of [parent, ...parent.children.filter((child) => child.kind === 'elif_clause' && child.start < at.start)]) {
      const test = field(before, 'condition')
      const known = test && whenUnset(program, test, scope)
      if (known?.value) return true
    }
  }
  return false
}
/** A debug mode that nobody here can tell is one that a host does not get by itself. */
function isDebug(program: PythonProgram, test: PyNode, scope: PyScope): boolean {
  return /^(\w+\.)*DEBUG$/.test(program.text(bare(test), scope.module)) && program.guards.test(test, scope) !== true
}
