import { spawn } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, statSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { UserError } from '../../src/errors.js'
import { applyPlan } from '../../src/io/apply.js'
import { readSnapshot } from '../../src/io/read.js'
import { undo } from '../../src/io/undo.js'
import type { PlannedFile } from '../../src/types.js'
import { created, deleted, edited, folder, gitIn, repository, tree, write } from './sandbox.js'
import { before, failure, latin, plan, project } from './planned.js'

describe('apply and undo', () => {
  it.each([['in git', repository], ['without git', folder]] as const)('%s: writes the very bytes, keeps modes, and undo leaves no trace', async (_, make) => {
    const dir = project(make)
    const was = tree(dir)
    const receipt = await applyPlan(dir, plan, 'to-serverless 0.1.0', { now: () => new Date('2026-01-02T03:04:05Z') })
    expect(receipt).toMatchObject({ version: 1, at: '2026-01-02T03:04:05.000Z', tool: 'to-serverless 0.1.0', dirs: ['api', 'api/deep'] })
    expect(receipt.files.map((file) => file.path)).toEqual(plan.map((file) => file.path))
    expect(receipt.files[0]).toEqual({ path: 'app.py', mode: 0o666, before: Buffer.from('x = 1\r\n').toString('base64'), after: Buffer.from('x = 2\r\n').toString('base64') })
    expect(receipt.files[2]).toEqual({ path: 'old/gone.py', mode: 0o644, before: Buffer.from('bye\n').toString('base64') })
    const now = tree(dir)
    expect(readFileSync(join(dir, 'enc.py'))).toEqual(latin('éÿ'))
    expect(readFileSync(join(dir, 'wide.txt'))).toEqual(Buffer.from('\ufeffab', 'utf16le'))
    expect(statSync(join(dir, 'run.sh')).mode & 0o777).toBe(0o750)
    expect(statSync(join(dir, 'app.py')).mode & 0o777).toBe(0o666)
    expect(statSync(join(dir, 'api/run')).mode & 0o111).toBe(0o111 & ~process.umask())
    expect(Object.keys(now).filter((path) => !path.startsWith('.to-serverless/'))).toEqual(['MIGRATION.md', 'api/', 'api/deep/', 'api/deep/index.py', 'api/run', 'app.py', 'enc.py', 'old/', 'other.txt', 'run.sh', 'wide.txt'])
    const store = join(dir, make === repository ? '.git/to-serverless' : '.to-serverless')
    expect(readdirSync(store).filter((name) => name !== '.gitignore')).toEqual(['receipt-0001.json'])
    expect((await readSnapshot(dir)).list().some((path) => path.includes('to-serverless'))).toBe(false)

    expect([...undo(dir).restored].sort()).toEqual(plan.map((file) => file.path).sort())
    expect(tree(dir)).toEqual(was)
    expect(existsSync(store)).toBe(false)
    expect(await failure(() => undo(dir))).toMatchObject({ exit: 2, message: expect.stringContaining('nothing to undo') })
  })
  it('hides its folder from a git that comes later', async () => {
    const dir = project(folder)
    await applyPlan(dir, plan, 't')
    gitIn(dir, 'init', '-q')
    expect(gitIn(dir, 'status', '--porcelain', '--untracked-files=all')).not.toContain('.to-serverless')
    undo(dir)
    expect(existsSync(join(dir, '.to-serverless'))).toBe(false)
  })
  it('stacks: undo takes the last, then the one before', async () => {
    const dir = project()
    const trees = [tree(dir)]
    await applyPlan(dir, plan, 't')
    trees.push(tree(dir))
    await applyPlan(dir, [edited('app.py', 'x = 2\r\n', 'x = 3\r\n'), deleted('MIGRATION.md', '# done\n')], 't')
    expect(undo(dir).restored).toEqual(['app.py', 'MIGRATION.md'])
    expect(tree(dir)).toEqual(trees[1])
    undo(dir)
    expect(tree(dir)).toEqual(trees[0])
  })
  it('keeps receipts of sub-folders apart, and says where one is', async () => {
    const dir = repository({ 'a/app.py': '1', 'b/app.py': '1' })
    await applyPlan(join(dir, 'a'), [edited('app.py', '1', '2')], 't')
    expect(await failure(() => undo(join(dir, 'b')))).toMatchObject({ exit: 2, hint: expect.stringContaining('in a ') })
    await applyPlan(join(dir, 'b'), [edited('app.py', '1', '2')], 't')
    undo(join(dir, 'a'))
    expect(readFileSync(join(dir, 'a/app.py'), 'utf8') + readFileSync(join(dir, 'b/app.py'), 'utf8')).toBe('12')
  })
  it('works in a linked working tree', async () => {
    const main = project()
    gitIn(main, 'add', '.')
    gitIn(main, 'commit', '-qm', 'x')
    const dir = join(folder(), 'linked')
    gitIn(main, 'worktree', 'add', '-q', dir)
    await applyPlan(dir, [edited('other.txt', 'mine\n', 'x')], 't')
    expect(existsSync(join(main, '.git/worktrees/linked/to-serverless/receipt-0001.json'))).toBe(true)
    expect(undo(dir).restored).toEqual(['other.txt'])
  })
  it('writes nothing at all for an empty plan or one that changes nothing', async () => {
    const dir = project(folder)
    const was = tree(dir)
    expect((await applyPlan(dir, [], 't')).files).toEqual([])
    expect((await applyPlan(dir, [edited('app.py', before['app.py'], before['app.py'])], 't')).files).toEqual([])
    expect(tree(dir)).toEqual(was)
  })
  it('undo keeps a folder it made when something else is in it now', async () => {
    const dir = project()
    await applyPlan(dir, plan, 't')
    write(dir, 'api/mine.py', 'x')
    undo(dir)
    expect(readdirSync(join(dir, 'api'))).toEqual(['mine.py'])
  })
  it('undo refuses when files were changed since, naming them, unless forced', async () => {
    const dir = project()
    const was = tree(dir)
    await applyPlan(dir, plan, 't')
    write(dir, 'app.py', 'my own')
    rmSync(join(dir, 'api/run'))
    write(dir, 'old/gone.py', 'mine again')
    const now = tree(dir)
    const error = await failure(() => undo(dir))
    expect(error).toMatchObject({ exit: 3 })
    expect((error as UserError).message).toMatch(/app\.py, old\/gone\.py changed since/)
    expect(tree(dir)).toEqual(now)
    undo(dir, { force: true })
    expect(tree(dir)).toEqual(was)
  })
  it('undo is content with files that were put back by hand', async () => {
    const dir = project()
    const was = tree(dir)
    await applyPlan(dir, plan, 't')
    write(dir, 'app.py', before['app.py'])
    expect(undo(dir).restored).not.toContain('app.py')
    expect(tree(dir)).toEqual(was)
  })
})

describe('refusals, with nothing written', () => {
  const refused = async (dir: string, files: readonly PlannedFile[], message: RegExp): Promise<void> => {
    const was = tree(dir)
    const error = await failure(applyPlan(dir, files, 't'))
    expect(error).toBeInstanceOf(UserError)
    expect(error).toMatchObject({ exit: 3, message: expect.stringMatching(message) })
    expect(tree(dir)).toEqual(was)
    expect(existsSync(join(dir, '.git/to-serverless'))).toBe(false)
  }
  it('a file changed since it was read', async () => {
    const dir = project()
    write(dir, 'app.py', 'x = 1\n')
    await refused(dir, plan, /^app\.py changed since the plan/)
  })
  it('a file is gone, or became a link or a folder', async () => {
    const dir = project()
    rmSync(join(dir, 'app.py'))
    rmSync(join(dir, 'run.sh'))
    symlinkSync('other.txt', join(dir, 'run.sh'))
    rmSync(join(dir, 'enc.py'))
    mkdirSync(join(dir, 'enc.py'))
    await refused(dir, plan, /^app\.py, run\.sh, enc\.py changed/)
  })
  it('a path to create is taken, be it by a dangling link', async () => {
    const dir = project()
    symlinkSync('nowhere', join(dir, 'MIGRATION.md'))
    await refused(dir, plan, /^MIGRATION\.md should be created but exists/)
  })
  it('a parent is a link that leads out, a dangling one, or a file', async () => {
    const dir = project()
    const outside = folder()
    symlinkSync(outside, join(dir, 'api'))
    await refused(dir, plan, /api is a symbolic link that leads out/)
    expect(readdirSync(outside)).toEqual([])
    rmSync(join(dir, 'api'))
    symlinkSync('nowhere', join(dir, 'api'))
    await refused(dir, plan, /api is a symbolic link that leads out/)
    rmSync(join(dir, 'api'))
    write(dir, 'api', '')
    await refused(dir, plan, /api is a file/)
  })
  it.each(['../x', '/etc/x', 'a/../../x', '.git/hooks/pre-commit', 'sub/.GIT/config', './x', 'a//b', '', 'nul\0'])('a path outside the project or in git: %j', async (path) => {
    await refused(project(), [created(path, 'x')], /is not a path inside the project/)
  })
  it('text that the file can not hold', async () => {
    const euro = edited('enc.py', before['enc.py'], before['enc.py'])
    await refused(project(), [{ ...euro, after: { ...euro.after!, text: '€' } }], /enc\.py is encoded as Latin-1/)
  })
  it('another run is at work', async () => {
    const dir = project()
    const other = spawn('sleep', ['60'])
    try {
      const stat = readFileSync(`/proc/${other.pid}/stat`, 'utf8')
      const born = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19]
      write(dir, '.git/to-serverless/journal.json', JSON.stringify({ version: 1, at: '', tool: 't', files: [], dirs: [], base: '', pid: other.pid, born, temps: [] }))
      expect(await failure(applyPlan(dir, plan, 't'))).toMatchObject({ exit: 3, message: expect.stringContaining('is changing this project right now') })
      expect(existsSync(join(dir, '.git/to-serverless/journal.json'))).toBe(true)
    } finally {
      other.kill('SIGKILL')
    }
  })
})
