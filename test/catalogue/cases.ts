/** Reads the cases of a rule: `codemods/<language>/<id>/fixtures/<case>/`. */
import { existsSync, readFileSync, readdirSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { makeSnapshot, snapshotOf } from '../../src/snapshot.js'
import type { Encoding, Path, PlatformPlan, Severity, Snapshot, SourceFile, TargetId, UnreadFile } from '../../src/types.js'

export const packageRoot = join(dirname(fileURLToPath(import.meta.url)), '..', '..')
export const codemodsRoot = join(packageRoot, 'codemods')

/** `expect.json` of a case. Places are written `file:line`. */
export type Expectation = {
  /** `file:line when`, exactly the findings of this rule; absent or empty in `ok-*` cases. */
  readonly hits?: readonly string[]
  readonly severity?: Readonly<Record<string, Severity>>
  /** Options taken for the golden `after/`; default: a fix is taken, a choice has its default. */
  readonly decisions?: Readonly<Record<string, string>>
  /** `kind name`, the needs that the taken fixes state: 'dependency flask-cors', 'env CRON_SECRET'. Checked when given. */
  readonly needs?: readonly string[]
  /** Text that the messages must hold (an element for each thing worth saying). */
  readonly says?: readonly string[]
  readonly plan?: PlatformPlan
  readonly target?: TargetId
  /** The app's root, when the repo holds several. */
  readonly app?: Path
  readonly encodings?: Readonly<Record<Path, Encoding>>
  /** Files that exist but are not text: their size in bytes. */
  readonly unread?: Readonly<Record<Path, number>>
  /** Paths that git does not track although they exist. */
  readonly untracked?: readonly Path[]
  /** Replacements made in every file's text, the parts joined: credentials of a published format can't stand in a repo. */
  readonly join?: Readonly<Record<string, readonly string[]>>
}
export type Case = {
  readonly name: string
  readonly dir: string
  readonly ok: boolean
  readonly expect: Expectation
  readonly repo: Snapshot
  /** Golden texts, by path; undefined without an `after/` folder. */
  readonly after: ReadonlyMap<Path, string> | undefined
}

const fields = new Set(['hits', 'severity', 'decisions', 'needs', 'says', 'plan', 'target', 'app', 'encodings', 'unread', 'untracked', 'join'])

/** Every file below a folder as text, by '/'-separated path. */
export function readTree(dir: string): Map<Path, string> {
  const files = new Map<Path, string>()
  const visit = (at: string, prefix: string): void => {
    for (const name of readdirSync(at).sort()) {
      const path = join(at, name)
      if (statSync(path).isDirectory()) visit(path, `${prefix}${name}/`)
      else files.set(prefix + name, readFileSync(path, 'utf8'))
    }
  }
  visit(dir, '')
  return files
}

export function readCases(ruleDir: string): readonly Case[] {
  const fixtures = join(ruleDir, 'fixtures')
  if (!existsSync(fixtures)) return []
  return readdirSync(fixtures)
    .filter((name) => statSync(join(fixtures, name)).isDirectory())
    .sort()
    .map((name) => readCase(join(fixtures, name), name))
}

function readCase(dir: string, name: string): Case {
  const expectFile = join(dir, 'expect.json')
  if (!existsSync(expectFile)) throw new Error(`${dir} has no expect.json`)
  const expect = JSON.parse(readFileSync(expectFile, 'utf8')) as Expectation
  for (const key of Object.keys(expect)) if (!fields.has(key)) throw new Error(`${expectFile}: unknown field ${key}`)
  if (!existsSync(join(dir, 'repo'))) throw new Error(`${dir} has no repo/`)
  const afterDir = join(dir, 'after')
  return {
    name,
    dir,
    ok: name.startsWith('ok-'),
    expect,
    repo: snapshotFor(readTree(join(dir, 'repo')), expect),
    after: existsSync(afterDir) ? new Map([...readTree(afterDir)].map(([path, text]) => [path, joined(text, expect)])) : undefined,
  }
}

function joined(text: string, expect: Expectation): string {
  return Object.entries(expect.join ?? {}).reduce((out, [mark, parts]) => out.replaceAll(mark, parts.join('')), text)
}

function snapshotFor(texts: ReadonlyMap<Path, string>, expect: Expectation): Snapshot {
  const plain = snapshotOf(Object.fromEntries([...texts].map(([path, text]) => [path, joined(text, expect).replace(/^\ufeff/, '')])))
  const files = new Map<Path, SourceFile>()
  for (const [path, file] of plain.files) {
    const marked = texts.get(path)?.startsWith('\ufeff') ? 'utf-8-bom' : file.encoding
    files.set(path, { ...file, encoding: expect.encodings?.[path] ?? marked })
  }
  const unread = new Map<Path, UnreadFile>()
  for (const [path, size] of Object.entries(expect.unread ?? {})) unread.set(path, { path, size, mode: 0o644, reason: size > 1 << 20 ? 'too-large' : 'binary' })
  const untracked = new Set(expect.untracked ?? [])
  const tracked = new Set([...files.keys(), ...unread.keys()].filter((path) => !untracked.has(path)))
  return makeSnapshot({ files, unread, tracked })
}

/** The same repo with every text file changed; `unread` and `tracked` stay. */
export function mapFiles(repo: Snapshot, change: (file: SourceFile) => SourceFile): Snapshot {
  const files = new Map([...repo.files].map(([path, file]) => [path, change(file)]))
  return makeSnapshot({ files, unread: repo.unread, tracked: repo.tracked })
}
export const withCrlf = (repo: Snapshot): Snapshot => mapFiles(repo, (file) => ({ ...file, text: file.text.replace(/\r?\n/g, '\r\n') }))
/** Python allows a mark; a requirements or JSON file with one is a hazard of its own. */
export const withBom = (repo: Snapshot): Snapshot => mapFiles(repo, (file) => (file.path.endsWith('.py') && file.encoding === 'utf-8' ? { ...file, encoding: 'utf-8-bom' } : file))
