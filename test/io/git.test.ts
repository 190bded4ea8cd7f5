import { mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { dirtyAmong, gitPrivatePath, gitState } from '../../src/io/git.js'
import { folder, gitIn, repository, write } from './sandbox.js'

afterEach(() => vi.unstubAllEnvs())

function committed(): string {
  const dir = repository({ 'a.py': '', 'b.py': '', 'c d.py': '', 'back/app.py': '', 'back/é\n.py': '', '.gitignore': '*.log\n' })
  gitIn(dir, 'add', '.')
  gitIn(dir, 'commit', '-qm', 'x')
  return dir
}

describe('gitState', () => {
  it('is clean after a commit', () => {
    const dir = committed()
    expect(gitState(dir)).toEqual({ inGit: true, root: dir, dirty: [] })
  })
  it('names what is changed, staged, deleted, renamed and new, but not what is ignored', () => {
    const dir = committed()
    write(dir, 'a.py', 'changed')
    write(dir, 'new/deep/file.py', '')
    write(dir, 'x.log', '')
    rmSync(join(dir, 'b.py'))
    gitIn(dir, 'mv', 'c d.py', 'moved.py')
    write(dir, 'back/é\n.py', 'changed')
    expect(gitState(dir).dirty).toEqual(['a.py', 'b.py', 'back/é\n.py', 'c d.py', 'moved.py', 'new/deep/file.py'])
    expect(gitState(join(dir, 'back'))).toEqual({ inGit: true, root: dir, dirty: ['é\n.py'] })
    expect(dirtyAmong(dir, ['a.py', 'back/app.py', 'moved.py', 'a.py'])).toEqual(['a.py', 'moved.py'])
  })
  it('works before the first commit, and leaves the index alone', () => {
    expect(gitState(repository({ 'a.py': '' }))).toMatchObject({ inGit: true, dirty: ['a.py'] })
  })
  it('is none outside git, without git, inside .git and in an ignored folder', () => {
    expect(gitState(folder({ 'a.py': '' }))).toEqual({ inGit: false, dirty: [] })
    const dir = committed()
    expect(gitState(join(dir, '.git')).inGit).toBe(false)
    write(dir, '.gitignore', 'out\n')
    mkdirSync(join(dir, 'out'))
    expect(gitState(join(dir, 'out')).inGit).toBe(false)
    vi.stubEnv('PATH', '/nowhere')
    expect(gitState(dir)).toEqual({ inGit: false, dirty: [] })
  })
  it('is not led astray by the variables of a hook', () => {
    const [dir, other] = [committed(), committed()]
    write(other, 'a.py', 'changed')
    vi.stubEnv('GIT_DIR', join(other, '.git'))
    vi.stubEnv('GIT_WORK_TREE', other)
    expect(gitState(dir)).toEqual({ inGit: true, root: dir, dirty: [] })
  })
})

it('gives a linked working tree a private place of its own', () => {
  const dir = committed()
  const linked = join(folder(), 'linked')
  gitIn(dir, 'worktree', 'add', '-q', linked)
  expect(gitPrivatePath(dir, 'to-serverless')).toBe(join(dir, '.git/to-serverless'))
  expect(gitPrivatePath(join(dir, 'back'), 'to-serverless')).toBe(join(dir, '.git/to-serverless'))
  expect(gitPrivatePath(linked, 'to-serverless')).toBe(join(dir, '.git/worktrees/linked/to-serverless'))
  expect(gitPrivatePath(folder(), 'to-serverless')).toBe(undefined)
})
