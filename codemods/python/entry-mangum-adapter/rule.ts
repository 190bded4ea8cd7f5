import { lineEnd, lineStart, removeStatement, replaceNode, standsAlone } from '../../../src/lang/python/edit.js'
import { acceptedBindings, hiddenEntry, looksForEntry, servedNow } from '../../../src/lang/python/entry/entry.js'
import { frameworkTitles } from '../../../src/framework-titles.js'
import { field, walk, type PyModule, type PyNode } from '../../../src/lang/python/program.js'
import { lambdaAdapters, type Adapter } from '../../../src/lang/python/entry/lambda-adapters.js'
import { isAdapterFile } from '../../../src/lang/lambda-files.js'
import type { Change, Problem, PythonProgram, Remedy, Rule, RuleContext, Snapshot } from '../../../src/types.js'

export const entryMangumAdapter = {
  id: 'entry-mangum-adapter',
  title: 'Adapter for another platform in the entry',
  hazard: 'missing-entry',
  language: 'python',
  assumes: 'entry-by-convention',
  severity: 'blocks',
  *check(program: PythonProgram, context: RuleContext): Generator<Problem> {
    const { app, target, repo } = context
    const title = frameworkTitles[app.framework] ?? app.framework
    // A repo that also deploys to Lambda needs its handler.
    if (!looksForEntry(context) || repo.list().some(isAdapterFile)) return
    const current = servedNow(program, context)
    const other = current ? undefined : hiddenEntry(program, context)
    const files = [...program.modules.values()].map((module) => ({ module, home: program }))
    // A file that is looked into, and leads to the app through an adapter only.
    if (other && other.program !== program && other.program.entry) files.push({ module: other.program.entry, home: other.program })
    // The file that is served may hand over the app beside a handler of its own.
    if (current && current.program !== program && !program.modules.has(current.file)) files.push({ module: current.module, home: current.program })
    for (const { module, home } of files) {
      const names = acceptedBindings(module, target.lookup.names).map(({ name }) => name)
      for (const adapter of lambdaAdapters(module, home)) {
        const library = adapter.name.split('.')[0] ?? adapter.name
        const served = adapter.bound !== undefined && names.includes(adapter.bound) && (current === undefined || current.file === module.path)
        const alone = current === undefined && module === home.entry && names.length === 0
        yield {
          path: module.path,
          range: { start: adapter.node.start, end: adapter.node.end },
          when: 'import',
          trace: [{ file: module.path, line: home.line(adapter.node, module), note: `${adapter.name} wraps the app for AWS Lambda` }],
          severity: served || alone ? 'blocks' : 'advice',
          message: `${library} turns AWS Lambda events into requests, and this host never sends such events: it calls the ${title} app itself${served ? `, so that ${adapter.bound ?? 'the object'} can't answer` : alone ? `, and does not count ${adapter.bound ?? 'the handler'} as an app` : '; the handler is dead code here'}. Export the ${title} object, and drop ${library}.`,
          remedy: remedyFor(adapter, served ? 'served' : alone ? 'alone' : 'dead', repo, title),
        }
      }
    }
  },
} satisfies Rule

/** The handler goes when nothing else names it; the import goes with it when nothing else uses that. */
function remedyFor(adapter: Adapter, state: 'served' | 'alone' | 'dead', repo: Snapshot, framework: string): Remedy {
  const { module, statement, bound, name } = adapter
  const library = name.split('.')[0] ?? name
  if (state === 'served') return { kind: 'fix', safety: 'review', title: `Add an entry file that hands over the ${framework} object itself`, changes: [], needs: [{ kind: 'entry' }], left: `Remove the handler in ${module.path} and ${library} from the manifest.` }
  const manual: Remedy = { kind: 'manual', reason: `Remove the handler and ${library} by hand: other code names them.` }
  if (bound === undefined || module.brokenAt !== undefined || !standsAlone(module, statement) || statement.parent !== module.root) return manual
  // Its docstring and comments may speak of it.
  const own = [...walk(module.root)].filter((node) => node.kind === 'identifier' && module.text.slice(node.start, node.end) === bound).length
  const uses = [...repo.files.values()].filter(({ path }) => !/\.(md|txt|rst|lock)$/.test(path)).reduce((count, { path, text }) => count + (path === module.path ? own : new RegExp(`\\b${module.name.split('.').at(-1) ?? ''}[.:]${bound}\\b|import\\b.*\\b${bound}\\b`).test(text) ? 1 : 0), 0)
  if (uses > 1) return manual
  const imported = importOf(library, statement, module)
  const [wrapped] = field(adapter.node, 'arguments')?.children.filter((child) => child.kind !== 'comment') ?? []
  const plain = state === 'alone' && wrapped?.kind === 'identifier' && !module.scope.bindings.has('app') ? module.text.slice(wrapped.start, wrapped.end) : undefined
  return {
    kind: 'fix', safety: 'review', title: plain === undefined ? `Remove the ${library} handler` : `Export ${plain} as app in place of the ${library} handler`,
    changes: [plain === undefined ? withoutGap(module, statement) : replaceNode(module, statement, `app = ${plain}`), ...(imported ? [removeStatement(module, imported)] : [])],
    ...(state === 'alone' ? { needs: [{ kind: 'entry' }] as const } : {}),
    left: `Remove ${library} from the manifest, if nothing else uses it.`,
  }
}
/** Removes the statement and the blank lines before it. */
function withoutGap(module: PyModule, statement: PyNode): Change {
  const before = module.root.children.filter((child) => child.end <= statement.start).at(-1)
  const start = before ? lineEnd(module, before.end) : lineStart(module, statement.start)
  return { kind: 'edit', path: module.path, range: { start, end: lineEnd(module, statement.end) }, text: '' }
}
/** The import statement that brings the adapter and nothing else, when only the handler uses it. */
function importOf(library: string, statement: PyNode, module: PyModule): PyNode | undefined {
  const node = module.root.children.find((child) => (child.kind === 'import_statement' || child.kind === 'import_from_statement') && new RegExp(`^(from|import)\\s+${library}\\b`).test(module.text.slice(child.start, child.end)))
  if (!node || !standsAlone(module, node) || module.text.slice(node.start, node.end).includes(',')) return undefined
  const name = module.text.slice(node.start, node.end).split(/\s+/).at(-1) ?? ''
  const outside = module.text.slice(0, statement.start) + module.text.slice(statement.end)
  return (outside.match(new RegExp(`\\b${name}\\b`, 'g')) ?? []).length <= (module.text.slice(node.start, node.end).match(new RegExp(`\\b${name}\\b`, 'g')) ?? []).length ? node : undefined
}
