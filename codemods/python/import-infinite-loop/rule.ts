import { loopOf, ownCode } from '../../../src/lang/python/background/loops.js'
import { ancestor, bare, field, type PySite } from '../../../src/lang/python/program.js'
import { numberOf } from '../../../src/lang/python/background/seconds.js'
import { serverStart } from '../../../src/lang/python/entry/server-start.js'
import { severityFor } from '../../../src/lang/python/severity.js'
import type { Problem, PythonProgram, Rule } from '../../../src/types.js'

export const importInfiniteLoop = {
  id: 'import-infinite-loop',
  title: 'Endless loop while the app is imported',
  hazard: 'module-level-io',
  language: 'python',
  assumes: 'import-unbounded',
  severity: 'blocks',
  *check(program: PythonProgram): Generator<Problem> {
    for (const site of program.sites('while_statement')) {
      const run = site.runs.find(({ when, background }) => when === 'import' && !background)
      if (!run || !isEndless(site, program)) continue
      yield {
        path: site.module.path,
        range: { start: site.node.start, end: (field(site.node, 'condition') ?? site.node).end },
        when: 'import',
        trace: program.trace(site, 'loops without an end', run),
        severity: severityFor(run, 'blocks'),
        message: `This loop never ends, and it runs while the app is imported: the function never becomes ready, and nothing is logged. Move it to a worker or make each round a scheduled job.`,
        remedy: { kind: 'manual', reason: 'What the loop does has to run somewhere else: as a worker, or round by round on a schedule.' },
      }
    }
    for (const call of program.calls('time.sleep')) {
      const run = call.runs.find(({ when, background }) => when === 'import' && !background)
      const [first] = call.args
      const seconds = first && numberOf(program, first, call.scope)?.value
      if (!run || seconds === undefined || seconds <= 1 || waitsForSomething(call)) continue
      yield {
        path: call.module.path,
        range: { start: call.node.start, end: call.node.end },
        when: 'import',
        trace: program.trace(call, `waits ${seconds} seconds`, run),
        severity: severityFor(run, 'degrades'),
        message: `The import waits ${seconds} seconds here: every cold start does, with a visitor waiting for it. Remove the wait, or wait only where something is not ready yet.`,
        remedy: { kind: 'manual', reason: 'What it waits for, only its author knows.' },
      }
    }
  },
} satisfies Rule

/** `while True` that nothing in it leaves. */
function isEndless(site: PySite, program: PythonProgram): boolean {
  const condition = field(site.node, 'condition')
  const body = field(site.node, 'body')
  const test = condition && bare(condition)
  if (!test || !body || !(test.kind === 'true' || (test.kind === 'integer' && program.text(test, site.module) !== '0'))) return false
  for (const node of ownCode(body)) {
    if (node.kind === 'return_statement' || node.kind === 'raise_statement' || node.kind === 'yield') return false
    if (node.kind === 'break_statement' && loopOf(node) === site.node) return false
    const callee = node.kind === 'call' ? field(node, 'function') : undefined
    if (callee && program.origins(callee, site.scope).some((origin) => /^(sys\.exit|os\._exit|builtins\.(exit|quit))$/.test(origin) || serverStart.test(origin))) return false
  }
  return true
}
/** A pause between tries. */
function waitsForSomething(call: PySite): boolean {
  return ancestor(call.node, 'while_statement', 'for_statement', 'except_clause') !== undefined
}
