/** Where Vercel's project lies in the repo, and the paths in it. */
import type { Path, Snapshot } from '../../src/types.js'

/** A path below `dir`, either of which may be the repo itself ('.'). */
export function below(dir: Path, rest: Path): Path {
  if (dir === '.') return rest
  return rest === '.' ? dir : `${dir}/${rest}`
}

/** `path` as seen from `dir`; undefined when it is not inside. */
export function inside(dir: Path, path: Path): Path | undefined {
  if (dir === '.') return path
  if (path === dir) return '.'
  return path.startsWith(`${dir}/`) ? path.slice(dir.length + 1) : undefined
}

export function folderOf(path: Path): Path {
  const cut = path.lastIndexOf('/')
  return cut < 0 ? '.' : path.slice(0, cut)
}

/** The files of one folder seen as a project of its own. */
export type Folder = {
  readonly repo: Snapshot
  readonly root: Path
  text(path: Path): string | undefined
  has(path: Path): boolean
  /** Paths below, relative to the folder. */
  list(dir?: Path): readonly Path[]
}

export function folder(repo: Snapshot, root: Path): Folder {
  return {
    repo,
    root,
    text: path => repo.text(below(root, path)),
    has: path => repo.has(below(root, path)),
    list: (dir = '.') => repo.list(below(root, dir)).flatMap(path => inside(root, path) ?? []),
  }
}
