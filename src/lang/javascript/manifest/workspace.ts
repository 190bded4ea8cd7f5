/** Which package manager installs an app's packages, and the workspace that the app is a member of. */
import { parse as parseYaml } from 'yaml'
import { globMatcher } from '../../../glob.js'
import { isList, isObject } from '../../../json-text.js'
import { dirOf, join } from '../../paths.js'
import type { PackageManager, Path, Snapshot } from '../../../types.js'
import { manifestAt, textIn } from './manifest.js'

type NodeManager = Extract<PackageManager, 'npm' | 'pnpm' | 'yarn' | 'bun'>
export type Workspace = {
  readonly root: Path
  /** Folders of the members, sorted. */
  readonly members: readonly Path[]
}

/** Where several lie side by side, the order in which the platforms' builders look. */
const locks: readonly (readonly [string, NodeManager])[] = [['yarn.lock', 'yarn'], ['pnpm-lock.yaml', 'pnpm'], ['package-lock.json', 'npm'], ['npm-shrinkwrap.json', 'npm'], ['bun.lock', 'bun'], ['bun.lockb', 'bun']]

/** The packageManager field first, as Corepack has it, then the lock file; both in the folder, then at the root of its workspace. */
export function nodeManagerOf(repo: Snapshot, root: Path): { readonly manager: NodeManager; readonly lock: Path | undefined; readonly source: Path | undefined } {
  const workspace = workspaceOf(repo, root)
  const places = [...new Set([root, ...(workspace ? [workspace.root] : [])])]
  const lock = places.flatMap((dir) => locks.flatMap(([name, manager]) => (repo.has(join(dir, name)) ? [{ path: join(dir, name), manager }] : [])))
  for (const dir of places) {
    const manifest = manifestAt(repo, dir)
    const named = /^(npm|pnpm|yarn|bun)@/.exec(textIn(manifest?.data.packageManager) ?? '')?.[1] as NodeManager | undefined
    if (manifest && named) return { manager: named, lock: lock.find(({ manager }) => manager === named)?.path, source: manifest.path }
  }
  const first = lock[0]
  if (first) return { manager: first.manager, lock: first.path, source: first.path }
  const pnpm = workspace && repo.has(join(workspace.root, 'pnpm-workspace.yaml')) ? join(workspace.root, 'pnpm-workspace.yaml') : undefined
  return { manager: pnpm === undefined ? 'npm' : 'pnpm', lock: undefined, source: pnpm }
}

/** The workspace that the folder is the root or a member of, or lies in a member of: `workspaces` of npm, yarn and bun, pnpm-workspace.yaml. */
export function workspaceOf(repo: Snapshot, folder: Path): Workspace | undefined {
  for (let at = folder; ; at = dirOf(at)) {
    const globs = workspaceGlobs(repo, at)
    if (globs.length > 0) {
      const members = membersOf(repo, at, globs)
      if (at === folder || members.some((member) => folder === member || folder.startsWith(`${member}/`))) return { root: at, members }
    }
    if (at === '.') return undefined
  }
}

/** The member whose package.json has this name. */
export function memberNamed(repo: Snapshot, from: Path, name: string): Path | undefined {
  return workspaceOf(repo, from)?.members.find((dir) => manifestAt(repo, dir)?.name === name)
}

function workspaceGlobs(repo: Snapshot, dir: Path): readonly string[] {
  const written = manifestAt(repo, dir)?.data.workspaces
  const own = isList(written) ? written : isObject(written) && isList(written.packages) ? written.packages : []
  return [...own.flatMap((glob) => (typeof glob === 'string' ? [glob] : [])), ...pnpmGlobs(repo.text(join(dir, 'pnpm-workspace.yaml')))]
}
function pnpmGlobs(text: string | undefined): readonly string[] {
  if (text === undefined) return []
  try {
    const { packages } = (parseYaml(text) ?? {}) as { readonly packages?: unknown }
    return Array.isArray(packages) ? packages.filter((glob) => typeof glob === 'string') : []
  } catch {
    // pnpm would refuse it too; the app is then read as one that stands alone.
    return []
  }
}
function membersOf(repo: Snapshot, root: Path, globs: readonly string[]): readonly Path[] {
  const matchers = globs.map((glob) => ({ out: glob.startsWith('!'), is: globMatcher(glob.replace(/^!/, '').replace(/^\.\//, '').replace(/\/+$/, '')) }))
  const folders = repo.list(root).flatMap((path) => (path.endsWith('/package.json') ? [dirOf(path)] : []))
  return folders.filter((dir) => {
    const inside = root === '.' ? dir : dir.slice(root.length + 1)
    return matchers.some(({ out, is }) => !out && is(inside)) && !matchers.some(({ out, is }) => out && is(inside)) && !/(^|\/)node_modules\//.test(inside)
  })
}
