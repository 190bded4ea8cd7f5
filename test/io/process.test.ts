import { chmodSync, existsSync, mkdirSync, readFileSync, readlinkSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { assetPath, hasAsset, packageRoot, packageVersion, readAsset } from '../../src/io/assets.js'
import { tempDir, writeSnapshot } from '../../src/io/files.js'
import { findOnPath, run, runSync, spawnGroup } from '../../src/io/process.js'
import { readSnapshot } from '../../src/io/read.js'
import { pythonGrammar } from '../../src/io/wasm.js'
import { folder, tree } from './sandbox.js'

const node = process.execPath
const alive = (pid: number): boolean => {
  try {
    process.kill(pid, 0)
    // A child nobody has waited for yet is dead all the same.
    return !/^\d+ \(.*\) Z/.test(readFileSync(`/proc/${pid}/stat`, 'utf8'))
  } catch {
    return false
  }
}
async function gone(pid: number): Promise<boolean> {
  for (let turn = 0; turn < 200 && alive(pid); turn++) await new Promise((done) => setTimeout(done, 25))
  return !alive(pid)
}

describe('run', () => {
  it('gives code and output, and passes input, folder and environment', async () => {
    const dir = folder()
    const script = `process.stdin.on('data', (d) => process.stdout.write('in:' + d)); process.stdin.on('end', () => { console.error(process.cwd(), Object.keys(process.env).join()); process.exit(7) })`
    expect(await run(node, ['-e', script], { cwd: dir, env: { ONLY: '1' }, input: 'é' })).toEqual({ code: 7, stdout: 'in:é', stderr: `${dir} ONLY\n`, timedOut: false })
  })
  it('uses no shell', async () => {
    expect((await run('echo', ['$(id); `id` > x', '*'])).stdout).toBe('$(id); `id` > x *\n')
  })
  it('tells a missing command and one that may not be run', async () => {
    const dir = folder({ plain: 'x' })
    expect(await run('no-such-command-here', [])).toMatchObject({ code: 127, stderr: expect.stringContaining('ENOENT') })
    expect(await run(join(dir, 'plain'), [])).toMatchObject({ code: 126, stderr: expect.stringContaining('EACCES') })
    expect(runSync('no-such-command-here', [])).toMatchObject({ code: 127 })
  })
  it('kills the whole group on timeout', async () => {
    const script = `const c = require('child_process').spawn(process.execPath, ['-e', 'setInterval(() => 0, 1000)']); console.log(c.pid); setInterval(() => 0, 1000)`
    const result = await run(node, ['-e', script], { timeoutMs: 1500 })
    expect(result).toMatchObject({ timedOut: true, code: 137 })
    expect(await gone(Number(result.stdout))).toBe(true)
  })
  it('does not wait for what a command leaves behind', async () => {
    const script = `const c = require('child_process').spawn(process.execPath, ['-e', 'setInterval(() => 0, 1000)'], { stdio: 'inherit' }); console.log(c.pid); c.unref(); process.exit(0)`
    const result = await run(node, ['-e', script])
    expect(result).toMatchObject({ code: 0, timedOut: false })
    expect(await gone(Number(result.stdout))).toBe(true)
  })
  it('is not upset by a command that does not read its input', async () => {
    expect((await run('true', [], { input: 'x'.repeat(1 << 20) })).code).toBe(0)
  })
})

describe('spawnGroup', () => {
  it('stops what does not want to stop', async () => {
    const group = spawnGroup(node, ['-e', `process.on('SIGTERM', () => 0); console.log('up'); setInterval(() => 0, 1000)`])
    while (!group.stdout().includes('up')) await new Promise((done) => setTimeout(done, 10))
    expect(await group.stop(200)).toBe(137)
  })
  it('is killed when we exit', async () => {
    const entry = `import { spawnGroup, tempDir } from './both.ts'; const t = tempDir('to-serverless-test-'); const g = spawnGroup('sleep', ['600']); console.log(g.child.pid + ' ' + t.path); setTimeout(() => process.exit(0), 50)`
    const { build } = await import('esbuild')
    const out = join(folder(), 'x.mjs')
    await build({ stdin: { contents: entry.replace('./both.ts', 'both'), resolveDir: process.cwd(), loader: 'ts' }, bundle: true, platform: 'node', format: 'esm', outfile: out, logLevel: 'silent',
      plugins: [{ name: 'both', setup: (b) => {
        b.onResolve({ filter: /^both$/ }, () => ({ path: 'both', namespace: 'both' }))
        b.onLoad({ filter: /.*/, namespace: 'both' }, () => ({ contents: `export * from './src/io/process.ts'; export * from './src/io/files.ts'`, resolveDir: process.cwd(), loader: 'ts' }))
      } }] })
    const [pid, path] = runSync(node, [out]).stdout.toString().trim().split(' ')
    expect(path).toContain('to-serverless-test-')
    expect(existsSync(path!)).toBe(false)
    expect(await gone(Number(pid))).toBe(true)
  })
})

it('finds commands on a path, in order, and only executable files', () => {
  const dir = folder({ plain: '', tool: '' })
  chmodSync(join(dir, 'tool'), 0o755)
  mkdirSync(join(dir, 'folder'))
  expect(findOnPath(['folder', 'plain', 'tool'], `/nowhere:${dir}`)).toBe(join(dir, 'tool'))
  expect(findOnPath([join(dir, 'tool')], '')).toBe(join(dir, 'tool'))
  expect(findOnPath(['plain'], dir)).toBe(undefined)
})

it('removes a temporary folder, also a read-only one', () => {
  const temp = tempDir('to-serverless-test-')
  mkdirSync(join(temp.path, 'a/b'), { recursive: true })
  writeFileSync(join(temp.path, 'a/b/c'), '')
  chmodSync(join(temp.path, 'a/b'), 0o555)
  chmodSync(join(temp.path, 'a'), 0o555)
  temp.remove()
  expect(existsSync(temp.path)).toBe(false)
})

it('writes a snapshot out as it was read', async () => {
  const dir = folder({ 'app.py': '\ufeffx\r\n', 'wide.txt': Buffer.from('\ufeffa', 'utf16le'), 'logo.bin': Buffer.of(0, 1), 'pkg/a.py': '', 'skip/me.py': '' })
  chmodSync(join(dir, 'app.py'), 0o755)
  symlinkSync('app.py', join(dir, 'link.py'))
  symlinkSync('/etc/hostname', join(dir, 'out'))
  const to = folder()
  writeSnapshot(await readSnapshot(dir), dir, to, (path) => !path.startsWith('skip/'))
  expect(readlinkSync(join(to, 'link.py'))).toBe('app.py')
  const expected = Object.fromEntries(Object.entries(tree(dir)).filter(([path]) => path !== 'out' && !path.startsWith('skip/')))
  expect(tree(to)).toEqual(expected)
})

describe('assets', () => {
  it('are found from the sources', () => {
    expect(existsSync(join(packageRoot(), 'bin'))).toBe(true)
    expect(packageVersion()).toMatch(/^\d+\.\d+\.\d+/)
    const { runtime, grammar } = pythonGrammar()
    expect([basename(runtime), basename(grammar)]).toEqual(['web-tree-sitter.wasm', 'tree-sitter-python.wasm'])
    for (const path of [runtime, grammar]) expect(readFileSync(path).subarray(0, 4)).toEqual(Buffer.from('\0asm'))
    expect(statSync(assetPath('templates')).isDirectory()).toBe(true)
  })
  it('are found from a bundle in dist, with the WASM beside it', async () => {
    const { build } = await import('esbuild')
    const dir = folder({ 'package.json': '{"name": "to-serverless", "version": "9.9.9"}', 'assets/wasm/web-tree-sitter.wasm': '1', 'assets/wasm/tree-sitter-python.wasm': '2', 'templates/x.hbs': 'hello' })
    const entry = `import { readAsset, packageVersion } from './src/io/assets.ts'; import { pythonGrammar } from './src/io/wasm.ts'; console.log(JSON.stringify([readAsset('templates/x.hbs'), packageVersion(), pythonGrammar()]))`
    await build({ stdin: { contents: entry, resolveDir: process.cwd(), loader: 'ts' }, bundle: true, platform: 'node', format: 'esm', outfile: join(dir, 'dist/cli.js'), logLevel: 'silent' })
    expect(JSON.parse(runSync(node, [join(dir, 'dist/cli.js')]).stdout.toString())).toEqual(['hello', '9.9.9', { runtime: join(dir, 'assets/wasm/web-tree-sitter.wasm'), grammar: join(dir, 'assets/wasm/tree-sitter-python.wasm') }])
  })
  it('that are missing, or above the package, are refused', () => {
    expect(() => readAsset('templates/no-such')).toThrow(/missing from the to-serverless package/)
    expect(() => readAsset('templates/../package.json')).toThrow(/may not climb/)
    expect(hasAsset('templates/no-such')).toBe(false)
  })
})
