import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { chmodSync, existsSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { build } from 'esbuild'
import { beforeAll, describe, expect, it } from 'vitest'
import { UserError } from '../../src/errors.js'
import { applyPlan, recover } from '../../src/io/apply.js'
import { readSnapshot } from '../../src/io/read.js'
import { undo } from '../../src/io/undo.js'
import type { PlannedFile } from '../../src/types.js'
import { created, deleted, edited, folder, gitIn, repository, tree, write } from './sandbox.js'

const isRoot = process.getuid?.() === 0
const latin = (text: string): Buffer => Buffer.from(`# coding: latin-1\r\n${text}`, 'latin1')
const before = { 'app.py': 'x = 1\r\n', 'run.sh': '#!/bin/sh\n', 'old/gone.py': 'bye\n', 'enc.py': latin('é'), 'wide.txt': Buffer.from('\ufeffa', 'utf16le'), 'other.txt': 'mine\n' }
const plan: readonly PlannedFile[] = [
  edited('app.py', before['app.py'], 'x = 2\r\n'),
  edited('run.sh', before['run.sh'], '#!/bin/sh\nexec x\n'),
  deleted('old/gone.py', before['old/gone.py']),
  edited('enc.py', before['enc.py'], latin('éÿ')),
  edited('wide.txt', before['wide.txt'], Buffer.from('\ufeffab', 'utf16le')),
  created('api/deep/index.py', 'from app import app\n'),
  created('api/run', '#!/bin/sh\n', 0o755),
  created('MIGRATION.md', '# done\n'),
]
function project(make: typeof folder = repository): string {
  const dir = make(before)
  chmodSync(join(dir, 'run.sh'), 0o750)
  // More than the umask would leave.
  chmodSync(join(dir, 'app.py'), 0o666)
  return dir
}
const failure = async (work: Promise<unknown> | (() => unknown)): Promise<unknown> => {
  try {
    return await (typeof work === 'function' ? work() : work)
  } catch (error) {
    return error
  }
}

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

describe('a failure at every step', () => {
  const steps = 2 + 7 + 8 + 1
  it.each([['in git', repository], ['without git', folder]] as const)('%s: leaves the tree as it was, modes too', async (_, make) => {
    for (let fail = 0; fail <= steps; fail++) {
      const dir = project(make)
      const was = tree(dir)
      let reached = -1
      const error = await failure(applyPlan(dir, plan, 't', { step: (number) => {
        reached = number
        if (number === fail) throw new Error(`step ${number}`)
      } }))
      if (fail === steps) {
        expect(reached).toBe(steps - 1)
        expect(error).not.toBeInstanceOf(Error)
        continue
      }
      expect(error).toMatchObject({ message: `step ${fail}` })
      expect(tree(dir)).toEqual(was)
      expect(existsSync(join(dir, '.git/to-serverless'))).toBe(false)
    }
  })
  it('a refusal of the file system is told as such', async () => {
    const dir = project()
    const was = tree(dir)
    const full = Object.assign(new Error('no space'), { code: 'ENOSPC' })
    expect(await failure(applyPlan(dir, plan, 't', { step: (number) => { if (number === 11) throw full } }))).toMatchObject({ exit: 3, message: expect.stringContaining('ENOSPC') })
    expect(tree(dir)).toEqual(was)
  })
  it('a change by someone else in the middle is kept, all else is put back', async () => {
    const dir = project()
    const was = tree(dir)
    const error = await failure(applyPlan(dir, plan, 't', { step: (_, what, path) => {
      if (what === 'place' && path === 'wide.txt') write(dir, 'wide.txt', 'theirs')
    } }))
    expect(error).toMatchObject({ exit: 3, message: expect.stringContaining('wide.txt changed while') })
    expect(readFileSync(join(dir, 'wide.txt'), 'utf8')).toBe('theirs')
    write(dir, 'wide.txt', before['wide.txt'])
    expect(tree(dir)).toEqual(was)
  })
})

/** The same code in a process of its own, to be interrupted, killed, or run by someone without rights. */
const bundle = join(folder(), 'apply.mjs')
beforeAll(async () => {
  const entry = `
    import { writeFileSync } from 'node:fs'
    import { applyPlan } from './src/io/apply.ts'
    const [dir, plan, stop] = process.argv.slice(2)
    const hang = (ms) => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms)
    applyPlan(dir, JSON.parse(plan), 't', { step: (n) => {
      if (n !== Number(stop)) return
      writeFileSync(1, 'stopped')
      hang(Number(process.argv[5] ?? 0))
    } }).then(() => process.exit(0), (error) => { writeFileSync(2, error.message); process.exit(error.exit ?? 70) })`
  await build({ stdin: { contents: entry, resolveDir: process.cwd(), loader: 'ts' }, bundle: true, platform: 'node', format: 'esm', outfile: bundle, logLevel: 'silent' })
  chmodSync(join(bundle, '..'), 0o755)
})
const ended = (child: ChildProcess): Promise<number | null> => new Promise((done) => child.on('close', (code) => done(code)))
async function interrupted(dir: string, step: number, signal: NodeJS.Signals, hang: number): Promise<{ code: number | null; said: string }> {
  const child = spawn(process.execPath, [bundle, dir, JSON.stringify(plan), String(step), String(hang)], { stdio: ['ignore', 'pipe', 'pipe'] })
  let said = ''
  child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()))
  child.stdout.once('data', () => child.kill(signal))
  return { code: await ended(child), said }
}

describe('cut off', () => {
  it.each([0, 3, 9, 12, 16])('Ctrl-C at step %i puts everything back and exits 130', async (step) => {
    const dir = project()
    const was = tree(dir)
    const { code, said } = await interrupted(dir, step, 'SIGINT', 300)
    expect(said).toBe('Cancelled; the project is as it was before.')
    expect(code).toBe(130)
    expect(tree(dir)).toEqual(was)
    expect(existsSync(join(dir, '.git/to-serverless'))).toBe(false)
  })
  it.each([1, 5, 9, 10, 13, 17])('a kill at step %i is put right at the next start', async (step) => {
    const dir = project()
    const was = tree(dir)
    await interrupted(dir, step, 'SIGKILL', 60_000)
    expect(existsSync(join(dir, '.git/to-serverless/journal.json'))).toBe(true)
    if (step > 0) expect(tree(dir)).not.toEqual(was)
    const recovery = recover(dir)
    expect(recovery?.kept).toEqual([])
    expect(recovery?.restored).toEqual(plan.slice(0, Math.max(0, step - 9)).map((file) => file.path))
    expect(tree(dir)).toEqual(was)
    expect(recover(dir)).toBe(undefined)
  })
  it('what was changed after the kill is kept, and named', async () => {
    const dir = project()
    await interrupted(dir, 12, 'SIGKILL', 60_000)
    write(dir, 'run.sh', 'mine')
    expect(recover(dir)).toEqual({ restored: ['app.py', 'old/gone.py'], kept: ['run.sh'] })
    expect(readFileSync(join(dir, 'run.sh'), 'utf8')).toBe('mine')
  })
  it('applying again recovers first', async () => {
    const dir = project()
    const was = tree(dir)
    await interrupted(dir, 12, 'SIGKILL', 60_000)
    await applyPlan(dir, plan, 't')
    undo(dir)
    expect(tree(dir)).toEqual(was)
  })
})

describe('without the right to write', () => {
  it.each(['the project folder', 'a folder in it', 'the place of the receipt'])('%s: one sentence, exit 3, nothing written', async (which) => {
    const dir = project(which === 'the place of the receipt' ? repository : folder)
    const shut = which === 'a folder in it' ? join(dir, 'old') : which === 'the project folder' ? dir : join(dir, '.git')
    if (isRoot) execFileSync('chown', ['-R', '65534:65534', dir])
    chmodSync(shut, 0o555)
    const was = tree(dir)
    const child = spawn(process.execPath, [bundle, dir, JSON.stringify(plan), '-1'], { stdio: ['ignore', 'ignore', 'pipe'], ...(isRoot && { uid: 65534, gid: 65534 }) })
    let said = ''
    child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()))
    expect(await ended(child)).toBe(3)
    expect(said).toMatch(/^The (project folder|folder old|place for the receipt) can't be written to, so nothing was changed\.$/)
    chmodSync(shut, 0o755)
    expect(Object.keys(tree(dir))).toEqual(Object.keys(was))
  })
})

it('an unreadable journal is reported, not thrown away', async () => {
  const dir = project()
  write(dir, '.git/to-serverless/journal.json', '{"half')
  expect(await failure(() => recover(dir))).toMatchObject({ exit: 3, message: expect.stringContaining("journal of an earlier run can't be read") })
  renameSync(join(dir, '.git/to-serverless/journal.json'), join(dir, 'kept'))
  writeFileSync(join(dir, 'kept'), '')
  expect(recover(dir)).toBe(undefined)
})
