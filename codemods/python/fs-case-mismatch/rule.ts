import type { Path, Problem, PythonProgram, Remedy, Rule, RuleContext } from '../../../src/types.js'
import { isStdlib } from '../../../src/lang/python/manifest/distributions.js'
import { replaceNode } from '../../../src/lang/python/edit.js'
import { dirOf, join } from '../../../src/lang/python/modules.js'
import { field, type PyImport, type PyNode } from '../../../src/lang/python/program.js'
import { atMost, severityFor } from '../../../src/lang/python/severity.js'

export const fsCaseMismatch = {
  id: 'fs-case-mismatch',
  title: 'Import spelled in another case than its file',
  hazard: 'import-path',
  language: 'python',
  assumes: 'nothing',
  severity: 'blocks',
  *check(program: PythonProgram, { repo, app }: RuleContext): Generator<Problem> {
    const byLower = new Map(repo.list().filter((path) => path.endsWith('.py')).map((path) => [path.toLowerCase(), path]))
    const seen = new Set<PyNode>()
    for (const found of program.imports()) {
      if (found.resolved.length > 0 || isStdlib(found.target)) continue
      const run = program.first(found)
      const written = nameNode(found)
      if (!written || seen.has(written) || run.when === 'main' || run.when === 'build' || run.when === 'never') continue
      const match = spelled(found, [app.root, dirOf(app.entry.file)], byLower)
      if (!match || match === found.target) continue
      seen.add(written)
      const certain = severityFor(run, run.when === 'request' ? 'breaks' : 'blocks')
      yield {
        path: found.module.path,
        range: { start: written.start, end: written.end },
        when: run.when,
        trace: program.trace(found, `imports ${found.target}`, run),
        severity: found.optional ? atMost(certain, 'degrades') : certain,
        message: `'${found.target}' is imported, but in the repo it is spelled '${match}'. Windows and macOS do not mind; the host does: ModuleNotFoundError. Spell the import like the file.`,
        remedy: remedyOf(found, written, match),
      }
    }
  },
} satisfies Rule

/** The node with the module's name; undefined for statements that import several. */
function nameNode({ node, target, module }: PyImport): PyNode | undefined {
  const from = field(node, 'module_name')
  if (from) return from
  return node.children.find((child) => {
    const name = child.kind === 'aliased_import' ? field(child, 'name') : child
    return name !== undefined && module.text.slice(name.start, name.end) === target
  })
}

/** The target as the repo spells it, when every part differs in case at most. */
function spelled({ target, module }: PyImport, roots: readonly Path[], byLower: ReadonlyMap<string, Path>): string | undefined {
  const dots = /^\.*/.exec(target)?.[0] ?? ''
  const name = target.slice(dots.length)
  if (name === '') return undefined
  let from = dirOf(module.path)
  for (let up = 1; up < dots.length; up++) from = dirOf(from)
  const parts = name.split('.')
  for (const root of dots === '' ? [...roots, dirOf(module.path)] : [from]) {
    const wanted = join(root, parts.join('/'))
    for (const candidate of [`${wanted}.py`, `${wanted}/__init__.py`]) {
      const path = byLower.get(candidate.toLowerCase())
      if (path === undefined || path === candidate) continue
      const inside = (root === '.' ? path : path.slice(root.length + 1)).replace(/(\/__init__)?\.py$/, '')
      if (root !== '.' && !path.startsWith(`${root}/`)) continue
      return dots + inside.split('/').join('.')
    }
  }
  return undefined
}

function remedyOf({ module, target }: PyImport, written: PyNode, match: string): Remedy {
  const manual: Remedy = { kind: 'manual', reason: 'The name is used further on in the old spelling.' }
  if (module.brokenAt !== undefined) return { kind: 'manual', reason: `${module.path} does not parse, so it is not edited.` }
  const fix = (node: PyNode, text: string): Remedy => ({ kind: 'fix', safety: 'safe', title: `Import ${match}`, changes: [replaceNode(module, node, text)] })
  if (written.parent?.kind === 'import_from_statement') return fix(written, match)
  if (written.kind === 'aliased_import') {
    const name = field(written, 'name')
    return name ? fix(name, match) : manual
  }
  return target.includes('.') ? manual : fix(written, `${match} as ${target}`)
}
