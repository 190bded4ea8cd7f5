/** The expressions that a value may come down to on the host: through names, `or`, conditions and defaults of environment variables. */
import { environmentReads, type EnvRead } from '../environment.js'
import { bare, field } from '../tree.js'
import type { PythonProgram } from '../program.js'
import type { PyNode, PyScope } from '../types.js'

export type Alternative = {
  readonly node: PyNode
  readonly scope: PyScope
  /** The variable whose absence leads here. */
  readonly behind: string | undefined
  /** The whole expression that reads that variable; without one, the node itself. */
  readonly whole: PyNode
  readonly wholeScope: PyScope
  /** Set when the node is the read itself: what the variable holds. */
  readonly read: EnvRead | undefined
}
type Way = Pick<Alternative, 'behind' | 'whole' | 'wholeScope'>

const passing = new Set(['encode', 'decode', 'strip', 'lower', 'upper', 'rstrip', 'lstrip', 'replace'])

export function* alternatives(program: PythonProgram, at: PyNode, scope: PyScope, way?: Way, depth = 0): Generator<Alternative> {
  const node = bare(at)
  if (depth > 8) return
  const next = (inner: PyNode | undefined, through = way): Generator<Alternative> | readonly Alternative[] => (inner ? alternatives(program, inner, scope, through, depth + 1) : [])
  const read = readsByNode(program).get(node)
  if (read) {
    const own = way ?? { behind: read.name, whole: node, wholeScope: scope }
    yield { node, scope, ...own, read }
    if (read.fallback) yield* next(read.fallback, own.behind === undefined ? { behind: read.name, whole: node, wholeScope: scope } : own)
    return
  }
  switch (node.kind) {
    case 'boolean_operator': {
      const [left, right] = [field(node, 'left'), field(node, 'right')]
      if (node.op !== 'or') break
      const before = left ? [...alternatives(program, left, scope, undefined, depth + 1)] : []
      const name = before.find((one) => one.read)?.read?.name
      const own = way ?? (name === undefined ? undefined : { behind: name, whole: node, wholeScope: scope })
      yield* next(left, own)
      yield* next(right, own)
      return
    }
    case 'conditional_expression': {
      const [yes, test, no] = node.children.filter((child) => child.kind !== 'comment')
      const known = test && program.guards.test(test, scope)
      const name = test && known === 'flag' ? program.guards.reads(test, scope)[0] : undefined
      const own = way ?? (name === undefined ? undefined : { behind: name, whole: node, wholeScope: scope })
      if (known !== false) yield* next(yes, own)
      if (known !== true) yield* next(no, own)
      return
    }
    case 'identifier':
    case 'attribute': {
      const found = program.definitions(node, scope).filter((one) => isReachedValue(program, one.node))
      if (found.length === 0) break
      // A field of a settings class is read from the environment: its statement is the read, what follows the `=` the default.
      for (const one of found) yield* alternatives(program, one.scope.kind === 'class' && one.node.parent && readsByNode(program).has(one.node.parent) ? one.node.parent : one.node, one.scope, way?.behind === undefined ? undefined : way, depth + 1)
      return
    }
    case 'call': {
      const callee = field(node, 'function')
      const method = callee?.kind === 'attribute' ? field(callee, 'attribute') : undefined
      const object = callee?.kind === 'attribute' ? field(callee, 'object') : undefined
      if (method && object && passing.has(program.text(method, scope.module)) && isCleanedRead(program, object, scope)) return yield* next(object)
      const origins = callee ? program.origins(callee, scope) : []
      if (origins.some((origin) => /^builtins\.(str|bytes|int|bool)$/.test(origin))) {
        const first = field(node, 'arguments')?.children.find((child) => child.kind !== 'comment')
        const inner = first ? [...next(first)] : []
        if (inner.some((one) => one.read)) return yield* inner
      }
      break
    }
  }
  yield { node, scope, ...(way ?? { behind: undefined, whole: node, wholeScope: scope }), read: undefined }
}

/** A read, or one with such methods behind it: `os.getenv("X", "").strip().replace("\n", "")`. */
function isCleanedRead(program: PythonProgram, at: PyNode, scope: PyScope): boolean {
  const node = bare(at)
  if (readsByNode(program).has(node)) return true
  const callee = node.kind === 'call' ? field(node, 'function') : undefined
  const [method, object] = callee?.kind === 'attribute' ? [field(callee, 'attribute'), field(callee, 'object')] : []
  return method !== undefined && object !== undefined && passing.has(program.text(method, scope.module)) && isCleanedRead(program, object, scope)
}

const known = new WeakMap<PythonProgram, { readonly reads: ReadonlyMap<PyNode, EnvRead>; readonly values: ReadonlySet<PyNode> }>()
function factsOf(program: PythonProgram): { readonly reads: ReadonlyMap<PyNode, EnvRead>; readonly values: ReadonlySet<PyNode> } {
  const found = known.get(program)
  if (found) return found
  const reads = new Map([...environmentReads(program)].map((read) => [read.site.node, read] as const))
  const values = new Set([...program.sites('assignment')].flatMap((site) => field(site.node, 'right') ?? []))
  const facts = { reads, values }
  known.set(program, facts)
  return facts
}
/** Reads of environment variables in reached code, by their node. */
export function readsByNode(program: PythonProgram): ReadonlyMap<PyNode, EnvRead> {
  return factsOf(program).reads
}
/** Is this definition one that runs on the host? Assignments in branches that it does not take are none. */
export function isReachedValue(program: PythonProgram, value: PyNode): boolean {
  return value.parent?.kind !== 'assignment' || factsOf(program).values.has(value)
}
