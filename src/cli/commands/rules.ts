import { rules } from '../../../codemods/index.js'
import type { ExitCode } from '../../errors.js'
import { print } from '../../io/terminal.js'
import type { Session } from '../session.js'

/** The catalogue in its own order. */
export async function rulesCommand(session: Session): Promise<ExitCode> {
  if (session.has('json')) {
    print(JSON.stringify({ schemaVersion: 1, rules: rules.map(({ id, title, hazard, language, assumes, severity }) => ({ id, title, hazard, language, assumes, severity })) }, null, 2) + '\n')
    return 0
  }
  const width = Math.max(0, ...rules.map((rule) => rule.id.length))
  for (const rule of rules) print(`${rule.id.padEnd(width)}  ${rule.severity.padEnd(8)}  ${rule.title}\n`)
  return 0
}
