/** From an app to its program, and from that to the facts that every command needs. */
import { frameworkOf } from './frameworks/index.js'
import type { NotChecked, ReadApp } from './inspect.js'
import type { App, Path, Program, Snapshot, Target } from './types.js'

export type Reading = ReadApp & {
  readonly parsed: number
  readonly notChecked: readonly NotChecked[]
  /** Folders that the served code reads or serves. */
  readonly folders: readonly Path[]
}

/** The app's program as that target would run it. `loadPython` and `loadForDetection` must be over. */
export const programOf = (repo: Snapshot, app: App, target: Target): Program => frameworkOf(app).read(repo, app, target.hostEnv).program

export function readProgram(repo: Snapshot, app: App, target: Target): Reading {
  const { program, folders } = frameworkOf(app).read(repo, app, target.hostEnv)
  return { app, program, env: program.env, routes: program.routes, parsed: program.modules.size, notChecked: program.notChecked, folders: [...new Set(folders())].sort() }
}
