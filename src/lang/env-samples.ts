/** Values shown in sample environment files (`.env.example` and the like) for variables that the app reads. */
import { lineAt } from '../text.js'
import type { App, EnvVariable, Evidence, Path, Range, Snapshot } from '../types.js'

const samples = /(^|\/)\.?env([._-](example|sample|template|dist|local|production|prod))*$|(^|\/)[\w.-]*\.env(\.(example|sample|template))?$/i

export type SampleValue = { readonly path: Path; readonly name: string; readonly value: string; /** The name's place in the file. */ readonly range: Range; readonly line: number; /** Where the code reads the variable. */ readonly read: Evidence }

/** Only below the app's root: the samples of another app say nothing of this one. */
export function* sampleValues(repo: Snapshot, app: App, env: readonly EnvVariable[]): Generator<SampleValue> {
  for (const [path, file] of repo.files) {
    if (!samples.test(path) || !(app.root === '.' || path.startsWith(`${app.root}/`))) continue
    for (const match of file.text.matchAll(/^[ \t]*(?:export[ \t]+)?([A-Z_][A-Z0-9_]*)[ \t]*=[ \t]*(\S.*)$/gim)) {
      const [, name = '', value = ''] = match
      const [read] = env.find((one) => one.name === name)?.seenAt ?? []
      if (!read) continue
      const start = match.index + match[0].indexOf(name)
      yield { path, name, value, range: { start, end: start + name.length }, line: lineAt(file.text, start), read: { file: read.file, line: read.line, note: `reads ${name}` } }
    }
  }
}
