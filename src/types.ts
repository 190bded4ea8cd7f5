/**
 * The seams. Everything between the two edges (io/read and io/apply) is pure data of these types.
 * Words are those of ARCHITECTURE.md; no synonyms.
 */
import type { FrameworkId } from './framework-titles.js'
import type { JsProgram } from './lang/javascript/program.js'
import type { PythonProgram } from './lang/python/program.js'
import type { Emission, Need, Target, TargetId } from './target.js'
import type { Verification } from './verification.js'

export type { FrameworkId, JsProgram, PythonProgram }
export type { Emission, EmitContext, EntryLookup, EntryShape, Need, Target, TargetId } from './target.js'
export type { Observation, ProbedRoute, Verification } from './verification.js'

/** Repo-relative, '/'-separated, without a leading './'. The repo itself is '.'. */
export type Path = string
/** UTF-16 code units, half-open, into the decoded text without its BOM. */
export type Range = { readonly start: number; readonly end: number }

// ── the repo ────────────────────────────────────────────────────────────────────────────────────

export type Encoding = 'utf-8' | 'utf-8-bom' | 'utf-16le' | 'utf-16be' | 'latin-1'
/** A file that could be read as text. `text` has no BOM and keeps its line ends. */
export type SourceFile = {
  readonly path: Path
  readonly text: string
  readonly encoding: Encoding
  /** Unix permission bits. */
  readonly mode: number
  /** Bytes on disk. */
  readonly size: number
}
/** A file that exists but was not read as text. */
export type UnreadFile = {
  readonly path: Path
  readonly size: number
  readonly mode: number
  readonly reason: 'binary' | 'too-large' | 'symlink' | 'symlink-outside' | 'unreadable' | 'not-text'
}
/** The repo, read once. Files that git ignores are not in it. */
export type Snapshot = {
  readonly files: ReadonlyMap<Path, SourceFile>
  readonly unread: ReadonlyMap<Path, UnreadFile>
  /** Paths git tracks; undefined outside git. */
  readonly tracked: ReadonlySet<Path> | undefined
  text(path: Path): string | undefined
  /** Is there a file (read or not) at this path? */
  has(path: Path): boolean
  hasDir(path: Path): boolean
  /** All file paths below `dir` ('.' for the repo), sorted. */
  list(dir?: Path): readonly Path[]
  /** The repo after these changes, in memory. Throws `EditConflict` on overlapping edits. */
  with(changes: readonly Change[]): Snapshot
}

// ── the app ─────────────────────────────────────────────────────────────────────────────────────

export type Language = 'python' | 'javascript' | 'typescript'
export type PackageManager = 'pip' | 'uv' | 'poetry' | 'pipenv' | 'npm' | 'pnpm' | 'yarn' | 'bun'
export type PlatformFile = 'vercel' | 'render' | 'docker' | 'procfile'
/** A place and what it shows. `line` is 1-based. */
export type Evidence = { readonly file: Path; readonly line: number; readonly note: string }
/** How the code came to be run: entry first, the finding's own place last. */
export type Trace = readonly Evidence[]

export type Entry = {
  readonly file: Path
  readonly symbol: string
  readonly kind: 'instance' | 'factory' | 'wsgi' | 'asgi' | 'listen'
  /** For a factory: the source text of its arguments, as Procfile, FLASK_APP or the start script pass them. */
  readonly args?: string
}
/** One deployable in the repo. */
export type App = {
  readonly root: Path
  readonly framework: FrameworkId
  readonly language: Language
  readonly entry: Entry
  /** Other files that could be taken for the entry, best first. */
  readonly rivals: readonly Entry[]
  readonly packageManager: PackageManager
  readonly runtime?: { readonly wanted: string; readonly source: Path }
  readonly existing: readonly PlatformFile[]
  readonly evidence: readonly Evidence[]
}
export type Framework = {
  readonly id: FrameworkId
  detect(repo: Snapshot): Iterable<App>
  /** The app's program as a host with these variables would run it, and the folders that the served code reads or serves. Its `load` must be over. */
  read(repo: Snapshot, app: App, hostEnv: Readonly<Record<string, string>>): { readonly program: Program; folders(): Iterable<Path> }
  /** Loads what `detect` and `read` need beyond Python's parser, for a repo that may hold such an app. */
  load?(repo: Snapshot): Promise<void>
  /** What was seen and is no app that could be moved, or could not be read. */
  notes?(repo: Snapshot): Iterable<{ readonly file: Path; readonly reason: string }>
}

/** When the served app runs a piece of code; see ARCHITECTURE.md, "Reach and time". */
export type Reach = 'import' | 'startup' | 'request' | 'build' | 'main' | 'never'

export type Program = PythonProgram | JsProgram

// ── hazards ─────────────────────────────────────────────────────────────────────────────────────

/** What code may assume of its host. A rule names one; a target says what it offers. */
export type Capability =
  | 'entry-by-convention' // the platform finds the app object without being told
  | 'owns-process' // the program starts its own server
  | 'import-unbounded' // import may connect, download, compute for long
  | 'background-work' // work goes on after the response or between requests
  | 'scheduler' // the process wakes itself up
  | 'any-schedule' // a schedule of any frequency
  | 'writable-disk' // files beside the code can be written
  | 'persistent-disk' // what was written is there tomorrow
  | 'shared-memory' // every request meets the same process
  | 'long-request' // a request may take minutes
  | 'system-binaries' // programs outside the language's packages
  | 'rooms' // sockets of several clients end in one process
  | 'large-bundle' // code and packages of any size
  | 'any-payload' // requests and answers of any size
  | 'large-memory' // as much memory as the machine has
  | 'install-anything' // packages that compile from source, any manifest that pip takes
  | 'any-version' // any version of the language
  | 'config-dialect' // an older or other form of the platform's own config file
  | 'files-by-cwd' // files are found from the folder the program was started in
  | 'private-network' // nobody but the owner can call an endpoint
  | 'nothing' // wrong on every host: security, or a plain bug
export type Offer = 'yes' | 'limited' | 'no'

export type Severity = 'blocks' | 'breaks' | 'degrades' | 'advice'
export type FixClass = 'safe' | 'review' | 'manual'

export type RuleFacts = {
  /** The catalogue's id; also the folder's name. Reads well after "allow …". */
  readonly id: string
  readonly title: string
  /** The hazard kind of CONTRACT.md. */
  readonly hazard: string
  readonly assumes: Capability
  /** The usual severity; a problem may lower or raise its own. */
  readonly severity: Severity
}
/** A rule is asked about programs of its language only; one about configuration says whose: manifests and settings of one language, or files that any app may have. */
export type Rule = RuleFacts &
  (
    | { readonly language: 'python'; check(program: PythonProgram, context: RuleContext): Iterable<Problem> }
    | { readonly language: 'javascript'; check(program: JsProgram, context: RuleContext): Iterable<Problem> }
    | { readonly language: 'config'; readonly about: 'python'; check(program: PythonProgram, context: RuleContext): Iterable<Problem> }
    | { readonly language: 'config'; readonly about: 'javascript'; check(program: JsProgram, context: RuleContext): Iterable<Problem> }
    | { readonly language: 'config'; readonly about: 'any'; check(program: Program, context: RuleContext): Iterable<Problem> }
  )
export type RuleContext = { readonly app: App; readonly repo: Snapshot; readonly target: Target; readonly plan: PlatformPlan }
export type PlatformPlan = 'free' | 'paid'

export type Problem = {
  readonly path: Path
  readonly range: Range
  readonly when: Exclude<Reach, 'never'>
  readonly trace: Trace
  /** What, why, and what to do; one to three plain sentences. Never a secret's value. */
  readonly message: string
  readonly severity?: Severity
  readonly remedy: Remedy
}
export type Fix = {
  readonly title: string
  readonly changes: readonly Change[]
  readonly needs?: readonly Need[]
  /** What a person still has to do after it, as a checklist line. */
  readonly left?: string
}
export type Remedy =
  | ({ readonly kind: 'fix'; readonly safety: 'safe' | 'review' } & Fix)
  | {
      readonly kind: 'choice'
      readonly question: string
      /** Ids are stable: --answers files hold them. */
      readonly options: readonly ({ readonly id: string } & Fix)[]
      /** An option's id, or 'leave': nothing is done and the finding remains. */
      readonly byDefault: string
    }
  | { readonly kind: 'manual'; readonly reason: string }

export type Change =
  | { readonly kind: 'edit'; readonly path: Path; readonly range: Range; readonly text: string }
  | { readonly kind: 'create'; readonly path: Path; readonly text: string; readonly mode?: number }
  | { readonly kind: 'delete'; readonly path: Path }
  /** The same text in other bytes. */
  | { readonly kind: 'encode'; readonly path: Path; readonly encoding: Encoding }

/** One occurrence of a hazard, as `inspect --json` prints it; `problem` is what it came from. */
export type Finding = {
  /** `rule:file:line` (`#n` appended on a clash); stable between runs over the same tree. */
  readonly id: string
  readonly rule: string
  readonly hazard: string
  readonly severity: Severity
  readonly when: Exclude<Reach, 'never'>
  readonly file: Path
  readonly line: number
  readonly column: number
  readonly endLine: number
  readonly message: string
  readonly trace: Trace
  readonly targets: readonly TargetId[]
  readonly fix: { readonly class: FixClass; readonly title: string }
  readonly problem: Problem
}
export type EnvVariable = {
  readonly name: string
  readonly required: boolean
  readonly secret: boolean
  readonly seenAt: readonly { readonly file: Path; readonly line: number }[]
  /** Not required for the start, but some place reads it and has no default for it. */
  readonly bare?: boolean
}

// ── plan, receipt, report ───────────────────────────────────────────────────────────────────────

/** `option` of a choice; for a plain fix 'take'; 'leave' for neither. Keyed by finding id. */
export type Decisions = ReadonlyMap<string, string>
export type PlannedFile = {
  readonly kind: 'create' | 'edit' | 'delete'
  readonly path: Path
  /** Rule ids whose fixes touch it; `target:<id>` for the target's own. */
  readonly rules: readonly string[]
  readonly class: 'safe' | 'review'
  readonly before?: SourceFile
  readonly after?: SourceFile
}
export type Schedule = { readonly job: string; readonly was: string; readonly becomes: string; readonly schedule: string }
export type Plan = {
  readonly target: TargetId
  readonly platformPlan: PlatformPlan
  readonly app: App
  readonly files: readonly PlannedFile[]
  /** `open`: nothing in the repo came of it, and the finding is among those remaining: it waits for something outside, such as a variable. */
  readonly taken: readonly { readonly finding: Finding; readonly option: string; readonly left?: string; readonly open?: true }[]
  readonly remaining: readonly Finding[]
  /** Fixes not applied because an earlier one edits the same text. */
  readonly conflicts: readonly { readonly finding: Finding; readonly with: string }[]
  readonly schedules: readonly Schedule[]
  readonly env: readonly EnvVariable[]
  readonly steps: readonly string[]
  readonly entry: Emission['entry']
}
export type Receipt = {
  readonly version: 1
  readonly at: string
  readonly tool: string
  /** In the order applied; undo walks it backwards. `before` / `after` are base64 of the raw bytes; undefined: no such file. */
  readonly files: readonly { readonly path: Path; readonly mode: number; readonly before?: string; readonly after?: string }[]
  /** Folders the apply created, outermost first. */
  readonly dirs: readonly Path[]
}
export type Check = { readonly title: string; readonly ok: boolean; readonly detail: string }

export type Recommendation = {
  readonly target: TargetId
  readonly reasons: readonly { readonly for: TargetId; readonly rule: string; readonly text: string }[]
  readonly effort: { readonly points: number; readonly byClass: Readonly<Record<FixClass, number>> }
  readonly wouldChangeIf: readonly string[]
}
export type Inspection = {
  readonly apps: readonly { readonly app: App; readonly findings: readonly Finding[]; readonly env: readonly EnvVariable[]; readonly routes: readonly Route[] }[]
  readonly recommendation: Recommendation
  readonly notChecked: readonly { readonly file: Path; readonly reason: string }[]
  readonly stats: { readonly files: number; readonly parsed: number; readonly bytes: number; readonly ms: number }
}
/** A route as the code declares it. */
export type Route = { readonly path: string; readonly methods: readonly string[]; readonly file: Path; readonly line: number }

export type Report = {
  readonly tool: { readonly name: 'to-serverless'; readonly version: string }
  readonly inspection: Inspection
  readonly plan?: Plan
  readonly receipt?: Receipt
  readonly checks?: readonly Check[]
  readonly verification?: Verification
}
export type Reporter = (report: Report) => string
