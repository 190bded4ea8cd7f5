import type { Path, Problem, PythonProgram, Remedy, Rule, RuleContext, Snapshot } from '../../../src/types.js'
import { distributionOf } from '../../../src/lang/python/manifest/distributions.js'
import { isForDevelopment, hiddenBeside, readManifests, type Manifest } from '../../../src/lang/python/manifest/manifest.js'
import type { Requirement } from '../../../src/lang/python/manifest/requirement.js'

export const depNearestManifest = {
  id: 'dep-nearest-manifest',
  title: 'Dependencies declared where the host does not look',
  hazard: 'dependency-manifest',
  language: 'config',
  about: 'python',
  assumes: 'install-anything',
  severity: 'blocks',
  *check(program: PythonProgram, { app, repo }: RuleContext): Generator<Problem> {
    const { effective, all } = readManifests(repo, app)
    const others = all.filter((manifest) => manifest !== effective && manifest.requirements.length > 0 && !isForDevelopment(manifest.path) && !includedBy(manifest, all))
    if (!effective) {
      const [other] = others
      if (other) yield problem(other, `No manifest lies between the entry (${app.entry.file}) and the repo's root: the host installs nothing, although ${other.path} declares ${count(other.requirements)}. Put a requirements.txt at the app's root.`, createAtRoot(repo, app.root, others))
      return
    }
    if (effective.kind === 'pyproject' && !effective.declares && effective.broken === undefined) {
      const beside = hiddenBeside({ effective, all })
      if (effective.elsewhere.length > 0) yield problem(effective, `The host reads [project] dependencies of ${effective.path} only; ${count(effective.elsewhere)} stand in [tool.poetry.dependencies], and none is installed. Add a [project] table.`, addProject(repo, effective, effective.elsewhere))
      else if (beside) yield problem(effective, `${effective.path} declares no dependencies, yet it wins over ${beside.path} beside it: the host installs nothing. Add [project] dependencies to it.`, addProject(repo, effective, beside.requirements, beside))
      return
    }
    const imported = new Set([...program.imports()].flatMap(({ target }) => distributionOf(target)?.name ?? []))
    for (const other of others) {
      if (!onTheWay(other.path, app.entry.file) || dirOf(other.path) === dirOf(effective.path)) continue
      const extra = other.requirements.filter(({ name }) => !effective.requirements.some((requirement) => requirement.name === name))
      // Above the app's root it may be another app's, unless this one wants what stands there.
      if (!isBelow(other.path, app.root) && !extra.some(({ name }) => imported.has(name))) continue
      const differs = other.requirements.some(({ name, specifier }) => effective.requirements.some((requirement) => requirement.name === name && requirement.specifier !== specifier))
      if (extra.length === 0 && !differs) continue
      const what = extra.length > 0 ? `${extra.map(({ name }) => name).slice(0, 5).join(', ')} stand only there` : 'its versions differ'
      yield { ...problem(other, `${effective.path} is nearer to the entry and wins entirely: ${other.path} is never read, and ${what}. Keep one manifest.`, { kind: 'manual', reason: `Decide which of ${effective.path} and ${other.path} is right, move what is missing there and delete the other.` }), severity: 'degrades' }
    }
  },
} satisfies Rule

const dirOf = (path: Path): Path => (path.includes('/') ? path.slice(0, path.lastIndexOf('/')) : '.')
const count = (list: readonly unknown[]): string => (list.length === 1 ? '1 package' : `${list.length} packages`)
/** In a folder that holds the entry, directly or deeper. */
const onTheWay = (path: Path, entry: Path): boolean => dirOf(path) === '.' || entry.startsWith(`${dirOf(path)}/`)
const isBelow = (path: Path, root: Path): boolean => root === '.' || path.startsWith(`${root}/`)
const includedBy = ({ path }: Manifest, all: readonly Manifest[]): boolean => all.some((other) => other.path !== path && other.requirements.some(({ file }) => file === path))

function problem({ path, requirements, elsewhere }: Manifest, message: string, remedy: Remedy): Problem {
  const first = [...elsewhere, ...requirements].find(({ file }) => file === path)
  const line = first?.line ?? 1
  return { path, range: first?.range ?? { start: 0, end: 0 }, when: 'build', trace: [{ file: path, line, note: 'declared here' }], message, remedy }
}

/** Requirements as pip reads them, without what only another tool understands. */
function portable(list: readonly Requirement[], from: Manifest | undefined): string | readonly string[] {
  if (from && from.odd.some(({ kind }) => kind !== 'include')) return `${from.path} holds options or lines that a [project] table can't say`
  const strange = list.find(({ url, editable }) => editable || (url !== undefined && !/^(git\+)?https:/.test(url)))
  if (strange) return `${strange.raw} points to a file or an editable copy`
  // A requirements file may say the same twice.
  return [...new Set(list.map(({ name, extras, specifier, marker, url }) => `${name}${extras.length > 0 ? `[${extras.join(',')}]` : ''}${url === undefined ? specifier : ` @ ${url}`}${marker === undefined ? '' : ` ; ${marker}`}`))]
}

/** The target writes the table from what is declared beside or in poetry's own words; the rule only asks for it. */
function addProject(repo: Snapshot, manifest: Manifest, list: readonly Requirement[], from?: Manifest): Remedy {
  const text = repo.text(manifest.path) ?? ''
  if (/^\s*\[project\]/m.test(text)) return { kind: 'manual', reason: 'Its [project] table says that the dependencies are dynamic: list them there.' }
  const lines = portable(list, from)
  if (typeof lines === 'string') return { kind: 'manual', reason: `${lines}; write [project] dependencies by hand.` }
  const [first] = list
  if (!first) return { kind: 'manual', reason: 'List what the app needs in [project] dependencies.' }
  const need = { kind: 'dependency', name: first.name, ...(first.specifier === '' ? {} : { specifier: first.specifier }), why: `${manifest.path} declares no dependencies that the host reads` } as const
  return { kind: 'fix', safety: 'safe', title: `Declare ${count(lines)} in [project] of ${manifest.path}`, changes: [], needs: [need] }
}

/** A requirements.txt at the app's root, from the one file that can be meant. */
function createAtRoot(repo: Snapshot, root: Path, others: readonly Manifest[]): Remedy {
  const best = others.length === 1 ? others[0] : others.find(({ path }) => /(base|common|main|prod(uction)?)\.(txt|in)$/.test(path))
  const path = root === '.' ? 'requirements.txt' : `${root}/requirements.txt`
  if (!best || best.kind !== 'requirements' || repo.has(path)) return { kind: 'manual', reason: `Put what the app needs into ${path}.` }
  const lines = portable(best.requirements, best)
  if (typeof lines === 'string') return { kind: 'manual', reason: `${lines}; write ${path} by hand.` }
  return { kind: 'fix', safety: 'review', title: `Create ${path} from ${best.path}`, changes: [{ kind: 'create', path, text: `${lines.join('\n')}\n` }], left: `${path} and ${best.path} now declare the same packages; keep one.` }
}
