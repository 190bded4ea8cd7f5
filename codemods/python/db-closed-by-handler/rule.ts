import type { Problem, PythonProgram, Remedy, Rule } from '../../../src/types.js'
import { removeStatement, standsAlone } from '../../../src/lang/python/edit.js'
import { isMethodOf, type ClientKind } from '../../../src/lang/python/storage/clients.js'
import { milder, severityFor } from '../../../src/lang/python/severity.js'
import { bare, field, statementOf, type PyCall, type PyNode } from '../../../src/lang/python/program.js'

const closing = /^\.(close|closeall|terminate|dispose|sync_engine\.dispose)$/

export const dbClosedByHandler = {
  id: 'db-closed-by-handler',
  title: 'Shared database client closed by a request',
  hazard: 'module-level-io',
  language: 'python',
  assumes: 'nothing',
  severity: 'breaks',
  *check(program: PythonProgram): Generator<Problem> {
    for (const call of program.callsMatching(/\(\)\.(close|closeall|terminate|dispose|sync_engine\.dispose)$/)) {
      const kind = (['client', 'pool', 'engine'] as const).find((one) => call.names.some((name) => isMethodOf(one, name, closing)))
      const run = call.runs.find((one) => one.when === 'request' && !one.background)
      const receiver = kind && receiverOf(call)
      // A hook that ends the app is a startup run too.
      if (!kind || !run || !receiver || call.runs.some((one) => one.when === 'startup' || one.when === 'main') || !isShared(program, call, receiver)) continue
      const name = program.text(receiver, call.module)
      yield {
        path: call.module.path,
        range: { start: call.node.start, end: call.node.end },
        when: 'request',
        trace: program.trace(call, `closes ${name}`, run),
        // An engine opens a new pool by itself: slow, not broken.
        severity: kind === 'engine' ? milder(severityFor(run, 'breaks')) : severityFor(run, 'breaks'),
        message: `${call.fn?.qualname ?? 'A request'}() closes ${name}, which the whole process shares. ${told[kind]} Leave it open: it belongs to the process.`,
        remedy: remedyOf(call),
      }
    }
  },
} satisfies Rule

const told: Readonly<Record<Exclude<ClientKind, 'connection'>, string>> = {
  client: 'The next request on this instance fails ("Cannot use MongoClient after close").',
  pool: 'The next request on this instance fails ("pool is closed").',
  engine: 'The next request has to connect anew, and others lose the connections they are using.',
}

function receiverOf(call: PyCall): PyNode | undefined {
  const callee = field(call.node, 'function')
  const object = callee?.kind === 'attribute' ? field(callee, 'object') : undefined
  return object && bare(object)
}
/** Made at module level: the name, or the one that the attribute is taken from, was assigned there. */
function isShared(program: PythonProgram, { scope }: PyCall, receiver: PyNode): boolean {
  let root = receiver
  for (let next = field(root, 'object'); root.kind === 'attribute' && next; next = field(root, 'object')) root = next
  return [receiver, root].some((node) => {
    const homes = program.definitions(node, scope)
    return homes.length > 0 && homes.every((home) => home.scope.kind === 'module' && home.node.kind !== 'none')
  })
}
function remedyOf({ node, module }: PyCall): Remedy {
  const statement = statementOf(node)
  const [only] = statement.children
  const whole = statement.kind === 'expression_statement' && only !== undefined && bare(only) === node
  if (module.brokenAt !== undefined || !whole || !standsAlone(module, statement)) return { kind: 'manual', reason: 'Take the closing away: the client belongs to the process.' }
  return { kind: 'fix', safety: 'safe', title: 'Leave the shared client open', changes: [removeStatement(module, node)] }
}
