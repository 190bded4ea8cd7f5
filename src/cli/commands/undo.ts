import type { ExitCode } from '../../errors.js'
import { print } from '../../io/terminal.js'
import { undo } from '../../io/undo.js'
import { plain } from '../../report/escape.js'
import { plural } from '../../text.js'
import { recoverAndSay } from '../recovery.js'
import { dirOf, type Session } from '../session.js'

/** Puts back what the last apply changed. */
export async function undoCommand(session: Session): Promise<ExitCode> {
  const dir = dirOf(session)
  recoverAndSay(session, dir)
  const { restored } = undo(dir, { force: session.has('force') })
  if (session.has('json')) print(JSON.stringify({ schemaVersion: 1, restored }, null, 2) + '\n')
  else print(`Put back ${plural(restored.length, 'file')}:\n${restored.map((path) => `  ${plain(path)}\n`).join('')}`)
  return 0
}
