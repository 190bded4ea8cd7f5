/** The version of Node that a repo asks for, and where it says so. */
import { isObject } from '../../../json-text.js'
import { join } from '../../paths.js'
import type { App, Path, Snapshot } from '../../../types.js'
import { manifestAt, textIn } from './manifest.js'
import { workspaceOf } from './workspace.js'

/** engines first, which platforms read; then the files that version managers read; in the folder, then at the root of its workspace. */
export function nodeVersionOf(repo: Snapshot, root: Path): App['runtime'] {
  const workspace = workspaceOf(repo, root)
  for (const dir of new Set([root, ...(workspace ? [workspace.root] : [])])) {
    const manifest = manifestAt(repo, dir)
    const engines = isObject(manifest?.data.engines) ? textIn(manifest.data.engines.node) : undefined
    if (manifest && engines !== undefined) return { wanted: engines, source: manifest.path }
    for (const [name, pattern] of files) {
      const wanted = pattern.exec(repo.text(join(dir, name)) ?? '')?.[1]
      if (wanted !== undefined) return { wanted, source: join(dir, name) }
    }
    const volta = isObject(manifest?.data.volta) ? textIn(manifest.data.volta.node) : undefined
    if (manifest && volta !== undefined) return { wanted: volta, source: manifest.path }
  }
  return undefined
}
const files: readonly (readonly [string, RegExp])[] = [
  ['.nvmrc', /^\s*v?((?:\d[\w.]*|lts\/[\w*-]+|node))\s*$/m],
  ['.node-version', /^\s*v?(\d[\w.]*)\s*$/m],
  ['.tool-versions', /^\s*node(?:js)?\s+v?(\d[\w.]*)/m],
]
