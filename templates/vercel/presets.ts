/** What differs between the frameworks, as data. */
import type { App, FrameworkId, Path, Snapshot } from '../../src/types.js'
import { boundCandidates } from './binding.js'
import type { Builder } from './builder.js'
import { nodeBuilder } from './builder-node.js'
import { pythonBuilder } from './builder-python.js'
import { djangoSteps } from './django-steps.js'
import { managedIn, managedRoot } from './manage.js'
import { pinnedEntry } from './pin.js'
import { nodeServes } from './node-entry.js'
import { inside, type Folder } from './project.js'

export type Preset = {
  /** The value of `framework` in vercel.json, which is also the name of the function that the preset builds. */
  readonly slug: string
  readonly title: string
  /** Packages one of which has to be installed, or nothing starts; the first is written where there is no manifest. */
  readonly distributions: readonly string[]
  readonly builder: Builder
  /** Does the build look for the app through the framework's own settings, whatever lies in `api/`? */
  readonly managed?: true
  /** The app's folder, which becomes the project or a service of it. */
  readonly home: (repo: Snapshot, app: App) => Path
  /** The file that the preset serves in a folder as it is. */
  readonly serves: (home: Folder) => Path | undefined
  /** A database file that the framework makes by itself, and that nothing reads there once the database has moved to a server. */
  readonly databaseFile?: string
  /** What a person has to do before the first deployment, beyond what every app needs. */
  readonly steps: (home: Folder) => readonly string[]
}

const ownFolder = (_repo: Snapshot, app: App): Path => app.root
/** The pinned file, else the first candidate that binds an app. */
const byName = (home: Folder): Path | undefined => pinnedEntry(home)?.file ?? boundCandidates(home).next().value ?? undefined
const byManage = (home: Folder): Path | undefined => {
  const managed = managedIn(home)
  return managed ? managed.application && inside(home.root, managed.application.file) : byName(home)
}
const none = (): readonly string[] => []

export const presets: Readonly<Record<FrameworkId, Preset>> = {
  flask: { slug: 'flask', title: 'Flask', distributions: ['Flask'], builder: pythonBuilder, home: ownFolder, serves: byName, steps: none },
  // Starlette alone has no preset; FastAPI's only looks for the app by name, and installs nothing of its own.
  fastapi: { slug: 'fastapi', title: 'FastAPI', distributions: ['fastapi', 'starlette'], builder: pythonBuilder, home: ownFolder, serves: byName, steps: none },
  express: { slug: 'express', title: 'Express', distributions: ['express'], builder: nodeBuilder, home: ownFolder, serves: nodeServes, steps: none },
  // The preset never looks into api/, and without it nobody collects the static files.
  django: { slug: 'django', title: 'Django', distributions: ['Django'], builder: pythonBuilder, managed: true, home: managedRoot, serves: byManage, databaseFile: 'db.sqlite3', steps: djangoSteps },
}
