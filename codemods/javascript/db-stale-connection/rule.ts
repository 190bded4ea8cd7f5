import type { JsProgram, Problem, Remedy, Rule } from '../../../src/types.js'
import { insertAfter } from '../../../src/lang/javascript/edit.js'
import { endStatement, quoteJs, styleOf } from '../../../src/lang/javascript/style.js'
import { databaseClients, type Client } from '../../../src/lang/javascript/storage/clients.js'
import { field, statementOf, type JsNode } from '../../../src/lang/javascript/program.js'
import { atMost } from '../../../src/lang/severity.js'
import { spotted } from '../../../src/lang/spotted.js'

export const dbStaleConnection = {
  id: 'db-stale-connection',
  title: 'Idle database connection whose end stops the process',
  hazard: 'module-level-io',
  language: 'javascript',
  assumes: 'nothing',
  severity: 'breaks',
  *check(program: JsProgram): Generator<Problem> {
    for (const client of databaseClients(program, 'pool')) {
      const { call, name } = client
      if (!call.names.some((origin) => /^(pg(\.native)?\.Pool|pg-pool)$/.test(origin)) || call.runs.every((run) => run.when === 'request')) continue
      if ([...program.callsMatching(/^(pg(\.native)?\.Pool|pg-pool)\(\)\.(on|once|addListener)$/)].some((listen) => listen.args[0] && program.fold.text(listen.args[0]).some(({ text }) => text === 'error'))) continue
      const place = spotted(program, call, call.node, `${name} without a listener for errors`, 'breaks')
      if (!place || place.when === 'request') continue
      yield {
        ...place,
        // Whether the database's host cuts idle connections is not known here; most do.
        severity: atMost(place.severity, 'degrades'),
        message: `Nobody listens for the errors of ${name}. An instance sleeps between requests, the database closes what is idle, and the pool tells of it with an 'error' event: without a listener that stops the process ("Connection terminated unexpectedly"). Add one; the pool replaces the connection by itself.`,
        remedy: remedyOf(program, client),
      }
    }
  },
} satisfies Rule

function remedyOf(program: JsProgram, { call }: Client): Remedy {
  const { module, node } = call
  if (module.brokenAt !== undefined) return { kind: 'manual', reason: `${module.path} does not parse, so it is not edited.` }
  const name = heldBy(node)
  if (!name || statementOf(node).parent?.kind !== 'SourceFile') return { kind: 'manual', reason: "Call `.on('error', …)` on the pool where it is made, and log the error there." }
  const style = styleOf(module, program)
  const pool = program.text(name)
  return {
    kind: 'fix', safety: 'safe', title: "Listen for the pool's errors",
    changes: [insertAfter(module, node, [`${pool}.on(${quoteJs('error', style)}, (error) => {`, style.indent + endStatement(style, `console.error(${quoteJs('Idle database connection failed:', style)}, error.message)`), endStatement(style, '})')], style)],
  }
}
/** `const pool = new Pool(…)`, alone in its statement. */
function heldBy(node: JsNode): JsNode | undefined {
  const declaration = node.parent
  if (declaration?.kind !== 'VariableDeclaration' || declaration.parent?.children.length !== 1) return undefined
  const name = field(declaration, 'name')
  return name?.kind === 'Identifier' ? name : undefined
}
