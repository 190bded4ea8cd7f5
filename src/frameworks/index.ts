/** Catalogue 3: what an app is. A new framework is a folder and a line here. */
import { loadJavaScript, type JsFramework } from '../lang/javascript/program.js'
import type { PythonFramework } from '../lang/python/program.js'
import type { NotChecked } from '../inspect.js'
import type { App, Framework, FrameworkId, Path, Snapshot } from '../types.js'
import { django } from './django/detect.js'
import { djangoKnowledge } from './django/knowledge.js'
import { express, expressNotes, mayHoldExpress } from './express/detect.js'
import { expressKnowledge } from './express/knowledge.js'
import { fastapi } from './fastapi/detect.js'
import { fastapiKnowledge } from './fastapi/knowledge.js'
import { flask } from './flask/detect.js'
import { flaskKnowledge } from './flask/knowledge.js'
import { mainApp } from './main-app.js'

export const frameworks: readonly Framework[] = [django, flask, fastapi, express]

/** The framework's part of the knowledge that reach analysis needs. */
const pythonFrameworks: Readonly<Partial<Record<FrameworkId, PythonFramework>>> = { django: djangoKnowledge, flask: flaskKnowledge, fastapi: fastapiKnowledge }

const jsFrameworks: Readonly<Partial<Record<FrameworkId, JsFramework>>> = { express: expressKnowledge }

/** Loads the JavaScript compiler for a repo that may hold an Express app; it takes a second that other repos are spared. */
export async function loadForDetection(repo: Snapshot): Promise<void> {
  if (mayHoldExpress(repo)) await loadJavaScript()
}
/** What was seen and is no app that could be moved, or could not be read: a sentence each. */
export const detectionNotes = (repo: Snapshot): readonly NotChecked[] => [...expressNotes(repo)]

/** Every deployable app in the repo, one a root, in order of the roots. Needs `loadPython` and `loadForDetection`. */
export function detectApps(repo: Snapshot): readonly App[] {
  const byRoot = new Map<Path, App[]>()
  for (const framework of frameworks) for (const app of framework.detect(repo)) byRoot.set(app.root, [...(byRoot.get(app.root) ?? []), app])
  return [...byRoot].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, apps]) => mainApp(repo, apps))
}

export function pythonFrameworkOf(id: FrameworkId): PythonFramework | undefined {
  return pythonFrameworks[id]
}
export function jsFrameworkOf(id: FrameworkId): JsFramework | undefined {
  return jsFrameworks[id]
}
