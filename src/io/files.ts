/** Plain file work that other rooms may ask for: temporary folders, bytes, and a snapshot written out elsewhere. */
import { chmodSync, copyFileSync, existsSync, lstatSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, readlinkSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { Path, Snapshot } from '../types.js'
import { encode } from '../encoding.js'
import { atExit } from './interrupt.js'

export type TempDir = { readonly path: string; remove(): void }

/** A new folder that is gone when `remove` is called, at the latest when the process ends; read-only content too. */
export function tempDir(prefix: string): TempDir {
  const path = realpathSync(mkdtempSync(join(tmpdir(), prefix)))
  const forget = atExit(() => removeTree(path))
  return {
    path,
    remove: () => {
      removeTree(path)
      forget()
    },
  }
}

/** Removes a folder with all that is in it, also where it was made read-only. */
export function removeTree(path: string): void {
  try {
    rmSync(path, { recursive: true, force: true })
  } catch {
    openUp(path)
    rmSync(path, { recursive: true, force: true })
  }
}

function openUp(dir: string): void {
  chmodSync(dir, 0o700)
  for (const entry of readdirSync(dir, { withFileTypes: true })) if (entry.isDirectory()) openUp(join(dir, entry.name))
}

export function readBytes(path: string): Uint8Array {
  return readFileSync(path)
}
/** Writes a file outside the repo (a report, a patch, a plan), making its folder. */
export function writeFile(path: string, content: string | Uint8Array): void {
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, content)
}
export function exists(path: string): boolean {
  return existsSync(path)
}

/**
 * Writes the snapshot's files below `to`, in their own encodings and modes; what was not read as text is copied
 * from `from`, the folder the snapshot was read from. Symlinks inside the repo stay symlinks; others are left out.
 */
export function writeSnapshot(repo: Snapshot, from: string, to: string, keep: (path: Path) => boolean = () => true): void {
  for (const file of repo.files.values()) {
    if (!keep(file.path)) continue
    const place = join(to, file.path)
    mkdirSync(dirname(place), { recursive: true })
    writeFileSync(place, encode(file))
    chmodSync(place, file.mode)
  }
  for (const file of repo.unread.values()) {
    if (!keep(file.path) || file.reason === 'symlink-outside' || file.reason === 'unreadable') continue
    const source = join(from, file.path)
    const place = join(to, file.path)
    mkdirSync(dirname(place), { recursive: true })
    if (lstatSync(source).isSymbolicLink()) symlinkSync(readlinkSync(source), place)
    else copyFileSync(source, place)
  }
}
