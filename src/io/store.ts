/** Where receipts and the journal lie: in the private part of git's folder, or without git in `.to-serverless/`. */
import { existsSync, linkSync, mkdirSync, readFileSync, readdirSync, realpathSync, renameSync, rmSync, rmdirSync, writeFileSync } from 'node:fs'
import { dirname, join, relative, sep } from 'node:path'
import type { Path, Receipt } from '../types.js'
import { UserError } from '../errors.js'
import { gitPrivatePath, gitRoot } from './git.js'
import { syncDir, writeDurably } from './tree.js'

export type Store = {
  /** Absolute folder of the receipts; need not exist. */
  readonly place: string
  /** The folder that paths are relative to, as git's root sees it; '' is the root itself or no git. */
  readonly base: string
}
/** A receipt as it lies on disk. The journal is one too, with what a later run needs to judge and clean up. */
export type Stored = Receipt & { readonly base: string }
export type Journal = Stored & { readonly pid: number; readonly born: string; readonly temps: readonly Path[] }

const own = '.to-serverless'
const journalName = 'journal.json'

/** The store to write to. */
export function storeOf(dir: string): Store {
  const place = gitPrivatePath(dir, 'to-serverless')
  const root = place === undefined ? undefined : gitRoot(dir)
  if (place === undefined || root === undefined) return { place: join(dir, own), base: '' }
  return { place, base: relative(realpathSync(root), realpathSync(dir)).split(sep).join('/') }
}

/** The stores that an earlier run may have written to: git may have come, gone, or changed its mind since. */
export function storesOf(dir: string): readonly Store[] {
  const first = storeOf(dir)
  const second = { place: join(dir, own), base: '' }
  // Where git can't be asked any more (it is not on PATH, it distrusts the folder), a plain repository is still known by its folder.
  const third = { place: join(dir, '.git', 'to-serverless'), base: '' }
  return [first, second, third].filter((store, at, all) => existsSync(store.place) && all.findIndex((other) => other.place === store.place) === at)
}

export function openStore(store: Store): void {
  mkdirSync(store.place, { recursive: true, mode: 0o700 })
  const ignored = join(store.place, '.gitignore')
  if (store.place.endsWith(sep + own) && !existsSync(ignored)) writeFileSync(ignored, '*\n')
}

/** Removes the store's folder when no receipt is left in it, so that the tree is as it was. */
export function closeStore(store: Store): void {
  const left = existsSync(store.place) ? readdirSync(store.place).filter((name) => name !== '.gitignore') : []
  if (left.length > 0) return
  rmSync(join(store.place, '.gitignore'), { force: true })
  try {
    rmdirSync(store.place)
  } catch {
    // Gone already.
  }
}

// ── the journal ─────────────────────────────────────────────────────────────────────────────────

/** Writes the journal in one step, durably; throws when another run's journal is there. */
export function writeJournal(store: Store, journal: Journal): void {
  openStore(store)
  const place = join(store.place, journalName)
  const temp = join(store.place, `journal-${process.pid}.tmp`)
  rmSync(temp, { force: true })
  writeDurably(temp, Buffer.from(JSON.stringify(journal)), 0o600)
  try {
    if (existsSync(place)) throw busy()
    try {
      // Unlike a rename, a link never replaces a journal that came in between.
      linkSync(temp, place)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EEXIST') throw busy()
      renameSync(temp, place)
    }
  } finally {
    rmSync(temp, { force: true })
  }
  syncDir(store.place)
  syncDir(dirname(store.place))
}

function busy(pid?: number): UserError {
  return new UserError(`Another to-serverless${pid === undefined ? '' : ` (process ${pid})`} is changing this project right now, so nothing was changed.`, 3, 'Wait for it to end, then run again.')
}

/** The journal of a run that was cut off. Throws when its run is still alive. */
export function leftJournal(store: Store): Journal | undefined {
  const place = join(store.place, journalName)
  if (!existsSync(place)) return undefined
  let journal: Journal
  try {
    journal = JSON.parse(readFileSync(place, 'utf8')) as Journal
  } catch {
    throw new UserError(`The journal of an earlier run can't be read: ${place}.`, 3, 'Compare the project with your last commit, then remove that file.')
  }
  if (journal.pid !== process.pid && birth(journal.pid) === journal.born) throw busy(journal.pid)
  return journal
}

export function dropJournal(store: Store): void {
  rmSync(join(store.place, journalName), { force: true })
  syncDir(store.place)
}

/** What tells a process from a later one with the same number; 'none' when there is no such process. */
export function birth(pid: number): string {
  try {
    process.kill(pid, 0)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return 'none'
  }
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? 'unknown'
  } catch {
    return 'unknown'
  }
}

// ── receipts ────────────────────────────────────────────────────────────────────────────────────

/** The numbers of the receipts, oldest first. */
function numbers(store: Store): readonly number[] {
  if (!existsSync(store.place)) return []
  return readdirSync(store.place).flatMap((name) => {
    const digits = /^receipt-(\d+)\.json$/.exec(name)?.[1]
    return digits === undefined ? [] : [Number(digits)]
  }).sort((a, b) => a - b)
}
const receiptPlace = (store: Store, number: number): string => join(store.place, `receipt-${String(number).padStart(4, '0')}.json`)

/** Turns the journal into the newest receipt: with this one rename the apply has happened. */
export function commitJournal(store: Store): void {
  renameSync(join(store.place, journalName), receiptPlace(store, (numbers(store).at(-1) ?? 0) + 1))
  syncDir(store.place)
}

/** The newest receipt of this folder, and how to forget it; also the other folders of the repo that have some. */
export function lastReceipt(store: Store): { readonly receipt?: Stored; readonly forget: () => void; readonly elsewhere: readonly string[] } {
  const elsewhere = new Set<string>()
  for (const number of numbers(store).toReversed()) {
    const place = receiptPlace(store, number)
    const receipt = JSON.parse(readFileSync(place, 'utf8')) as Stored
    if (receipt.base === store.base) return { receipt, forget: () => rmSync(place, { force: true }), elsewhere: [] }
    elsewhere.add(receipt.base === '' ? '.' : receipt.base)
  }
  return { forget: () => undefined, elsewhere: [...elsewhere] }
}
