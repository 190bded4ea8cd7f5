/** Finds the file behind a module name, the way the import system would from the app's search path. */
import type { Path, Snapshot } from '../../types.js'
import { join } from '../paths.js'

export { dirOf, join } from '../paths.js'

export type Located = {
  /** The module's own file; undefined for a namespace package. */
  readonly path: Path | undefined
  /** The folder, when it is a package of either kind. */
  readonly dir: Path | undefined
  /** `__init__.py` files of the packages above it, outermost first. */
  readonly parents: readonly Path[]
  /** Dotted name from the root under which it was found. */
  readonly name: string
}

/** `roots` in search order, repo-relative. A regular package or module in a later root beats a namespace folder in an earlier one, as in Python. */
export function locate(repo: Snapshot, roots: readonly Path[], dotted: string): Located | undefined {
  let namespace: Located | undefined
  for (const root of roots) {
    const found = locateUnder(repo, root, dotted)
    if (found?.path) return found
    namespace ??= found
  }
  return namespace
}

function locateUnder(repo: Snapshot, root: Path, dotted: string): Located | undefined {
  const parents: Path[] = []
  let dir = root
  const parts = dotted.split('.').filter((part) => part !== '')
  for (const [index, part] of parts.entries()) {
    const last = index === parts.length - 1
    const sub = join(dir, part)
    const init = join(sub, '__init__.py')
    if (repo.has(init)) {
      if (last) return { path: init, dir: sub, parents, name: dotted }
      parents.push(init)
    } else if (repo.has(`${sub}.py`)) return last ? { path: `${sub}.py`, dir: undefined, parents, name: dotted } : undefined
    else if (!holdsPython(repo, sub)) return undefined
    else if (last) return { path: undefined, dir: sub, parents, name: dotted }
    dir = sub
  }
  return undefined
}

function holdsPython(repo: Snapshot, dir: Path): boolean {
  return repo.hasDir(dir) && repo.list(dir).some((path) => path.endsWith('.py'))
}

/** The absolute dotted name that a relative one means inside a module: ('.models', 'shop.views', false) → 'shop.models'. */
export function absoluteName(written: string, moduleName: string, isPackage: boolean): string {
  const dots = /^\.*/.exec(written)?.[0].length ?? 0
  if (dots === 0) return written
  const base = moduleName === '' ? [] : moduleName.split('.')
  const keep = base.slice(0, Math.max(0, base.length - dots + (isPackage ? 1 : 0)))
  const rest = written.slice(dots)
  return [...keep, ...(rest === '' ? [] : [rest])].join('.')
}

/** The dotted name of a file seen from a root; a package's `__init__.py` has the folder's name. */
export function nameFrom(root: Path, path: Path): string {
  const inside = root === '.' ? path : path.startsWith(`${root}/`) ? path.slice(root.length + 1) : path
  return inside.replace(/\.py$/, '').replace(/(^|\/)__init__$/, '').split('/').filter(Boolean).join('.')
}
