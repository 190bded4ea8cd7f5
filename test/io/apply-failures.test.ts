import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { chmodSync, existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { build } from 'esbuild'
import { beforeAll, describe, expect, it } from 'vitest'
import { applyPlan, recover } from '../../src/io/apply.js'
import { undo } from '../../src/io/undo.js'
import { folder, repository, tree, write } from './sandbox.js'
import { before, failure, isRoot, plan, project } from './planned.js'

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
