/** The entry that the repo itself names: a pin or platform config first, then a start command, then a server started by a script. */
import { join, locate, nameFrom } from '../lang/python/modules.js'
import type { Entry, Evidence, Path, Snapshot } from '../types.js'
import type { Candidate } from './app-candidates.js'
import { scriptStarts, startCommands, type StartCommand } from './start-command.js'

type Declared = { readonly entry: Entry; readonly evidence: Evidence }

export function declaredEntry(repo: Snapshot, root: Path, found: readonly Candidate[]): Declared | undefined {
  return byConfig(repo, root, found) ?? first(startCommands(repo, root), (command) => named(repo, root, found, command)) ?? byScript(repo, root, found)
}

function byConfig(repo: Snapshot, root: Path, found: readonly Candidate[]): Declared | undefined {
  const place = [join(root, 'vercel.json'), 'vercel.json'].find((path) => repo.text(path) !== undefined)
  const config = place === undefined ? undefined : repo.text(place)
  if (place === undefined || config === undefined) return undefined
  for (const file of ['api/index.py', 'api/app.py', 'api/main.py', 'index.py'].map((name) => join(root, name))) {
    const candidate = found.find((one) => one.file === file && one.kind === 'instance')
    if (candidate && config.includes(nameFrom(root, file).replaceAll('.', '/'))) return { entry: candidate, evidence: { file: place, line: 1, note: `names ${file}` } }
  }
  const built = /"src"\s*:\s*"\/?([\w./-]+\.py)"/.exec(config)?.[1]
  const candidate = found.find((one) => one.file === join(root, built ?? '') && one.kind === 'instance')
  return candidate && { entry: candidate, evidence: { file: place, line: 1, note: `builds ${candidate.file}` } }
}

function named(repo: Snapshot, root: Path, found: readonly Candidate[], command: StartCommand): Declared | undefined {
  const located = locate(repo, [command.cwd, root, '.'], command.module)?.path ?? (repo.has(join(root, `${command.module}.py`)) ? join(root, `${command.module}.py`) : undefined)
  const same = found.find((one) => one.file === located && one.symbol === command.symbol) ?? (located === undefined ? onlyEnding(found, command) : undefined)
  if (!same || (command.evidence.file.endsWith('.flaskenv') && same.score < 0)) return undefined
  const args = command.args ?? ''
  return { entry: { file: same.file, symbol: same.symbol, kind: same.kind, ...(same.kind === 'factory' && args !== '' ? { args } : {}) }, evidence: command.evidence }
}
/** Images copy a folder to where the command starts: the one candidate whose path ends like the module's name. */
function onlyEnding(found: readonly Candidate[], { module, symbol }: StartCommand): Candidate | undefined {
  const path = module.replaceAll('.', '/')
  const ending = found.filter((one) => one.symbol === symbol && (one.file.endsWith(`/${path}.py`) || one.file.endsWith(`/${path}/__init__.py`)))
  return ending.length === 1 ? ending[0] : undefined
}

/** Scripts say less than a start command: several may, and the one that a person would take for the app wins. */
function byScript(repo: Snapshot, root: Path, found: readonly Candidate[]): Declared | undefined {
  const score = ({ entry }: Declared): number => found.find((one) => one.file === entry.file && one.symbol === entry.symbol)?.score ?? 0
  return [...scriptStarts(repo, root)].flatMap((command) => named(repo, root, found, command) ?? []).sort((a, b) => score(b) - score(a))[0]
}

function first<A, B>(items: Iterable<A>, ask: (item: A) => B | undefined): B | undefined {
  for (const item of items) {
    const answer = ask(item)
    if (answer !== undefined) return answer
  }
  return undefined
}
