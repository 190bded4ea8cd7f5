/** What a folder with a package.json says of itself, read as data: names, scripts, package manager, Node version, sources and how it is started. */
import { lineAt } from '../text.js'
import { dirOf } from '../lang/paths.js'
import type { NotChecked } from '../inspect.js'
import type { App, PackageManager, Path, Snapshot } from '../types.js'
import { manifestAt, type Manifest } from '../lang/javascript/manifest/manifest.js'
import { nodeStarts, type NodeStart } from './node-start.js'
import { isAsideScript } from './node-sources.js'
import { tsconfigAt, type Tsconfig } from './node-tsconfig.js'
import { nodeVersionOf } from '../lang/javascript/manifest/node-version.js'
import { nodeManagerOf, workspaceOf, type Workspace } from '../lang/javascript/manifest/workspace.js'

export type { Manifest } from '../lang/javascript/manifest/manifest.js'
export type { NodeStart } from './node-start.js'
export type { Tsconfig } from './node-tsconfig.js'
export type { Workspace } from '../lang/javascript/manifest/workspace.js'

export type NodeProject = {
  readonly root: Path
  readonly manifest: Manifest | undefined
  /** How Node loads a `.js` file of it. */
  readonly type: 'module' | 'commonjs'
  readonly packageManager: PackageManager
  /** The lock file that decides, repo-relative; of a workspace's member it lies at the workspace's root. */
  readonly lock: Path | undefined
  readonly workspace: Workspace | undefined
  readonly runtime: App['runtime']
  readonly tsconfig: Tsconfig | undefined
  /** How the repo starts it, the best witness first. */
  readonly starts: readonly NodeStart[]
}

/** Facts of the package in this folder. */
export function nodeProject(repo: Snapshot, root: Path): NodeProject {
  const manifest = manifestAt(repo, root)
  const { manager, lock } = nodeManagerOf(repo, root)
  return { root, manifest, type: manifest?.type ?? 'commonjs', packageManager: manager, lock, workspace: workspaceOf(repo, root), runtime: nodeVersionOf(repo, root), tsconfig: tsconfigAt(repo, root), starts: [...nodeStarts(repo, root)] }
}

/** package.json files that do not parse: a sentence each, for what was not checked. */
export function* brokenManifests(repo: Snapshot): Generator<NotChecked> {
  for (const file of repo.files.values()) {
    if (!/(^|\/)package\.json$/.test(file.path) || isAsideScript(file.path)) continue
    const brokenAt = manifestAt(repo, dirOf(file.path))?.brokenAt
    if (brokenAt !== undefined) yield { file: file.path, reason: `it is no valid JSON at line ${brokenAt} of ${lineAt(file.text, file.text.length)}; npm cannot install from it, and only what could be made out was used` }
  }
}
