import { appBinding, fromRoot, hiddenEntry, looksForEntry, servedNow } from '../../../src/lang/python/entry/entry.js'
import { factoryProblems } from '../../../src/lang/python/entry/factories.js'
import type { Problem, PythonProgram, Rule, RuleContext } from '../../../src/types.js'

export const entryNotFound = {
  id: 'entry-not-found',
  title: 'App where the host does not look for it',
  hazard: 'missing-entry',
  language: 'python',
  assumes: 'entry-by-convention',
  severity: 'blocks',
  *check(program: PythonProgram, context: RuleContext): Generator<Problem> {
    const { app, target } = context
    if (looksForEntry(context) && !hasFactoryRule.has(app.framework)) yield* factoryProblems(program, context)
    const binding = appBinding(program)
    if (!looksForEntry(context) || app.entry.kind === 'factory' || !binding || foundBySettings.has(app.framework) || servedNow(program, context)) return
    const { module } = binding.scope
    const { symbol } = app.entry
    const file = fromRoot(app, module.path)
    const looked = target.lookup.candidates.includes(file)
    // The name is one that counts, in a file that is looked into: how it is bound is another rule's finding.
    if (hiddenEntry(program, context)) return
    if (looked && target.lookup.names.includes(symbol)) return
    const place = looked
      ? `${file} is looked into, but the host takes only an object called ${listed(target.lookup.names.filter((name) => name !== 'handler'))} there, and this one is called ${symbol}`
      : `the host finds an app by itself only in files such as app.py, main.py or api/index.py, and does not look into ${file}`
    const line = program.line(binding.node, module)
    yield {
      path: module.path,
      range: { start: binding.node.start, end: binding.node.end },
      when: 'import',
      trace: [{ file: module.path, line, note: `binds the app to ${symbol}` }],
      message: `The app is ${symbol} in ${module.path}, and nothing leads the host there: ${place}. The deploy is refused. Add a small entry file that imports ${symbol} as app.`,
      remedy: { kind: 'fix', safety: 'safe', title: `Add an entry file that hands over ${symbol}`, changes: [], needs: [{ kind: 'entry' }] },
    }
  },
} satisfies Rule

/** Frameworks whose settings name the application: whether they do is a rule of its own. */
const foundBySettings: ReadonlySet<string> = new Set(['django'])
/** Frameworks whose factories are a rule of their own. */
const hasFactoryRule: ReadonlySet<string> = new Set(['flask'])

function listed(names: readonly string[]): string {
  return names.join(' or ')
}
