import type { Problem, PythonProgram, Remedy, Rule, RuleContext, Severity, Snapshot } from '../../../src/types.js'
import { readManifests, type Manifest } from '../../../src/lang/python/manifest/manifest.js'
import type { OddLine, Requirement } from '../../../src/lang/python/manifest/requirement.js'
import { inlined } from './include.js'

/** What is wrong with a line and how it becomes right; no `text` where only a person knows. */
type Flaw = { readonly why: string; readonly todo: string; readonly text?: string; readonly safety?: 'review'; readonly severity?: Severity }

const windowsOnly = new Set(['pywin32', 'pypiwin32', 'pywinpty', 'wmi', 'pyreadline', 'pyreadline3', 'win32-setctime', 'comtypes', 'pywinauto', 'tensorflow-intel', 'windows-curses', 'pywin32-ctypes', 'winshell', 'python-magic-bin'])
const macOnly = new Set(['appnope', 'macholib', 'tensorflow-macos', 'tensorflow-metal', 'pyobjc', 'rumps', 'py2app'])
/** Names that are no package of their own; the right one, or undefined to drop the line. */
const misnamed: Readonly<Record<string, string | undefined>> = { sklearn: 'scikit-learn', 'pkg-resources': undefined, sqlite3: undefined, tkinter: undefined, smtplib: undefined, python: undefined, os: undefined, sys: undefined }

export const depRequirementsFileBroken = {
  id: 'dep-requirements-file-broken',
  title: 'Requirements that the host cannot install',
  hazard: 'dependency-manifest',
  language: 'config',
  about: 'python',
  assumes: 'install-anything',
  severity: 'blocks',
  *check(_program: PythonProgram, { app, repo }: RuleContext): Generator<Problem> {
    const { effective } = readManifests(repo, app)
    if (!effective) return
    if (effective.broken !== undefined) yield at(effective.path, { start: 0, end: 0 }, 1, { why: `it is not valid TOML (${effective.broken})`, todo: 'Correct it' }, repo)
    if (effective.kind !== 'requirements') return
    yield* wrongEncoding(effective, repo)
    const hasIndex = effective.odd.some(({ kind, text }) => kind === 'option' && /index-url|find-links|^-f|^-i/.test(text))
    for (const line of effective.odd) {
      const flaw = flawOfLine(line, effective, repo)
      if (flaw) yield at(line.file, line.range, line.line, flaw, repo)
    }
    for (const requirement of effective.requirements) {
      // A line with #egg= is judged as the odd line that it is.
      if (effective.odd.some(({ range, file }) => file === requirement.file && range.start === requirement.range.start)) continue
      const flaw = flawOf(requirement, hasIndex)
      if (flaw) yield at(requirement.file, requirement.range, requirement.line, flaw, repo)
    }
  },
} satisfies Rule

function* wrongEncoding({ path }: Manifest, repo: Snapshot): Generator<Problem> {
  const encoding = repo.files.get(path)?.encoding
  if (encoding === undefined || encoding === 'utf-8') return
  const name = encoding === 'utf-8-bom' ? 'with a byte order mark' : encoding === 'latin-1' ? 'as Latin-1' : 'as UTF-16'
  const place = { path, range: { start: 0, end: 0 }, when: 'build', trace: [{ file: path, line: 1, note: `saved ${name}` }] } as const
  yield {
    ...place,
    message: `${path} is saved ${name} (PowerShell's '>' does that), and the host reads plain UTF-8 only: the install fails on its first line. Save it as plain UTF-8.`,
    remedy: { kind: 'fix', safety: 'safe', title: `Save ${path} as plain UTF-8`, changes: [{ kind: 'encode', path, encoding: 'utf-8' }] },
  }
}

function at(path: string, range: Problem['range'], line: number, { why, todo, text, safety, severity }: Flaw, repo: Snapshot): Problem {
  const source = repo.text(path) ?? ''
  const whole = text === '' ? lineOf(source, range) : range
  const remedy: Remedy = text === undefined ? { kind: 'manual', reason: `${todo}.` } : { kind: 'fix', safety: safety ?? 'safe', title: todo, changes: [{ kind: 'edit', path, range: whole, text }] }
  return { path, range, when: 'build', trace: [{ file: path, line, note: 'a line that the host installs from' }], message: `The install fails on ${path}:${line}: ${why}. ${todo}.`, ...(severity ? { severity } : {}), remedy }
}

/** The whole line with its end, for a line that goes. */
function lineOf(text: string, { start, end }: Problem['range']): Problem['range'] {
  const from = Math.max(text.lastIndexOf('\n', start - 1), text.lastIndexOf('\r', start - 1)) + 1
  const rest = /^[^\r\n]*(\r\n|\r|\n|$)/.exec(text.slice(end))?.[0].length ?? 0
  return { start: from, end: end + rest }
}

function flawOfLine(line: OddLine, manifest: Manifest, repo: Snapshot): Flaw | undefined {
  if (line.kind === 'include') {
    const text = inlined(line, manifest, repo)
    const base = { why: 'the host refuses to read another file from this one', todo: 'Put the included lines here' }
    return text === undefined ? base : { ...base, text }
  }
  if (line.kind === 'constraint') return { why: 'the host refuses constraint files', todo: 'Write the constrained versions into the requirements themselves, or lock with uv' }
  if (line.kind === 'unnamed') {
    const egg = /[#&]egg=([A-Za-z0-9._-]+)/.exec(line.url)?.[1]
    const wheel = /([^/\\]+?)-(\d[^-/\\]*)-[^/\\]+\.whl$/.exec(line.url)
    if (/^git\+ssh|^ssh:/.test(line.url)) return { why: 'the host has no SSH key for the repository', todo: 'Use an https URL with a token, or publish the package' }
    if (/^(git\+|https?:)/.test(line.url)) {
      const base = { why: line.editable ? 'the host refuses editable installs from a repository' : 'the host cannot tell the name of the package', todo: 'Write it as name @ URL' }
      return egg === undefined ? base : { ...base, text: `${egg} @ ${line.url.replace(/[#&]egg=[^&]*/, '')}` }
    }
    if (wheel && /^file:|^[A-Za-z]:|^\//.test(line.url)) return { why: 'the file lies on one machine only', todo: `Take ${wheel[1] ?? ''} from the index`, text: `${wheel[1] ?? ''}==${wheel[2] ?? ''}`, safety: 'review' }
    return undefined
  }
  if (line.kind !== 'unreadable') return undefined
  const conda = /^([A-Za-z0-9][A-Za-z0-9._-]*)\s*=\s*(\d[A-Za-z0-9.*]*)(=[\w.]+)?$/.exec(line.text)
  if (conda) return { why: "one '=' is conda's way to write a version, not pip's", todo: `Write ${conda[1] ?? ''}==${conda[2] ?? ''}`, text: `${conda[1] ?? ''}==${conda[2] ?? ''}` }
  return { why: 'the line is no requirement', todo: 'Correct or remove it' }
}

function flawOf({ name, raw, marker, url, specifier }: Requirement, hasIndex: boolean): Flaw | undefined {
  if (url !== undefined && /^(file:|[A-Za-z]:[\\/]|\/)/.test(url)) {
    const version = /-(\d[^-/]*)-[^/]*\.whl$/.exec(url)?.[1]
    return { why: "the path after '@' exists on one machine only (conda and pip freeze write such lines)", todo: `Take ${name} from the index`, text: version === undefined ? name : `${name}==${version}`, safety: 'review' }
  }
  if (url !== undefined && /^git\+ssh/.test(url)) return { why: 'the host has no SSH key for the repository', todo: 'Use an https URL with a token, or publish the package' }
  if (marker === undefined && (windowsOnly.has(name) || macOnly.has(name) || name.startsWith('pyobjc-'))) {
    const platform = windowsOnly.has(name) ? 'win32' : 'darwin'
    return { why: `${name} exists for ${platform === 'win32' ? 'Windows' : 'macOS'} only`, todo: `Mark it with sys_platform == "${platform}"`, text: `${raw} ; sys_platform == "${platform}"` }
  }
  if (name in misnamed) {
    const right = misnamed[name]
    if (right !== undefined) return { why: `${name} is a placeholder that refuses to install`, todo: `Write ${right}`, text: right }
    return { why: name === 'pkg-resources' ? 'pkg-resources is an artefact of Debian\'s pip freeze, no package' : `${name} is part of Python, no package`, todo: 'Remove the line', text: '' }
  }
  const local = /^(==[0-9.]+)\+(cu\d+|cpu|rocm[\d.]+)$/.exec(specifier)
  if (local && !hasIndex) return { why: `the build ${local[2] ?? ''} is not on the index that the host asks`, todo: `Write ${name}${local[1] ?? ''}`, text: raw.replace(/\+(cu\d+|cpu|rocm[\d.]+)/, ''), safety: 'review' }
  return undefined
}
