/** Repo-relative paths as text. */
import type { Path } from '../types.js'

/** A path seen from a folder, '.' and '..' resolved; one that leaves the repo keeps its leading '..'. */
export function join(dir: Path, rest: Path): Path {
  const parts: string[] = []
  for (const part of [...dir.split('/'), ...rest.split('/')]) {
    if (part === '' || part === '.') continue
    if (part === '..') {
      if (parts.length === 0 || parts.at(-1) === '..') parts.push('..')
      else parts.pop()
    } else parts.push(part)
  }
  return parts.length === 0 ? '.' : parts.join('/')
}
export function dirOf(path: Path): Path {
  const at = path.lastIndexOf('/')
  return at < 0 ? '.' : path.slice(0, at)
}
