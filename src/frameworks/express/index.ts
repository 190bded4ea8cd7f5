import { analyzeJavaScript, loadJavaScript } from '../../lang/javascript/program.js'
import type { Framework } from '../../types.js'
import { mayHoldExpress } from './candidates.js'
import { detectExpress, expressNotes } from './detect.js'
import { expressFolders } from './folders.js'
import { expressKnowledge } from './knowledge.js'

export const express: Framework = {
  id: 'express',
  detect: detectExpress,
  read: (repo, app, hostEnv) => {
    const program = analyzeJavaScript(repo, app, { hostEnv, framework: expressKnowledge })
    return { program, folders: () => expressFolders(repo, program) }
  },
  // The compiler takes a second that other repos are spared.
  load: async (repo) => {
    if (mayHoldExpress(repo)) await loadJavaScript()
  },
  notes: expressNotes,
}
