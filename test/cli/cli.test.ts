import { Ajv2020 } from 'ajv/dist/2020.js'
import { execFileSync, spawnSync } from 'node:child_process'
import { cpSync, existsSync, readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { build, bundleDir, chmod, cleanUp, cli, flask, git, read, repo, root, small, treeOf, write } from './repos.js'

beforeAll(build)
afterAll(cleanUp)

const validator = new Ajv2020({ strict: true, allErrors: true })
for (const name of ['inspect', 'verify', 'run']) validator.addSchema(JSON.parse(readFileSync(join(root, 'schema', `${name}.schema.json`), 'utf8')) as object)
const valid = (name: string, data: unknown): unknown => {
  const validate = validator.getSchema(`https://to-serverless.invalid/schema/${name}.schema.json`)
  return validate?.(data) === true ? 'valid' : validate?.errors
}
/** What is safe to fix is left, so that something blocks. */
const lacking = { 'app.py': flask.replace('from flask', 'import requests\nfrom flask').replace('"hello"', 'requests.get("http://x").text'), 'requirements.txt': 'flask\n' }

describe('usage', () => {
  const dir = repo(small)
  it.each([
    [['--targt', 'vercel'], /Unknown option --targt\.\nhint: Did you mean --target\?/],
    [['--target'], /--target needs a value/],
    [['--target', '--yes'], /--target needs a value/],
    [['--target', 'heroku'], /not one of vercel, render, hybrid/],
    [['--yes=no'], /--yes takes no value/],
    [['inspect', '--yes'], /--yes means nothing to `to-serverless inspect`/],
    [['inspct', 'x'], /Did you mean `to-serverless inspect`\?/],
    [['apply'], /needs PLAN/],
    [['--dry-run', '--only', 'dep-not-declred'], /There is no rule "dep-not-declred"\.\nhint: Did you mean dep-not-declared\?/],
    [['--dry-run', '--json', '--format', 'html'], /both want stdout/],
    [['verify', '--with-vercel-build'], /not available yet/],
    [['check'], /Say it with --target/],
    [['explain', 'all is well with the world'], /Nothing is known about/],
    [[], /Say --yes to take every default, or --dry-run/],
    [['no-such-folder', '--dry-run'], /There is no folder/],
    [['app.py', '--dry-run'], /is a file, not a folder/],
  ])('%j is exit 2 with one sentence', (args, message) => {
    const { code, stdout, stderr } = cli(dir, ...args)
    expect(stderr).toMatch(message)
    expect([code, stdout]).toEqual([2, ''])
    expect(stderr).not.toMatch(/^\s+at /m)
  })

  it('prints help in 80 columns, and loads nothing heavy for it', () => {
    const { code, stdout } = cli(dir, '--help')
    expect(code).toBe(0)
    expect(stdout.split('\n').filter((line) => line.length > 80)).toEqual([])
    for (const word of ['inspect', 'undo', '--dry-run', '--answers', '130 cancelled']) expect(stdout).toContain(word)
    const loaded = new Set<string>()
    const follow = (file: string): void => {
      if (loaded.has(file)) return
      loaded.add(file)
      for (const [, path = ''] of readFileSync(file, 'utf8').matchAll(/^(?:import|export)[^;]*?["'](\.[^"']+)["'];$/gm)) follow(join(file, '..', path))
    }
    follow(join(bundleDir, 'cli.js'))
    expect([...loaded].reduce((total, file) => total + statSync(file).size, 0)).toBeLessThan(64 * 1024)
  })

  it('says its version', () => {
    expect(cli(dir, '--version')).toMatchObject({ code: 0, stdout: `${(JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string }).version}\n` })
  })

  it('says which folder holds no app, and what it looked for', () => {
    expect(cli(repo({ 'notes.txt': 'x\n' }), 'inspect')).toMatchObject({ code: 2, stdout: '', stderr: expect.stringContaining('No Flask, FastAPI, Django or Express app was found') as string })
  })

  it('calls a defect of its own by that name, with what to report, and keeps the stack for DEBUG', () => {
    const broken = join(bundleDir, 'broken')
    cpSync(join(bundleDir, 'cli.js'), join(broken, 'cli.js'))
    cpSync(join(bundleDir, 'chunks'), join(broken, 'chunks'), { recursive: true })
    for (const name of readdirSync(join(broken, 'chunks'))) if (name.startsWith('inspect-')) writeFileSync(join(broken, 'chunks', name), 'throw new Error("odd")\n')
    const run = (DEBUG: string) => spawnSync(process.execPath, [join(broken, 'cli.js'), 'inspect'], { cwd: dir, encoding: 'utf8', env: { ...process.env, DEBUG } })
    const { status, stdout, stderr } = run('')
    expect([status, stdout]).toEqual([70, ''])
    expect(stderr).toMatch(/failed on its own account: Error: odd\nhint: Please report this .* Node \d+/)
    expect(stderr).not.toMatch(/^ +at /m)
    expect(run('1').stderr).toMatch(/^ +at /m)
  })

  it('is quiet when the reader goes away', () => {
    const { stderr, status } = spawnSync('sh', ['-c', `"${process.execPath}" "${join(bundleDir, 'cli.js')}" --help | head -n 1`], { cwd: dir, encoding: 'utf8' })
    expect([status, stderr]).toEqual([0, ''])
  })
})

describe('two apps', () => {
  const dir = repo({ 'a/app.py': flask, 'a/requirements.txt': 'flask\n', 'b/app.py': flask, 'b/requirements.txt': 'flask\n' })
  it('are listed, and one must be chosen', () => {
    const { code, stderr } = cli(dir, '--target', 'vercel', '--dry-run')
    expect(code).toBe(2)
    expect(stderr).toMatch(/There are 2 apps here.*a \(flask, a\/app\.py\); b \(flask, b\/app\.py\)/)
    expect(stderr).toContain('--app a')
    expect(cli(dir, 'check', '--target', 'vercel', '--app', 'c').stderr).toContain('There are apps in: a, b.')
  })
  it('are both inspected, or the one named', () => {
    const roots = (...args: readonly string[]): unknown => (JSON.parse(cli(dir, 'inspect', '--json', ...args).stdout) as { apps: { root: string }[] }).apps.map((app) => app.root)
    expect(roots()).toEqual(['a', 'b'])
    expect(roots('--app', './b/')).toEqual(['b'])
  })
})

describe('inspect and check', () => {
  it('print one JSON document that fits the schema', () => {
    const { code, stdout } = cli(repo(lacking), 'inspect', '--json')
    const data = JSON.parse(stdout) as { apps: { findings: { rule: string; file: string; line: number }[] }[] }
    expect([code, valid('inspect', data)]).toEqual([0, 'valid'])
    expect(data.apps[0]?.findings).toEqual(expect.arrayContaining([expect.objectContaining({ rule: 'dep-not-declared', file: 'app.py', line: 1 })]))
  })
  it('give every form, on stdout or in a file', () => {
    const dir = repo(lacking)
    expect(cli(dir, 'inspect').stdout).toContain('dep-not-declared')
    expect(cli(dir, 'inspect', '--format', 'markdown').stdout).toMatch(/^# to-serverless inspection/)
    expect(cli(dir, 'inspect', '--format', 'html').stdout).toMatch(/^<!doctype html>/)
    const { stdout } = cli(dir, 'inspect', '-o', 'out/report.sarif')
    expect(stdout).toBe('')
    expect(JSON.parse(read(dir, 'out/report.sarif'))).toMatchObject({ version: '2.1.0' })
  })
  it('fail the gate while something blocks, and not once that rule is allowed', () => {
    const dir = repo(lacking)
    expect(cli(dir, 'check', '--target', 'vercel').code).toBe(1)
    expect(cli(dir, 'check', '--target', 'vercel', '--skip', 'dep-not-declared').stdout).not.toContain('dep-not-declared')
    expect(cli(repo(small), 'check', '--target', 'vercel', '--only', 'dep-not-declared').code).toBe(0)
  })
})

describe('a run', () => {
  it('previews exactly what it would write, in a form that git applies', () => {
    const [previewed, written] = [repo(small), repo(small)]
    const before = treeOf(previewed)
    const { code, bytes } = cli(previewed, '--target', 'vercel', '--dry-run')
    expect([code, treeOf(previewed)]).toEqual([0, before])
    expect(cli(written, '--target', 'vercel', '--yes').code).toBe(0)
    execFileSync('git', ['apply', '-'], { cwd: previewed, input: bytes })
    expect(treeOf(previewed)).toBe(treeOf(written))
    expect(read(written, 'api/index.py')).toContain('from app import app')
  })

  it('changes nothing the second time, and undo brings every byte and mode back', () => {
    const dir = repo({ ...small, 'app.py': flask.replaceAll('\n', '\r\n') })
    chmod(dir, 'app.py', 0o755)
    git(dir, '-c', 'user.name=t', '-c', 'user.email=t@example.com', 'commit', '-qam', 'mode')
    const before = treeOf(dir)
    expect(cli(dir, '--target', 'vercel', '--yes').stdout).toContain('Changed')
    const after = treeOf(dir)
    expect(after).not.toBe(before)
    const second = cli(dir, '--target', 'vercel', '--yes')
    expect(second.stdout).toContain('Nothing to change.')
    expect(treeOf(dir)).toBe(after)
    expect(cli(dir, '--target', 'vercel', '--dry-run').stdout).toBe('')
    expect(cli(dir, 'undo').code).toBe(0)
    expect(treeOf(dir)).toBe(before)
    expect(cli(dir, 'undo')).toMatchObject({ code: 2, stdout: '' })
  })

  it('reports what is left with exit 1, and writes all the same', () => {
    const dir = repo(lacking)
    const { code, stdout } = cli(dir, '--target', 'vercel', '--yes', '--skip', 'dep-not-declared')
    expect(code).toBe(1)
    expect(stdout).toContain('dep-not-declared')
    expect(read(dir, 'MIGRATION.md')).toMatch(/- \[ \] `app\.py:1` `dep-not-declared`/)
  })

  it('prints one JSON document that fits the schema, with and without writing', () => {
    const dir = repo(small)
    const dry = JSON.parse(cli(dir, '--target', 'vercel', '--dry-run', '--json').stdout) as { plan: { changes: unknown[] } }
    expect(valid('run', dry)).toBe('valid')
    expect(Object.keys(dry)).not.toContain('receipt')
    const wet = JSON.parse(cli(dir, '--target', 'vercel', '--yes', '--json').stdout) as { plan: { changes: unknown[] }; receipt: { files: string[] } }
    expect(valid('run', wet)).toBe('valid')
    expect(wet.receipt.files).toContain('vercel.json')
    expect(wet.plan.changes).toEqual(dry.plan.changes)
  })

  it('refuses changed files that it would touch, and only those', () => {
    const dir = repo({ ...small, 'vercel.json': '{}\n', 'notes.txt': 'x\n' })
    write(dir, 'notes.txt', 'y\n')
    expect(cli(dir, '--target', 'vercel', '--dry-run').code).toBe(0)
    write(dir, 'vercel.json', '{ }\n')
    const before = treeOf(dir)
    expect(cli(dir, '--target', 'vercel', '--yes')).toMatchObject({ code: 3, stdout: '', stderr: expect.stringMatching(/vercel\.json.*--allow-dirty/s) as string })
    expect(treeOf(dir)).toBe(before)
    expect(cli(dir, '--target', 'vercel', '--yes', '--allow-dirty').code).toBe(0)
    expect(read(dir, 'notes.txt')).toBe('y\n')
  })

  it('works outside git, with a note', () => {
    const dir = repo(small, { git: false })
    const before = treeOf(dir)
    expect(cli(dir, '--target', 'vercel', '--yes')).toMatchObject({ code: 0, stderr: expect.stringContaining('not in git') as string })
    expect(cli(dir, 'undo').code).toBe(0)
    expect(treeOf(dir)).toBe(before)
  })

  it('keeps a MIGRATION.md that is somebody else\'s', () => {
    const dir = repo({ ...small, 'MIGRATION.md': '# Our own\n' })
    expect(cli(dir, '--target', 'vercel', '--yes').code).toBe(0)
    expect(read(dir, 'MIGRATION.md')).toBe('# Our own\n')
    expect(read(dir, 'MIGRATION.to-serverless.md')).toMatch(/^<!-- to-serverless -->/)
  })

  it('stops before a target that is not there yet, with the recommendation', () => {
    const dir = repo(small)
    const before = treeOf(dir)
    expect(cli(dir, '--target', 'render', '--yes')).toMatchObject({ code: 2, stdout: '', stderr: expect.stringMatching(/Recommended: Vercel.*not available yet/s) as string })
    expect(treeOf(dir)).toBe(before)
  })

  it('refuses a vercel.json that is not JSON, and writes nothing', () => {
    const dir = repo({ ...small, 'vercel.json': '{"rewrites": [\n' })
    const before = treeOf(dir)
    const { code, stderr } = cli(dir, '--target', 'vercel', '--yes')
    expect([code, treeOf(dir)]).toEqual([2, before])
    expect(stderr).toContain('vercel.json')
  })

  it('names a file that does not parse, and goes on', () => {
    const dir = repo({ ...small, 'app.py': `import broken\n${flask}`, 'broken.py': 'def x(:\n' })
    const data = JSON.parse(cli(dir, 'inspect', '--json').stdout) as { notChecked: { file: string }[] }
    expect(data.notChecked.map((entry) => entry.file)).toContain('broken.py')
  })
})

describe('files beside a run', () => {
  it('a patch is the diff, and a plan can be applied once', () => {
    const [dir, other] = [repo(small), repo(small)]
    const { stdout } = cli(dir, '--target', 'vercel', '--dry-run', '--patch', 'x.patch', '--plan-out', 'plan.json')
    expect(read(dir, 'x.patch')).toBe(stdout)
    write(other, 'plan.json', read(dir, 'plan.json'))
    expect(cli(other, 'apply', 'plan.json').code).toBe(0)
    expect(read(other, 'api/index.py')).toContain('from app import app')
    const before = treeOf(other)
    expect(cli(other, 'apply', 'plan.json')).toMatchObject({ code: 3, stderr: expect.stringContaining('no longer fits') as string })
    expect(treeOf(other)).toBe(before)
  })

  it('answers are written, and replayed', () => {
    const dir = repo(lacking)
    cli(dir, '--target', 'vercel', '--dry-run', '--skip', 'dep-not-declared', '--answers', 'answers.json')
    const answers = JSON.parse(read(dir, 'answers.json')) as { target: string; decisions: Record<string, string> }
    expect(answers).toMatchObject({ target: 'vercel', plan: 'free', entry: 'auto', decisions: { 'dep-not-declared:app.py:1': 'leave' } })
    expect(cli(dir, '--dry-run', '--answers', 'answers.json').stdout).not.toContain('+requests')
    write(dir, 'answers.json', JSON.stringify({ ...answers, decisions: { 'dep-not-declared': 'take' } }))
    expect(cli(dir, '--dry-run', '--answers', 'answers.json').stdout).toContain('+requests')
    write(dir, 'answers.json', JSON.stringify({ decisions: { 'dep-not-declared': 'tke' } }))
    expect(cli(dir, '--dry-run', '--answers', 'answers.json')).toMatchObject({ code: 2, stderr: expect.stringContaining('Did you mean take?') as string })
  })
})

describe('explain and rules', () => {
  const dir = repo(small)
  it('explain a rule, an error and a log', () => {
    expect(cli(dir, 'explain', 'dep-not-declared')).toMatchObject({ code: 0, stdout: expect.stringMatching(/^# .*\n\n`dep-not-declared`/) as string })
    expect(cli(dir, 'explain', 'unable to open database file').stdout).toContain('SQLite')
    write(dir, 'log.txt', 'could not import "app.py":\nKeyError: \'API_TOKEN\'\n500: FUNCTION_INVOCATION_FAILED\n')
    expect(cli(dir, 'explain', 'log.txt').stdout).toMatch(/^KeyError: 'API_TOKEN'/)
    expect(cli(dir, 'explain', 'dep-not-declred')).toMatchObject({ code: 2, stderr: expect.stringContaining('Did you mean the rule dep-not-declared?') as string })
  })
  it('list the catalogue', () => {
    const { rules } = JSON.parse(cli(dir, 'rules', '--json').stdout) as { rules: { id: string; severity: string }[] }
    expect(rules).toEqual(expect.arrayContaining([expect.objectContaining({ id: 'dep-not-declared', severity: 'blocks' })]))
    expect(cli(dir, 'rules').stdout.trim().split('\n')).toHaveLength(rules.length)
  })
  it('leave nothing in the repo', () => {
    expect(existsSync(join(dir, '.to-serverless'))).toBe(false)
  })
})
