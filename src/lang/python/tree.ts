/** Parses Python into plain nodes. tree-sitter tolerates errors: it is no syntax check. */
import type { PyNode } from './types.js'

type Cursor = {
  readonly nodeType: string
  readonly nodeIsNamed: boolean
  readonly nodeIsMissing: boolean
  readonly startIndex: number
  readonly endIndex: number
  readonly currentFieldName: string | null
  gotoFirstChild(): boolean
  gotoNextSibling(): boolean
  gotoParent(): boolean
}
export type ParsedTree = { readonly root: PyNode; readonly brokenAt: number | undefined }
export type ParsePython = (text: string) => ParsedTree

let loaded: ParsePython | undefined

/** Loads the WASM runtime and grammar once; paths come from the I/O edge. */
export async function loadParser(files: { readonly runtime: string; readonly grammar: string }): Promise<ParsePython> {
  if (loaded) return loaded
  const { Parser, Language } = await import('web-tree-sitter')
  await Parser.init({ locateFile: () => files.runtime })
  const language = await Language.load(files.grammar)
  const parser = new Parser()
  parser.setLanguage(language)
  loaded = (text) => {
    const tree = parser.parse(text)
    if (!tree) throw new Error('tree-sitter returned no tree')
    const cursor = tree.walk() as unknown as Cursor & { delete(): void }
    const state: { brokenAt: number | undefined } = { brokenAt: undefined }
    const root = convert(cursor, undefined, text, state)
    cursor.delete()
    tree.delete()
    return { root, brokenAt: state.brokenAt }
  }
  return loaded
}

/** The parser, after `loadParser`. */
export const parsePython: ParsePython = (text) => {
  if (!loaded) throw new Error('loadPython() must be awaited before a Python program is analysed')
  const known = trees.get(text)
  if (known) return known
  const tree = loaded(text)
  // Detection, analysis and the analysis after the plan read mostly the same texts. Trees are never changed.
  if (kept + text.length <= maxKept) {
    trees.set(text, tree)
    kept += text.length
  }
  return tree
}
const trees = new Map<string, ParsedTree>()
const maxKept = 8_000_000
let kept = 0

const operatorHolders = new Set(['binary_operator', 'boolean_operator', 'comparison_operator', 'unary_operator', 'augmented_assignment'])
type Mutable = { -readonly [K in keyof PyNode]: PyNode[K] } & { children: PyNode[] }

function convert(cursor: Cursor, parent: PyNode | undefined, text: string, state: { brokenAt: number | undefined }): PyNode {
  const kind = cursor.nodeType
  const node: Mutable = { kind, field: cursor.currentFieldName ?? undefined, start: cursor.startIndex, end: cursor.endIndex, children: [], parent, op: undefined }
  if ((kind === 'ERROR' || cursor.nodeIsMissing) && state.brokenAt === undefined) state.brokenAt = node.start
  if (cursor.gotoFirstChild()) {
    do {
      if (cursor.nodeIsMissing && state.brokenAt === undefined) state.brokenAt = cursor.startIndex
      if (cursor.nodeIsNamed) node.children.push(convert(cursor, node, text, state))
      else if (operatorHolders.has(kind) && (cursor.currentFieldName === 'operator' || cursor.currentFieldName === 'operators')) {
        const piece = text.slice(cursor.startIndex, cursor.endIndex).replace(/\s+/g, ' ')
        node.op = node.op === undefined ? piece : `${node.op} ${piece}`
      }
    } while (cursor.gotoNextSibling())
    cursor.gotoParent()
  }
  return node
}

/** The child held under a field, as `call.function`. */
export function field(node: PyNode, name: string): PyNode | undefined {
  return node.children.find((child) => child.field === name)
}
export function fieldsOf(node: PyNode, name: string): readonly PyNode[] {
  return node.children.filter((child) => child.field === name)
}
/** The nearest ancestor of one of these kinds, the node itself excluded. */
export function ancestor(node: PyNode, ...kinds: readonly string[]): PyNode | undefined {
  for (let up = node.parent; up; up = up.parent) if (kinds.includes(up.kind)) return up
  return undefined
}
export function isInside(node: PyNode, outer: PyNode): boolean {
  return node.start >= outer.start && node.end <= outer.end
}
/** The node and all below it, in source order; `into` false stops at a node. */
export function* walk(node: PyNode, into: (node: PyNode) => boolean = () => true): Generator<PyNode> {
  // A stack, not recursion: nested generators hand every node up level by level.
  const stack = [node]
  for (let at = stack.pop(); at; at = stack.pop()) {
    yield at
    if (at !== node && !into(at)) continue
    for (let child = at.children.length - 1; child >= 0; child--) stack.push(at.children[child] as PyNode)
  }
}
/** The statement (direct child of a block or module) that holds the node. */
export function statementOf(node: PyNode): PyNode {
  let at = node
  while (at.parent && at.parent.kind !== 'block' && at.parent.kind !== 'module') at = at.parent
  return at
}
/** Strips parentheses and await. */
export function bare(node: PyNode): PyNode {
  let at = node
  while ((at.kind === 'parenthesized_expression' || at.kind === 'await') && at.children.length > 0) {
    const inner = at.children.find((child) => child.kind !== 'comment')
    if (!inner) return at
    at = inner
  }
  return at
}
