import { UserError } from '../../../src/errors.js'
import { eol } from '../../../src/lang/python/edit.js'
import { acceptedBindings, looksForEntry, servedNow } from '../../../src/lang/python/entry/entry.js'
import { field, type PyImport, type PyModule } from '../../../src/lang/python/program.js'
import type { Path, Problem, PythonProgram, Remedy, Rule, RuleContext } from '../../../src/types.js'

export const entryModuleShadowsPackage = {
  id: 'entry-module-shadows-package',
  title: 'Entry file named like a package',
  hazard: 'import-path',
  language: 'python',
  assumes: 'entry-by-convention',
  severity: 'blocks',
  *check(program: PythonProgram, context: RuleContext): Generator<Problem> {
    const { entry } = program
    if (!looksForEntry(context) || !entry || entry.isPackage) return
    const folder = entry.path.replace(/\.py$/, '')
    const name = folder.split('/').at(-1) ?? folder
    // Without __init__.py the file wins everywhere, also at home.
    if (!context.repo.has(`${folder}/__init__.py`)) return
    const served = servedNow(program, context)
    // Another entry that leads to the package itself does not meet the file at all.
    if (served && served.file !== entry.path) return
    const found = [...program.imports()].find((one) => isOfPackage(one, name, folder) && program.first(one).when !== 'main')
    if (!found) return
    const run = program.first(found)
    yield {
      path: found.module.path,
      range: { start: found.node.start, end: found.node.end },
      when: run.when === 'never' ? 'import' : run.when,
      trace: program.trace(found, `imports the package ${name}, which ${entry.path} hides`),
      message: `${entry.path} stands beside the package ${folder}/. The host imports the file under the name ${name}, so that "${name}" means the file from then on, and importing from the package ends with "'${name}' is not a package" or "cannot import name". Enter the app through a file of another name.`,
      remedy: remedyFor(entry, context),
    }
  },
} satisfies Rule

function isOfPackage(found: PyImport, name: string, folder: Path): boolean {
  return (found.target === name || found.target.startsWith(`${name}.`)) && found.resolved.some((path) => path.startsWith(`${folder}/`))
}

/** A thin file can be said again under the entry's own name; anything else has to be renamed by hand. */
function remedyFor(entry: PyModule, { repo, app, target, plan }: RuleContext): Remedy {
  const manual: Remedy = { kind: 'manual', reason: `Rename ${entry.path} or the package beside it, with everything that imports it: more than the import of the app happens in ${entry.path}.` }
  const text = thinText(entry, target.lookup.names)
  if (text === undefined) return manual
  try {
    const { changes, entry: made } = target.emit(repo, { app, needs: [{ kind: 'entry' }], plan, shape: 'auto', folders: [] })
    if (!changes.some((change) => change.kind === 'create' && change.path === made.file) || made.file.split('/').at(-1) === entry.path.split('/').at(-1)) return manual
    return { kind: 'fix', safety: 'safe', title: `Enter through ${made.file}, which imports the package itself`, changes: [{ kind: 'create', path: made.file, text }], needs: [{ kind: 'entry' }] }
  } catch (error) {
    if (error instanceof UserError) return manual
    throw error
  }
}

/** The file's text without its local start, when it only imports and binds. */
function thinText(module: PyModule, names: readonly string[]): string | undefined {
  if (module.brokenAt !== undefined || module.text.includes('__file__')) return undefined
  const binding = acceptedBindings(module, names).at(-1)
  const kept = module.root.children.filter((node) => !isMainGuard(node.kind === 'if_statement' ? field(node, 'condition') : undefined, module) && node.kind !== 'comment')
  const plain = kept.every((node) => ['import_statement', 'import_from_statement', 'future_import_statement', 'expression_statement'].includes(node.kind))
  const [first, last] = [kept[0], kept.at(-1)]
  if (!binding || !plain || !first || !last || kept.length > 12) return undefined
  const guard = module.root.children.find((node) => node.kind === 'if_statement')
  if (guard && guard.start < last.start) return undefined
  const alias = binding.name === 'app' || binding.name === 'application' ? '' : `app = ${binding.name}${eol(module)}`
  return `${module.text.slice(first.start, last.end)}${eol(module)}${alias}`
}
function isMainGuard(condition: { readonly start: number; readonly end: number } | undefined, module: PyModule): boolean {
  const text = condition ? module.text.slice(condition.start, condition.end) : ''
  return text.includes('__name__') && text.includes('__main__')
}
