import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, describe, expect, it, vi } from 'vitest'
import { runFunction } from './run-function.js'
import { whyNotBuild } from './toolchain.js'
import { vercelBuild, type Build } from './vercel-build.js'

const missing = whyNotBuild()
const made: string[] = []
const built: Build[] = []
afterAll(() => {
  vi.unstubAllEnvs()
  for (const build of built) build.dispose()
  for (const dir of made) rmSync(dir, { recursive: true, force: true })
})

function project(files: Readonly<Record<string, string>>): string {
  const dir = mkdtempSync(join(tmpdir(), 'to-serverless-oracle-'))
  made.push(dir)
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(dir, path)), { recursive: true })
    writeFileSync(join(dir, path), text)
  }
  return dir
}
async function build(files: Readonly<Record<string, string>>): Promise<Build> {
  const result = await vercelBuild(project(files))
  built.push(result)
  return result
}

const APP = `import os, sqlite3, tempfile
from flask import Flask, request
app = Flask(__name__)
@app.get("/")
def home(): return "home " + request.path
@app.get("/here")
def here():
    with open(os.path.join(os.path.dirname(__file__), "note.txt"), "w") as f: f.write("x")
    return "wrote"
@app.get("/db")
def db():
    sqlite3.connect("new.db").execute("create table t (a)")
    return "made"
@app.get("/tmp")
def tmp():
    with open(os.path.join(tempfile.gettempdir(), "note.txt"), "w") as f: f.write("x")
    return "wrote " + ",".join(sorted(os.listdir(tempfile.gettempdir())))
@app.get("/env")
def env(): return ",".join(k for k in ("VERCEL", "GIVEN", "HOST_ONLY") if k in os.environ)
@app.get("/secret")
def secret(): return str(os.path.exists(".env"))
`
const NULL_SHAPE = {
  'app.py': APP,
  'api/index.py': 'from app import app\n',
  'requirements.txt': 'flask\n',
  '.python-version': '3.12\n',
  'public/robots.txt': 'User-agent: *\n',
  '.env': 'SECRET=1\n',
  '.vercelignore': '.env\n',
  'vercel.json': JSON.stringify({ framework: null, rewrites: [{ source: '/(.*)', destination: '/api/index' }], functions: { 'api/index.py': { maxDuration: 60 } }, crons: [{ path: '/cron', schedule: '0 5 * * *' }] }),
}

describe.skipIf(missing !== undefined)('the build oracle', () => {
  it('accepts a project, names its handler, and runs it read-only', async () => {
    vi.stubEnv('HOST_ONLY', '1')
    const result = await build(NULL_SHAPE)
    expect(result.log).toContain('Build Completed')
    expect(result.ok).toBe(true)
    expect(result.functions.map(({ path, handler, entry, runtime, maxDuration }) => ({ path, handler, entry, runtime, maxDuration }))).toEqual([
      { path: 'api/index', handler: 'api.index:app', entry: 'api/index.py', runtime: 'python3.12', maxDuration: 60 },
    ])
    expect(result.staticFiles).toEqual(['robots.txt'])
    expect(result.crons).toEqual([{ path: '/cron', schedule: '0 5 * * *' }])
    const funcDir = result.functions[0]?.dir ?? ''
    const requests = ['/', '/here', '/db', '/tmp', '/env', '/secret'].map((path) => ({ path }))
    const run = await runFunction({ dir: result.dir, funcDir, env: { GIVEN: 'x' }, requests })
    expect(run.failure).toBeUndefined()
    if (process.env['CI'] !== 'true' && run.cell === 'audit-hook') console.warn('mount namespaces are not allowed here: the audit hook stood in')
    expect(run.answers.map(({ status, body }) => (status === 200 ? body : status))).toEqual(['home /', 500, 500, expect.stringContaining('note.txt'), 'VERCEL,GIVEN', 'False'])
    expect(run.log).toContain('Read-only file system')
    expect(run.temporary).toContain('note.txt')
    const hooked = await runFunction({ dir: result.dir, funcDir, requests: requests.slice(0, 4), cell: 'audit-hook' })
    expect(hooked.answers.map(({ status }) => status)).toEqual([200, 500, 500, 200])
  })

  it('reports a refused project', async () => {
    const result = await build({ ...NULL_SHAPE, 'vercel.json': '{"functions": {"app.py": {"maxDuration": 60}}, "framework": null}' })
    expect(result.ok).toBe(false)
    expect(result.log).toContain("doesn't match any Serverless Functions")
    expect(result.functions).toEqual([])
  })

  it('counts a build without a manifest as refused', async () => {
    const { 'requirements.txt': _left, ...rest } = NULL_SHAPE
    const result = await build(rest)
    expect(result.code).toBe(0)
    expect(result.ok).toBe(false)
  })

  it('says why a function does not boot', async () => {
    const result = await build({ ...NULL_SHAPE, 'app.py': 'import os\nos.makedirs("logs")\n' + APP })
    expect(result.ok).toBe(true)
    const run = await runFunction({ dir: result.dir, funcDir: result.functions[0]?.dir ?? '', requests: [{ path: '/' }] })
    expect(run.booted).toBe(false)
    expect(run.answers).toEqual([])
    expect(`${run.failure ?? ''}${run.log}`).toContain('Read-only file system')
  })
})
