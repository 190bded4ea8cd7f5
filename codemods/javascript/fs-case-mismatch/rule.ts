import type { JsProgram, Path, Problem, Remedy, Rule, RuleContext } from '../../../src/types.js'
import { replaceNode } from '../../../src/lang/javascript/edit.js'
import { field, fieldsOf, type JsNode } from '../../../src/lang/javascript/program.js'
import type { JsImport } from '../../../src/lang/javascript/types.js'
import { placesOf, tellHabitsOnce } from '../../../src/lang/habits.js'
import { dirOf, join } from '../../../src/lang/paths.js'
import { atMost, severityFor } from '../../../src/lang/severity.js'
import { plural } from '../../../src/text.js'

export const fsCaseMismatch = {
  id: 'fs-case-mismatch',
  title: 'Import spelled in another case than its file',
  hazard: 'import-path',
  language: 'javascript',
  assumes: 'nothing',
  severity: 'blocks',
  *check(program: JsProgram, context: RuleContext): Generator<Problem> {
    // One misspelled file or folder is one matter, in however many files it is loaded.
    yield* tellHabitsOnce(misspelled(program, context), 1, ({ file }) => file, inOne)
  },
} satisfies Rule

type Misspelled = Problem & { /** As the repo spells it. */ readonly file: Path }

function inOne(first: Misspelled, others: readonly Misspelled[]): Misspelled {
  const all = [first, ...others]
  const changes = all.flatMap(({ remedy }) => (remedy.kind === 'fix' ? remedy.changes : []))
  const byHand = all.filter(({ remedy }) => remedy.kind !== 'fix')
  return {
    ...first,
    message: `${first.message} It is loaded so at ${plural(others.length, 'more place')} (${placesOf(others)}).`,
    remedy: changes.length === 0 ? first.remedy : { kind: 'fix', safety: 'safe', title: `Spell it '${first.file}' wherever it is loaded`, changes, ...(byHand.length > 0 ? { left: `Spell it so by hand at ${placesOf(byHand)}.` } : {}) },
  }
}

function* misspelled(program: JsProgram, { repo }: RuleContext): Generator<Misspelled> {
  let byLower: ReadonlyMap<string, Path> | undefined
  for (const found of program.imports()) {
    if (found.resolved !== undefined || found.typeOnly || !/^\.{1,2}\//.test(found.target)) continue
    const run = program.first(found)
    const written = specifierOf(found)
    if (!written || run.when === 'main' || run.when === 'build' || run.when === 'never') continue
    byLower ??= new Map(repo.list().map((path) => [path.toLowerCase(), path]))
    const { spelled, file } = spelledAs(found, byLower) ?? {}
    if (spelled === undefined || file === undefined || spelled === found.target) continue
    const certain = severityFor(run, run.when === 'request' ? 'breaks' : 'blocks')
    yield {
      file,
      path: found.module.path,
      range: { start: written.start, end: written.end },
      when: run.when,
      trace: program.trace(found, `loads ${found.target}`, run),
      severity: found.handled ? atMost(certain, 'degrades') : certain,
      message: `'${found.target}' is loaded, but in the repo it is spelled '${spelled}'. Windows and macOS do not mind; the host does: it can not find the module. Spell it like the file.`,
      remedy: remedyOf(found, written, spelled),
    }
  }
}

function specifierOf({ node, how }: JsImport): JsNode | undefined {
  if (node.kind === 'CallExpression') return fieldsOf(node, 'arguments')[0]
  if (node.kind === 'ImportEqualsDeclaration') return field(field(node, 'moduleReference') ?? node, 'expression')
  return how === 'import' || how === 'export' ? field(node, 'moduleSpecifier') : undefined
}

const endings = ['', '.js', '.cjs', '.mjs', '.jsx', '.ts', '.tsx', '.mts', '.cts', '.json', '.node', '/index.js', '/index.cjs', '/index.mjs', '/index.ts', '/index.tsx', '/index.json']
/** The target as the repo spells it, when it differs in case only. */
function spelledAs({ target, module }: JsImport, byLower: ReadonlyMap<string, Path>): { readonly spelled: string; readonly file: Path } | undefined {
  const wanted = join(dirOf(module.path), target)
  // TypeScript's sources are imported under the names of what they become.
  const sources = /\.[cm]?jsx?$/.test(wanted) ? [wanted, wanted.replace(/js(x?)$/, 'ts$1')] : [wanted]
  for (const path of sources)
    for (const ending of endings) {
      const there = byLower.get((path + ending).toLowerCase())
      if (there === undefined) continue
      const names = there.slice(0, path.length).split('/')
      const parts = target.split('/')
      const from = parts.findIndex((part) => part !== '.' && part !== '..')
      const own = names.slice(names.length - (parts.length - from))
      if (from < 0 || own.length !== parts.length - from || parts.slice(from).some((part) => part === '' || part === '..' || part === '.')) return undefined
      const spelled = [...parts.slice(0, from), ...own].join('/')
      return { spelled: path === wanted ? spelled : spelled.replace(/ts(x?)$/, 'js$1'), file: misspelledPart(wanted, there) }
    }
  return undefined
}

/** The folder or file whose name differs: what else lies in a misspelled folder is the same matter. */
function misspelledPart(wanted: Path, there: Path): Path {
  const [asked, real] = [wanted.split('/'), there.split('/')]
  const at = real.findIndex((part, index) => part !== asked[index])
  return at < 0 ? there : real.slice(0, at + 1).join('/')
}

function remedyOf({ module, target }: JsImport, written: JsNode, spelled: string): Remedy {
  if (module.brokenAt !== undefined) return { kind: 'manual', reason: `${module.path} does not parse, so it is not edited. Write '${spelled}' there.` }
  const text = module.text.slice(written.start, written.end)
  // Written with escapes, or not as a plain text.
  if (text.slice(1, -1) !== target) return { kind: 'manual', reason: `Write '${spelled}' there.` }
  return { kind: 'fix', safety: 'safe', title: `Load '${spelled}'`, changes: [replaceNode(module, written, `${text[0] ?? ''}${spelled}${text.at(-1) ?? ''}`)] }
}
