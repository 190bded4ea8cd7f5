/** Catalogue 3: what an app is. A new framework is a folder and a line here. */
import type { PythonFramework } from '../lang/python/program.js'
import type { App, Framework, FrameworkId, Snapshot } from '../types.js'
import { flask } from './flask/detect.js'
import { flaskKnowledge } from './flask/knowledge.js'

export const frameworks: readonly Framework[] = [flask]

/** The framework's part of the knowledge that reach analysis needs. */
const pythonFrameworks: Readonly<Partial<Record<FrameworkId, PythonFramework>>> = { flask: flaskKnowledge }

/** Every deployable app in the repo, in order of their roots. Needs `loadPython`. */
export function detectApps(repo: Snapshot): readonly App[] {
  return frameworks.flatMap((framework) => [...framework.detect(repo)])
}

export function pythonFrameworkOf(id: FrameworkId): PythonFramework | undefined {
  return pythonFrameworks[id]
}
