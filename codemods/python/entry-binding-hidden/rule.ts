import { hiddenEntry, looksForEntry, servedNow } from '../../../src/lang/python/entry/entry.js'
import { lambdaAdapters } from '../../../src/lang/python/entry/lambda-adapters.js'
import { ancestor, type PyBinding } from '../../../src/lang/python/program.js'
import type { Problem, PythonProgram, Rule, RuleContext } from '../../../src/types.js'

export const entryBindingHidden = {
  id: 'entry-binding-hidden',
  title: 'App bound where the host does not see it',
  hazard: 'missing-entry',
  language: 'python',
  assumes: 'entry-by-convention',
  severity: 'blocks',
  *check(program: PythonProgram, context: RuleContext): Generator<Problem> {
    const { app } = context
    if (!looksForEntry(context) || app.entry.kind === 'factory' || servedNow(program, context)) return
    const found = hiddenEntry(program, context)
    // An adapter for another platform is a finding of its own.
    if (!found || [...lambdaAdapters(found.binding.scope.module, found.program)].length > 0) return
    const { binding } = found
    const { module } = binding.scope
    yield {
      path: module.path,
      range: { start: binding.node.start, end: binding.node.end },
      when: 'import',
      trace: [{ file: module.path, line: found.program.line(binding.node, module), note: `binds ${binding.name}` }],
      message: `${module.path} binds ${binding.name} ${how(binding)}, and the host reads the file without running it: it counts only plain statements at the top level (app = …, from … import app). The deploy is refused. Bind the app by such a statement, or add an entry file that imports it.`,
      remedy: { kind: 'fix', safety: 'safe', title: `Add an entry file that imports ${app.entry.symbol} by a plain statement`, changes: [], needs: [{ kind: 'entry' }] },
    }
  },
} satisfies Rule

function how(binding: PyBinding): string {
  if (binding.name === 'handler') return binding.kind === 'function' ? 'as a function (only a class counts under that name)' : 'to the app (only a class counts under that name)'
  if (binding.kind === 'import' && binding.member === undefined) return 'to a module (import app)'
  if (binding.kind === 'assign' && binding.index !== undefined) return 'out of a tuple'
  const around = ancestor(binding.node, 'if_statement', 'try_statement', 'with_statement', 'for_statement', 'while_statement', 'function_definition')
  const word = around && { if_statement: 'inside an if', try_statement: 'inside a try', with_statement: 'inside a with', for_statement: 'inside a loop', while_statement: 'inside a loop', function_definition: 'inside a function' }[around.kind]
  return word ?? 'in a way that does not count'
}
