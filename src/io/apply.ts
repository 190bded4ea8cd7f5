/** Writes a plan: all of it or nothing, with a journal that outlives a killed process. */
import { existsSync, mkdirSync, realpathSync, renameSync, rmSync, unlinkSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import type { Path, PlannedFile, Receipt } from '../types.js'
import { UserError } from '../errors.js'
import { encode } from '../encoding.js'
import { onInterrupt } from './interrupt.js'
import { type Journal, type Store, birth, closeStore, commitJournal, dropJournal, leftJournal, storeOf, storesOf, writeJournal } from './store.js'
import { assertInside, assertWritable, isRefusal, look, missingDirs, put, readOnly, removeEmpty, syncDir, writeDurably } from './tree.js'

export type ApplyHooks = {
  /** Called before each step that changes the tree, with its number from 0; may throw, to try out a failure there. */
  readonly step?: (number: number, what: 'folder' | 'write' | 'place' | 'commit', path: Path) => void
  /** The receipt's date; the clock when absent. */
  readonly now?: () => Date
}
type Work = { readonly path: Path; readonly temp: Path; readonly mode: number; readonly before?: Buffer; readonly after?: Buffer }

/**
 * Writes the planned files below `dir` and returns the receipt that `undo` will follow. Throws `UserError` with
 * exit 3 and changes nothing when a file differs from what was planned on, a new path is taken, or the folder
 * can't be written; with exit 130 on Ctrl-C. Whatever it throws, the tree is as before.
 */
export async function applyPlan(dir: string, files: readonly PlannedFile[], tool: string, hooks: ApplyHooks = {}): Promise<Receipt> {
  const root = realpathSync(dir)
  recover(root)
  const work = prepare(root, files)
  const dirs = missingDirs(root, work.filter((one) => one.after !== undefined).map((one) => one.path))
  const receipt: Receipt = {
    version: 1,
    at: (hooks.now?.() ?? new Date()).toISOString(),
    tool,
    files: work.map(({ path, mode, before, after }) => ({
      path,
      mode,
      ...(before && { before: before.toString('base64') }),
      ...(after && { after: after.toString('base64') }),
    })),
    dirs,
  }
  if (work.length === 0) return receipt
  const store = storeOf(root)
  const journal: Journal = { ...receipt, base: store.base, pid: process.pid, born: birth(process.pid), temps: work.map((one) => one.temp) }
  try {
    writeJournal(store, journal)
  } catch (error) {
    closeStore(store)
    throw isRefusal(error) ? readOnly('The place for the receipt') : error
  }

  let cancelled = false
  const release = onInterrupt(() => (cancelled = true))
  let number = 0
  // Signals are only delivered between turns of the event loop.
  const step = async (what: 'folder' | 'write' | 'place' | 'commit', path: Path): Promise<void> => {
    await setImmediate()
    if (cancelled) throw new UserError('Cancelled; the project is as it was before.', 130)
    hooks.step?.(number++, what, path)
  }
  try {
    for (const made of dirs) {
      await step('folder', made)
      mkdirSync(join(root, made))
    }
    for (const { path, temp, mode, before, after } of work) {
      if (after === undefined) continue
      await step('write', path)
      writeDurably(join(root, temp), after, mode, before && join(root, path))
    }
    for (const { path, temp, before, after } of work) {
      await step('place', path)
      assertUnchanged(root, path, before)
      if (after === undefined) unlinkSync(join(root, path))
      else renameSync(join(root, temp), join(root, path))
      syncDir(dirname(join(root, path)))
    }
    await step('commit', '.')
    commitJournal(store)
    return receipt
  } catch (error) {
    putBack(root, store, journal)
    throw isRefusal(error) ? new UserError(`Writing failed (${error.code}); the project is as it was before.`, 3, 'See that the disk has room and that you may write to the project, then run again.') : error
  } finally {
    release()
  }
}

/** Checks everything that can be checked before the first byte is written. */
function prepare(root: string, files: readonly PlannedFile[]): readonly Work[] {
  const changed: Path[] = []
  const taken: Path[] = []
  const seen = new Set<Path>()
  const work: Work[] = []
  for (const file of files) {
    const { path } = file
    if (seen.has(path)) throw new Error(`the plan names ${path} twice`)
    seen.add(path)
    if (file.kind !== 'create' && file.before === undefined) throw new Error(`the plan does not say what ${path} was before`)
    assertInside(root, path)
    const before = file.kind === 'create' ? undefined : file.before && Buffer.from(encode(file.before))
    const after = file.kind === 'delete' ? undefined : file.after && Buffer.from(encode(file.after))
    const found = look(root, path)
    if (before === undefined) {
      if (found !== undefined) taken.push(path)
    } else if (found === undefined || found === 'other' || !found.bytes.equals(before)) changed.push(path)
    if (before !== undefined && after?.equals(before)) continue
    const mode = typeof found === 'object' ? found.mode : (file.after?.mode ?? 0o644)
    const temp = join(dirname(path), `.to-serverless-${process.pid}-${work.length}.tmp`)
    work.push({ path, temp, mode, ...(before && { before }), ...(after && { after }) })
  }
  if (changed.length > 0) throw refusal(`${names(changed)} changed since the plan was made, so nothing was written.`, 'Run again to plan on the files as they are now.')
  if (taken.length > 0) throw refusal(`${names(taken)} should be created but exists already, so nothing was written.`, 'Run again to plan on the files as they are now.')
  assertWritable(root, seen)
  return work
}

function assertUnchanged(root: string, path: Path, before: Buffer | undefined): void {
  const found = look(root, path)
  const same = before === undefined ? found === undefined : typeof found === 'object' && found.bytes.equals(before)
  if (!same) throw refusal(`${path} changed while the plan was being written; the project is as it was before.`, 'Close what else writes to the project, then run again.')
}

const refusal = (message: string, hint: string): UserError => new UserError(message, 3, hint)
/** A few paths for a sentence. */
export function names(paths: readonly Path[]): string {
  const shown = paths.slice(0, 5).map((path) => (/^[\w./@+-]+$/.test(path) ? path : JSON.stringify(path))).join(', ')
  return paths.length > 5 ? `${shown} and ${paths.length - 5} more` : shown
}

export type Recovery = {
  readonly restored: readonly Path[]
  /** Changed by someone since the run was cut off; left as they are. */
  readonly kept: readonly Path[]
}

/**
 * Puts back what a run that was killed in the middle of an apply had changed; undefined when there is none.
 * The caller says so to the person.
 */
export function recover(dir: string): Recovery | undefined {
  const root = realpathSync(dir)
  for (const store of storesOf(root)) {
    const journal = leftJournal(store)
    // Of another folder of the same repository: from there it can be put back.
    if (journal === undefined) continue
    if (journal.base !== store.base) {
      throw refusal(`An earlier run in ${journal.base || "the repository's root"} was cut off in the middle of writing.`, 'Run to-serverless there first; it will put things back.')
    }
    return putBack(root, store, journal)
  }
  return undefined
}

function putBack(root: string, store: Store, journal: Journal): Recovery {
  const restored: Path[] = []
  const kept: Path[] = []
  try {
    for (const [at, file] of [...journal.files.entries()].reverse()) {
      assertInside(root, file.path)
      const before = file.before === undefined ? undefined : Buffer.from(file.before, 'base64')
      const after = file.after === undefined ? undefined : Buffer.from(file.after, 'base64')
      const found = look(root, file.path)
      const isBefore = before === undefined ? found === undefined : typeof found === 'object' && found.bytes.equals(before)
      const isAfter = after === undefined ? found === undefined : typeof found === 'object' && found.bytes.equals(after)
      if (isBefore) continue
      if (!isAfter) {
        kept.push(file.path)
        continue
      }
      if (before === undefined) unlinkSync(join(root, file.path))
      else put(root, file.path, join(root, journal.temps[at] ?? `${file.path}.tmp`), before, file.mode)
      restored.push(file.path)
    }
    for (const temp of journal.temps) if (existsSync(dirname(join(root, temp)))) rmSync(join(root, temp), { force: true })
    removeEmpty(root, journal.dirs)
    dropJournal(store)
    closeStore(store)
  } catch (error) {
    if (error instanceof UserError) throw error
    throw new UserError(`Putting things back failed (${error instanceof Error ? error.message : String(error)}).`, 3, 'The journal is kept: see that the project can be written, and run to-serverless again to put the rest back.')
  }
  return { restored: restored.reverse(), kept }
}
