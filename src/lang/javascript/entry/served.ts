/** The file that the host enters, where it is not the one that starts the app. */
import type { App, Path, Snapshot, Target } from '../../../types.js'
import { analyzeJavaScript, type JsProgram } from '../program.js'

type Setting = { readonly app: App; readonly repo: Snapshot; readonly target: Target }

/** Undefined when the host enters a file that the app loads anyway, or none. */
export function servedElsewhere(program: JsProgram, { app, repo, target }: Setting): Path | undefined {
  const served = target.serves?.(repo, app)
  return served === undefined || served === app.entry.file || program.modules.has(served) || !/\.[cm]?[jt]s$/.test(served) ? undefined : served
}

/** What the host runs when it enters another file than the app's own start: its import, without the routes behind it. */
export function servedProgram(program: JsProgram, setting: Setting): JsProgram | undefined {
  const served = servedElsewhere(program, setting)
  if (served === undefined) return undefined
  const { app, repo, target } = setting
  return analyzeJavaScript(repo, { ...app, entry: { ...app.entry, file: served } }, { hostEnv: target.hostEnv })
}
