/** A program from texts, for tests: detection is skipped, the entry is given. */
import { flaskKnowledge } from '../../src/frameworks/flask/knowledge.js'
import { pythonGrammar } from '../../src/io/wasm.js'
import { analyzePython, loadPython, type PythonProgram } from '../../src/lang/python/program.js'
import { snapshotOf } from '../../src/snapshot.js'
import type { App, Entry } from '../../src/types.js'

export const ready = (): Promise<void> => loadPython(pythonGrammar())

export function programOf(files: Readonly<Record<string, string>>, entry: Partial<Entry> = {}, hostEnv: Readonly<Record<string, string>> = { VERCEL: '1' }): PythonProgram {
  const app: App = {
    root: '.', framework: 'flask', language: 'python', entry: { file: 'app.py', symbol: 'app', kind: 'instance', ...entry },
    rivals: [], packageManager: 'pip', existing: [], evidence: [],
  }
  const framework = flaskKnowledge
  return analyzePython(snapshotOf(files), app, { hostEnv, ...(framework ? { framework } : {}) })
}

/** 'file:line when[/bg][/weak][/cond]' of every call of these origins. */
export function calls(program: PythonProgram, ...names: readonly string[]): readonly string[] {
  return [...program.calls(...names)].map((call) => {
    const run = program.first(call)
    return `${call.module.path}:${program.line(call.node, call.module)} ${run.when}${run.background ? '/bg' : ''}${run.weak ? '/weak' : ''}${run.conditional ? '/cond' : ''}`
  })
}
