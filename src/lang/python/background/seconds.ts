/** Numbers as far as they can be known without running: intervals, delays, timeouts, sizes. */
import { literalText } from '../literals.js'
import { bare, field } from '../tree.js'
import type { PythonProgram } from '../program.js'
import type { PyNode, PyScope } from '../types.js'

/** `env`: the variable that can override the number, which is then the default in the code. */
export type KnownNumber = { readonly value: number; readonly env?: string }

export function numberOf(program: PythonProgram, at: PyNode, scope: PyScope, depth = 0): KnownNumber | undefined {
  const node = bare(at)
  const text = program.text(node, scope.module)
  if (depth > 8) return undefined
  switch (node.kind) {
    case 'integer':
    case 'float':
      return plain(Number(text.replaceAll('_', '')))
    case 'string':
      return plain(Number(literalText(node, scope.module.text)?.trim() || Number.NaN))
    case 'unary_operator': {
      const inner = numberOf(program, field(node, 'argument') ?? node, scope, depth + 1)
      return inner && node.op === '-' ? { ...inner, value: -inner.value } : undefined
    }
    case 'binary_operator': {
      const [left, right] = [field(node, 'left'), field(node, 'right')]
      const a = left && numberOf(program, left, scope, depth + 1)
      const b = right && numberOf(program, right, scope, depth + 1)
      if (!a || !b) return undefined
      const env = a.env ?? b.env
      const known = plain(node.op === '*' ? a.value * b.value : node.op === '+' ? a.value + b.value : node.op === '-' ? a.value - b.value : node.op === '/' ? a.value / b.value : node.op === '**' ? a.value ** b.value : Number.NaN)
      return known && { ...known, ...(env === undefined ? {} : { env }) }
    }
    case 'boolean_operator':
      return node.op === 'or' ? orElse(program, node, scope, depth) : undefined
    case 'identifier':
    case 'attribute': {
      const all = program.definitions(node, scope).map((one) => numberOf(program, one.node, one.scope, depth + 1))
      const [first] = all
      return first && all.every((one) => one?.value === first.value) ? first : undefined
    }
    case 'subscript':
      return setting(program, field(node, 'value'), field(node, 'subscript'), undefined, scope, depth)
    case 'call':
      return call(program, node, scope, depth)
    default:
      return undefined
  }
}

function plain(value: number): KnownNumber | undefined {
  return Number.isFinite(value) ? { value } : undefined
}
/** `os.getenv("X") or 60`. */
function orElse(program: PythonProgram, node: PyNode, scope: PyScope, depth: number): KnownNumber | undefined {
  const right = field(node, 'right')
  const known = right && numberOf(program, right, scope, depth + 1)
  const [env] = program.guards.reads(node, scope)
  return known && { ...known, ...(env === undefined ? {} : { env }) }
}
function setting(program: PythonProgram, holder: PyNode | undefined, key: PyNode | undefined, fallback: PyNode | undefined, scope: PyScope, depth: number): KnownNumber | undefined {
  const name = key?.kind === 'string' ? literalText(key, scope.module.text) : undefined
  if (!holder || name === undefined || !program.origins(holder, scope).some((origin) => origin.endsWith('.config'))) return undefined
  const [first, ...more] = program.settings(name)
  if (!first) return fallback && numberOf(program, fallback, scope, depth + 1)
  return more.length === 0 ? numberOf(program, first.node, first.scope, depth + 1) : undefined
}
function call(program: PythonProgram, node: PyNode, scope: PyScope, depth: number): KnownNumber | undefined {
  const callee = field(node, 'function')
  const args = (field(node, 'arguments')?.children ?? []).filter((child) => child.kind !== 'comment')
  const [first, second] = args
  if (!callee) return undefined
  for (const origin of program.origins(callee, scope)) {
    if (/^builtins\.(int|float|abs|round)$/.test(origin) && first) return numberOf(program, first, scope, depth + 1)
    if (/^(os\.getenv|os\.environ\.get|decouple\.config)$/.test(origin) && first?.kind === 'string') {
      const fallback = second?.kind === 'keyword_argument' ? field(second, 'value') : second
      const known = fallback && numberOf(program, fallback, scope, depth + 1)
      const env = literalText(first, scope.module.text)
      return known && { ...known, ...(env === undefined ? {} : { env }) }
    }
    if (origin === 'datetime.timedelta().total_seconds') {
      const inner = field(callee, 'object')
      return inner && timedelta(program, inner, scope, depth)
    }
    if (/\.config\.get$/.test(origin)) return setting(program, field(callee, 'object'), first, second, scope, depth)
  }
  return undefined
}
/** The seconds of a `timedelta(…)`, also behind a name. */
export function timedelta(program: PythonProgram, at: PyNode, scope: PyScope, depth = 0): KnownNumber | undefined {
  const node = bare(at)
  if (node.kind !== 'call') {
    const [only, ...more] = program.definitions(node, scope)
    return only && more.length === 0 && depth < 8 ? timedelta(program, only.node, only.scope, depth + 1) : undefined
  }
  if (!program.origins(field(node, 'function') ?? node, scope).some((origin) => /(^|\.)timedelta$/.test(origin))) return undefined
  const args = (field(node, 'arguments')?.children ?? []).filter((child) => child.kind !== 'comment')
  const [days, seconds] = args.filter((child) => child.kind !== 'keyword_argument')
  if (!days) return durationOf(program, args, scope, depth)
  const [inDays, inSeconds] = [numberOf(program, days, scope, depth + 1), seconds ? numberOf(program, seconds, scope, depth + 1) : { value: 0 }]
  return inDays && inSeconds && args.length < 3 ? { value: inDays.value * 86_400 + inSeconds.value } : undefined
}

export const unitSeconds: Readonly<Record<string, number>> = { weeks: 604_800, days: 86_400, hours: 3600, minutes: 60, seconds: 1, milliseconds: 0.001 }

/** The seconds that keyword arguments such as `minutes=5` add up to; undefined when one of them is not known or none is there. */
export function durationOf(program: PythonProgram, args: readonly PyNode[], scope: PyScope, depth = 0): KnownNumber | undefined {
  const named = args.flatMap((arg) => {
    const value = arg.kind === 'keyword_argument' ? field(arg, 'value') : undefined
    return value ? [[program.text(field(arg, 'name') ?? arg, scope.module), value] as const] : []
  })
  return durationFrom(program, new Map(named), scope, depth)
}
/** As `durationOf`, from values by their keywords. */
export function durationFrom(program: PythonProgram, named: ReadonlyMap<string, PyNode>, scope: PyScope, depth = 0): KnownNumber | undefined {
  let total = 0
  let env: string | undefined
  let given = false
  for (const [name, value] of named) {
    const unit = unitSeconds[name]
    if (unit === undefined) continue
    const known = numberOf(program, value, scope, depth + 1)
    if (!known) return undefined
    given = true
    total += known.value * unit
    env ??= known.env
  }
  return given ? { value: total, ...(env === undefined ? {} : { env }) } : undefined
}
