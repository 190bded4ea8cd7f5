/** How a file is written, so that what is added to it looks like the rest. */
import { isBuiltin } from 'node:module'
import { eolOf } from '../../edits.js'
import type { Path } from '../../types.js'
import { importsOf } from './imported.js'
import { walk } from './tree.js'
import type { JsModule, JsNode } from './types.js'

export type Style = {
  readonly quote: "'" | '"'
  readonly semicolons: boolean
  /** One level: a tab, two spaces, four. */
  readonly indent: string
  readonly eol: '\n' | '\r\n' | '\r'
  readonly finalNewline: boolean
  /** A comma after the last item of a list that has lines of its own. */
  readonly trailingCommas: boolean
  readonly system: 'esm' | 'cjs'
  /** 'node:fs' instead of 'fs'. */
  readonly nodePrefix: boolean
  readonly declare: 'const' | 'let' | 'var'
  /** How a module's main export is imported: `import x from`, `import * as x from`, `import x = require()`. */
  readonly mainImport: 'default' | 'namespace' | 'equals'
}
/** What a file that says nothing is measured by; a program is one. */
export type Surroundings = {
  readonly modules?: ReadonlyMap<Path, JsModule>
  /** package.json's `type`. */
  readonly type?: 'module' | 'commonjs'
}

/**
 * The style by majority of the file itself; what it says nothing about is asked of the other files, then left at what most projects have.
 * `system` is decided by the file's own imports and exports; without any, by extension, then by the package.
 */
export function styleOf(module: JsModule, around: Surroundings = {}): Style {
  const own = countsOf(module)
  let peers: Counts | undefined
  const most = (count: (counts: Counts) => Tally): string | undefined => {
    const said = winner(count(own))
    if (said !== undefined) return said
    peers ??= [...(around.modules?.values() ?? [])].filter((other) => other.path !== module.path).map(countsOf).reduce(added, emptyCounts())
    return winner(count(peers))
  }
  const hasLines = /[\r\n]/.test(module.text)
  return {
    quote: most((counts) => counts.quotes) === '"' ? '"' : "'",
    semicolons: most((counts) => counts.semicolons) !== 'no',
    indent: most((counts) => counts.indents) ?? '  ',
    eol: hasLines ? eolOf(module.text) : ((most((counts) => counts.eols) as Style['eol'] | undefined) ?? '\n'),
    finalNewline: hasLines ? /[\r\n]$/.test(module.text) : true,
    trailingCommas: most((counts) => counts.commas) === 'yes',
    system: systemOf(module, around),
    nodePrefix: most((counts) => counts.prefixes) === 'yes',
    declare: (most((counts) => counts.declares) as Style['declare'] | undefined) ?? 'const',
    mainImport: (most((counts) => counts.mains) as Style['mainImport'] | undefined) ?? 'default',
  }
}

function systemOf(module: JsModule, around: Surroundings): 'esm' | 'cjs' {
  if (module.system !== 'none') return module.system
  if (/\.m[jt]s$/.test(module.path)) return 'esm'
  if (/\.c[jt]s$/.test(module.path)) return 'cjs'
  if (around.type !== undefined) return around.type === 'module' ? 'esm' : 'cjs'
  const peers = [...(around.modules?.values() ?? [])].filter((other) => other.isTypeScript === module.isTypeScript).map((other) => other.system)
  const [esm, cjs] = [peers.filter((system) => system === 'esm').length, peers.filter((system) => system === 'cjs').length]
  if (esm !== cjs) return esm > cjs ? 'esm' : 'cjs'
  return module.isTypeScript ? 'esm' : 'cjs'
}

type Tally = ReadonlyMap<string, number>
const facts = ['quotes', 'semicolons', 'indents', 'eols', 'commas', 'prefixes', 'declares', 'mains'] as const
type Fact = (typeof facts)[number]
type Counts = Readonly<Record<Fact, Tally>>
type Counting = Record<Fact, Map<string, number>>

const emptyCounts = (): Counting => Object.fromEntries(facts.map((fact) => [fact, new Map<string, number>()])) as Counting

function added(a: Counts, b: Counts): Counts {
  const sum = emptyCounts()
  for (const fact of facts) for (const tally of [a[fact], b[fact]]) for (const [value, count] of tally) sum[fact].set(value, (sum[fact].get(value) ?? 0) + count)
  return sum
}
function winner(tally: Tally): string | undefined {
  let best: string | undefined
  for (const [value, count] of tally) if (best === undefined || count > (tally.get(best) ?? 0)) best = value
  return best
}

const counted = new WeakMap<JsModule, Counts>()
function countsOf(module: JsModule): Counts {
  const known = counted.get(module)
  if (known) return known
  const counts = count(module)
  counted.set(module, counts)
  return counts
}

const endedKinds = new Set(['VariableStatement', 'ExpressionStatement', 'ReturnStatement', 'ThrowStatement', 'ImportDeclaration', 'ExportDeclaration', 'ExportAssignment'])
const lists = new Set(['ObjectLiteralExpression', 'ArrayLiteralExpression'])

function count(module: JsModule): Counts {
  const { text } = module
  const counts = emptyCounts()
  const vote = (fact: Fact, value: string): void => void counts[fact].set(value, (counts[fact].get(value) ?? 0) + 1)
  if (/[\r\n]/.test(text)) vote('eols', eolOf(text))
  for (const node of walk(module.root)) {
    if (node.kind === 'StringLiteral') {
      const body = text.slice(node.start + 1, node.end - 1)
      // JSX has its own habit, and a text with a quote in it had no choice.
      if (node.parent?.kind !== 'JsxAttribute' && !/['"]/.test(body)) vote('quotes', text[node.start] ?? '')
    } else if (endedKinds.has(node.kind)) vote('semicolons', text[node.end - 1] === ';' && !endsOnLaterLine(node, text) ? 'yes' : 'no')
    else if (node.kind === 'VariableDeclarationList' && node.op !== undefined) vote('declares', node.op)
    else if (lists.has(node.kind)) {
      const last = node.children.at(-1)
      const rest = last ? text.slice(last.end, node.end) : ''
      if (/[\r\n]/.test(rest)) vote('commas', rest.trimStart().startsWith(',') ? 'yes' : 'no')
    }
    const [first] = node.kind === 'Block' ? node.children : []
    const unit = first && unitBetween(text, node, first)
    if (unit !== undefined) vote('indents', unit)
  }
  for (const { target, how, main } of importsOf(module)) {
    if (isBuiltin(target.replace(/^node:/, ''))) vote('prefixes', target.startsWith('node:') ? 'yes' : 'no')
    // How one's own files are imported says nothing: `import * as users from './users'` is meant.
    if (main !== undefined && !target.startsWith('.') && how !== 'require') vote('mains', how)
  }
  return counts
}

/** Is it a statement of a kind that ends with a semicolon, or with the line? */
export const hasOwnEnd = (statement: JsNode): boolean => endedKinds.has(statement.kind)
/** Is the semicolon one that begins a line, to keep the next statement apart? */
export function endsOnLaterLine(node: JsNode, text: string): boolean {
  const last = node.children.at(-1)
  return last !== undefined && /^\s*[\r\n]\s*;$/.test(text.slice(last.end, node.end).replace(/\/\/.*|\/\*[^]*?\*\//g, ''))
}

function unitBetween(text: string, block: JsNode, first: JsNode): string | undefined {
  const closing = indentBefore(text, block.end - 1)
  const inner = indentBefore(text, first.start)
  if (closing === undefined || inner === undefined || inner.length <= closing.length || !inner.startsWith(closing)) return undefined
  const unit = inner.slice(closing.length)
  return unit === '\t' || /^ {1,8}$/.test(unit) ? unit : undefined
}
/** The white space before an offset, if nothing else stands before it on its line. */
function indentBefore(text: string, offset: number): string | undefined {
  const line = text.slice(Math.max(text.lastIndexOf('\n', offset - 1), text.lastIndexOf('\r', offset - 1)) + 1, offset)
  return /^[ \t]*$/.test(line) ? line : undefined
}

/** A statement with the end that the file's statements have. */
export function endStatement(style: Style, statement: string): string {
  return style.semicolons ? `${statement};` : statement
}
/** A string literal for text that comes from the repo, in the file's quotes. */
export function quoteJs(text: string, style: Pick<Style, 'quote'>): string {
  const { quote } = style
  const body = text.replace(/\\/g, '\\\\').replaceAll(quote, `\\${quote}`).replace(/\n/g, '\\n').replace(/\r/g, '\\r').replace(/\t/g, '\\t')
  return quote + body.replace(/[\u0000-\u001f\u007f\u2028\u2029]/g, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`) + quote
}
