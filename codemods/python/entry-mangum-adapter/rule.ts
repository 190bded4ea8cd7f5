import { lineEnd, lineStart, removeStatement, standsAlone } from '../../../src/lang/python/edit.js'
import { acceptedBindings, looksForEntry, servedNow } from '../../../src/lang/python/entry.js'
import { statementOf, walk, field, type PyFunction, type PyModule, type PyNode, type PyScope } from '../../../src/lang/python/program.js'
import { isAdapterFile } from './lambda-files.js'
import type { Change, Problem, Program, Remedy, Rule, RuleContext, Snapshot } from '../../../src/types.js'

const adapters = /^(mangum\.Mangum|serverless_wsgi\.(handle_request|handle)|awsgi\.response|awsgi2\.response|aws_wsgi\.response|apig_wsgi\.make_lambda_handler|flask_lambda\.FlaskLambda|zappa\.handler\.lambda_handler|vercel_wsgi\.handle_request|a2wsgi\.(WSGI|ASGI)Middleware)$/

type Adapter = { readonly module: PyModule; readonly node: PyNode; readonly name: string; readonly statement: PyNode; readonly bound: string | undefined }

export const entryMangumAdapter = {
  id: 'entry-mangum-adapter',
  title: 'Adapter for another platform in the entry',
  hazard: 'missing-entry',
  language: 'python',
  assumes: 'entry-by-convention',
  severity: 'blocks',
  *check(program: Program, context: RuleContext): Generator<Problem> {
    const { target, repo } = context
    // A repo that also deploys to Lambda needs its handler.
    if (!looksForEntry(context) || repo.list().some(isAdapterFile)) return
    for (const module of program.modules.values()) {
      const names = acceptedBindings(module, target.lookup.names).map(({ name }) => name)
      for (const adapter of adaptersIn(module, program)) {
        const library = adapter.name.split('.')[0] ?? adapter.name
        if (library === 'a2wsgi') continue
        const current = servedNow(program, context)
        const served = adapter.bound !== undefined && names.includes(adapter.bound) && (current === undefined || current.file === module.path)
        const alone = current === undefined && module === program.entry && names.length === 0
        yield {
          path: module.path,
          range: { start: adapter.node.start, end: adapter.node.end },
          when: 'import',
          trace: [{ file: module.path, line: program.line(adapter.node, module), note: `${adapter.name} wraps the app for AWS Lambda` }],
          severity: served || alone ? 'blocks' : 'advice',
          message: `${library} turns AWS Lambda events into requests, and this host never sends such events: it calls the Flask app itself${served ? `, so that ${adapter.bound ?? 'the object'} can't answer` : alone ? `, and does not count ${adapter.bound ?? 'the handler'} as an app` : '; the handler is dead code here'}. Export the Flask object, and drop ${library}.`,
          remedy: remedyFor(adapter, served ? 'served' : alone ? 'alone' : 'dead', repo),
        }
      }
    }
  },
} satisfies Rule

/** `handler = adapter(app)` at the top level, and `def handler(event, context): return adapter(app, event, context)`, which nothing of the app calls. */
function* adaptersIn(module: PyModule, program: Program): Generator<Adapter> {
  const callsIn = function* (root: PyNode, scope: PyScope, statement: PyNode | undefined, bound: string | undefined): Generator<Adapter> {
    for (const node of walk(root, (child) => child.kind !== 'function_definition' && child.kind !== 'class_definition')) {
      const callee = node.kind === 'call' ? field(node, 'function') : undefined
      const name = callee && program.origins(callee, scope).find((origin) => adapters.test(origin))
      if (name === undefined) continue
      const own = statement ?? statementOf(node)
      yield { module, node, name, statement: own, bound: bound ?? boundBy(own, module) }
    }
  }
  yield* callsIn(module.root, module.scope, undefined, undefined)
  for (const bindings of module.scope.bindings.values())
    for (const binding of bindings) if (binding.kind === 'function' && isHandler(binding.fn)) yield* callsIn(binding.fn.body, binding.fn.scope, binding.fn.node, binding.fn.name)
}
function isHandler(fn: PyFunction): boolean {
  return fn.params.length === 2 && fn.decorators.length === 0
}
function boundBy(statement: PyNode, module: PyModule): string | undefined {
  const assignment = statement.kind === 'expression_statement' ? statement.children[0] : undefined
  const left = assignment?.kind === 'assignment' ? field(assignment, 'left') : undefined
  return left?.kind === 'identifier' ? module.text.slice(left.start, left.end) : undefined
}

/** The handler goes when nothing else names it; the import goes with it when nothing else uses that. */
function remedyFor(adapter: Adapter, state: 'served' | 'alone' | 'dead', repo: Snapshot): Remedy {
  const { module, statement, bound, name } = adapter
  const library = name.split('.')[0] ?? name
  if (state === 'served') return { kind: 'fix', safety: 'review', title: 'Add an entry file that hands over the Flask object itself', changes: [], needs: [{ kind: 'entry' }], left: `Remove the handler in ${module.path} and ${library} from the manifest.` }
  const manual: Remedy = { kind: 'manual', reason: `Remove the handler and ${library} by hand: other code names them.` }
  if (bound === undefined || module.brokenAt !== undefined || !standsAlone(module, statement) || statement.parent !== module.root) return manual
  const word = new RegExp(`\\b${bound}\\b`, 'g')
  const uses = [...repo.files.values()].filter(({ path }) => !/\.(md|txt|rst|lock)$/.test(path)).reduce((count, { path, text }) => count + (path === module.path ? (text.match(word) ?? []).length : new RegExp(`\\b${module.name.split('.').at(-1) ?? ''}[.:]${bound}\\b|import\\b.*\\b${bound}\\b`).test(text) ? 1 : 0), 0)
  if (uses > 1) return manual
  const imported = importOf(library, statement, module)
  return {
    kind: 'fix', safety: 'review', title: `Remove the ${library} handler`,
    changes: [withoutGap(module, statement), ...(imported ? [removeStatement(module, imported)] : [])],
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
