/** A Prisma schema that asks for SQLite. */
import type { JsProgram, Problem, RuleContext } from '../../../src/types.js'
import { prismaClients, prismaSchemas } from '../../../src/lang/javascript/storage/prisma.js'
import { lineAt } from '../../../src/text.js'

export function* prismaOnSqlite(program: JsProgram, { repo, app }: RuleContext): Generator<Problem> {
  const [client] = prismaClients(program)
  if (!client) return
  for (const { path, text } of prismaSchemas(repo, app.root)) {
    const source = /^[ \t]*datasource\s+\w+\s*\{[^}]*\}/m.exec(text)
    const provider = source && /provider\s*=\s*"sqlite"/.exec(source[0])
    if (!source || !provider) continue
    const start = source.index + provider.index
    yield {
      path,
      range: { start, end: start + provider[0].length },
      when: 'request',
      trace: [...program.trace(client, 'makes the client'), { file: path, line: lineAt(text, start), note: 'the database is SQLite' }],
      severity: 'breaks',
      message: 'The Prisma schema keeps the data in an SQLite file. On the host it can be read at most: the first change fails with "attempt to write a readonly database", and no file there is shared between instances or kept. Use a database that is reached over the network, such as PostgreSQL; on a host with a persistent disk it can stay.',
      remedy: { kind: 'manual', reason: 'A provider is more than a word in the schema: the migrations are SQLite\'s, and the data has to be copied.' },
    }
  }
}
