import type { Path, Problem, PythonProgram, Remedy, Rule, RuleContext, Severity, Snapshot } from '../../../src/types.js'
import { lineColumn } from '../../../src/edits.js'
import { readManifests, type Manifest } from '../../../src/lang/python/manifest/manifest.js'
import { compareVersions, pinnedVersion } from '../../../src/lang/python/manifest/requirement.js'
import { firstWheel, removedModules } from '../../../src/lang/python/manifest/wheels.js'

export const depPythonVersion = {
  id: 'dep-python-version',
  title: 'Python version that the host does not run',
  hazard: 'runtime-version',
  language: 'config',
  about: 'python',
  assumes: 'any-version',
  severity: 'blocks',
  *check(program: PythonProgram, { app, repo, target }: RuleContext): Generator<Problem> {
    const { effective } = readManifests(repo, app)
    const prefix = app.root === '.' ? '' : `${app.root}/`
    const pin = firstOf(repo, [`${prefix}.python-version`, '.python-version'])
    const offered = target.python.versions
    const pinned = pin && minor(pin.text)
    if (pin && pinned !== undefined && !offered.includes(pinned)) yield* wrongPin(pin, pinned, target.python)
    const wanted = effective?.python
    if (effective && wanted && !offered.some((version) => allows(wanted.text, version, effective.kind))) yield* wrongRange(effective, wanted, target.python)
    yield* oldHeroku(repo, prefix, pin === undefined && wanted === undefined, target.python)
    const runs = pinned !== undefined && offered.includes(pinned) ? pinned : (offered.find((version) => version === target.python.default && (!wanted || allows(wanted.text, version, effective?.kind))) ?? offered.find((version) => wanted && allows(wanted.text, version, effective?.kind)) ?? target.python.default)
    if (effective) yield* withoutWheel(effective, runs, repo)
    yield* removed(program, runs, new Set(effective?.requirements.map(({ name }) => name)))
  },
} satisfies Rule

type Offered = RuleContext['target']['python']
type Pin = { readonly path: Path; readonly text: string }

const minor = (text: string): string | undefined => /(?:^|[^\d.])(3\.\d+)/.exec(text)?.[1]
function firstOf(repo: Snapshot, paths: readonly Path[]): Pin | undefined {
  for (const path of paths) {
    const text = repo.text(path)
    if (text !== undefined) return { path, text }
  }
  return undefined
}
const fate = (wanted: string, { default: runs, versions }: Offered): string => `Python ${wanted} is not offered (${versions.join(', ')} are): the app runs on ${runs} instead, untested`

function* wrongPin({ path, text }: Pin, wanted: string, python: Offered): Generator<Problem> {
  const start = text.search(/\d/)
  const length = /^[\d.]+/.exec(text.slice(start))?.[0].length ?? 0
  const range = { start, end: start + length }
  yield {
    path,
    range,
    when: 'build',
    trace: [{ file: path, line: lineColumn(text, start).line, note: `Python ${wanted} is asked for` }],
    message: `${fate(wanted, python)}. Pin ${python.default} and test with it.`,
    severity: 'degrades',
    remedy: { kind: 'fix', safety: 'review', title: `Pin Python ${python.default}`, changes: [{ kind: 'edit', path, range, text: python.default }], left: `Install Python ${python.default} locally and run the tests with it.` },
  }
}

/** Does `>=3.9,<3.12` or Pipfile's `3.9` allow this minor version? */
function allows(text: string, version: string, kind: Manifest['kind'] | undefined): boolean {
  if (kind === 'pipfile') return minor(text) === version || !/\d/.test(text)
  return text.split(',').every((part) => {
    const [, operator = '', bound = ''] = /^\s*(~=|==|>=|<=|<|>|!=|\^|~)?\s*v?([\d.*]+)/.exec(part) ?? []
    const numbers = bound.replace(/\.\*$/, '')
    const short = numbers.split('.').slice(0, 2).join('.')
    const order = compareVersions(version, short)
    if (operator === '>=' || operator === '^') return order >= 0
    if (operator === '>') return order > 0 || (order === 0 && numbers.split('.').length > 2)
    if (operator === '<') return order < 0 || (order === 0 && Number(numbers.split('.')[2] ?? 0) > 0)
    if (operator === '<=') return order <= 0
    if (operator === '~=' || operator === '~') return numbers.split('.').length > 2 || operator === '~' ? order === 0 : order >= 0
    return operator === '!=' || bound === '' || numbers === '3' ? true : order === 0
  })
}

function* wrongRange(manifest: Manifest, { text, range, line }: NonNullable<Manifest['python']>, python: Offered): Generator<Problem> {
  const wanted = minor(text) ?? text
  const isPipfile = manifest.kind === 'pipfile'
  const refused = manifest.kind === 'pyproject' && manifest.declares
  const range_ = isPipfile ? python.default : `>=${python.default}`
  const remedy: Remedy =
    range.end > range.start
      ? { kind: 'fix', safety: 'review', title: `Ask for Python ${python.default}`, changes: [{ kind: 'edit', path: manifest.path, range, text: range_ }], left: `Install Python ${python.default} locally${manifest.lock === undefined ? '' : `, make ${manifest.lock} anew`} and run the tests.` }
      : { kind: 'manual', reason: `Ask for Python ${python.default}.` }
  yield {
    path: manifest.path,
    range,
    when: 'build',
    trace: [{ file: manifest.path, line, note: `Python ${text} is asked for` }],
    message: refused ? `The range ${text} allows none of the versions that are offered (${python.versions.join(', ')}), so the install is refused. Ask for ${python.default} and test with it.` : `${fate(wanted, python)}. Ask for ${python.default} and test with it.`,
    severity: refused ? 'blocks' : 'degrades',
    remedy,
  }
}

/** runtime.txt is Heroku's; Render reads it no more either. */
function* oldHeroku(repo: Snapshot, prefix: string, unpinned: boolean, python: Offered): Generator<Problem> {
  const file = firstOf(repo, [`${prefix}runtime.txt`, 'runtime.txt'])
  const wanted = file && minor(file.text)
  if (!file || wanted === undefined || !unpinned || wanted === python.default) return
  const isOffered = python.versions.includes(wanted)
  yield {
    path: file.path,
    range: { start: 0, end: file.text.trimEnd().length },
    when: 'build',
    trace: [{ file: file.path, line: 1, note: `Python ${wanted} is asked for in a file that is not read` }],
    message: `runtime.txt is not read on the host, so the app runs on ${python.default}, not on ${wanted}. ${isOffered ? `Pin ${wanted} where it is read (.python-version)` : `${wanted} is not offered: pin ${python.default} and test with it`}.`,
    severity: 'degrades',
    remedy: { kind: 'fix', safety: isOffered ? 'safe' : 'review', title: `Pin Python ${isOffered ? wanted : python.default} in .python-version`, changes: [], needs: [{ kind: 'runtime', version: isOffered ? wanted : python.default }], ...(isOffered ? {} : { left: `Run the tests with Python ${python.default}.` }) },
  }
}

/** Pins older than the first wheel for the Python that will run: the host would compile them, and most fail. */
function* withoutWheel(manifest: Manifest, runs: string, repo: Snapshot): Generator<Problem> {
  for (const requirement of [...manifest.requirements, ...manifest.elsewhere]) {
    const version = pinnedVersion(requirement)
    const first = firstWheel(requirement.name, runs)
    if (version === undefined || first === undefined || compareVersions(version, first) >= 0 || requirement.marker !== undefined) continue
    const { file, range, line, name } = requirement
    const source = (repo.text(file) ?? '').slice(range.start, range.end)
    const at = source.indexOf(version)
    const edited = at !== -1 && !source.includes('--hash') && source.indexOf(version, at + 1) === -1
    yield {
      path: file,
      range,
      when: 'build',
      trace: [{ file, line, note: `${name} ${version} is pinned` }],
      message: `${name} ${version} has no wheel for Python ${runs} on Linux (the first is ${first}), so the host compiles it and the deploy fails or takes very long. Pin ${first} or newer and test with it.`,
      remedy: edited
        ? { kind: 'fix', safety: 'review', title: `Pin ${name} ${first}`, changes: [{ kind: 'edit', path: file, range: { start: range.start + at, end: range.start + at + version.length }, text: first }], left: `Run the tests with ${name} ${first}.` }
        : { kind: 'manual', reason: `Pin ${name} ${first} or newer and make the hashes or the lock anew.` },
    }
  }
}

/** Modules that Python dropped before the version that runs. */
function* removed(program: PythonProgram, runs: string, declared: ReadonlySet<string>): Generator<Problem> {
  const seen = new Set<string>()
  for (const site of program.imports()) {
    const top = site.target.split('.')[0] ?? ''
    const gone = removedModules[top]
    const run = program.first(site)
    if (!gone || compareVersions(runs, gone.in) < 0 || site.optional || site.resolved.length > 0 || seen.has(top)) continue
    if (run.when === 'never' || run.when === 'main' || declared.has(gone.backport ?? '')) continue
    seen.add(top)
    const severity: Severity = run.when === 'request' || run.weak || run.conditional ? 'breaks' : 'blocks'
    yield {
      path: site.module.path,
      range: { start: site.node.start, end: site.node.end },
      when: run.when,
      trace: program.trace(site, `${top} is imported`, run),
      message: `Python ${gone.in} removed ${top}, and the app runs on ${runs}: the import fails. ${gone.instead}.`,
      severity,
      remedy: { kind: 'manual', reason: `${gone.instead}.` },
    }
  }
}
