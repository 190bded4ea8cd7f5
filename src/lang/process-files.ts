/** Processes that files of process managers start beside the app: Procfile, supervisord, systemd. What only development uses (compose files) is left out. */
import { dirOf } from './paths.js'
import type { Path, Range, Snapshot } from '../types.js'

export type DeclaredProcess = { readonly path: Path; /** Of the command. */ readonly range: Range; readonly command: string }

const forms: readonly { readonly file: RegExp; readonly line: RegExp }[] = [
  { file: /^Procfile(\.\w+)?$/, line: /^([\w-]+:[ \t]*)(\S.*)$/gm },
  { file: /^supervisord?[\w.-]*\.(conf|ini)$/, line: /^(command[ \t]*=[ \t]*)(\S.*)$/gm },
  { file: /\.service$/, line: /^(ExecStart[ \t]*=[ \t]*)(\S.*)$/gm },
]

export function* processesOf(repo: Snapshot): Generator<DeclaredProcess> {
  for (const path of repo.files.keys()) {
    const form = forms.find(({ file }) => file.test(dirOf(path) === '.' ? path : path.slice(dirOf(path).length + 1)))
    const text = form && repo.text(path)
    for (const found of text === undefined ? [] : text.matchAll(form?.line ?? /(?!)/g)) {
      const [, head = '', command = ''] = found
      const start = found.index + head.length
      yield { path, range: { start, end: start + command.trimEnd().length }, command: command.trimEnd() }
    }
  }
}
