import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, describe, expect, it } from 'vitest'
import { needsNetwork, verifyPython, type VerifyInput } from '../../src/verify/index.js'
import type { App, Entry, FrameworkId, Verification } from '../../src/types.js'
import { pythonEnvOrReason } from '../oracle/python-env.js'

const temp = mkdtempSync(join(tmpdir(), 'verify-frameworks-'))
afterAll(() => rmSync(temp, { recursive: true }))
const apps = fileURLToPath(new URL('./apps', import.meta.url))
const env = pythonEnvOrReason(['django>=5.2,<6', 'fastapi>=0.115', 'uvicorn', 'vercel-runtime'])
const python = 'python' in env ? env.python : ''

function verify(framework: FrameworkId, dir: string, entry: Entry, more: Partial<VerifyInput> = {}): Promise<Verification> {
  const app: App = { root: '.', framework, language: 'python', entry, rivals: [], packageManager: 'pip', existing: [], evidence: [] }
  const unset = framework === 'django' ? { SECRET_KEY: undefined } : {}
  return verifyPython({ repoDir: dir, app, entry, python, timeoutMs: 30_000, ...more, env: { ...unset, ...more.env } })
}
const statuses = (result: Verification): readonly unknown[] => result.routes.map(({ path, before, after, same }) => [path, before?.status, after?.status, same])
/** A copy to change. */
function copyOf(name: string, more: Readonly<Record<string, string>> = {}): string {
  const dir = mkdtempSync(join(temp, `${name}-`))
  cpSync(join(apps, name), dir, { recursive: true })
  for (const [path, text] of Object.entries(more)) writeFileSync(join(dir, path), text)
  return dir
}

describe.skipIf(python === '').each(['vercel-runtime', 'minimal'] as const)('under %s', (host) => {
  describe('FastAPI', () => {
    const main: Entry = { file: 'main.py', symbol: 'app', kind: 'instance' }
    it('starts the lifespan, asks routers and mounts, and says why it leaves the rest', async () => {
      const dir = join(apps, 'fastapi-everything')
      const result = await verify('fastapi', dir, main, { host, before: { dir, entry: main } })
      expect(statuses(result)).toEqual([
        ['/docs', 200, 200, true],
        ['/docs/oauth2-redirect', 200, 200, true],
        ['/redoc', 200, 200, true],
        ['/api/items', 200, 200, true],
        ['/api/save', 200, 500, false],
        ['/reports/docs', 200, 200, true],
        ['/reports/docs/oauth2-redirect', 200, 200, true],
        ['/reports/redoc', 200, 200, true],
        ['/reports/daily', 200, 200, true],
      ])
      expect(result.routes.find(({ path }) => path === '/api/save')?.note).toMatch(/^status 200 before, 500 after \(OSError: .* at main\.py:43\)$/)
      expect(result.observed.map(({ what, when, line }) => [what, when, line])).toEqual([['thread', 'import', 16], ['write', 'request', 43]])
      expect(result.notRun).toEqual([
        { what: 'WEBSOCKET /ws', why: 'it is a WebSocket, and the cell opens none' },
        { what: 'GET /api/items/{item_id}', why: 'it has a parameter; give a value with --probes' },
        { what: 'POST /api/items', why: 'only GET is asked unless --probes says so' },
      ])
    })
    it('calls a job as the scheduler does, where strangers are refused now', async () => {
      const open = 'from fastapi import FastAPI\n\napp = FastAPI(openapi_url=None)\n\n\n@app.get("/job")\ndef job():\n    return {"done": True}\n'
      const guard = '(authorization: str = Header("")):\n    if authorization != "Bearer " + os.environ["CRON_SECRET"]:\n        raise HTTPException(401)\n'
      const closed = `import os\n${open.replace('import FastAPI', 'import FastAPI, Header, HTTPException').replace('():\n', guard)}`
      const [before, after] = [copyOf('fastapi-lifespan-connects', { 'main.py': open }), copyOf('fastapi-lifespan-connects', { 'main.py': closed })]
      const result = await verify('fastapi', after, main, { host, before: { dir: before, entry: main }, env: { CRON_SECRET: undefined } })
      expect(result).toMatchObject({ ok: true, routes: [{ path: '/job', before: { status: 200 }, after: { status: 401 }, same: true, note: 'asks for CRON_SECRET now, and answers 200 with it' }] })
      const refused = copyOf('fastapi-lifespan-connects', { 'main.py': closed.replace('"Bearer "', '"Other "') })
      expect((await verify('fastapi', refused, main, { host, before: { dir: before, entry: main }, env: { CRON_SECRET: undefined } })).failure).toBe('GET /job: status 200 before, 401 after.')
    })
    it('does not call an app broken whose start needs a network', async () => {
      const result = await verify('fastapi', join(apps, 'fastapi-lifespan-connects'), main, { host })
      expect(result.ok).toBe(false)
      expect(result.failure).toMatch(/^Starting main\.py failed at main\.py:9: gaierror: .*network is closed in the cell/)
      expect(result.failure).toContain(needsNetwork)
      expect(result.observed.map(({ what, when }) => [what, when])).toEqual([['connect', 'import']])
    })
  })

  describe('Django', () => {
    const wsgi: Entry = { file: 'shop/wsgi.py', symbol: 'application', kind: 'wsgi' }
    it('gives both sides the same database, and lists what the URLconf says', async () => {
      const dir = join(apps, 'django-shop')
      const result = await verify('django', dir, wsgi, { host, before: { dir, entry: wsgi }, env: { DATABASE_URL: undefined } })
      expect(statuses(result)).toEqual([
        ['/', 200, 200, true],
        ['/items/', 200, 200, true],
        ['/items/export/', 200, 500, false],
        ['/about/', 200, 200, true],
        ['/admin/', 302, 302, true],
        ['/admin/login/', 200, 200, true],
      ])
      expect(result.routes.find(({ path }) => path === '/items/export/')?.note).toMatch(/^status 200 before, 500 after \(OSError: .* at items\/views\.py:16\)$/)
      expect(result.notRun).toEqual([
        { what: 'DATABASE_URL', why: expect.stringContaining('SQLite database of its own') as string },
        { what: 'SECRET_KEY', why: 'has no value here; the cell used one of its own' },
        { what: 'POST /items/new/', why: 'only GET is asked unless --probes says so' },
        { what: 'GET /items/<int:pk>/', why: 'it has a parameter; give a value with --probes' },
        { what: 'GET /year/(?P<year>\\d{4})/', why: 'it has a parameter; give a value with --probes' },
        { what: 'GET /admin/...', why: 'pages of the admin need somebody who is logged in' },
      ])
      expect(result.checks).toEqual([{ title: 'manage.py check', ok: true, detail: 'No errors.' }])
    })
    it('answers through ASGI as it does through WSGI', async () => {
      const dir = join(apps, 'django-shop')
      const result = await verify('django', dir, { file: 'shop/asgi.py', symbol: 'application', kind: 'asgi' }, { host, before: { dir, entry: wsgi }, env: { DATABASE_URL: undefined } })
      expect(statuses(result).slice(0, 2)).toEqual([['/', 200, 200, true], ['/items/', 200, 200, true]])
      expect(result.failure).toMatch(/^GET \/items\/export\/: status 200 before, 500 after/)
    })
    it('shows a SQLite file that the platform would not let it write', async () => {
      const dir = join(apps, 'django-shop')
      const result = await verify('django', dir, wsgi, { host, before: { dir, entry: wsgi } })
      expect(statuses(result)[0]).toEqual(['/', 200, 500, false])
      expect(result.failure).toMatch(/^GET \/: status 200 before, 500 after \(OperationalError: unable to open database file/)
    })
    it('puts a file in the place of a server that it can not reach', async () => {
      const dir = copyOf('django-shop', { 'requirements.txt': 'django\n' })
      const result = await verify('django', dir, wsgi, { host, env: { DB_HOST: 'db.example.org' } })
      const seen = result.notRun.find(({ what }) => what === "the database server of 'default'")
      // Without a driver for it Django does not even start, and says which one is missing.
      if (seen === undefined) expect(result.failure).toMatch(/psycopg/)
      else expect(statuses(result)[0]).toEqual(['/', undefined, 200, true])
    })
    it('fails on what manage.py check finds now and did not before', async () => {
      const before = join(apps, 'django-shop')
      const dir = copyOf('django-shop', { 'items/models.py': 'from django.db import models\n\n\nclass Item(models.Model):\n    name = models.CharField(max_length=-1)\n' })
      const result = await verify('django', dir, wsgi, { host, before: { dir: before, entry: wsgi }, env: { DATABASE_URL: undefined } })
      expect(result.ok).toBe(false)
      expect(result.failure).toMatch(/^manage\.py check fails: \(fields\.E121\)/)
      const same = await verify('django', dir, wsgi, { host, before: { dir, entry: wsgi }, env: { DATABASE_URL: undefined } })
      expect(same.checks?.[0]).toMatchObject({ ok: true, detail: '1 error, as before.' })
    })
  })
}, 180_000)
