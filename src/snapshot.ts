/** The repo as a value. `io/read` makes one from disk; tests and `with` make them in memory. */
import type { Change, Path, Snapshot, SourceFile, UnreadFile } from './types.js'
import { applyChanges, parents } from './edits.js'
import { encodedSize } from './encoding.js'

/** Why a file was not read, after 'it'. */
export const unreadReasons = {
  binary: 'is binary, not text',
  'too-large': 'is larger than 1 MB',
  symlink: 'is a symbolic link',
  'symlink-outside': 'is a symbolic link that leads out of the project',
  unreadable: 'may not be read',
  'not-text': 'is not UTF-8 text',
} as const satisfies Readonly<Record<UnreadFile['reason'], string>>

export type SnapshotParts = Pick<Snapshot, 'files'> & Partial<Pick<Snapshot, 'unread' | 'tracked'>>

/** A snapshot of these files; folders and sorted lists are worked out when first asked for. */
export function makeSnapshot({ files, unread = new Map(), tracked }: SnapshotParts): Snapshot {
  let sorted: readonly Path[] | undefined
  let dirs: ReadonlySet<Path> | undefined
  const paths = (): readonly Path[] => (sorted ??= [...files.keys(), ...unread.keys()].sort())
  const folders = (): ReadonlySet<Path> => {
    if (dirs) return dirs
    const found = new Set<Path>(['.'])
    for (const path of paths()) {
      for (const parent of parents(path)) {
        if (found.has(parent)) break
        found.add(parent)
      }
    }
    return (dirs = found)
  }
  const has = (path: Path): boolean => files.has(path) || unread.has(path)
  const hasDir = (path: Path): boolean => folders().has(path)
  // A file can't be made where a folder is, nor below an unread file.
  const occupied = (path: Path): boolean => has(path) || hasDir(path) || [...parents(path)].some((parent) => unread.has(parent))
  return {
    files,
    unread,
    tracked,
    text: (path) => files.get(path)?.text,
    has,
    hasDir,
    list: (dir = '.') => (dir === '.' ? paths() : paths().filter((path) => path.startsWith(dir + '/'))),
    with: (changes: readonly Change[]) => makeSnapshot({ files: applyChanges(files, changes, occupied), unread, tracked }),
  }
}

/** A snapshot in memory: UTF-8, mode 644, outside git. */
export function snapshotOf(files: Readonly<Record<Path, string>>, unread: readonly UnreadFile[] = []): Snapshot {
  const map = new Map<Path, SourceFile>()
  for (const [path, text] of Object.entries(files)) {
    map.set(path, { path, text, encoding: 'utf-8', mode: 0o644, size: encodedSize({ text, encoding: 'utf-8' }) })
  }
  return makeSnapshot({ files: map, unread: new Map(unread.map((file) => [file.path, file])) })
}

export function emptySnapshot(): Snapshot {
  return makeSnapshot({ files: new Map() })
}
