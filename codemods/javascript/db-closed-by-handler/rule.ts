import type { JsProgram, Problem, Remedy, Rule } from '../../../src/types.js'
import { removeStatement } from '../../../src/lang/javascript/edit.js'
import { callName } from '../../../src/lang/javascript/storage/clients.js'
import { bare, field, functionAround, statementOf, type JsCall, type JsNode } from '../../../src/lang/javascript/program.js'
import { severityFor } from '../../../src/lang/severity.js'

const closing = /^(pg(\.native)?\.Pool\(\)\.end|mysql2?([./]promise)?\.create(Pool|Connection)\(\)\.(end|destroy)|mongodb\.MongoClient(\.connect)?\(\)\.close|mongoose\.(disconnect|connection\.close)|sequelize(\.Sequelize)?\(\)\.close|knex(\.knex|\.default)?\(\)\.destroy|redis\.createClient\(\)\.(quit|disconnect)|ioredis(\.Redis|\.default)?\(\)\.(quit|disconnect)|typeorm\.DataSource\(\)\.destroy|@?prisma\/client\.PrismaClient\(\)\.\$disconnect)$/

export const dbClosedByHandler = {
  id: 'db-closed-by-handler',
  title: 'Shared database client closed by a request',
  hazard: 'module-level-io',
  language: 'javascript',
  assumes: 'nothing',
  severity: 'breaks',
  *check(program: JsProgram): Generator<Problem> {
    for (const call of program.callsMatching(closing)) {
      const run = call.runs.find((one) => one.when === 'request' && !one.background)
      if (!run || !isShared(program, call)) continue
      // Prisma connects again by itself; it only costs time.
      const dialsAgain = call.names.some((name) => name.includes('PrismaClient'))
      yield {
        path: call.module.path,
        range: { start: call.node.start, end: call.node.end },
        when: 'request',
        trace: program.trace(call, 'closes what all requests share', run),
        severity: dialsAgain ? 'degrades' : severityFor(run, 'breaks'),
        message: `${call.fn && call.fn.name !== '' ? `${call.fn.name}()` : 'A request'} calls ${callName(program, call)} on a client that the whole process shares. ${dialsAgain ? 'Every later request has to connect again' : 'The next request that comes to this instance finds it closed ("Cannot use a pool after calling end", "Topology is closed")'}. Leave it open: it belongs to the process.`,
        remedy: remedyOf(call),
      }
    }
  },
} satisfies Rule

/** Made outside of the function that closes it, where all requests find it. */
function isShared(program: JsProgram, call: JsCall): boolean {
  const callee = field(call.node, 'expression')
  const object = callee && field(callee, 'expression')
  if (!object) return false
  if (call.names.some((name) => name.startsWith('mongoose.'))) return ![...program.callsMatching(/^mongoose\.(connect|createConnection)$/)].some((made) => made.fn !== undefined && made.fn === call.fn)
  const at = bare(object)
  const homes = /^(Identifier|PropertyAccessExpression)$/.test(at.kind) ? program.definitions(at) : []
  return homes.length > 0 && homes.every((home) => {
    const fn = functionAround(home)
    return fn === undefined && program.siteOf(home)?.runs.some((run) => run.when === 'import' || run.when === 'startup') === true
  })
}
function remedyOf({ module, node }: JsCall): Remedy {
  const statement = statementOf(node)
  const held = aroundCall(node)
  if (module.brokenAt !== undefined || statement.kind !== 'ExpressionStatement' || held !== statement) return { kind: 'manual', reason: 'Take the call away; what waits for it or uses its result decides how.' }
  return { kind: 'fix', safety: 'safe', title: 'Leave the shared client open', changes: [removeStatement(module, node)] }
}
/** The statement, when it is nothing but the call, awaited or not. */
function aroundCall(node: JsNode): JsNode | undefined {
  let at = node.parent
  while (at && (at.kind === 'AwaitExpression' || at.kind === 'ParenthesizedExpression')) at = at.parent
  return at
}
