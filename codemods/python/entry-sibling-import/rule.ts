import { UserError } from '../../../src/errors.js'
import { eol, importPosition, insertAt, quotePython } from '../../../src/lang/python/edit.js'
import { distributionOf, isStdlib } from '../../../src/lang/python/manifest/distributions.js'
import { looksForEntry, servedNow } from '../../../src/lang/python/entry/entry.js'
import { pathEdits } from '../../../src/lang/python/load.js'
import { dirOf, locate } from '../../../src/lang/python/modules.js'
import type { PyImport, PyModule } from '../../../src/lang/python/program.js'
import { severityFor } from '../../../src/lang/python/severity.js'
import type { Change, Emission, Path, Problem, PythonProgram, Remedy, Rule, RuleContext, Snapshot } from '../../../src/types.js'

export const entrySiblingImport = {
  id: 'entry-sibling-import',
  title: 'Neighbour imported by its bare name',
  hazard: 'import-path',
  language: 'python',
  assumes: 'entry-by-convention',
  severity: 'blocks',
  *check(program: PythonProgram, context: RuleContext): Generator<Problem> {
    const { app, repo } = context
    if (!looksForEntry(context) || !program.entry) return
    const served = servedNow(program, context)
    const files = [...program.modules.keys(), ...(served ? [served.file] : [])]
    const onPath = [app.root, ...files.flatMap((file) => pathEdits(repo, file))]
    const missing = new Map<Path, PyImport[]>()
    for (const found of inOrder(program)) {
      const folder = folderNeeded(found, onPath, program, context)
      if (folder === undefined) continue
      const list = missing.get(folder) ?? []
      list.push(found)
      missing.set(folder, list)
    }
    for (const [folder, found] of missing) {
      const first = found[0]
      if (!first) continue
      const names = [...new Set(found.map(({ target }) => target.split('.')[0] ?? target))]
      const run = program.first(first)
      yield {
        path: first.module.path,
        range: { start: first.node.start, end: first.node.end },
        when: run.when === 'never' ? 'import' : run.when,
        trace: program.trace(first, `imports ${first.target}, which lies in ${folder}/`),
        severity: severityFor(run, 'blocks'),
        message: `${listed(names)} ${names.length > 1 ? 'lie' : 'lies'} in ${folder}/ and ${names.length > 1 ? 'are' : 'is'} imported by bare name. That works when a file of ${folder}/ is started itself, because Python then looks there first; the host imports the app from ${app.root === '.' ? "the project's root" : `${app.root}/`}, and the import fails with ModuleNotFoundError. Put ${folder}/ on the import path in the entry.`,
        remedy: remedyFor(folder, program.entry, context),
      }
    }
  },
} satisfies Rule

/** The entry's own imports first: there a person would look. */
function inOrder(program: PythonProgram): readonly PyImport[] {
  return [...program.imports()].sort((a, b) => Number(b.module === program.entry) - Number(a.module === program.entry))
}

/** The folder in which an import is found only because a file there was started. */
function folderNeeded(found: PyImport, onPath: readonly Path[], program: PythonProgram, { repo, app }: RuleContext): Path | undefined {
  const run = program.first(found)
  if (run.when === 'main' || run.when === 'never' || run.when === 'build' || found.optional || found.target.startsWith('.') || found.resolved.length === 0) return undefined
  // A file that only shares its name with a package from outside is not what is meant.
  if (isStdlib(found.target) || distributionOf(found.target)?.known === true) return undefined
  if (locate(repo, onPath, found.target)) return undefined
  const starts = [dirOf(found.module.path), dirOf(app.entry.file)].flatMap((dir) => [...upTo(dir, app.root)])
  return starts.find((dir) => locate(repo, [dir], found.target) !== undefined)
}
function* upTo(dir: Path, root: Path): Generator<Path> {
  for (let at = dir; at !== root && at !== '.'; at = dirOf(at)) yield at
}

function remedyFor(folder: Path, entry: PyModule, context: RuleContext): Remedy {
  const { repo } = context
  const own: Remedy = { kind: 'fix', safety: 'safe', title: `Put ${folder}/ on the import path in ${entry.path}`, changes: entry.brokenAt === undefined ? [pathEdit(entry, folder)] : [] }
  const usable = own.changes.length > 0
  // Served from its own file, the entry mends itself; otherwise the file that leads to it does, and the app's code stays as it is.
  const mended = usable ? emissionOf(repo.with(own.changes), context) : undefined
  if (mended && !makesEntry(mended)) return own
  const emission = emissionOf(repo, context)
  if (emission && makesEntry(emission) && pathEdits(repo.with(emission.changes), emission.entry.file).includes(folder)) {
    return { kind: 'fix', safety: 'safe', title: `Add an entry file that puts ${folder}/ on the import path`, changes: [], needs: [{ kind: 'entry' }] }
  }
  return usable ? own : { kind: 'manual', reason: `Put ${folder}/ on the import path (sys.path) at the top of the entry, or import through the package's name.` }
}
function makesEntry({ changes, entry }: Emission): boolean {
  return changes.some((change) => change.kind === 'create' && change.path === entry.file)
}
/** What the target would write; nothing where it refuses. */
function emissionOf(repo: Snapshot, { app, target, plan }: RuleContext): Emission | undefined {
  try {
    return target.emit(repo, { app, needs: [{ kind: 'entry' }], plan, shape: 'auto', folders: [] })
  } catch (error) {
    if (error instanceof UserError) return undefined
    throw error
  }
}
/** Lines before the first import of the entry that is there. A start by hand is as before: its own folder comes first anyway. */
function pathEdit(module: PyModule, folder: Path): Change {
  const place = folder === dirOf(module.path) ? 'Path(__file__).resolve().parent' : `Path(__file__).resolve().parents[${module.path.split('/').length - 1}] / ${quotePython(folder)}`
  const lines = ['import sys', 'from pathlib import Path', '', `sys.path.insert(0, str(${place}))`, '']
  return insertAt(module, importPosition(module), lines.map((line) => line + eol(module)).join(''))
}
function listed(names: readonly string[]): string {
  return names.length > 4 ? `${names.slice(0, 3).join(', ')} and ${names.length - 3} more` : names.length > 1 ? `${names.slice(0, -1).join(', ')} and ${names.at(-1) ?? ''}` : (names[0] ?? '')
}
