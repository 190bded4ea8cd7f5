import { looksForEntry } from '../../../src/lang/python/entry/entry.js'
import { factoryProblems } from '../../../src/lang/python/entry/factories.js'
import type { Problem, PythonProgram, Rule, RuleContext } from '../../../src/types.js'

export const flaskFactory = {
  id: 'flask-factory',
  title: 'Factory that nobody calls for the host',
  hazard: 'missing-entry',
  language: 'python',
  assumes: 'entry-by-convention',
  severity: 'blocks',
  *check(program: PythonProgram, context: RuleContext): Generator<Problem> {
    // Other frameworks' factories are a matter of entry-not-found.
    if (looksForEntry(context) && context.app.framework === 'flask') yield* factoryProblems(program, context)
  },
} satisfies Rule
