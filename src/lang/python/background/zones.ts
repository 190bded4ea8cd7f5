/** Time zones as schedulers are given them: names, pytz and zoneinfo objects. */
import { bare, field } from '../tree.js'
import type { PythonProgram } from '../program.js'
import type { PyNode, PyScope } from '../types.js'

/** Where a schedule's clock stands. */
export type Zone = { readonly kind: 'known'; readonly name: string } | { readonly kind: 'local' } | { readonly kind: 'unreadable' }
/** The zone that an expression names; undefined without one. */
export function zoneOf(program: PythonProgram, node: PyNode | undefined, scope: PyScope): Zone | undefined {
  if (!node) return undefined
  const at = bare(node)
  for (const value of program.values(at, scope)) {
    if (value.kind === 'literal' && typeof value.value === 'string') return { kind: 'known', name: value.value }
    if (value.kind === 'name' && /^(pytz\.(utc|UTC)|datetime\.timezone\.utc|dateutil\.tz\.UTC)$/.test(value.name)) return { kind: 'known', name: 'UTC' }
  }
  const [only] = at.kind === 'call' ? [{ node: at, scope }] : program.definitions(at, scope)
  const callee = only?.node.kind === 'call' ? field(only.node, 'function') : undefined
  const first = only && field(only.node, 'arguments')?.children.find((child) => child.kind !== 'comment')
  if (only && callee && first && program.origins(callee, only.scope).some((origin) => /(^pytz\.timezone|\.ZoneInfo|\.gettz)$/.test(origin))) {
    const [name] = program.values(first, only.scope)
    if (name?.kind === 'literal' && typeof name.value === 'string') return { kind: 'known', name: name.value }
  }
  return { kind: 'unreadable' }
}
