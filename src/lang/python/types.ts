/** The nouns of the Python program: what rules get to see. Verbs are in program.ts. */
import type { Path, Range } from '../../types.js'
import type { Run } from '../runs.js'

export type { Folded } from '../folded.js'
export type { Run } from '../runs.js'

/** A syntax node: tree-sitter's named nodes as plain objects, so that no WASM memory is held. Texts are sliced from the module. */
export type PyNode = Range & {
  /** tree-sitter-python's node type: 'call', 'assignment', 'if_statement', … */
  readonly kind: string
  /** The field under which the parent holds it: 'function', 'arguments', 'left', … */
  readonly field: string | undefined
  readonly children: readonly PyNode[]
  readonly parent: PyNode | undefined
  /** For operators and unary/boolean/comparison expressions: the operator's text ('and', '==', 'not in', '/', …). */
  readonly op: string | undefined
}

export type PyModule = {
  readonly path: Path
  /** Dotted name from the root it was found under: 'shop.views'. */
  readonly name: string
  readonly isPackage: boolean
  readonly text: string
  readonly root: PyNode
  readonly scope: PyScope
  /** Offset of the first syntax error, if the file does not parse. */
  readonly brokenAt: number | undefined
}

export type PyScope = {
  readonly kind: 'module' | 'class' | 'function'
  readonly node: PyNode
  readonly module: PyModule
  readonly parent: PyScope | undefined
  readonly bindings: ReadonlyMap<string, readonly PyBinding[]>
  /** Names declared `global` here. */
  readonly globals: ReadonlySet<string>
  /** Modules star-imported here, as written ('.models', 'flask'). */
  readonly stars: readonly string[]
  readonly fn?: PyFunction
  readonly cls?: PyClass
}

export type PyBinding = { readonly name: string; readonly node: PyNode; readonly scope: PyScope } & (
  | { readonly kind: 'import'; /** As written, with leading dots. */ readonly module: string; /** The name taken from it; undefined binds the module itself. */ readonly member: string | undefined; /** `import a.b` binds 'a'. */ readonly topOnly: boolean }
  | { readonly kind: 'function'; readonly fn: PyFunction }
  | { readonly kind: 'class'; readonly cls: PyClass }
  | { readonly kind: 'assign'; readonly value: PyNode; /** Taken out of a tuple: which element. */ readonly index: number | undefined }
  | { readonly kind: 'loop'; readonly value: PyNode; readonly index: number | undefined }
  | { readonly kind: 'with'; readonly value: PyNode }
  | { readonly kind: 'except'; readonly value: PyNode | undefined }
  | { readonly kind: 'param'; readonly fn: PyFunction; readonly index: number; readonly annotation: PyNode | undefined; readonly fallback: PyNode | undefined; readonly star: '' | '*' | '**' }
  | { readonly kind: 'annotation'; readonly annotation: PyNode }
  | { readonly kind: 'other' }
)

export type PyFunction = {
  readonly name: string
  /** 'Class.method', 'outer.inner', '<lambda>'. */
  readonly qualname: string
  readonly node: PyNode
  readonly body: PyNode
  readonly module: PyModule
  readonly scope: PyScope
  readonly cls: PyClass | undefined
  readonly params: readonly (PyBinding & { readonly kind: 'param' })[]
  /** Expressions after '@', outermost first. */
  readonly decorators: readonly PyNode[]
  readonly isAsync: boolean
  readonly isLambda: boolean
}

export type PyClass = {
  readonly name: string
  readonly node: PyNode
  readonly module: PyModule
  readonly scope: PyScope
  readonly bases: readonly PyNode[]
  readonly decorators: readonly PyNode[]
}

/**
 * What an expression may evaluate to.
 * `name` is an origin outside the repo, written as the way to it: 'flask.Flask' (the class), 'flask.Flask()' (an instance),
 * 'flask.Flask().config', 'flask.request.files[]', 'builtins.open()'. Calls add '()', subscripts '[]', attributes '.x'.
 */
export type Value =
  | { readonly kind: 'name'; readonly name: string }
  | { readonly kind: 'module'; readonly path: Path }
  | { readonly kind: 'function'; readonly fn: PyFunction }
  | { readonly kind: 'class'; readonly cls: PyClass }
  | { readonly kind: 'object'; readonly cls: PyClass }
  | { readonly kind: 'literal'; readonly value: string | number | boolean | null; readonly node: PyNode }

/** A place in reached code. `runs` is never empty and sorted: import, startup, request, build, main. */
export type PySite = {
  readonly module: PyModule
  readonly node: PyNode
  readonly scope: PyScope
  /** The innermost function that holds it; undefined at module or class level. */
  readonly fn: PyFunction | undefined
  readonly runs: readonly Run[]
  /** Inside the body of a `try` that has handlers. */
  readonly handled: boolean
}

export type PyCall = PySite & {
  /** Origins the callee may have, outside the repo: 'threading.Thread', 'threading.Thread().start'. */
  readonly names: readonly string[]
  /** Functions of the repo it may call. */
  readonly callees: readonly PyFunction[]
  readonly args: readonly PyNode[]
  readonly kwargs: ReadonlyMap<string, PyNode>
  /** `*args` or `**kwargs` are passed: an absent argument proves nothing. */
  readonly spread: boolean
}

export type PyImport = PySite & {
  /** As written, with leading dots: 'flask_cors', '.models', 'a.b'. */
  readonly target: string
  /** The files of the repo it loads; empty for packages from outside. */
  readonly resolved: readonly Path[]
  readonly names: readonly string[]
  /** Under `try: … except ImportError/Exception`. */
  readonly optional: boolean
}

export type PyRoute = {
  /** As declared, with blueprint prefixes where they can be resolved: '/shop/<int:id>'. */
  readonly path: string
  readonly methods: readonly string[]
  readonly fn: PyFunction | undefined
  /** The decorator or registering call. */
  readonly node: PyNode
  readonly module: PyModule
  readonly scope: PyScope
}
