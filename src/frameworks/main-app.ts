/** Two frameworks in one root: which of the two apps is served, and which is a part of it or stands beside it. */
import type { App, Path, Snapshot } from '../types.js'
import { isScript } from '../lang/javascript/tree.js'
import { isAsideScript } from './node-sources.js'
import { isAside } from './python-project.js'

/** The app that takes the other in; else the one that a start command names; else the one whose framework more files import. The others become rivals. */
export function mainApp(repo: Snapshot, apps: readonly App[]): App {
  const [first, ...rest] = [...apps].sort((a, b) => weight(repo, b) - weight(repo, a))
  if (!first) throw new Error('a root without an app')
  return rest.length === 0 ? first : { ...first, rivals: [...first.rivals, ...rest.flatMap(({ entry, rivals }) => [{ file: entry.file, symbol: entry.symbol, kind: entry.kind }, ...rivals])] }
}

function weight(repo: Snapshot, app: App): number {
  const takesIn = /\bWSGIMiddleware\s*\(/.test(repo.text(app.entry.file) ?? '') && app.framework !== 'flask'
  return (takesIn ? 1_000_000 : 0) + (app.evidence.length > 1 ? 1000 : 0) + importing(repo, app.root, app.framework)
}
function importing(repo: Snapshot, root: Path, package_: string): number {
  const imports = new RegExp(`^\\s*(from|import)\\s+${package_}\\b|(\\bfrom|\\brequire\\()\\s*['"]${package_}['"]`, 'm')
  const isCode = (path: Path): boolean => (path.endsWith('.py') ? !isAside(path) : isScript(path) && !isAsideScript(path))
  return [...repo.files.values()].filter(({ path, text }) => (root === '.' || path.startsWith(`${root}/`)) && isCode(path) && imports.test(text)).length
}
