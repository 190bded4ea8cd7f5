import { standsAlone, wrapInIf } from '../../../src/lang/python/edit.js'
import { statementOf, type PyCall, type PyNode, type PyScope } from '../../../src/lang/python/program.js'
import { isLocalStart, serverStart } from '../../../src/lang/python/entry/server-start.js'
import { severityFor } from '../../../src/lang/python/severity.js'
import type { Problem, PythonProgram, Remedy, Rule } from '../../../src/types.js'

const guard = '__name__ == "__main__"'

export const entryServerStartedAtImport = {
  id: 'entry-server-started-at-import',
  title: 'Server started while the app is imported',
  hazard: 'server-start',
  language: 'python',
  assumes: 'owns-process',
  severity: 'blocks',
  *check(program: PythonProgram): Generator<Problem> {
    for (const call of program.callsMatching(serverStart)) {
      const run = call.runs.find(({ when, background }) => when === 'import' && !background)
      if (!run) continue
      const text = program.text(call.node, call.module).split(/[\r\n(]/)[0] ?? ''
      const inside = call.fn ? ` inside ${call.fn.qualname}(), which is called while the app is imported` : ' at the top level'
      yield {
        path: call.module.path,
        range: { start: call.node.start, end: call.node.end },
        when: 'import',
        trace: program.trace(call, `${text}() listens and does not come back`, run),
        severity: severityFor(run, 'blocks'),
        message: `${text}() is called${inside}: the host imports the file to get the app, and this call never comes back, so the function never becomes ready. Start the server only under if ${guard}:, which a start by hand still runs.`,
        remedy: remedyFor(call, program),
      }
    }
  },
} satisfies Rule

function remedyFor(call: PyCall, program: PythonProgram): Remedy {
  const place = call.fn ? callOf(call, program) : { node: call.node, scope: call.scope }
  if (!place || place.scope.module !== program.entry) {
    return { kind: 'manual', reason: call.fn ? `Call ${call.fn.qualname}() only under if ${guard}:, and keep in the import what the app needs besides the server.` : `${call.module.path} is imported by the app: keep the server's start in the file that is started by hand, under if ${guard}:.` }
  }
  const { module } = place.scope
  const statement = statementOf(place.node)
  if (module.brokenAt !== undefined || statement.kind !== 'expression_statement' || !standsAlone(module, statement)) return { kind: 'manual', reason: `Put the call under if ${guard}: by hand; it shares its line or its statement with other code.` }
  const later = following(statement)
  const fix = { kind: 'fix', title: `Start the server only under if ${guard}:`, changes: wrapInIf(module, statement, statement, guard) } as const
  if (later === undefined) return { ...fix, safety: 'safe' }
  // At home these lines run when the server has stopped, if ever; on the host they would run at import.
  return { ...fix, safety: 'review', left: `${module.path}:${program.line(later, module)} and what follows never ran while the server was up, and now runs when the app is imported: move or remove it.` }
}

/** The one call, at the entry's top level, of a function that does nothing but start the server. */
function callOf(call: PyCall, program: PythonProgram): { readonly node: PyNode; readonly scope: PyScope } | undefined {
  const { fn } = call
  if (!fn || !isLocalStart(program, fn.body, fn.scope)) return undefined
  const callers = program.callers(fn).filter((one) => one.runs.some(({ when }) => when === 'import'))
  const [only] = callers
  return callers.length === 1 && only && !only.fn ? only : undefined
}

/** Code after the statement on its way out to the module that is not itself kept for a local start. */
function following(statement: PyNode): PyNode | undefined {
  for (let at: PyNode | undefined = statement; at?.parent; at = at.parent) {
    const siblings = at.parent.kind === 'block' || at.parent.kind === 'module' ? at.parent.children : []
    const node = at
    const later = siblings.find((sibling) => sibling.start > node.end && sibling.kind !== 'comment' && sibling.kind !== 'pass_statement')
    if (later) return later
  }
  return undefined
}
