/** What is said of files that an app writes, in any language. */
type Written = { readonly what: string; readonly place: string; readonly kind: string; readonly swallowed: boolean }

/** `readAt`: where the file is read again. */
export function fileDatabaseMessage(write: Written, readAt: string | undefined, atImport: boolean): string {
  const used = readAt === undefined ? '' : `, and ${readAt} reads it back`
  const what = write.kind === 'store' ? `${write.what} keeps a database in the file '${write.place}'` : `${write.what} writes '${write.place}'${used}: the file is the app's memory`
  const fate = write.swallowed ? 'nothing is kept' : atImport ? 'the app does not start' : 'every change fails'
  return `${what}. On the host the code's folder is read-only, so ${fate}, and no file would be shared between instances. Keep this data in a database or a key-value store.`
}
export const fileDatabaseReason = 'Where the data should live (a table, a key-value store, the host with a persistent disk) is a decision, and code that reads and writes it changes with it.'

export function importWriteMessage(write: Written, run: { readonly when: string; readonly background: boolean }): string {
  const makes = write.kind === 'mkdir' ? `${write.what} makes the folder '${write.place}'` : `${write.what} writes '${write.place}'`
  const fate = write.swallowed ? 'the failure is caught there, so the app starts, but the file is missing' : run.background ? 'the work that was started fails' : 'the app does not start'
  const when = run.background ? 'in work that starts with the app' : run.when === 'startup' ? 'when the app starts' : 'when the app is imported'
  return `${makes} ${when}. On the host the code's folder is read-only: ${fate}. ${write.kind === 'mkdir' ? 'Make it only where the disk is writable, or below the temp folder when nothing in it has to last.' : 'Commit the file, write below the temp folder what need not last, and keep the rest in a database.'}`
}
