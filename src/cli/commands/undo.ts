import { UserError, type ExitCode } from '../../errors.js'
import { exists } from '../../io/files.js'
import { print } from '../../io/terminal.js'
import { undo } from '../../io/undo.js'
import { plain } from '../../report/escape.js'
import { plural } from '../../text.js'
import { recoverAndSay } from '../recovery.js'
import { dirOf, type Session } from '../session.js'

/** Puts back what the last apply changed. */
export async function undoCommand(session: Session): Promise<ExitCode> {
  const dir = dirOf(session)
  if (!exists(dir)) throw new UserError(`There is no folder ${dir}.`, 2, 'Check the path; without one the current folder is meant.')
  // What a cut-off run left is the last change there is: the one before it stays.
  const recovered = recoverAndSay(session, dir)
  const { restored } = recovered && recovered.restored.length > 0 ? recovered : undo(dir, { force: session.has('force') })
  if (session.has('json')) print(JSON.stringify({ schemaVersion: 1, restored }, null, 2) + '\n')
  else print(`Put back ${plural(restored.length, 'file')}:\n${restored.map((path) => `  ${plain(path)}\n`).join('')}`)
  return 0
}
