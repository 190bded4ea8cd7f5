/** Catalogue 3: what an app is. A new framework is a folder, a line here and its name in framework-titles.ts. */
import type { NotChecked } from '../inspect.js'
import type { App, Framework, Path, Snapshot } from '../types.js'
import { django } from './django/index.js'
import { express } from './express/index.js'
import { fastapi } from './fastapi/index.js'
import { flask } from './flask/index.js'
import { mainApp } from './main-app.js'

export const frameworks: readonly Framework[] = [django, flask, fastapi, express]

/** Loads what the frameworks need that this repo may hold. */
export async function loadForDetection(repo: Snapshot): Promise<void> {
  for (const framework of frameworks) await framework.load?.(repo)
}
/** What was seen and is no app that could be moved, or could not be read: a sentence each. */
export const detectionNotes = (repo: Snapshot): readonly NotChecked[] => frameworks.flatMap((framework) => [...(framework.notes?.(repo) ?? [])])

/** Every deployable app in the repo, one a root, in order of the roots. Needs `loadPython` and `loadForDetection`. */
export function detectApps(repo: Snapshot): readonly App[] {
  const byRoot = new Map<Path, App[]>()
  for (const framework of frameworks) for (const app of framework.detect(repo)) byRoot.set(app.root, [...(byRoot.get(app.root) ?? []), app])
  return [...byRoot].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, apps]) => mainApp(repo, apps))
}

export function frameworkOf({ framework }: App): Framework {
  const found = frameworks.find(({ id }) => id === framework)
  if (!found) throw new Error(`no framework ${framework} in the list`)
  return found
}
