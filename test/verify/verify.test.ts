import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, describe, expect, it } from 'vitest'
import { verifyPython, type VerifyInput } from '../../src/verify/index.js'
import type { App, Entry, Observation, Verification } from '../../src/types.js'
import { pythonEnvOrReason } from '../oracle/python-env.js'

// A folder of our own, so that what other runs keep in the common one is not taken for a leftover.
const temp = mkdtempSync(join(tmpdir(), 'verify-'))
process.env['TMPDIR'] = temp
const apps = fileURLToPath(new URL('./apps', import.meta.url))
const env = pythonEnvOrReason(['flask', 'vercel-runtime'])
const python = 'python' in env ? env.python : ''

const appAt = (entry: Entry, root = '.'): App => ({ root, framework: 'flask', language: 'python', entry, rivals: [], packageManager: 'pip', existing: [], evidence: [] })
const at = (file = 'app.py', symbol = 'app', kind: Entry['kind'] = 'instance'): Entry => ({ file, symbol, kind })
function verify(name: string, more: Partial<VerifyInput> = {}): Promise<Verification> {
  const entry = more.entry ?? at()
  return verifyPython({ repoDir: join(apps, name), app: appAt(entry), entry, python, timeoutMs: 20_000, ...more })
}
const brief = ({ what, when, file, line }: Observation): string => `${what} ${when} ${file}:${line}`
const route = (result: Verification, path: string): Verification['routes'][number] | undefined => result.routes.find((one) => one.path === path)

describe.skipIf(python === '')('verifyPython', () => {
  describe.each(['vercel-runtime', 'minimal'] as const)('under %s', (host) => {
    it.each([true, false])('sees each thing with its place (mounts: %s)', async (mounts) => {
      const result = await verify('shows-everything', { host, mounts, env: { SECRET_KEY: undefined, API_KEY: undefined } })
      expect(result.observed.map(brief).sort()).toEqual(
        [
          'env import app.py:11',
          'env request app.py:78',
          'thread import app.py:19',
          'connect import app.py:30',
          'listen import app.py:31',
          'connect request app.py:65',
          'subprocess request app.py:71',
          'write request app.py:41',
          'write request app.py:48',
          'write request app.py:56',
        ].sort(),
      )
      expect(result.observed.find((one) => one.what === 'thread')?.detail).toBe('threading.Thread(loop)')
      expect(result.observed.find((one) => one.line === 11)?.detail).toBe('SECRET_KEY is not set')
      expect(result.observed.find((one) => one.line === 78)?.detail).toBe('API_KEY is not set, and read without a default')
      expect(result.observed.find((one) => one.line === 41)?.detail).toMatch(/^open\('notes\.txt', 'a'\): refused/)
      expect(result.observed.find((one) => one.line === 48)?.detail).toMatch(/^open\('\/tmp\/notes\.txt', 'w'\): allowed, and gone/)
      expect(result.routes.map((one) => [one.path, one.after?.status])).toEqual([['/', 200], ['/save', 500], ['/temp', 200], ['/db', 200], ['/resolve', 200], ['/run', 200], ['/key', 500]])
      expect(route(result, '/save')?.note).toMatch(/OSError: \[Errno 30\] Read-only file system: 'notes\.txt' at app\.py:41/)
      expect(result.ok).toBe(false)
      expect(result.failure).toMatch(/^GET \/save: answers 500 .*and 1 more route differs or fails\.$/)
      expect(result.host).toMatch(host === 'minimal' ? /^a minimal host/ : /^vercel-runtime \d/)
      expect(result.host).toMatch(mounts ? /read-only by (a mount namespace|an audit hook)/ : /an audit hook \(no mount namespace: not asked for\)/)
      expect(result.notRun.map((one) => one.what)).toEqual(['SECRET_KEY', 'API_KEY', 'GET /user/<name>', 'POST /upload'])
      expect(existsSync(join(apps, 'shows-everything', 'visits.db'))).toBe(false)
    })

    it('sees nothing in an app that does nothing of it', async () => {
      const result = await verify('shows-nothing', { host })
      expect(result).toMatchObject({ ok: true, observed: [], notRun: [], entry: 'app.py:app' })
      expect(result.routes.map((one) => [one.path, one.after?.status, one.same])).toEqual([['/', 200, true], ['/old', 302, true], ['/data', 200, true]])
      expect(result.import.ms).toBeGreaterThan(0)
      expect(result.import.peakMb).toBeGreaterThan(5)
    })

    it('says which line hangs at import, and that a server is started there', async () => {
      const result = await verify('hangs-at-import', { host, timeoutMs: 3000 })
      expect(result.ok).toBe(false)
      expect(result.failure).toMatch(/^Importing app\.py did not end within 3 s and was stopped; it was at app\.py:11\. A server is started there/)
      expect(result.routes).toEqual([])
    })

    it('goes on after a view that hangs, and says where it was', async () => {
      const result = await verify('hangs-in-view', { host, timeoutMs: 6000 })
      expect(route(result, '/')?.after?.status).toBe(200)
      expect(route(result, '/slow')).toMatchObject({ same: false, note: 'no answer within 3 s; it was at app.py:15 in slow' })
    })

    it('places a crash at import in the app and names the variable', async () => {
      const result = await verify('crashes-at-import', { host })
      expect(result.failure).toMatch(/^Importing app\.py failed at settings\.py:5: KeyError: 'DATABASE_URL'\. The variable has no value in the cell/)
    })

    it('refuses a folder beside the code and says what to do', async () => {
      const result = await verify('writes-at-import', { host })
      expect(result.observed.map(brief)).toEqual(['write import app.py:6'])
      expect(result.failure).toMatch(/failed at app\.py:6: OSError: \[Errno 30\] Read-only file system.*Only the temp folder/)
    })

    it('tells a package that is not installed from a module that is not on the path', async () => {
      const missing = await verify('needs-a-package', { host })
      expect(missing.failure).toMatch(/^no_such_package_anywhere is not installed in .*python.* \(imported at app\.py:1\)\. Create a virtual environment .*install requirements\.txt/)
      const sibling = await verify('sibling-import', { host, entry: at('src/app.py') })
      expect(sibling.failure).toMatch(/^helpers was not found at src\/app\.py:1, although the project has src\/helpers\.py/)
    })

    it('explains a name that is not there and an object that is no app', async () => {
      expect((await verify('shows-nothing', { host, entry: at('app.py', 'application') })).failure).toMatch(/^app\.py has no top-level name application/)
      expect((await verify('wrong-shape', { host })).failure).toMatch(/^app in app\.py is neither a WSGI app/)
    })

    it('compares with the app before, route by route', async () => {
      const result = await verify('counter-after', { host, entry: at('api/index.py'), before: { dir: join(apps, 'counter-before'), entry: at() } })
      expect(result.routes.map((one) => [one.path, one.before?.status, one.after?.status, one.same])).toEqual([
        ['/', 200, 200, true],
        ['/dice', 200, 200, true],
        ['/where', 200, 200, false],
        ['/save', 200, 500, false],
        ['/ready', 200, 200, true],
        ['/cron/tick', undefined, 401, true],
      ])
      expect(route(result, '/dice')?.note).toMatch(/differs from call to call/)
      expect(route(result, '/where')?.note).toBe('the body differs from line 1: "on a server" before, "on a function" after')
      expect(route(result, '/save')?.note).toMatch(/^status 200 before, 500 after \(OSError: .* at app\.py:28\)$/)
      expect(route(result, '/cron/tick')?.note).toBe('new: answers 401')
    })
  })

  it('takes what the platform would not bundle away', async () => {
    const dir = mkdtempSync(join(tmpdir(), 'verify-bundle-'))
    try {
      const app = "import os\nfrom flask import Flask\napp = Flask(__name__)\n@app.route('/')\ndef index():\n    return ' '.join(sorted(os.path.join(d, f)[2:] for d, _, fs in os.walk('.') for f in fs))\n"
      for (const [path, text] of Object.entries({ 'app.py': app, '.vercelignore': 'secret.txt\n', 'secret.txt': '', 'public/logo.svg': '', 'static/site.css': '', 'node_modules/x/y.js': '', 'kept.txt': '' })) {
        mkdirSync(join(dir, path, '..'), { recursive: true })
        writeFileSync(join(dir, path), text)
      }
      const result = await verify('', { repoDir: dir, ignore: ['kept.txt'], before: { dir, entry: at() } })
      expect(route(result, '/')?.note).toMatch(/^the body differs from line 1: "\.vercelignore app\.py.*" before, "\.vercelignore app\.py static\/site\.css" after/)
    } finally {
      rmSync(dir, { recursive: true })
    }
  })

  it('uses stand-in packages, probes and dummy values, and hides values', async () => {
    const dir = mkdtempSync(join(tmpdir(), 'verify-extra-'))
    try {
      writeFileSync(join(dir, 'no_such_package_anywhere.py'), '')
      const stand = await verify('needs-a-package', { extraPath: [dir], env: { A: undefined }, dummyEnv: true, probes: [{ method: 'POST', path: '/nowhere' }] })
      expect(stand.ok).toBe(true)
      expect(stand.routes).toEqual([{ method: 'POST', path: '/nowhere', after: { status: 404 }, same: true }])
      expect(stand.notRun).toEqual([{ what: 'A', why: expect.stringContaining('to-serverless-dummy') as string }])
      writeFileSync(join(dir, 'app.py'), "import os\nraise RuntimeError('cannot use ' + os.environ['DATABASE_URL'])\n")
      const hidden = await verify('', { repoDir: dir, env: { DATABASE_URL: 'postgres://me:hunter2@db/x' } })
      expect(hidden.failure).toContain('RuntimeError: cannot use <hidden>')
      expect(JSON.stringify(hidden)).not.toContain('hunter2')
    } finally {
      rmSync(dir, { recursive: true })
    }
  })

  it('serves an app of a folder from that folder, and places what it sees in the repo', async () => {
    const result = await verify('', { repoDir: apps, app: appAt(at('writes-at-import/app.py'), 'writes-at-import'), entry: at('writes-at-import/app.py') })
    expect(result.observed.map(brief)).toEqual(['write import writes-at-import/app.py:6'])
    expect(result.failure).toContain('failed at writes-at-import/app.py:6')
  })

  it('does not take silence on both sides for a proof', async () => {
    const dir = mkdtempSync(join(tmpdir(), 'verify-silent-'))
    try {
      writeFileSync(join(dir, 'app.py'), "import time\nfrom flask import Flask\napp = Flask(__name__)\n@app.route('/')\ndef index():\n    time.sleep(600)\n")
      const result = await verify('', { repoDir: dir, before: { dir, entry: at() }, timeoutMs: 4000 })
      expect(result).toMatchObject({ ok: false, failure: 'No route answered. GET /: no answer within 2 s; it was at app.py:6 in index, as before.' })
    } finally {
      rmSync(dir, { recursive: true })
    }
  })

  it('says when the local start fails in the same way', async () => {
    const result = await verify('crashes-at-import', { before: { dir: join(apps, 'crashes-at-import'), entry: at() } })
    expect(result.notRun).toEqual([{ what: 'requests', why: 'the app did not boot' }, { what: 'the comparison with the app before', why: 'the local start fails in the same way' }])
  })

  it('refuses a Python that does not run', async () => {
    await expect(verify('shows-nothing', { python: '/nowhere/python' })).rejects.toMatchObject({ name: 'UserError', exit: 2 })
  })

  afterAll(() => {
    const left = readdirSync(temp)
    rmSync(temp, { recursive: true })
    expect(left).toEqual([])
  })
}, 120_000)
