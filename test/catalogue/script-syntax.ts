/** The compiler's own verdict on JavaScript and TypeScript sources; a label ends with the file's path. */
import ts from 'typescript'
import type { Source } from './python-syntax.js'

/** Syntax errors, and in JavaScript files what only TypeScript may hold. */
export function scriptErrors(sources: readonly Source[]): readonly string[] {
  return sources.flatMap(({ label, text }) => {
    const path = label.slice(label.lastIndexOf(' ') + 1)
    if (!/\.[cm]?[jt]sx?$/.test(path)) return []
    const { diagnostics } = ts.transpileModule(text, { fileName: path, reportDiagnostics: true, compilerOptions: { allowJs: true, target: ts.ScriptTarget.ESNext, module: ts.ModuleKind.ESNext } })
    return (diagnostics ?? []).map(({ messageText, start }) => `${label}:${text.slice(0, start).split('\n').length}: ${ts.flattenDiagnosticMessageText(messageText, ' ')}`)
  })
}
