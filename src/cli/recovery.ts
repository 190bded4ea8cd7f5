import { recover, type Recovery } from '../io/apply.js'
import { exists } from '../io/files.js'
import { plain } from '../report/escape.js'
import type { Session } from './session.js'

/** Puts back what a killed run left half done, and says so; commands that only read don't call it. */
export function recoverAndSay(session: Session, dir: string): Recovery | undefined {
  if (!exists(dir)) return undefined
  const found = recover(dir)
  if (!found) return undefined
  session.say(`An earlier run was cut off in the middle of writing; put back first: ${found.restored.map(plain).join(', ') || 'nothing had changed yet'}.`)
  if (found.kept.length > 0) session.say(`Changed by someone since, and left as they are: ${found.kept.map(plain).join(', ')}.`)
  return found
}
