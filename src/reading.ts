/** From an app to its program, and from that to the facts that every command needs. */
import { expressFolders } from './frameworks/express/folders.js'
import { jsFrameworkOf, pythonFrameworkOf } from './frameworks/index.js'
import { pythonFolders } from './frameworks/python-folders.js'
import type { NotChecked, ReadApp } from './inspect.js'
import { analyzeJavaScript } from './lang/javascript/program.js'
import { analyzePython } from './lang/python/program.js'
import type { App, Path, Program, Snapshot, Target } from './types.js'

export type Reading = ReadApp & {
  readonly parsed: number
  readonly notChecked: readonly NotChecked[]
  /** Folders that the served code reads or serves. */
  readonly folders: readonly Path[]
}

/** The app's program as that target would run it. The parser of its language must be loaded. */
export function programOf(repo: Snapshot, app: App, target: Target): Program {
  const javascript = jsFrameworkOf(app.framework)
  if (javascript) return analyzeJavaScript(repo, app, { hostEnv: target.hostEnv, framework: javascript })
  const framework = pythonFrameworkOf(app.framework)
  return analyzePython(repo, app, { hostEnv: target.hostEnv, ...(framework ? { framework } : {}) })
}

export function readProgram(repo: Snapshot, app: App, target: Target): Reading {
  const program = programOf(repo, app, target)
  const folders = program.language === 'python' ? pythonFolders(repo, program) : expressFolders(repo, program)
  return { app, program, env: program.env, routes: program.routes, parsed: program.modules.size, notChecked: program.notChecked, folders: [...new Set(folders)].sort() }
}
