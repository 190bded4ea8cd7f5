/** A plan as a file: written by --plan-out, read by `apply`. It holds the new texts, and of the old ones only a hash. */
import { createHash } from 'node:crypto'
import type { Encoding, Finding, Plan, PlannedFile, Severity, Snapshot, SourceFile } from './types.js'
import { encode } from './encoding.js'
import { UserError } from './errors.js'

type SavedFile = {
  readonly kind: PlannedFile['kind']
  readonly path: string
  readonly rules: readonly string[]
  readonly class: 'safe' | 'review'
  /** SHA-256 of the bytes that the plan was made from. */
  readonly before?: string
  readonly after?: { readonly text: string; readonly encoding: Encoding; readonly mode: number }
}
export type SavedRemaining = { readonly rule: string; readonly severity: Severity; readonly file: string; readonly line: number; readonly message: string }
export type SavedPlan = {
  readonly kind: 'to-serverless-plan'
  readonly version: 1
  readonly tool: string
  readonly target: string
  readonly app: string
  readonly files: readonly SavedFile[]
  readonly remaining: readonly SavedRemaining[]
}

export function serializePlan(plan: Plan, files: readonly PlannedFile[], tool: string): string {
  const saved: SavedPlan = {
    kind: 'to-serverless-plan',
    version: 1,
    tool,
    target: plan.target,
    app: plan.app.root,
    files: files.map((file) => ({
      kind: file.kind,
      path: file.path,
      rules: file.rules,
      class: file.class,
      ...(file.before ? { before: hashOf(file.before) } : {}),
      ...(file.after ? { after: { text: file.after.text, encoding: file.after.encoding, mode: file.after.mode } } : {}),
    })),
    remaining: plan.remaining.map(remainingOf),
  }
  return JSON.stringify(saved, null, 2) + '\n'
}

const remainingOf = ({ rule, severity, file, line, message }: Finding): SavedRemaining => ({ rule, severity, file, line, message })

/** Reads a plan file. Anything that this tool did not write is refused, and so is a path that leaves the repo. */
export function parsePlan(text: string, name: string): SavedPlan {
  let data: unknown
  try {
    data = JSON.parse(text)
  } catch {
    throw new UserError(`${name} is not JSON, so it is no plan of to-serverless.`, 2, 'Write one with --plan-out FILE.')
  }
  if (!isPlan(data)) throw new UserError(`${name} is not a plan that this version of to-serverless wrote.`, 2, 'Write one with --plan-out FILE.')
  for (const file of data.files) {
    if (!isInside(file.path)) throw new UserError(`${name} names ${JSON.stringify(file.path)}, which is not a place inside the repo.`, 3)
  }
  const twice = data.files.find((file, at) => data.files.findIndex((other) => other.path === file.path) < at)
  if (twice) throw new UserError(`${name} names ${JSON.stringify(twice.path)} twice.`, 2, 'Write a new plan with --plan-out FILE.')
  return data
}

/** The plan's files against the repo as it is now; refuses when one is not as it was. */
export function bindPlan(saved: SavedPlan, repo: Snapshot): readonly PlannedFile[] {
  const changed: string[] = []
  const files: PlannedFile[] = []
  for (const file of saved.files) {
    const now = repo.files.get(file.path)
    if (file.before === undefined ? repo.has(file.path) : now === undefined || hashOf(now) !== file.before) {
      changed.push(file.path)
      continue
    }
    const after: SourceFile | undefined = file.after && { path: file.path, ...file.after, size: encode({ ...file.after, path: file.path }).length }
    files.push({ kind: file.kind, path: file.path, rules: file.rules, class: file.class, ...(now ? { before: now } : {}), ...(after ? { after } : {}) })
  }
  if (changed.length > 0) throw new UserError(`The plan no longer fits: changed since it was made: ${changed.join(', ')}.`, 3, 'Make a new plan with --plan-out.')
  return files
}

const hashOf = (file: SourceFile): string => createHash('sha256').update(encode(file)).digest('hex')

function isInside(path: string): boolean {
  const parts = path.split('/')
  return path !== '' && !path.startsWith('/') && !path.includes('\\') && !path.includes('\0') && !/^[a-z]:/i.test(path) && parts.every((part) => part !== '' && part !== '.' && part !== '..' && part.toLowerCase() !== '.git')
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> => typeof value === 'object' && value !== null && !Array.isArray(value)
const isText = (value: unknown): value is string => typeof value === 'string'
const encodings: readonly unknown[] = ['utf-8', 'utf-8-bom', 'utf-16le', 'utf-16be', 'latin-1'] satisfies readonly Encoding[]

function isPlan(data: unknown): data is SavedPlan {
  if (!isRecord(data) || data['kind'] !== 'to-serverless-plan' || data['version'] !== 1) return false
  return Array.isArray(data['files']) && data['files'].every(isSavedFile) && Array.isArray(data['remaining']) && data['remaining'].every((item) => isRecord(item) && isText(item['rule']) && isText(item['severity'])) && isText(data['target'])
}

// Permission bits alone: a plan makes no program run as somebody else.
const isMode = (mode: unknown): boolean => Number.isInteger(mode) && (mode as number) >= 0 && (mode as number) <= 0o777

function isSavedFile(data: unknown): boolean {
  if (!isRecord(data) || !isText(data['path']) || !Array.isArray(data['rules'])) return false
  const { kind, before, after } = data
  if (after !== undefined && !(isRecord(after) && isText(after['text']) && encodings.includes(after['encoding']) && isMode(after['mode']))) return false
  if (kind === 'create') return before === undefined && after !== undefined
  if (kind === 'edit') return isText(before) && after !== undefined
  return kind === 'delete' && isText(before) && after === undefined
}
