import { acceptedBindings, looksForEntry, servedNow } from '../../../src/lang/python/entry/entry.js'
import type { Problem, PythonProgram, Rule, RuleContext } from '../../../src/types.js'
import { isStub, loadsApp } from './stub.js'

export const entryStubMasksApp = {
  id: 'entry-stub-masks-app',
  title: 'Stand-in page served in place of the app',
  hazard: 'missing-entry',
  language: 'python',
  assumes: 'entry-by-convention',
  severity: 'breaks',
  *check(program: PythonProgram, context: RuleContext): Generator<Problem> {
    const served = looksForEntry(context) ? servedNow(program, context) : undefined
    if (!served || served.file === context.app.entry.file) return
    const binding = acceptedBindings(served.module, context.target.lookup.names).find((one) => isStub(one, served))
    if (!binding || loadsApp(served, context.app.entry.file)) return
    const { file, symbol } = context.app.entry
    yield {
      path: served.file,
      range: { start: binding.node.start, end: binding.node.end },
      when: 'import',
      trace: [{ file: served.file, line: served.program.line(binding.node, served.module), note: `${binding.name} answers every request by itself` }],
      message: `${served.file} answers every request by itself and never calls the app (${symbol} in ${file}): the site looks up while the product is down. Remove it, so that the app is served, and cure whatever it was written to hide.`,
      remedy: { kind: 'manual', reason: `Whether ${served.file} still has a purpose, only its author knows; delete it, or keep it under a name that the host does not serve.` },
    }
  },
} satisfies Rule
