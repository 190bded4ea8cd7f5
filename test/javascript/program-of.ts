/** Programs of small made-up apps. */
import { expressKnowledge } from '../../src/frameworks/express/knowledge.js'
import { analyzeJavaScript, loadJavaScript, type JsProgram } from '../../src/lang/javascript/program.js'
import { snapshotOf } from '../../src/snapshot.js'
import type { App } from '../../src/types.js'

export const ready = loadJavaScript

export function programOf(files: Readonly<Record<string, string>>, entry: Partial<App['entry']> = {}, hostEnv: Readonly<Record<string, string>> = { VERCEL: '1', NODE_ENV: 'production' }): JsProgram {
  const app: App = { root: '.', framework: 'express', language: 'javascript', entry: { file: Object.keys(files)[0] ?? 'app.js', symbol: 'app', kind: 'listen', ...entry }, rivals: [], packageManager: 'npm', existing: [], evidence: [] }
  return analyzeJavaScript(snapshotOf(files), app, { hostEnv, framework: expressKnowledge })
}

/** `file:line when` of the calls of an origin; '~' background, '?' weak, '*' conditional. */
export function calls(program: JsProgram, name: string): readonly string[] {
  return [...program.calls(name)].flatMap((call) => call.runs.map((run) => `${call.module.path}:${program.line(call.node)} ${run.when}${run.background ? '~' : ''}${run.weak ? '?' : ''}${run.conditional ? '*' : ''}`))
}
