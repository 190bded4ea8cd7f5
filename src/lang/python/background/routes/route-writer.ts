/** What a framework has to know for a guarded GET route to be written into its app. */
import type { Change, Snapshot } from '../../../../types.js'
import type { PythonProgram } from '../../program.js'
import type { Refused, Round } from '../one-round.js'

/** A route to be written: it runs one job, for a caller that knows the secret. */
export type WantedRoute = { readonly path: string; readonly job: string; readonly round: Round }

/** What stands before the routes, such as a login check. */
export type Passage = {
  readonly changes: readonly Change[]
  /** Checks that were left alone, as checklist lines. */
  readonly left: readonly string[]
}

export type RouteWriter = {
  /** All of them, or the reason why none. */
  write(program: PythonProgram, repo: Snapshot, wanted: readonly WantedRoute[]): readonly Change[] | Refused
  /** Lets the paths through whatever sees each request before a view does. */
  passage(program: PythonProgram, paths: readonly string[]): Passage
}

/** The words of a view, by the local names of what it imports. */
export type ViewWords = {
  /** Lines above `def`. */
  readonly marks: (path: string) => readonly string[]
  readonly params: string
  /** What the shared check takes and is given. */
  readonly passed: string
  /** The line that reads what the caller sent, and the name it is then under. */
  readonly reads: readonly string[]
  readonly given: string
  readonly refuse: string
  readonly done: string
}

export type View = {
  readonly name: string
  readonly path: string
  readonly job: string
  /** Imports inside the view. */
  readonly imports: readonly string[]
  readonly call: string
  readonly isAsync: boolean
}

/** The views' lines; several share one check, called `helper`. */
export function viewLines(views: readonly View[], words: ViewWords, { os, hmac, unit, helper }: { readonly os: string; readonly hmac: string; readonly unit: string; readonly helper: string }): readonly (readonly string[])[] {
  const read = [`secret = ${os}.environ.get("CRON_SECRET", "")`, ...words.reads]
  const equal = `${hmac}.compare_digest(${words.given}.encode(), f"Bearer {secret}".encode())`
  const [only] = views
  if (only && views.length === 1) return [view(only, words, unit, [...read, `if not secret or not ${equal}:`, unit + words.refuse])]
  const shared = [`def ${helper}(${words.passed}):`, ...['"""Does the caller know CRON_SECRET? Without the variable, nobody does."""', ...read, `return bool(secret) and ${equal}`].map((line) => unit + line)]
  return [shared, ...views.map((one) => view(one, words, unit, [`if not ${helper}(${words.passed}):`, unit + words.refuse]))]
}
function view(one: View, words: ViewWords, unit: string, check: readonly string[]): readonly string[] {
  const body = [`"""Runs ${one.job} once. The scheduler calls it and proves itself with CRON_SECRET."""`, ...check, ...one.imports, `${one.isAsync ? 'await ' : ''}${one.call}`, words.done]
  return [...words.marks(one.path), `${one.isAsync ? 'async ' : ''}def ${one.name}(${words.params}):`, ...body.map((line) => unit + line)]
}
