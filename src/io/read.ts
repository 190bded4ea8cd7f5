/** Reads the repo once, from git's list of files where there is git, else by walking. Runs nothing of it. */
import { type Stats, lstatSync, readFileSync, readdirSync, readlinkSync, realpathSync, statSync } from 'node:fs'
import { dirname, join, resolve, sep } from 'node:path'
import type { Path, Snapshot, SourceFile, UnreadFile } from '../types.js'
import { UserError } from '../errors.js'
import { decode } from '../encoding.js'
import { parents } from '../edits.js'
import { makeSnapshot } from '../snapshot.js'
import { listWithGit } from './list-git.js'
import { listByWalking } from './list-walk.js'

export { decode, encode } from '../encoding.js'

/** Larger files are no source that a person wrote. */
export const textLimit = 1024 * 1024

/** What was left out of a snapshot, and why; in the form of `Inspection.notChecked`. */
export type Note = { readonly file: Path; readonly reason: string }
export type Listing = { readonly paths: readonly Path[]; readonly tracked: ReadonlySet<Path> | undefined; readonly notes: readonly Note[] }

/** The snapshot of a folder. Throws `UserError` (exit 2) where there is nothing to read. */
export async function readSnapshot(dir: string): Promise<Snapshot & { readonly notes: readonly Note[] }> {
  const root = readableFolder(dir)
  const listing = listWithGit(root) ?? (await listByWalking(root))
  const files = new Map<Path, SourceFile>()
  const unread = new Map<Path, UnreadFile>()
  const notes: Note[] = [...listing.notes]
  const realFolder = folderCheck(root)
  for (const path of withConfig(root, listing.paths)) {
    if (![...parents(path)].every(realFolder)) {
      if (exists(join(root, path))) notes.push({ file: path, reason: 'it lies behind a symbolic link' })
      continue
    }
    const found = readOne(root, path)
    if (found === undefined) continue
    if (found === 'folder') notes.push({ file: path, reason: 'a git submodule is a repository of its own' })
    else if ('text' in found) files.set(path, found)
    else unread.set(path, found)
  }
  if (files.size === 0 && unread.size === 0) {
    throw new UserError(`There is nothing to migrate: ${dir} holds no files.`, 2, 'Name the folder that holds your app. Files that git ignores do not count.')
  }
  return { ...makeSnapshot({ files, unread, tracked: listing.tracked }), notes }
}

/** Platform files count although git ignores them (`.*` in .gitignore): what is there is merged, not made anew. Beside the repo's files and one folder down. */
function withConfig(root: string, listed: readonly Path[]): readonly Path[] {
  const known = new Set(listed)
  const folders = new Set(['', ...listed.flatMap((path) => (path.includes('/') ? [`${path.slice(0, path.indexOf('/'))}/`] : []))])
  const more = [...folders].flatMap((folder) => platformFiles.map((name) => folder + name)).filter((path) => !known.has(path) && lstat(join(root, path))?.isFile())
  return more.length === 0 ? listed : [...listed, ...more].sort()
}
const platformFiles = ['vercel.json', '.vercelignore', 'render.yaml', '.python-version', 'MIGRATION.md'] as const

function readableFolder(dir: string): string {
  try {
    if (!statSync(dir).isDirectory()) throw new UserError(`${dir} is a file, not a folder.`, 2, 'Name the folder that holds the app.')
    readdirSync(dir)
    return realpathSync(dir)
  } catch (error) {
    if (error instanceof UserError) throw error
    const code = (error as NodeJS.ErrnoException).code
    if (code === 'ENOENT' || code === 'ENOTDIR') throw new UserError(`There is no folder ${dir}.`, 2, 'Check the path; without one the current folder is read.')
    if (code === 'EACCES' || code === 'EPERM') throw new UserError(`The folder ${dir} may not be read.`, 2, 'Give yourself read permission on it, or run as its owner.')
    throw error
  }
}

function folderCheck(root: string): (path: Path) => boolean {
  const known = new Map<Path, boolean>()
  return (path) => {
    let real = known.get(path)
    if (real === undefined) {
      const stats = lstat(join(root, path))
      known.set(path, (real = stats?.isDirectory() === true))
    }
    return real
  }
}

function readOne(root: string, path: Path): SourceFile | UnreadFile | 'folder' | undefined {
  const place = join(root, path)
  const stats = lstat(place)
  if (stats === undefined) return undefined
  if (stats.isDirectory()) return 'folder'
  const seen = { path, size: stats.size, mode: stats.mode & 0o777 }
  if (stats.isSymbolicLink()) return { ...seen, reason: leadsOut(root, place) ? 'symlink-outside' : 'symlink' }
  // Opening a pipe or a device could block for ever.
  if (!stats.isFile()) return { ...seen, reason: 'unreadable' }
  if (stats.size > textLimit) return { ...seen, reason: 'too-large' }
  try {
    const bytes = readFileSync(place)
    const decoded = decode(bytes, path)
    return 'unread' in decoded ? { ...seen, reason: decoded.unread } : { ...seen, size: bytes.length, ...decoded }
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ENOENT' ? undefined : { ...seen, reason: 'unreadable' }
  }
}

function lstat(place: string): Stats | undefined {
  try {
    return lstatSync(place, { throwIfNoEntry: false })
  } catch {
    // A part of the path is a file now, or may not be entered: there is nothing here for us.
    return undefined
  }
}
function exists(place: string): boolean {
  return lstat(place) !== undefined
}

/** A link that leads nowhere is judged by what is written in it. */
function leadsOut(root: string, link: string): boolean {
  let target: string
  try {
    target = realpathSync(link)
  } catch {
    target = resolve(dirname(link), readlinkSync(link))
  }
  return target !== root && !target.startsWith(root.endsWith(sep) ? root : root + sep)
}
