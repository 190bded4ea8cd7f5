/** The dependencies, where Vercel's builder reads them. */
import { parse } from 'smol-toml'
import { eolOf } from '../../src/edits.js'
import { UserError } from '../../src/errors.js'
import { pep440 } from '../../src/lang/python/manifest/manifest-toml.js'
import { hiddenBeside, readManifests, requirementOf, type Manifest } from '../../src/lang/python/manifest/manifest.js'
import { normalizeName, type Requirement } from '../../src/lang/python/manifest/requirement.js'
import type { App, Change, Need, Path, Snapshot } from '../../src/types.js'
import { below, folderOf } from './project.js'
import { withDependencies, withProject } from './pyproject.js'

type Dependency = Extract<Need, { readonly kind: 'dependency' }>
export type Manifested = { readonly changes: readonly Change[]; readonly steps: readonly string[] }

/**
 * `served` is the file whose folder the builder starts looking from. A pyproject.toml without `[project] dependencies` wins over
 * the requirements.txt beside it and installs nothing, so it is given them.
 */
export function manifestChanges(repo: Snapshot, app: App, served: Path, needs: readonly Need[], framework: string): Manifested {
  const wanted = needs.filter((need): need is Dependency => need.kind === 'dependency')
  const copied = copyAtRoot(repo, app, wanted)
  if (copied) return copied
  const { effective } = readManifests(repo, { ...app, entry: { ...app.entry, file: served } })
  if (!effective) {
    const lines = withFramework(wanted, framework).map(line)
    return { changes: [{ kind: 'create', path: below(app.root, 'requirements.txt'), text: `${lines.join('\n')}\n` }], steps: [] }
  }
  if (effective.broken !== undefined) throw new UserError(`${effective.path} does not parse: ${effective.broken}.`, 3, 'Mend it; Vercel cannot install from it.')
  const missing = distinct(wanted).filter(need => !requirementOf(effective, need.name))
  const text = repo.text(effective.path) ?? ''
  if (effective.kind === 'pyproject') return pyproject(repo, app, effective, text, missing)
  if (effective.kind === 'pipfile') return pipfile(effective, text, missing)
  return { changes: requirements(effective.path, text, missing), steps: lockSteps(effective, missing) }
}

/**
 * A requirements.txt inside the package alone: under a preset the builder reads the root's only, and builds without packages where there
 * is none (CLI 64.0.2, run 2026-11: "No Python manifest found"). It refuses `-r`, so the root gets the lines themselves.
 */
function copyAtRoot(repo: Snapshot, app: App, wanted: readonly Dependency[]): Manifested | undefined {
  const { effective, all } = readManifests(repo, app)
  const inside = effective && folderOf(effective.path) !== app.root && (app.root === '.' || effective.path.startsWith(`${app.root}/`))
  if (!inside || effective.kind !== 'requirements' || effective.broken !== undefined || all.some(({ path }) => folderOf(path) === app.root && !/requirements/.test(path))) return undefined
  const root = below(app.root, 'requirements.txt')
  if (repo.has(root)) return undefined
  const text = repo.text(effective.path) ?? ''
  const missing = distinct(wanted).filter(need => !requirementOf(effective, need.name))
  const added = requirements(effective.path, text, missing)
  const whole = repo.with(added).text(effective.path) ?? text
  return { changes: [...added, { kind: 'create', path: root, text: whole }], steps: [`Keep ${root} in step with ${effective.path}: Vercel installs from the former only.`] }
}

const line = (need: Pick<Dependency, 'name' | 'specifier'>): string => `${need.name}${need.specifier ?? ''}`

function distinct(needs: readonly Dependency[]): readonly Dependency[] {
  return needs.filter((need, at) => needs.findIndex(other => normalizeName(other.name) === normalizeName(need.name)) === at)
}

function withFramework(needs: readonly Dependency[], framework: string): readonly Pick<Dependency, 'name' | 'specifier'>[] {
  const own = distinct(needs)
  return own.some(need => normalizeName(need.name) === normalizeName(framework)) ? own : [{ name: framework }, ...own]
}

function requirements(path: Path, text: string, missing: readonly Dependency[]): readonly Change[] {
  if (missing.length === 0) return []
  const eol = eolOf(text)
  const lead = text === '' || /[\r\n]$/.test(text) ? '' : eol
  return [{ kind: 'edit', path, range: { start: text.length, end: text.length }, text: lead + missing.map(need => line(need) + eol).join('') }]
}

function lockSteps(manifest: Manifest, missing: readonly Dependency[]): readonly string[] {
  if (manifest.lock === undefined || missing.length === 0) return []
  const command = { 'Pipfile.lock': 'pipenv lock', 'poetry.lock': 'poetry lock', 'uv.lock': 'uv lock', 'pdm.lock': 'pdm lock' }[manifest.lock.slice(manifest.lock.lastIndexOf('/') + 1)]
  return command === undefined ? [] : [`Run \`${command}\` in ${folderOf(manifest.path)}, because ${manifest.path} has changed and ${manifest.lock} has not.`]
}

function pyproject(repo: Snapshot, app: App, manifest: Manifest, text: string, missing: readonly Dependency[]): Manifested {
  const changed = [...missing]
  if (manifest.declares) {
    const after = withDependencies(text, missing.map(line))
    return { changes: edit(manifest.path, text, after), steps: lockSteps(manifest, changed) }
  }
  const dir = folderOf(manifest.path)
  const hidden = hiddenBeside({ effective: manifest, all: readManifests(repo, app).all })
  const poetry = manifest.elsewhere.filter(item => item.name !== 'python')
  const source = poetry.length > 0 ? poetry : (hidden?.requirements ?? [])
  const kept = [...new Set(source.flatMap(pep508))]
  const left = source.filter(item => pep508(item).length === 0)
  const own = [...kept, ...missing.filter(need => !source.some(item => item.name === normalizeName(need.name))).map(line)]
  const python = manifest.python ? pep440(manifest.python.text) : ''
  const after = withProject(text, { name: projectName(dir), dependencies: own, python })
  const from = poetry.length > 0 ? '[tool.poetry.dependencies]' : (hidden?.path ?? 'the code')
  const steps = [
    `Keep [project] dependencies in ${manifest.path} in step with ${from}: Vercel installs from the former only.`,
    ...(manifest.lock?.endsWith('poetry.lock') ? [`Run \`poetry lock\` in ${dir}: ${manifest.path} now has a [project] table, which Poetry 2 reads too.`] : []),
    ...left.map(item => `Add "${item.raw}" to [project] dependencies in ${manifest.path} by hand: it could not be translated.`),
  ]
  return { changes: edit(manifest.path, text, after), steps: own.length > 0 ? steps : steps.slice(1) }
}

function pep508(item: Requirement): readonly string[] {
  const extras = item.extras.length > 0 ? `[${item.extras.join(',')}]` : ''
  const marker = item.marker === undefined ? '' : ` ; ${item.marker}`
  if (item.url === undefined) return [`${item.name}${extras}${item.specifier}${marker}`]
  // A path on somebody's disk means nothing on the build machine.
  return /^(?:git\+)?https?:\/\//.test(item.url) && !item.editable ? [`${item.name}${extras} @ ${item.url}${marker}`] : []
}

function projectName(dir: Path): string {
  const last = dir === '.' ? 'app' : dir.slice(dir.lastIndexOf('/') + 1)
  return normalizeName(last.replace(/[^A-Za-z0-9._-]+/g, '-')).replace(/^-+|-+$/g, '') || 'app'
}

function edit(path: Path, before: string, after: string): readonly Change[] {
  return before === after ? [] : [{ kind: 'edit', path, range: { start: 0, end: before.length }, text: after }]
}

function pipfile(manifest: Manifest, text: string, missing: readonly Dependency[]): Manifested {
  if (missing.length === 0) return { changes: [], steps: [] }
  const eol = eolOf(text)
  const lines = missing.map(need => `${need.name} = ${JSON.stringify(need.specifier ?? '*')}`)
  const header = /^\[packages\][^\n]*$/m.exec(text)
  const lead = text === '' || text.endsWith('\n') ? '' : eol
  const at = header ? header.index + header[0].trimEnd().length : text.length
  const insert = header ? lines.map(item => eol + item).join('') : `${lead}${eol}[packages]${eol}${lines.map(item => item + eol).join('')}`
  const after = text.slice(0, at) + insert + text.slice(at)
  parse(after)
  return { changes: [{ kind: 'edit', path: manifest.path, range: { start: at, end: at }, text: insert }], steps: lockSteps(manifest, missing) }
}
