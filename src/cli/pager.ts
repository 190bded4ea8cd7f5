import type { PlannedFile } from '../types.js'
import { isTTY } from '../io/process.js'
import { nextKey, note, print, type Screen } from '../io/terminal.js'
import { unifiedDiff } from '../preview.js'

/** The diff a file at a time; a diff that fits the screen is shown at once. */
export async function pageDiff(files: readonly PlannedFile[], screen: Screen): Promise<void> {
  const parts = files.map((file) => unifiedDiff([file], { color: screen.color, forTerminal: true }))
  const fits = parts.join('').split('\n').length < screen.rows
  for (const [index, part] of parts.entries()) {
    print(part)
    if (fits || !isTTY() || index === parts.length - 1) continue
    note(`-- file ${index + 1} of ${parts.length}: any key for the next, q to stop --`)
    if ((await nextKey()) === 'stop') return
  }
}
