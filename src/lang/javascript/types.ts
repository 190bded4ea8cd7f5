/** The nouns of the JavaScript program: what rules get to see. Verbs are in program.ts. TypeScript is read as the same thing. */
import type { Path, Range } from '../../types.js'
import type { Run } from '../runs.js'

/** A syntax node of TypeScript's parser as a plain object, so that rules need no compiler at run time. Texts are sliced from the module. */
export type JsNode = Range & {
  /** The compiler's SyntaxKind by name: 'CallExpression', 'Identifier', 'ArrowFunction', … */
  readonly kind: string
  /** The property under which the parent holds it: 'expression', 'arguments', 'initializer', 'body', … */
  readonly field: string | undefined
  readonly children: readonly JsNode[]
  readonly parent: JsNode | undefined
  /** Of unary and binary expressions the operator's text ('&&', '=', '!', '===', …); of variable lists 'var', 'let' or 'const'. */
  readonly op: string | undefined
}

/** How a file's imports and exports are written. 'none': it has neither. */
export type ModuleSystem = 'esm' | 'cjs' | 'none'

export type JsModule = {
  readonly path: Path
  readonly text: string
  readonly root: JsNode
  /** As the file is written. How Node loads it also hangs on its extension and on package.json's `type`. */
  readonly system: ModuleSystem
  readonly isTypeScript: boolean
  /** Offset of the first syntax error, if the file does not parse. */
  readonly brokenAt: number | undefined
}

export type JsFunction = {
  /** 'list', 'UserController.list', 'handler' (the variable that holds an arrow function), '' when nothing names it. */
  readonly name: string
  readonly node: JsNode
  /** A block, or the expression of an arrow function. */
  readonly body: JsNode
  readonly module: JsModule
  readonly params: readonly JsNode[]
  readonly isAsync: boolean
  readonly cls: JsClass | undefined
}

export type JsClass = {
  readonly name: string
  readonly node: JsNode
  readonly module: JsModule
  /** The expression after `extends`. */
  readonly base: JsNode | undefined
}

/**
 * What an expression may evaluate to.
 * `name` is an origin outside the repo, written as the way to it: 'express' (the package's main export), 'express()' (what it returns),
 * 'express.Router()', 'express().get', 'fs.writeFileSync' ('node:' left out; 'fs.promises' for 'fs/promises'), 'express.request.body', 'process.env.PORT'.
 * Calls and `new` add '()', members '.x', computed members '[]'. Promises are not told from what they hold.
 */
export type JsValue =
  | { readonly kind: 'name'; readonly name: string }
  | { readonly kind: 'module'; readonly path: Path }
  | { readonly kind: 'function'; readonly fn: JsFunction }
  | { readonly kind: 'class'; readonly cls: JsClass }
  | { readonly kind: 'instance'; readonly cls: JsClass }
  /** An object or array literal of the repo. */
  | { readonly kind: 'literal-object'; readonly node: JsNode }
  | { readonly kind: 'literal'; readonly value: string | number | boolean | null; readonly node: JsNode }

/** A place in reached code. `runs` is never empty and sorted: import, startup, request, build, main. */
export type JsSite = {
  readonly module: JsModule
  readonly node: JsNode
  /** The innermost function that holds it; undefined at module level. */
  readonly fn: JsFunction | undefined
  readonly runs: readonly Run[]
  /** Inside a `try` that has a `catch`. */
  readonly handled: boolean
}

export type JsCall = JsSite & {
  /** Origins the callee may have, outside the repo: 'express().listen', 'mongoose.connect'. */
  readonly names: readonly string[]
  /** Functions of the repo it may call. */
  readonly callees: readonly JsFunction[]
  readonly args: readonly JsNode[]
  /** `new X(…)`. */
  readonly isNew: boolean
  /** `f(...args)`: an absent argument proves nothing. */
  readonly spread: boolean
}

export type JsImport = JsSite & {
  /** As written: 'express', './routes/users', '@/db'. */
  readonly target: string
  /** The file of the repo it loads; undefined for packages and for what is not there. */
  readonly resolved: Path | undefined
  readonly how: 'import' | 'require' | 'dynamic' | 'export'
  /** Erased by the compiler (`import type`). */
  readonly typeOnly: boolean
}

export type JsRoute = {
  /** As declared, with the prefixes of routers where they can be resolved: '/api/users/:id'. */
  readonly path: string
  readonly methods: readonly string[]
  /** The last handler given, if it is a function of the repo. */
  readonly fn: JsFunction | undefined
  /** The registering call. */
  readonly node: JsNode
  readonly module: JsModule
}
