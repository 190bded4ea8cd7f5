/** Single steps on the files of one folder: refuse to leave it, write beside and rename, sync to disk. */
import {
  accessSync, chmodSync, chownSync, closeSync, constants, existsSync, fsyncSync, lstatSync, mkdirSync, openSync, readFileSync, realpathSync, renameSync, rmSync, rmdirSync, writeSync,
} from 'node:fs'
import { dirname, join, sep } from 'node:path'
import type { Path } from '../types.js'
import { UserError } from '../errors.js'
import { parents } from '../edits.js'

const outside = (path: Path): UserError =>
  new UserError(`${JSON.stringify(path)} is not a path inside the project, so it is not written.`, 3, 'If this comes from a plan file, make a new one from this project.')

/** Throws unless the path, as it stands on disk now, leads to a place inside `root` that isn't git's own. */
export function assertInside(root: string, path: Path): void {
  const parts = path.split('/')
  if (path.includes('\0') || parts.some((part) => part === '' || part === '.' || part === '..' || part.toLowerCase() === '.git')) throw outside(path)
  const realRoot = realpathSync(root)
  // Outermost first: below a file nothing more can be asked.
  for (const parent of [...parents(path)].reverse()) {
    const place = join(root, parent)
    const stats = lstatSync(place, { throwIfNoEntry: false })
    if (stats === undefined || stats.isDirectory()) continue
    if (!stats.isSymbolicLink()) throw new UserError(`${path} can't be written: ${parent} is a file, not a folder.`, 3, 'Move that file away, or leave the fix out with --skip.')
    const real = existsSync(place) ? realpathSync(place) : ''
    if (real !== realRoot && !real.startsWith(realRoot + sep)) {
      throw new UserError(`${path} is not written: ${parent} is a symbolic link that leads out of the project.`, 3, 'Replace the link with a real folder, or leave the fix out with --skip.')
    }
  }
}

/** What is at a path: undefined for nothing, 'other' for a folder, link or device. */
export function look(root: string, path: Path): { readonly bytes: Buffer; readonly mode: number } | 'other' | undefined {
  const place = join(root, path)
  let stats
  try {
    stats = lstatSync(place, { throwIfNoEntry: false })
  } catch (error) {
    // A part of the path is a file: there is nothing at this path.
    if ((error as NodeJS.ErrnoException).code === 'ENOTDIR') return undefined
    throw error
  }
  if (stats === undefined) return undefined
  if (!stats.isFile()) return 'other'
  return { bytes: readFileSync(place), mode: stats.mode & 0o7777 }
}

/** The folders above these paths that don't exist yet, outermost first. */
export function missingDirs(root: string, paths: Iterable<Path>): readonly Path[] {
  const missing = new Set<Path>()
  for (const path of paths) for (const parent of parents(path)) if (!existsSync(join(root, parent))) missing.add(parent)
  return [...missing].sort((a, b) => a.length - b.length)
}

/** Throws one clear error when a file at one of these paths could not be replaced, made or removed. */
export function assertWritable(root: string, paths: Iterable<Path>): void {
  for (const path of paths) {
    const nearest = [...parents(path)].find((parent) => existsSync(join(root, parent))) ?? '.'
    try {
      accessSync(join(root, nearest), constants.W_OK | constants.X_OK)
    } catch {
      throw readOnly(nearest === '.' ? 'The project folder' : `The folder ${nearest}`)
    }
  }
}

export function readOnly(what: string): UserError {
  return new UserError(`${what} can't be written to, so nothing was changed.`, 3, 'Make it writable for yourself, or work on a copy of the project.')
}

/** Is this error the file system's refusal to write, rather than a defect of ours? */
export function isRefusal(error: unknown): error is NodeJS.ErrnoException {
  const code = error instanceof Error ? (error as NodeJS.ErrnoException).code : undefined
  return code !== undefined && ['EACCES', 'EPERM', 'EROFS', 'ENOSPC', 'EDQUOT', 'EIO', 'ENAMETOOLONG', 'EBUSY', 'EMFILE', 'ETXTBSY'].includes(code)
}

/** A new file, on disk when this returns. The umask takes from `mode` as for any program, unless it is a file's that was there: `like`. */
export function writeDurably(place: string, bytes: Uint8Array, mode: number, like?: string): void {
  const file = openSync(place, 'wx', mode)
  try {
    for (let at = 0; at < bytes.length; ) at += writeSync(file, bytes, at)
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
  if (like === undefined) return
  keepOwner(place, like)
  chmodSync(place, mode)
}

function keepOwner(place: string, like: string): void {
  const [mine, theirs] = [lstatSync(place), lstatSync(like, { throwIfNoEntry: false })]
  if (theirs === undefined || (mine.uid === theirs.uid && mine.gid === theirs.gid)) return
  try {
    chownSync(place, theirs.uid, theirs.gid)
  } catch {
    // Only root may give files away; the content matters more than the owner.
  }
}

/** Makes names in a folder (new, renamed, removed) survive a power cut, where the system offers it. */
export function syncDir(dir: string): void {
  try {
    const handle = openSync(dir, 'r')
    try {
      fsyncSync(handle)
    } finally {
      closeSync(handle)
    }
  } catch {
    // Not every file system can sync a folder.
  }
}

/** Puts these bytes and mode at a path in one step, by way of `temp`. */
export function put(root: string, path: Path, temp: string, bytes: Uint8Array, mode: number): void {
  const place = join(root, path)
  mkdirSync(dirname(place), { recursive: true })
  rmSync(temp, { force: true })
  writeDurably(temp, bytes, mode, place)
  renameSync(temp, place)
}

/** Removes those of these folders that exist and are empty; `dirs` is outermost first. */
export function removeEmpty(root: string, dirs: readonly Path[]): void {
  for (const dir of dirs.toReversed()) {
    try {
      rmdirSync(join(root, dir))
    } catch {
      // Not empty, or gone: then it is not ours to remove.
    }
  }
}
