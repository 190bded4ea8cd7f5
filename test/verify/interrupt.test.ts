import { spawn } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { buildSync } from 'esbuild'
import { afterAll, describe, expect, it } from 'vitest'
import { cacheDir, pythonEnvOrReason } from '../oracle/python-env.js'

const root = fileURLToPath(new URL('../../', import.meta.url))
const env = pythonEnvOrReason(['flask', 'vercel-runtime'])
const python = 'python' in env ? env.python : ''
const dir = mkdtempSync(join(tmpdir(), 'verify-interrupt-'))
afterAll(() => rmSync(dir, { recursive: true }))

describe.skipIf(python === '')('the end of the tool while the app hangs', () => {
  // A killed tool can't clean up; the app it started must not live on all the same (the kernel sees to it, on Linux).
  it.each(process.platform === 'linux' ? (['SIGINT', 'SIGHUP', 'SIGKILL'] as const) : (['SIGINT', 'SIGHUP'] as const))('by %s leaves no process behind', async (signal) => {
    rmSync(dir, { recursive: true, force: true })
    mkdirSync(dir)
    const entry = { file: 'app.py', symbol: 'app', kind: 'instance' }
    const app = { root: '.', framework: 'flask', language: 'python', entry, rivals: [], packageManager: 'pip', existing: [], evidence: [] }
    const input = { repoDir: join(dir, 'app'), app, entry, python, timeoutMs: 60_000 }
    // Beside the sources, where the shipped files are found from.
    const script = join(cacheDir, `interrupt-${process.pid}.mjs`)
    buildSync({
      stdin: { contents: `import { verifyPython } from './src/verify/index.js'\nawait verifyPython(${JSON.stringify(input)})`, resolveDir: root, loader: 'ts' },
      bundle: true,
      platform: 'node',
      format: 'esm',
      mainFields: ['module', 'main'],
      external: ['@vercel/python-analysis'],
      outfile: script,
      banner: { js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url)" },
    })
    for (const name of ['app', 'tmp']) mkdirSync(join(dir, name))
    writeFileSync(join(dir, 'app', 'app.py'), 'import time\ntime.sleep(600)\n')
    const child = spawn(process.execPath, [script], { env: { ...process.env, TMPDIR: join(dir, 'tmp') }, stdio: 'ignore' })
    try {
      const ended = new Promise<number | null>((done) => child.once('exit', done))
      const cell = await until(() => readdirSync(join(dir, 'tmp')).find((name) => name.startsWith('to-serverless-cell-')))
      const pid = Number(await until(() => pidOf(join(dir, 'tmp', cell))))
      expect(alive(pid)).toBe(true)
      child.kill(signal)
      expect(await ended).toBe(signal === 'SIGKILL' ? null : 130)
      await until(() => (alive(pid) ? undefined : true))
      if (signal !== 'SIGKILL') expect(readdirSync(join(dir, 'tmp'))).toEqual([])
    } finally {
      child.kill('SIGKILL')
      rmSync(script, { force: true })
    }
  }, 60_000)
})

async function until<T>(look: () => T | undefined): Promise<T> {
  for (let tries = 0; tries < 1000; tries++) {
    const found = look()
    if (found !== undefined) return found
    await new Promise((done) => setTimeout(done, 20))
  }
  throw new Error('it did not happen')
}

/** The process has told its own id once the app is about to be imported. */
function pidOf(cell: string): string | undefined {
  const events = join(cell, 'control', 'events')
  if (!existsSync(events)) return undefined
  return /"pid": (\d+)/.exec(readFileSync(events, 'utf8'))?.[1]
}

function alive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}
