/**
 * Structural rewrites with jscodeshift. Its printer strays from what was meant (line ends, quotes, parentheses, indentation of what it moves),
 * so its output is only read: the statements and expressions that differ as syntax become range edits, and everything else keeps its bytes.
 */
import type { ASTNode, Collection, Core, JSCodeshift } from 'jscodeshift'
import type { ParserOptions } from '@babel/parser'
import { applyEdits, eolOf } from '../../edits.js'
import type { Change, Path, Range } from '../../types.js'
import { differences } from './rewrite-diff.js'
import type { Style } from './style.js'
import { flat, keyOf, templatesOf, type Tree } from './rewrite-tree.js'

export type { Collection, JSCodeshift } from 'jscodeshift'
/** Changes the tree in place. */
export type Transform = (root: Collection, j: JSCodeshift) => void
/** New code is written in the file's style: pass `styleOf(module)`. */
export type RewriteOptions = Partial<Pick<Style, 'quote' | 'indent' | 'semicolons'>> & {
  /** The places that may change; anything changed outside them refuses the whole rewrite. */
  readonly meant?: readonly Range[]
}

let loaded: { readonly core: Core; readonly parse: (text: string, options: ParserOptions) => unknown } | undefined
/** Loads jscodeshift and Babel's parser; await once, beside `loadCompiler`, before any `rewriteFile`. */
export async function loadRewriter(): Promise<void> {
  if (loaded) return
  const [shift, babel] = await Promise.all([import('jscodeshift/src/core.js'), import('@babel/parser')])
  // A bundled CommonJS package has only the default export.
  const { parse } = 'parse' in babel ? babel : (babel as { readonly default: { readonly parse: typeof import('@babel/parser').parse } }).default
  loaded = { core: shift.default, parse }
}
export const isRewriterLoaded = (): boolean => loaded !== undefined

/**
 * What the transform changes in one file, as edits of ranges; none when it changes nothing. Undefined when the file does not parse,
 * or when the outcome cannot be had by touching only what was changed.
 */
export function rewriteFile(path: Path, written: string, transform: Transform, options: RewriteOptions = {}): readonly Change[] | undefined {
  if (!loaded) throw new Error('loadRewriter() must be awaited before a file is rewritten')
  // The printer puts a shebang behind the directives; a comment of the same length stays in its place.
  const text = written.replace(/^#!/, '//')
  const before = parsed(path, text)
  if (!before) return undefined
  const j = loaded.core.withParser({ parse: (source: string) => (parsed(path, source) ?? fail(path)) as unknown as ASTNode })
  const root = j(text)
  transform(root, j)
  const { indent = '  ', meant } = options
  const printed = root.toSource({
    lineTerminator: '\n',
    quote: options.quote === '"' ? 'double' : 'single',
    useTabs: indent === '\t',
    tabWidth: indent === '\t' ? 4 : indent.length,
  })
  const after = parsed(path, printed)
  if (!after) return undefined
  if (keyOf(before.program) === keyOf(after.program)) return []
  const found = differences({ text, program: before.program }, { text: printed, program: after.program })
  if (!found || (meant && !found.every(({ range }) => meant.some((place) => place.start <= range.start && range.end <= place.end)))) return undefined

  const eol = eolOf(text)
  const write = (semicolons: boolean): readonly Edit[] =>
    found.map(({ range, text: inserted, statement }) => {
      const bare = semicolons || statement === undefined ? inserted : inserted.replace(statement, () => statement.replace(/;$/, ''))
      return { kind: 'edit', path, range, text: bare.replaceAll('\n', eol) }
    })
  for (const semicolons of options.semicolons === false ? [false, true] : [true]) {
    const changes = write(semicolons)
    if (isOutcome(before, after, parsed(path, applyEdits(text, changes)))) return changes
  }
  return undefined
}
type Edit = Extract<Change, { kind: 'edit' }>

/** Is it the same program as what was printed, with all of its comments and none of them twice? Those of what is gone may stay. */
function isOutcome(before: Parsed, wanted: Parsed, result: Parsed | undefined): boolean {
  if (!result || keyOf(result.program) !== keyOf(wanted.program) || !keepsTemplates(before, result)) return false
  const [old, printed, now] = [before, wanted, result].map(commentCounts)
  if ([...(printed ?? [])].some(([comment]) => !now?.has(comment))) return false
  return [...(now ?? [])].every(([comment, count]) => count <= Math.max(old?.get(comment) ?? 0, printed?.get(comment) ?? 0))
}
function commentCounts({ comments }: Parsed): ReadonlyMap<string, number> {
  const counts = new Map<string, number>()
  for (const { value } of comments) {
    const plain = flat(value)
    counts.set(plain, (counts.get(plain) ?? 0) + 1)
  }
  return counts
}

/** Has the printer re-indented the inside of a template? It may move a statement, but not change its text. */
function keepsTemplates(before: Parsed, result: Parsed): boolean {
  const old = templatesOf(before.program)
  const loose = new Set(old.map(flat))
  return templatesOf(result.program).every((raw) => old.includes(raw) || !loose.has(flat(raw)))
}
function fail(path: Path): never {
  throw new SyntaxError(`${path} does not parse`)
}

type Parsed = { readonly program: Tree; readonly comments: readonly { readonly value: string }[] }
/** The printer needs the tokens; what Node runs as a script may hold what a module may not. */
function parsed(path: Path, text: string): Parsed | undefined {
  const isTypeScript = /\.[cm]?tsx?$/.test(path)
  const plugins: ParserOptions['plugins'] = ['decorators-legacy', 'decoratorAutoAccessors']
  if (isTypeScript) plugins.push('typescript')
  else if (/@flow\b/.test(text)) plugins.push('flow')
  if (!isTypeScript || path.endsWith('x')) plugins.push('jsx')
  try {
    return loaded?.parse(text, { sourceType: 'unambiguous', allowReturnOutsideFunction: true, allowAwaitOutsideFunction: true, allowImportExportEverywhere: true, tokens: true, plugins }) as Parsed
  } catch {
    return undefined
  }
}
