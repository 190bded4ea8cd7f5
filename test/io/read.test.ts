import { execFileSync } from 'node:child_process'
import { chmodSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { encode } from '../../src/encoding.js'
import { UserError } from '../../src/errors.js'
import { readSnapshot } from '../../src/io/read.js'
import { folder, gitIn, repository, write } from './sandbox.js'

afterEach(() => vi.unstubAllEnvs())
const isRoot = process.getuid?.() === 0

const project = {
  'app.py': 'x = 1\n',
  '.gitignore': '*.log\n/build/\n!keep.log\n',
  'a.log': 'no',
  'keep.log': 'yes',
  'build/out.py': 'no',
  'pkg/build/in.py': 'yes',
  'pkg/.gitignore': 'secret.py\n!b.log\n',
  'pkg/secret.py': 'no',
  'pkg/b.log': 'yes',
  'secret.py': 'yes',
  'Pkg2/README.LOG': 'yes',
  'node_modules/x/index.js': 'no',
  '.venv/lib/a.py': 'no',
  'myenv/pyvenv.cfg': 'no',
  'myenv/lib/a.py': 'no',
  '__pycache__/a.pyc': 'no',
  '.vercel/project.json': 'no',
}
const expected = ['.gitignore', 'Pkg2/README.LOG', 'app.py', 'keep.log', 'pkg/.gitignore', 'pkg/b.log', 'pkg/build/in.py', 'secret.py']

describe('which files', () => {
  it('are the same with git, without, and with a git that does not answer', async () => {
    const inGit = repository(project)
    expect((await readSnapshot(inGit)).list()).toEqual(expected)
    const outside = folder(project)
    const walked = await readSnapshot(outside)
    expect(walked.list()).toEqual(expected)
    expect(walked.tracked).toBe(undefined)
    vi.stubEnv('PATH', '/nowhere')
    const noGit = await readSnapshot(inGit)
    expect(noGit.list()).toEqual(expected)
    expect(noGit.tracked).toBe(undefined)
  })
  it('are walked where git distrusts the folder, and where its data is broken', async () => {
    const broken = repository(project)
    writeFileSync(join(broken, '.git/HEAD'), 'nonsense')
    expect((await readSnapshot(broken)).list()).toEqual(expected)
    if (!isRoot) return console.log('not run: giving a repository to another user needs root')
    const distrusted = repository(project)
    execFileSync('chown', ['-R', '65534', distrusted])
    const repo = await readSnapshot(distrusted)
    expect(repo.list()).toEqual(expected)
    expect(repo.tracked).toBe(undefined)
  })
  it('include tracked ones whatever the ignore files say, and not deleted ones', async () => {
    const dir = repository({ 'a.py': '', 'gone.py': '', 'b.log': 'kept', '.gitignore': '*.log\nvenv\n', 'venv/pyvenv.cfg': '', 'venv/x.py': '' })
    gitIn(dir, 'add', '-f', '.')
    rmSync(join(dir, 'gone.py'))
    write(dir, 'new.py', '')
    const repo = await readSnapshot(dir)
    expect(repo.list()).toEqual(['.gitignore', 'a.py', 'b.log', 'new.py', 'venv/pyvenv.cfg', 'venv/x.py'])
    expect([...(repo.tracked ?? [])].sort()).toEqual(['.gitignore', 'a.py', 'b.log', 'gone.py', 'venv/pyvenv.cfg', 'venv/x.py'])
  })
  it('are those of the sub-folder that was named, also in a linked working tree', async () => {
    const dir = repository({ 'top.py': '', 'back/app.py': 'x', 'back/sub/b.py': '' })
    expect((await readSnapshot(join(dir, 'back'))).list()).toEqual(['app.py', 'sub/b.py'])
    gitIn(dir, 'add', '.')
    gitIn(dir, 'commit', '-qm', 'x')
    const linked = join(folder(), 'linked')
    gitIn(dir, 'worktree', 'add', '-q', linked)
    const repo = await readSnapshot(linked)
    expect(repo.list()).toEqual(['back/app.py', 'back/sub/b.py', 'top.py'])
    expect(repo.tracked?.has('top.py')).toBe(true)
  })
  it('are walked in a folder that the repository around it ignores', async () => {
    const dir = repository({ '.gitignore': 'work/\n', 'work/app.py': 'x' })
    expect((await readSnapshot(join(dir, 'work'))).list()).toEqual(['app.py'])
  })
  it.each([true, false])('may have hostile names (git: %s)', async (inGit) => {
    const names = ['-rf', ' lead', 'trail ', 'new\nline.py', 'quo"te\'.py', 'back\\slash.py', 'ünï 日本.py', '$(id)', '..py', 'tab\t']
    const dir = (inGit ? repository : folder)(Object.fromEntries(names.map((name) => [name, name])))
    writeFileSync(Buffer.concat([Buffer.from(dir + '/bad-'), Buffer.of(0xff), Buffer.from('.py')]), 'x')
    const repo = await readSnapshot(dir)
    expect(repo.list()).toEqual([...names].sort())
    for (const name of names) expect(repo.text(name)).toBe(name)
    expect(repo.notes).toEqual([{ file: 'bad-\ufffd.py', reason: 'its name is not UTF-8' }])
  })
  it('leave out submodules and nested repositories, with a note', async () => {
    const other = repository({ 'lib.py': '' })
    gitIn(other, 'add', '.')
    gitIn(other, 'commit', '-qm', 'x')
    const dir = repository({ 'app.py': '' })
    gitIn(dir, 'submodule', '--quiet', 'add', other, 'vendor/sub')
    mkdirSync(join(dir, 'nested'))
    gitIn(join(dir, 'nested'), 'init', '-q')
    write(dir, 'nested/n.py', '')
    const repo = await readSnapshot(dir)
    expect(repo.list()).toEqual(['.gitmodules', 'app.py'])
    expect(repo.notes.map((note) => note.file).sort()).toEqual(['nested', 'vendor/sub'])
    rmSync(join(dir, '.git'), { recursive: true })
    const walked = await readSnapshot(dir)
    expect(walked.list()).toEqual(['.gitmodules', 'app.py'])
    expect(walked.notes.map((note) => note.file).sort()).toEqual(['nested', 'vendor/sub'])
  })
  it('run nothing that the repository names in its configuration', async () => {
    const dir = repository({ 'app.py': '' })
    const mark = join(folder(), 'ran')
    write(dir, '.git/monitor.sh', `#!/bin/sh\ntouch '${mark}'\n`)
    chmodSync(join(dir, '.git/monitor.sh'), 0o755)
    gitIn(dir, 'config', 'core.fsmonitor', join(dir, '.git/monitor.sh'))
    await readSnapshot(dir)
    expect(() => execFileSync('ls', [mark], { stdio: 'pipe' })).toThrow()
  })
})

describe('links and what is no text', () => {
  it.each([true, false])('are kept unread, and never followed (git: %s)', async (inGit) => {
    const outside = folder({ 'secret.txt': 'secret', 'd/x.py': 'x' })
    const dir = (inGit ? repository : folder)({ 'app.py': 'x', 'real/a.py': '', 'big.txt': 'x'.repeat(1024 * 1024 + 1), 'edge.txt': 'x'.repeat(1024 * 1024), 'nul.bin': Buffer.of(1, 0, 2), 'bad.txt': Buffer.of(0x61, 0xff) })
    symlinkSync('app.py', join(dir, 'in.py'))
    symlinkSync('real', join(dir, 'in-dir'))
    symlinkSync(join(outside, 'secret.txt'), join(dir, 'out.txt'))
    symlinkSync('../nowhere', join(dir, 'dangling-out'))
    symlinkSync('nowhere', join(dir, 'dangling-in'))
    symlinkSync('loop', join(dir, 'loop'))
    symlinkSync(join(outside, 'd'), join(dir, 'out-dir'))
    const repo = await readSnapshot(dir)
    expect(Object.fromEntries([...repo.unread].map(([path, file]) => [path, file.reason]))).toEqual({
      'bad.txt': 'not-text', 'big.txt': 'too-large', 'nul.bin': 'binary', 'in.py': 'symlink', 'in-dir': 'symlink', 'out.txt': 'symlink-outside',
      'dangling-out': 'symlink-outside', 'dangling-in': 'symlink', loop: 'symlink', 'out-dir': 'symlink-outside',
    })
    expect([...repo.files.keys()].sort()).toEqual(['app.py', 'edge.txt', 'real/a.py'])
  })
  it('does not read tracked files through a folder that became a link', async () => {
    const outside = folder({ 'a.py': 'secret' })
    const dir = repository({ 'd/a.py': 'mine', 'app.py': '' })
    gitIn(dir, 'add', '.')
    rmSync(join(dir, 'd'), { recursive: true })
    symlinkSync(outside, join(dir, 'd'))
    const repo = await readSnapshot(dir)
    expect(repo.has('d/a.py')).toBe(false)
    expect(repo.notes).toEqual([{ file: 'd/a.py', reason: 'it lies behind a symbolic link' }])
    expect(repo.unread.get('d')?.reason).toBe('symlink-outside')
  })
  it('notes modes', async () => {
    const dir = folder({ 'run.sh': '#!/bin/sh\n' })
    chmodSync(join(dir, 'run.sh'), 0o750)
    expect((await readSnapshot(dir)).files.get('run.sh')).toEqual({ path: 'run.sh', text: '#!/bin/sh\n', encoding: 'utf-8', mode: 0o750, size: 10 })
  })
})

describe('encodings', () => {
  const le = (text: string): Buffer => Buffer.from('\ufeff' + text, 'utf16le')
  it.each<[string, string, Buffer, string, string]>([
    ['UTF-8', 'a.py', Buffer.from('é😀\r\n'), 'é😀\r\n', 'utf-8'],
    ['empty', 'a.py', Buffer.from(''), '', 'utf-8'],
    ['BOM', 'a.py', Buffer.from('\ufeffé'), 'é', 'utf-8-bom'],
    ['two BOMs', 'a.py', Buffer.from('\ufeff\ufeffx'), '\ufeffx', 'utf-8-bom'],
    ['UTF-16LE', 'a.txt', le('é\r\n😀'), 'é\r\n😀', 'utf-16le'],
    ['UTF-16BE', 'a.txt', le('é\r\n😀').swap16(), 'é\r\n😀', 'utf-16be'],
    ['a Latin-1 cookie', 'a.py', Buffer.from('# -*- coding: latin-1 -*-\né\x85', 'latin1'), '# -*- coding: latin-1 -*-\né\x85', 'latin-1'],
    ['a cookie in line two', 'a.py', Buffer.from('#!/usr/bin/python\r\n# vim: set fileencoding=ISO-8859-1 :\r\né', 'latin1'), '#!/usr/bin/python\r\n# vim: set fileencoding=ISO-8859-1 :\r\né', 'latin-1'],
    ['cp1252', 'a.py', Buffer.from('# coding=cp1252\n\x93', 'latin1'), '# coding=cp1252\n\x93', 'latin-1'],
    ['a Latin-1 cookie over ASCII', 'a.py', Buffer.from('# coding: latin1\nx\n'), '# coding: latin1\nx\n', 'latin-1'],
    ['a UTF-8 cookie', 'a.py', Buffer.from('# coding: utf-8\né\n'), '# coding: utf-8\né\n', 'utf-8'],
    ['a cookie after code counts for nothing', 'a.py', Buffer.from('x = 1\n# coding: latin-1\né\n'), 'x = 1\n# coding: latin-1\né\n', 'utf-8'],
    ['a cookie in a text file counts for nothing', 'a.txt', Buffer.from('# coding: latin-1\né\n'), '# coding: latin-1\né\n', 'utf-8'],
  ])('%s is read, and written back to the same bytes', async (_, name, bytes, text, encoding) => {
    const file = (await readSnapshot(folder({ [name]: bytes }))).files.get(name)
    expect(file).toMatchObject({ text, encoding, size: bytes.length })
    expect(file && Buffer.from(encode(file)).equals(bytes)).toBe(true)
  })
  it.each<[string, Buffer, string]>([
    ['Latin-1 without a cookie', Buffer.from('é', 'latin1'), 'not-text'],
    ['another code page', Buffer.from('# coding: koi8-r\n\xd0\xb0', 'latin1'), 'not-text'],
    ['half a UTF-16 unit', Buffer.concat([le('x'), Buffer.of(1)]), 'not-text'],
    ['a lone surrogate', Buffer.of(0xff, 0xfe, 0x00, 0xd8), 'not-text'],
    ['half a UTF-16BE unit', Buffer.of(0xfe, 0xff, 0), 'not-text'],
    ['UTF-32', Buffer.of(0xff, 0xfe, 0, 0, 0x61, 0, 0, 0), 'binary'],
    ['UTF-16 without a BOM', Buffer.from('x', 'utf16le'), 'binary'],
  ])('%s is not guessed at', async (_, bytes, reason) => {
    expect((await readSnapshot(folder({ 'a.py': bytes }))).unread.get('a.py')?.reason).toBe(reason)
  })
  it('refuses what Latin-1 can not hold, naming file and character', () => {
    expect(() => encode({ path: 'a.py', text: 'x€', encoding: 'latin-1' })).toThrow(/a\.py .*"€"/)
    expect(() => encode({ text: '😀', encoding: 'latin-1' })).toThrow(UserError)
  })
})

describe('nothing to read', () => {
  const failure = async (dir: string): Promise<unknown> => readSnapshot(dir).catch((error: unknown) => error)
  it('is said clearly, with exit 2', async () => {
    const dir = folder({ 'file.txt': '' })
    expect(await failure(join(dir, 'no'))).toMatchObject({ exit: 2, message: expect.stringContaining('There is no folder') })
    expect(await failure(join(dir, 'file.txt'))).toMatchObject({ exit: 2, message: expect.stringContaining('is a file, not a folder') })
    expect(await failure(join(dir, 'file.txt/below'))).toMatchObject({ exit: 2, message: expect.stringContaining('There is no folder') })
    expect(await failure(folder())).toMatchObject({ exit: 2, message: expect.stringContaining('nothing to migrate') })
    expect(await failure(repository())).toMatchObject({ exit: 2, message: expect.stringContaining('nothing to migrate') })
  })
  it('is said of a folder, and a file in it, without permission', async () => {
    const dir = folder({ 'a.py': '', 'b.py': '', 'shut/c.py': '' })
    chmodSync(join(dir, 'b.py'), 0)
    chmodSync(join(dir, 'shut'), 0)
    const other = isRoot ? 65534 : undefined
    if (other !== undefined) {
      chmodSync(dir, 0o755)
      process.seteuid?.(other)
    }
    try {
      const repo = await readSnapshot(dir)
      expect(repo.unread.get('b.py')?.reason).toBe('unreadable')
      expect(repo.notes).toEqual([{ file: 'shut', reason: 'the folder may not be read' }])
      expect(await failure(join(dir, 'shut'))).toMatchObject({ exit: 2, message: expect.stringContaining('may not be read') })
    } finally {
      if (other !== undefined) process.seteuid?.(0)
      chmodSync(join(dir, 'shut'), 0o700)
    }
  })
})
