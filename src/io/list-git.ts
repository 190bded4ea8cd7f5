import type { Path } from '../types.js'
import type { Listing, Note } from './read.js'
import { gitRoot, git } from './git.js'
import { nameOf, printable } from './names.js'
import { denied } from './list-walk.js'

/**
 * The files of a folder as git sees them: tracked, and untracked but not ignored. Undefined where git can't say
 * (not installed, no repository, one that it distrusts, a folder that the repository ignores).
 */
export function listWithGit(root: string): Listing | undefined {
  if (gitRoot(root) === undefined) return undefined
  const answer = git(root, ['ls-files', '-z', '-t', '--cached', '--others', '--exclude-standard'])
  if (answer.code !== 0) return undefined
  const paths = new Set<Path>()
  const tracked = new Set<Path>()
  const notes: Note[] = []
  const venvs: Path[] = []
  for (const entry of split(answer.stdout)) {
    const untracked = entry[0] === 0x3f // '?'
    const bytes = entry.subarray(2)
    const path = nameOf(bytes)
    if (path === undefined) {
      notes.push({ file: printable(bytes), reason: 'its name is not UTF-8' })
      continue
    }
    if (untracked && path.split('/').some(denied)) continue
    if (path.endsWith('/')) {
      notes.push({ file: path.slice(0, -1), reason: 'it is a git repository of its own' })
      continue
    }
    paths.add(path)
    if (!untracked) tracked.add(path)
    else if (path.endsWith('/pyvenv.cfg')) venvs.push(path.slice(0, -'pyvenv.cfg'.length))
  }
  // A committed environment is a finding; one that merely lies there is nobody's source.
  const kept = [...paths].filter((path) => tracked.has(path) || !venvs.some((venv) => path.startsWith(venv)))
  return { paths: kept.sort(), tracked, notes }
}

function* split(bytes: Buffer): Generator<Buffer> {
  let start = 0
  for (let end = bytes.indexOf(0); end >= 0; end = bytes.indexOf(0, start)) {
    if (end > start) yield bytes.subarray(start, end)
    start = end + 1
  }
}
