import { execFileSync, spawnSync } from 'node:child_process'
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { build, bundleDir, cleanUp, cli, flask, git, read, repo, small, treeOf, write } from './repos.js'

const lone = mkdtempSync(join(tmpdir(), 'to-serverless-path-'))
beforeAll(build)
afterAll(() => {
  cleanUp()
  rmSync(lone, { recursive: true })
})

const take = ['--target', 'vercel', '--yes'] as const
const commit = (dir: string): void => {
  git(dir, 'add', '-A')
  git(dir, '-c', 'user.name=t', '-c', 'user.email=t@example.com', 'commit', '-qm', 'more')
}
/** Refused with this exit code and one sentence, and the tree is as before. */
function refused(dir: string, code: number, message: RegExp, ...args: readonly string[]): void {
  const before = treeOf(dir)
  const ran = cli(dir, ...args)
  expect(ran.stderr).toMatch(message)
  expect([ran.code, ran.stdout]).toEqual([code, ''])
  expect(ran.stderr).not.toMatch(/^ +at |own account/m)
  expect(treeOf(dir)).toBe(before)
}

describe('no app that could be read', () => {
  it.each<[string, Buffer, RegExp]>([
    ['Latin-1 without a cookie', Buffer.from(`# café\n${flask}`, 'latin1'), /Not looked into: app\.py \(it is not UTF-8 text\)/],
    ['UTF-16, which Python refuses', Buffer.from(`\ufeff${flask}`, 'utf16le'), /Not looked into: app\.py \(it is not UTF-8 text\)/],
    ['a NUL byte', Buffer.from(`${flask}# \0\n`), /Not looked into: app\.py \(it is binary, not text\)/],
  ])('says so of %s', (_, bytes, message) => {
    const dir = repo({ 'requirements.txt': 'flask\n' }, { git: false })
    writeFileSync(join(dir, 'app.py'), bytes)
    refused(dir, 2, message, 'inspect')
    refused(dir, 2, message, ...take)
  })

  it('names a submodule, which is a repository of its own', () => {
    const [inner, dir] = [repo(small), repo({ 'README.md': 'x\n' })]
    git(dir, '-c', 'protocol.file.allow=always', 'submodule', '--quiet', 'add', inner, 'backend')
    refused(dir, 2, /Not looked into: backend \(a git submodule is a repository of its own\)/, 'inspect')
    expect(cli(join(dir, 'backend'), 'inspect').code).toBe(0)
  })

  it('reads Latin-1 with a cookie and a BOM, and gives them back as they were', () => {
    for (const bytes of [Buffer.from(`# coding: latin-1\n# café\n${flask}`, 'latin1'), Buffer.from(`\ufeff${flask}`)]) {
      const dir = repo(small)
      writeFileSync(join(dir, 'app.py'), bytes)
      commit(dir)
      const before = treeOf(dir)
      expect(cli(dir, ...take).code).toBe(0)
      expect(cli(dir, 'undo').code).toBe(0)
      expect(treeOf(dir)).toBe(before)
    }
  })
})

describe('something in the way', () => {
  it('names line and column of a vercel.json that does not parse', () => {
    refused(repo({ ...small, 'vercel.json': '{\n  "a": 1,\n  "b": 2 "c"\n}\n' }), 2, /vercel\.json does not parse at line 3, column 10/, ...take)
  })

  it.each<[string, (dir: string) => void, RegExp]>([
    ['a folder', (dir) => (mkdirSync(join(dir, 'vercel.json')), write(dir, 'vercel.json/x', '')), /vercel\.json has to be written, but what is there is a folder/],
    ['a link', (dir) => symlinkSync('other.json', join(dir, 'vercel.json')), /vercel\.json has to be written, but what is there is a symbolic link/],
    ['a link above it', (dir) => symlinkSync(tmpdir(), join(dir, 'api')), /api\/index\.py has to be written, but api is a symbolic link that leads out of the project/],
  ])('says what keeps a file from its place: %s', (_, put, message) => {
    const dir = repo(small)
    put(dir)
    commit(dir)
    refused(dir, 3, message, ...take)
    refused(dir, 3, message, '--target', 'vercel', '--dry-run')
  })

  it('does not overwrite what git ignores, nor leave a new file to be ignored unsaid', () => {
    const dir = repo({ 'app.py': flask, '.gitignore': 'requirements.txt\nvercel.json\n' })
    write(dir, 'requirements.txt', 'flask\n')
    refused(dir, 3, /requirements\.txt has to be written, but there is one that git ignores/, ...take)
    write(dir, '.gitignore', 'vercel.json\n')
    expect(cli(dir, ...take, '--allow-dirty').stdout).toMatch(/1\. Take vercel\.json out of \.gitignore/)
  })

  it('refuses a folder that may not be written', () => {
    const dir = repo(small)
    chmodSync(dir, 0o555)
    // Root may write anywhere, so somebody else has to try; what that one must reach is copied to where it can.
    const nobody = process.getuid?.() === 0 ? { uid: 65534, gid: 65534 } : {}
    const home = 'uid' in nobody ? published() : undefined
    const { status, stdout, stderr } = spawnSync(process.execPath, [home ? join(home, 'dist/cli.js') : join(bundleDir, 'cli.js'), ...take], { cwd: dir, encoding: 'utf8', ...nobody, env: { ...process.env, HOME: tmpdir() } })
    chmodSync(dir, 0o755)
    if (home) rmSync(home, { recursive: true })
    expect(stderr).toMatch(/can't be written to, so nothing was changed/)
    expect([status, stdout, readdirSync(dir).sort()]).toEqual([3, '', ['.git', 'app.py', 'requirements.txt']])
  })
})

/** The bundle and what it reads, in a folder that everybody may enter. */
function published(): string {
  const home = mkdtempSync(join(tmpdir(), 'to-serverless-home-'))
  const from = join(bundleDir, '../..')
  execFileSync('cp', ['-r', ...['package.json', 'assets', 'templates', 'schema', 'codemods'].map((name) => join(from, name)), home])
  execFileSync('cp', ['-r', bundleDir, join(home, 'dist')])
  mkdirSync(join(home, 'node_modules'))
  execFileSync('sh', ['-c', `cp -r "${from}/node_modules/." "$0" 2>/dev/null || true`, join(home, 'node_modules')])
  execFileSync('chmod', ['-R', 'a+rX', home])
  return home
}

describe('hostile names', () => {
  const names = ['new\nline', 'quo\'te"s', '-rf', 'emoji😀', 'rtl\u202egnp', 'esc\u001b[31mred', '$(touch pwned)', '`id`', 'a|b', 'sp ace']
  it.each(names)('%j is a folder like any other', (name) => {
    const dir = repo({ [`${name}/app.py`]: flask, [`${name}/requirements.txt`]: 'flask\n' })
    const before = treeOf(dir)
    const { bytes } = cli(dir, '--target', 'vercel', '--dry-run')
    execFileSync('git', ['apply', '--check', '-'], { cwd: dir, input: bytes })
    const done = cli(dir, ...take)
    expect(done.stdout + done.stderr).not.toMatch(/[\u001b\u202e]/)
    expect(done.stdout).toContain('Changed')
    JSON.parse(read(dir, 'vercel.json'))
    expect(existsSync(join(dir, 'pwned'))).toBe(false)
    expect(cli(dir, 'undo').code).toBe(0)
    expect(treeOf(dir)).toBe(before)
  })

  it('in an argument are shown harmless', () => {
    const { code, stderr } = cli(repo(small), 'inspect', 'no\u001b[31m\nsuch')
    expect(code).toBe(2)
    expect(stderr).toMatch(/^error: There is no folder .*no such\.\nhint: [^\n]*\n$/)
  })
})

describe('a second run', () => {
  it('goes on from what the first one wrote and nobody changed, and is undone alone', () => {
    const dir = repo({ 'app.py': `import os\n${flask.replace('app = Flask(__name__)', 'app = Flask(__name__)\napp.secret_key = os.environ.get("SECRET_KEY", "dev-secret")')}`, 'requirements.txt': 'flask\n' })
    const before = treeOf(dir)
    cli(dir, ...take)
    const first = treeOf(dir)
    expect(cli(dir, ...take, '--unsafe').stdout).toContain('Changed')
    expect(treeOf(dir)).not.toBe(first)
    cli(dir, 'undo')
    expect(treeOf(dir)).toBe(first)
    write(dir, 'MIGRATION.md', `${read(dir, 'MIGRATION.md')}mine\n`)
    refused(dir, 3, /MIGRATION\.md/, ...take, '--unsafe')
    expect(cli(dir, 'undo', '--force').code).toBe(0)
    expect(treeOf(dir)).toBe(before)
  })

  it('after one that was killed: undo puts back what that had written, and that is all', () => {
    const dir = repo(small)
    const before = treeOf(dir)
    cli(dir, ...take)
    const place = join(dir, '.git/to-serverless')
    const receipt = JSON.parse(readFileSync(join(place, 'receipt-0001.json'), 'utf8')) as object
    renameSync(join(place, 'receipt-0001.json'), join(place, 'journal.json'))
    writeFileSync(join(place, 'journal.json'), JSON.stringify({ ...receipt, pid: 2 ** 22 + 1, born: 'gone', temps: [] }))
    const { code, stdout, stderr } = cli(dir, 'undo')
    expect(stderr).toMatch(/^An earlier run was cut off in the middle of writing; put back first: .*vercel\.json/)
    expect(stdout).toContain('Put back')
    expect([code, treeOf(dir)]).toEqual([0, before])
    expect(cli(dir, 'undo')).toMatchObject({ code: 2, stdout: '' })
  })
})

describe('tools that are missing', () => {
  const without = (dir: string, ...args: readonly string[]) => spawnSync(process.execPath, [join(bundleDir, 'cli.js'), ...args], { cwd: dir, encoding: 'utf8', env: { PATH: lone, HOME: lone } })

  it('no Python: the run is not verified and says so; `verify` has nothing to do', () => {
    const dir = repo(small)
    expect(without(dir, ...take)).toMatchObject({ status: 0, stderr: expect.stringMatching(/Not verified: No Python was found/) as string })
    expect(without(dir, 'verify', '--json')).toMatchObject({ status: 2, stdout: '', stderr: expect.stringMatching(/No Python was found to run the app with/) as string })
  })

  it('no git: what a run with git did can still be undone', () => {
    const dir = repo(small)
    const before = treeOf(dir)
    cli(dir, ...take)
    expect(without(dir, 'undo')).toMatchObject({ status: 0, stderr: '' })
    expect(treeOf(dir)).toBe(before)
  })
})

describe('what was asked for wrongly', () => {
  it('is refused before anything is written', () => {
    const dir = repo({ ...small, 'answers.json': '{"decisions": {"dep-not-declred:app.py:1": "take"}}' })
    refused(dir, 2, /both want stdout/, ...take, '--json', '--format', 'html')
    refused(dir, 2, /"dep-not-declred:app\.py:1" names no rule\.\nhint: Did you mean dep-not-declared\?/, ...take, '--answers', 'answers.json')
    refused(dir, 2, /could not be read as a file of answers/, ...take, '--answers', '.')
    refused(dir, 2, /There is no folder/, 'undo', 'nowhere')
  })

  it('a report that can not be written is no reason to hide that the project was changed', () => {
    const dir = repo(small)
    const { code, stderr } = cli(dir, ...take, '-o', 'app.py/report.md')
    expect(code).toBe(1)
    expect(stderr).toContain('The project itself was changed as planned.')
    expect(existsSync(join(dir, 'vercel.json'))).toBe(true)
  })

  it('a plan may not set more than permission bits, nor name a file twice', () => {
    const dir = repo(small)
    const file = { kind: 'create', path: 'x', rules: [], class: 'safe', after: { text: 'x', encoding: 'utf-8', mode: 0o4755 } }
    const plan = { kind: 'to-serverless-plan', version: 1, tool: 't', target: 'vercel', app: '.', files: [file], remaining: [] }
    write(dir, 'plan.json', JSON.stringify(plan))
    refused(dir, 2, /is not a plan that this version/, 'apply', 'plan.json')
    write(dir, 'plan.json', JSON.stringify({ ...plan, files: [{ ...file, after: { ...file.after, mode: 0o644 } }, { ...file, after: { ...file.after, mode: 0o644 } }] }))
    refused(dir, 2, /names "x" twice/, 'apply', 'plan.json')
  })

  it('says that a full disk swallowed the output', () => {
    if (!existsSync('/dev/full')) return void console.warn('skipped: this system has no /dev/full')
    const { status, stderr } = spawnSync('sh', ['-c', `"${process.execPath}" "${join(bundleDir, 'cli.js')}" rules > /dev/full`], { cwd: lone, encoding: 'utf8' })
    expect(stderr).toMatch(/could not be written \(ENOSPC\)/)
    expect(status).toBe(1)
  })
})
