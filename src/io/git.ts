/** What git knows of a folder. Reads only; a git that is missing, broken or distrusts the folder counts as none. */
import { realpathSync } from 'node:fs'
import { relative, resolve, sep } from 'node:path'
import type { Path } from '../types.js'
import { env, runSync } from './process.js'

export type GitState = {
  readonly inGit: boolean
  readonly root?: string
  /** Changed, staged and untracked paths below the folder, relative to it. */
  readonly dirty: readonly Path[]
}

// Set by hooks and wrappers; they would point git at another repository than the one the folder is in.
const foreign = ['GIT_DIR', 'GIT_WORK_TREE', 'GIT_INDEX_FILE', 'GIT_PREFIX', 'GIT_COMMON_DIR', 'GIT_NAMESPACE', 'GIT_OBJECT_DIRECTORY']

/** Runs git in `dir`: takes no locks, and starts no program that the repo's own configuration names as monitor. */
export function git(dir: string, args: readonly string[], input?: string): { readonly code: number; readonly stdout: Buffer; readonly stderr: string } {
  const clean = Object.fromEntries(Object.entries(env()).filter(([name]) => !foreign.includes(name)))
  return runSync('git', ['--no-optional-locks', '-c', 'core.fsmonitor=false', ...args], { cwd: dir, ...(input === undefined ? {} : { input }), env: { ...clean, LC_ALL: 'C', GIT_TERMINAL_PROMPT: '0' } })
}

/** The top of the working tree that `dir` lies in, unless that repository ignores `dir` as a whole. */
export function gitRoot(dir: string): string | undefined {
  const top = git(dir, ['rev-parse', '--show-toplevel'])
  // A bare repository or the inside of .git has no working tree, and answers with an error.
  if (top.code !== 0) return undefined
  const root = top.stdout.toString('utf8').replace(/\r?\n$/, '')
  if (root === '' || realpathSync(dir) === realpathSync(root)) return root || undefined
  return git(dir, ['check-ignore', '-q', '--', '.']).code === 0 ? undefined : root
}

/** Where git keeps private data for this working tree (also of a linked one), absolute; undefined without git. */
export function gitPrivatePath(dir: string, name: string): string | undefined {
  if (gitRoot(dir) === undefined) return undefined
  const answer = git(dir, ['rev-parse', '--git-path', name])
  if (answer.code !== 0) return undefined
  return resolve(realpathSync(dir), answer.stdout.toString('utf8').replace(/\r?\n$/, ''))
}

export function gitState(dir: string): GitState {
  const root = gitRoot(dir)
  if (root === undefined) return { inGit: false, dirty: [] }
  const prefix = relative(realpathSync(root), realpathSync(dir)).split(sep).join('/')
  const status = git(dir, ['status', '--porcelain=v1', '-z', '--untracked-files=all', '--no-renames', '--', '.'])
  if (status.code !== 0) return { inGit: false, dirty: [] }
  const dirty: Path[] = []
  for (const entry of status.stdout.toString('utf8').split('\0')) {
    if (entry.length < 4) continue
    const path = entry.slice(3)
    dirty.push(prefix === '' ? path : path.slice(prefix.length + 1))
  }
  return { inGit: true, root, dirty: dirty.sort() }
}

/** Those of `paths` that git ignores or would ignore; empty outside git. */
export function ignoredAmong(dir: string, paths: readonly Path[]): readonly Path[] {
  if (paths.length === 0 || gitRoot(dir) === undefined) return []
  return git(dir, ['check-ignore', '-z', '--stdin'], paths.map((path) => `${path}\0`).join('')).stdout.toString('utf8').split('\0').filter((path) => path !== '')
}

/** Those of `paths` that have uncommitted changes (or are not committed at all); empty outside git. */
export function dirtyAmong(dir: string, paths: Iterable<Path>): readonly Path[] {
  const dirty = new Set(gitState(dir).dirty)
  return [...new Set(paths)].filter((path) => dirty.has(path)).sort()
}
