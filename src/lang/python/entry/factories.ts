/** Factories of the app: who calls them for the host, and with what. */
import type { Problem, RuleContext } from '../../../types.js'
import { appOrigin } from './app-origins.js'
import { appBinding, servedNow } from './entry.js'
import type { PythonProgram } from '../program.js'
import type { PyCall, PyFunction } from '../types.js'

/** The factory that nobody calls for the host, or the entry that calls it without what it wants. */
export function* factoryProblems(program: PythonProgram, context: RuleContext): Generator<Problem> {
  const { app } = context
  if (app.entry.kind !== 'factory' || servedNow(program, context)) {
    yield* calledWithTooLittle(program)
    return
  }
  const binding = appBinding(program)
  if (binding?.kind !== 'function') return
  const { module } = binding.scope
  const { symbol, args } = app.entry
  const missing = args === undefined ? required(binding.fn) : []
  const line = program.line(binding.node, module)
  const message =
    missing.length > 0
      ? `The app is made by ${symbol}() in ${module.path}, which wants ${missing.join(', ')}, and no start command in the repo says what to pass. The host needs an app object that is there at import. Give ${missing.join(', ')} a default, such as the name of the production settings.`
      : `The app is made by ${symbol}() in ${module.path}, and the host wants an app object at the top level of a file: it calls no factory, and refuses the deploy. Add an entry file with app = ${symbol}(${args ?? ''}).`
  yield {
    path: module.path,
    range: { start: binding.node.start, end: binding.node.end },
    when: 'import',
    trace: [{ file: module.path, line, note: `defines ${symbol}(), which returns the app` }],
    message,
    remedy:
      missing.length > 0
        ? { kind: 'manual', reason: `What ${symbol}() should be given on the host is not written anywhere in the repo.` }
        : { kind: 'fix', safety: 'safe', title: `Add an entry file that calls ${symbol}(${args ?? ''})`, changes: [], needs: [{ kind: 'entry' }] },
  }
}

/** An entry that calls the factory without what it wants fails at its first line. */
function* calledWithTooLittle(program: PythonProgram): Generator<Problem> {
  for (const call of program.calls()) {
    const run = program.first(call)
    if (call.module !== program.entry || call.fn || run.when !== 'import' || call.spread || call.handled) continue
    for (const fn of call.callees) {
      if (call.callees.length > 1 || !program.returns(fn).some((value) => value.kind === 'name' && appOrigin.test(value.name))) continue
      const missing = unfilled(fn, call)
      if (missing.length === 0) continue
      yield {
        path: call.module.path,
        range: { start: call.node.start, end: call.node.end },
        when: 'import',
        trace: program.trace(call, `calls ${fn.name}() without ${missing.join(', ')}`),
        message: `${call.module.path} calls ${fn.name}() without ${missing.join(', ')}, which has no default: the import fails with a TypeError, and so does every request. Pass it here, or give it a default in ${fn.module.path}.`,
        remedy: { kind: 'manual', reason: `What ${fn.name}() should be given on the host is not written anywhere in the repo.` },
      }
    }
  }
}

function required(fn: PyFunction): readonly string[] {
  return fn.params.filter((param) => param.star === '' && param.fallback === undefined).map(({ name }) => name)
}
function unfilled(fn: PyFunction, call: PyCall): readonly string[] {
  return fn.params.filter((param) => param.star === '' && param.fallback === undefined && param.index >= call.args.length && !call.kwargs.has(param.name)).map(({ name }) => name)
}
