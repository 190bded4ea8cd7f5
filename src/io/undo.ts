/** Follows the last receipt backwards. */
import { realpathSync, unlinkSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { Path } from '../types.js'
import { UserError } from '../errors.js'
import { names, recover } from './apply.js'
import { closeStore, lastReceipt, storesOf } from './store.js'
import { assertInside, assertWritable, isRefusal, look, put, readOnly, removeEmpty } from './tree.js'

export type UndoOptions = {
  /** Also put back files that were changed since; those changes are lost. */
  readonly force?: boolean
}

/**
 * Puts back what the last apply in this folder changed, and forgets its receipt; the one before is then the last.
 * Throws `UserError`: exit 2 when there is nothing to undo, exit 3 (and nothing is changed) when a file was
 * changed since. Cut off in the middle, it can simply be run again.
 */
export function undo(dir: string, options: UndoOptions = {}): { readonly restored: readonly Path[] } {
  const root = realpathSync(dir)
  recover(root)
  const elsewhere: string[] = []
  for (const store of storesOf(root)) {
    const last = lastReceipt(store)
    elsewhere.push(...last.elsewhere)
    if (last.receipt === undefined) continue
    const { files, dirs } = last.receipt
    const todo: { readonly path: Path; readonly mode: number; readonly before: Buffer | undefined }[] = []
    const changed: Path[] = []
    for (const file of files) {
      assertInside(root, file.path)
      const before = file.before === undefined ? undefined : Buffer.from(file.before, 'base64')
      const found = look(root, file.path)
      if (matches(found, before)) continue
      const untouched = matches(found, file.after === undefined ? undefined : Buffer.from(file.after, 'base64'))
      if (!untouched && (options.force !== true || found === 'other')) changed.push(file.path)
      todo.push({ path: file.path, mode: file.mode, before })
    }
    if (changed.length > 0) {
      throw new UserError(`${names(changed)} changed since the migration was applied, so nothing was undone.`, 3, 'Save your changes elsewhere and use --force to put the old files back, or undo by hand with git.')
    }
    assertWritable(root, todo.map((one) => one.path))
    // No turn of the event loop in between: a Ctrl-C is heard before or after, not in the middle.
    try {
      for (const { path, mode, before } of todo.toReversed()) {
        if (before === undefined) unlinkSync(join(root, path))
        else put(root, path, join(root, dirname(path), `.to-serverless-${process.pid}-undo.tmp`), before, mode)
      }
    } catch (error) {
      throw isRefusal(error) ? readOnly('A file of the project') : error
    }
    removeEmpty(root, dirs)
    last.forget()
    closeStore(store)
    return { restored: todo.map((one) => one.path) }
  }
  throw new UserError(
    'There is nothing to undo here: no migration was applied in this folder.',
    2,
    elsewhere.length > 0 ? `There is one to undo in ${names(elsewhere)} (from the top of the repository).` : 'Run it in the folder that the migration was applied to.',
  )
}

/** Files that the last apply in this folder wrote and that are still as it left them. */
export function writtenLast(dir: string): ReadonlySet<Path> {
  const root = realpathSync(dir)
  for (const store of storesOf(root)) {
    const { receipt } = lastReceipt(store)
    if (receipt === undefined) continue
    return new Set(receipt.files.filter((file) => file.after !== undefined && matches(look(root, file.path), Buffer.from(file.after, 'base64'))).map((file) => file.path))
  }
  return new Set()
}

function matches(found: ReturnType<typeof look>, bytes: Buffer | undefined): boolean {
  return bytes === undefined ? found === undefined : typeof found === 'object' && found.bytes.equals(bytes)
}
