import { UserError } from '../../src/errors.js'
import type { Emission, EmitContext, Snapshot } from '../../src/types.js'

/** Vercel's files for an app whose hazards are already cured in `repo`. */
export function emit(_repo: Snapshot, _context: EmitContext): Emission {
  throw new UserError('not written yet: the files for Vercel', 2)
}
