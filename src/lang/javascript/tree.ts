/** Parses JavaScript and TypeScript into plain nodes, with the compiler that ts-morph brings. */
import type { ts as TypeScript } from 'ts-morph'
import type { Path } from '../../types.js'
import type { JsNode } from './types.js'

type Compiler = typeof TypeScript
export type Morph = { readonly ts: Compiler; readonly Project: typeof import('ts-morph').Project }
export type ParsedTree = { readonly root: JsNode; readonly brokenAt: number | undefined }

let morph: Morph | undefined

/** Loads the compiler once, when a repo turns out to hold JavaScript: it takes longer to load than all the rest of the tool. */
export async function loadCompiler(): Promise<void> {
  morph ??= await import('ts-morph')
}
export function compiler(): Morph {
  if (!morph) throw new Error('loadJavaScript() must be awaited before a JavaScript program is analysed')
  return morph
}
export const isCompilerLoaded = (): boolean => morph !== undefined

/** Is it a file that Node or a TypeScript build runs? Declarations are not. */
export const isScript = (path: Path): boolean => /\.(js|cjs|mjs|jsx|ts|cts|mts|tsx)$/.test(path) && !/\.d\.[cm]?ts$/.test(path)
export const isTypeScriptPath = (path: Path): boolean => /\.(ts|cts|mts|tsx)$/.test(path)

/** A file by itself, without names. The compiler tolerates errors: `brokenAt` is the offset of the first. */
export function parseJavaScript(path: Path, text: string): ParsedTree {
  const key = `${path}\0${text}`
  const known = trees.get(key)
  if (known) return known
  const { ts } = compiler()
  const tree = treeOf(ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true))
  if (kept + text.length <= maxKept) {
    trees.set(key, tree)
    kept += text.length
  }
  return tree
}
const trees = new Map<string, ParsedTree>()
const maxKept = 4_000_000
let kept = 0

/** Plain nodes of a source file that the compiler has parsed, and the way between the two. */
export function treeOf(file: TypeScript.SourceFile, link?: (plain: JsNode, node: TypeScript.Node) => void): ParsedTree {
  const errors = (file as unknown as { readonly parseDiagnostics?: readonly { readonly start: number }[] }).parseDiagnostics ?? []
  return { root: convert(file, undefined, undefined, file, link), brokenAt: errors[0]?.start }
}

type Mutable = { -readonly [K in keyof JsNode]: JsNode[K] } & { children: JsNode[] }

function convert(node: TypeScript.Node, parent: JsNode | undefined, field: string | undefined, file: TypeScript.SourceFile, link: ((plain: JsNode, node: TypeScript.Node) => void) | undefined): JsNode {
  const { ts } = compiler()
  const plain: Mutable = { kind: kindOf(node.kind), field, start: node.getStart(file), end: node.getEnd(), children: [], parent, op: operatorOf(node) }
  link?.(plain, node)
  const fields = fieldsByChild(node)
  ts.forEachChild(node, (child) => {
    if (child.kind === ts.SyntaxKind.EndOfFileToken || (ts.isBinaryExpression(node) && child === node.operatorToken)) return
    plain.children.push(convert(child, plain, fields.get(child), file, link))
  })
  return plain
}

/** The compiler's nodes hold their children under named properties, and do not say under which. */
function fieldsByChild(node: TypeScript.Node): ReadonlyMap<unknown, string> {
  const fields = new Map<unknown, string>()
  for (const [name, value] of Object.entries(node)) {
    if (pointers.has(name) || value === null || typeof value !== 'object') continue
    if (Array.isArray(value)) for (const item of value) fields.set(item, name)
    else fields.set(value, name)
  }
  return fields
}

/** Properties under which the compiler notes nodes that are held elsewhere, some of them children: the first import of a file is its `externalModuleIndicator`. */
const pointers = new Set(['parent', 'original', 'externalModuleIndicator', 'commonJsModuleIndicator', 'nextContainer', 'flowNode', 'endFlowNode', 'returnFlowNode', 'imports', 'moduleAugmentations', 'symbol', 'localSymbol', 'locals', 'emitNode'])

function operatorOf(node: TypeScript.Node): string | undefined {
  const { ts } = compiler()
  if (ts.isBinaryExpression(node)) return ts.tokenToString(node.operatorToken.kind)
  if (ts.isPrefixUnaryExpression(node) || ts.isPostfixUnaryExpression(node)) return ts.tokenToString(node.operator)
  if (ts.isVariableDeclarationList(node)) return node.flags & ts.NodeFlags.Const ? 'const' : node.flags & ts.NodeFlags.Let ? 'let' : 'var'
  return undefined
}

let kinds: readonly string[] | undefined
/** SyntaxKind has markers such as FirstStatement under the same numbers; the kind's own name is the first that is no marker. */
function kindOf(kind: number): string {
  if (!kinds) {
    const names: string[] = []
    for (const [name, value] of Object.entries(compiler().ts.SyntaxKind)) if (typeof value === 'number' && !/^(First|Last)[A-Z]/.test(name)) names[value] ??= name
    kinds = names
  }
  return kinds[kind] ?? 'Unknown'
}

/** The child held under a field, as `call.expression`. */
export function field(node: JsNode, name: string): JsNode | undefined {
  return node.children.find((child) => child.field === name)
}
export function fieldsOf(node: JsNode, name: string): readonly JsNode[] {
  return node.children.filter((child) => child.field === name)
}
/** The nearest ancestor of one of these kinds, the node itself excluded. */
export function ancestor(node: JsNode, ...kinds: readonly string[]): JsNode | undefined {
  for (let up = node.parent; up; up = up.parent) if (kinds.includes(up.kind)) return up
  return undefined
}
export function isInside(node: JsNode, outer: JsNode): boolean {
  return node.start >= outer.start && node.end <= outer.end
}
/** The node and all below it, in source order; `into` false stops at a node. */
export function* walk(node: JsNode, into: (node: JsNode) => boolean = () => true): Generator<JsNode> {
  const stack = [node]
  for (let at = stack.pop(); at; at = stack.pop()) {
    yield at
    if (at !== node && !into(at)) continue
    for (let child = at.children.length - 1; child >= 0; child--) stack.push(at.children[child] as JsNode)
  }
}
const wrappers = new Set(['ParenthesizedExpression', 'AwaitExpression', 'AsExpression', 'SatisfiesExpression', 'NonNullExpression', 'TypeAssertionExpression'])
/** Strips parentheses, await and TypeScript's assertions. */
export function bare(node: JsNode): JsNode {
  let at = node
  while (wrappers.has(at.kind)) {
    const inner = field(at, 'expression')
    if (!inner) return at
    at = inner
  }
  return at
}
const statementHolders = new Set(['SourceFile', 'Block', 'ModuleBlock', 'CaseClause', 'DefaultClause'])
/** The statement (child of a block or file) that holds the node. */
export function statementOf(node: JsNode): JsNode {
  let at = node
  while (at.parent && !(statementHolders.has(at.parent.kind) && at.field === 'statements')) at = at.parent
  return at
}
export const functionKinds: ReadonlySet<string> = new Set(['FunctionDeclaration', 'FunctionExpression', 'ArrowFunction', 'MethodDeclaration', 'Constructor', 'GetAccessor', 'SetAccessor'])
/** The innermost function around the node, the node itself excluded; class field initialisers belong to no function. */
export function functionAround(node: JsNode): JsNode | undefined {
  return ancestor(node, ...functionKinds)
}
export const rootOf = (node: JsNode): JsNode => {
  let at = node
  while (at.parent) at = at.parent
  return at
}
/** The text of a string literal, or of a template without substitutions. */
export function literalText(node: JsNode, text: string): string | undefined {
  if (node.kind !== 'StringLiteral' && node.kind !== 'NoSubstitutionTemplateLiteral') return undefined
  return cook(text.slice(node.start + 1, node.end - 1))
}
function cook(raw: string): string {
  if (!raw.includes('\\')) return raw
  return raw.replace(/\\(u\{([0-9a-fA-F]+)\}|u([0-9a-fA-F]{4})|x([0-9a-fA-F]{2})|\r\n|[^])/g, (_, all: string, brace?: string, four?: string, two?: string) => {
    const code = brace ?? four ?? two
    if (code !== undefined) return String.fromCodePoint(Math.min(parseInt(code, 16), 0x10ffff))
    return escapes[all] ?? (/^[\r\n]/.test(all) ? '' : all)
  })
}
const escapes: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r', b: '\b', f: '\f', v: '\v', '0': '\0' }
