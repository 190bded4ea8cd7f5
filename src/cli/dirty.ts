import type { PlannedFile } from '../types.js'
import { UserError } from '../errors.js'
import { dirtyAmong, gitState } from '../io/git.js'
import { writtenLast } from '../io/undo.js'
import { plain } from '../report/escape.js'
import { plural } from '../text.js'
import type { Session } from './session.js'

/**
 * Refuses when a file that the plan touches has changes git does not hold: they could not be told apart from the tool's.
 * What the last run wrote and nobody changed since is the tool's, and its receipt holds what was before.
 */
export function refuseDirty(session: Session, dir: string, files: readonly PlannedFile[]): void {
  if (!gitState(dir).inGit) {
    session.say('Note: this folder is not in git (or git is not to be had here). The changes can be undone with `npx to-serverless undo`, but git would show them better.')
    return
  }
  if (session.has('allow-dirty')) return
  const ours = writtenLast(dir)
  const dirty = dirtyAmong(dir, files.filter((file) => file.before !== undefined && !ours.has(file.path)).map((file) => file.path))
  if (dirty.length === 0) return
  throw new UserError(`${plural(dirty.length, 'file')} that would change ${dirty.length === 1 ? 'has' : 'have'} uncommitted changes: ${dirty.map(plain).join(', ')}. Nothing was written.`, 3, 'Commit or stash them, or go on with --allow-dirty.')
}
