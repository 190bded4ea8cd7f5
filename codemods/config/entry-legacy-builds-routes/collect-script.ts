/** Build scripts of old recipes that only do what a build of Django does today: install the packages, collect the static files. */
import type { Path, Snapshot } from '../../../src/types.js'

export type CollectScript = { readonly path: Path; /** It also changes the database, which no build should. */ readonly migrates: boolean }

const python = String.raw`(?:(?:uv run\s+)?(?:python|py)[\d.]*\s+)`
const manage = (command: string): RegExp => new RegExp(`^${python}(?:\\./)?(?:[\\w.-]+/)*manage\\.py\\s+${command}(?:\\s+--?[\\w-]+(?:=\\S+)?)*$`)
const collect = manage('collectstatic')
const migrate = manage('(?:makemigrations|migrate)')
const install = new RegExp(`^(?:${python}-m\\s+)?(?:pip[\\d.]*|uv pip)\\s+install\\s+[\\w\\s.\\-/=~<>\\[\\],"']+$`)
/** What only prepares the way for those, or speaks to the reader of the log. */
const harmless = /^(?:#.*|echo\b[^$`|&;<>]*|set\s+-[a-z]+(?:\s+pipefail)?|(?:source|\.)\s+\S+\/activate|(?:python|py)[\d.]*\s+-m\s+venv\s+\S+|exit 0)$/

/** The script at `path`, if every command of it is known to be one of those and static files are collected. */
export function collectScript(repo: Snapshot, path: Path): CollectScript | undefined {
  const text = path.endsWith('.sh') ? repo.text(path) : undefined
  if (text === undefined) return undefined
  const commands = text.split(/\r?\n|&&|;/).map(line => line.trim()).filter(line => line !== '')
  const known = (line: string): boolean => [collect, migrate, install, harmless].some(form => form.test(line))
  if (!commands.every(known) || !commands.some(line => collect.test(line))) return undefined
  return { path, migrates: commands.some(line => migrate.test(line)) }
}
