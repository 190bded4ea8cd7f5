import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, describe, expect, it, vi } from 'vitest'
import { localStart } from './local-start.js'
import { runFunction } from './run-function.js'
import { shellOf, whyNotRun } from './shell.js'
import { whyNotBuild } from './toolchain.js'
import { vercelBuild, type Build } from './vercel-build.js'

const missing = whyNotBuild() ?? whyNotRun('express')
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
const shell = () => shellOf({ framework: 'express', standIns: [] })
async function build(files: Readonly<Record<string, string>>): Promise<Build> {
  const result = await vercelBuild(project(files), { shell: shell() })
  built.push(result)
  return result
}

const PACKAGE = { name: 'app', private: true, scripts: { start: 'node server.js' }, dependencies: { express: '4.22.1' } }
const json = (value: object): string => JSON.stringify(value)
const SERVER = `const express = require('express')
const { mkdirSync, writeFileSync, existsSync } = require('fs')
const { join } = require('path')
const { tmpdir } = require('os')
const app = express()
app.get('/', (req, res) => res.send('home ' + req.originalUrl))
app.get('/api/x', (req, res) => res.json({ url: req.url, mode: process.env.NODE_ENV ?? 'none' }))
app.get('/here', (req, res) => { writeFileSync(join(__dirname, 'note.txt'), 'x'); res.send('wrote') })
app.get('/tmp', (req, res) => { writeFileSync(join(tmpdir(), 'note.txt'), 'x'); res.send('wrote') })
app.get('/env', (req, res) => res.send(['VERCEL', 'GIVEN', 'HOST_ONLY'].filter((name) => name in process.env).join()))
app.get('/secret', (req, res) => res.send(String(existsSync(join(__dirname, '.env')))))
app.listen(3000)
`
const APP = { 'package.json': json(PACKAGE), 'server.js': SERVER, 'public/robots.txt': 'User-agent: *\n', '.env': 'SECRET=1\n', '.vercelignore': '.env\n', 'vercel.json': json({ framework: 'express', functions: { 'index.js': { maxDuration: 60 } }, crons: [{ path: '/cron', schedule: '0 5 * * *' }] }) }

describe.skipIf(missing !== undefined)('the oracle for Node', () => {
  it('accepts a project, names its handler, and runs it read-only', async () => {
    vi.stubEnv('HOST_ONLY', '1')
    const result = await build(APP)
    expect(result.ok, result.log).toBe(true)
    expect(result.functions.map(({ path, handler, entry, runtime, maxDuration }) => ({ path, handler, entry, runtime, maxDuration }))).toEqual([{ path: 'index', handler: 'server.js', entry: 'server.js', runtime: 'nodejs24.x', maxDuration: 60 }])
    expect(result.staticFiles).toEqual(['robots.txt'])
    expect(result.crons).toEqual([{ path: '/cron', schedule: '0 5 * * *' }])
    const funcDir = result.functions[0]?.dir ?? ''
    const requests = ['/', '/api/x', '/here', '/tmp', '/env', '/secret'].map((path) => ({ path }))
    const run = await runFunction({ dir: result.dir, funcDir, env: { GIVEN: 'x' }, requests })
    expect(run.failure, run.log).toBeUndefined()
    expect(run.answers.map(({ status, body }) => (status === 200 ? body : status))).toEqual(['home /', '{"url":"/api/x","mode":"production"}', 500, 'wrote', 'VERCEL,GIVEN', 'false'])
    expect(run.log).toContain(run.cell === 'mount' ? 'EROFS' : 'ERR_ACCESS_DENIED')
    expect(run.temporary).toContain('note.txt')
    const permitted = await runFunction({ dir: result.dir, funcDir, requests: requests.slice(0, 4), cell: 'audit-hook' })
    expect(permitted.answers.map(({ status }) => status), permitted.log).toEqual([200, 200, 500, 200])
  })

  it('takes an app that its module exports, in api/ without a preset', async () => {
    const result = await build({
      ...APP,
      'server.js': SERVER.replace('app.listen(3000)', 'if (require.main === module) app.listen(3000)\nmodule.exports = app'),
      'api/index.js': "module.exports = require('../server')\n",
      'vercel.json': json({ framework: null, rewrites: [{ source: '/(.*)', destination: '/api/index' }] }),
    })
    expect(result.functions.map(({ path, handler }) => ({ path, handler }))).toEqual([{ path: 'api/index', handler: 'api/index.js' }])
    const run = await runFunction({ dir: result.dir, funcDir: result.functions[0]?.dir ?? '', requests: [{ path: '/' }, { path: '/api/x' }] })
    expect(run.answers.map(({ body }) => body)).toEqual(['home /', '{"url":"/api/x","mode":"production"}'])
  })

  it('says why a function does not boot', async () => {
    const result = await build({ ...APP, 'server.js': SERVER.replace('app.listen(3000)', 'if (require.main === module) app.listen(3000)') })
    expect(result.ok).toBe(true)
    const run = await runFunction({ dir: result.dir, funcDir: result.functions[0]?.dir ?? '', requests: [{ path: '/' }] })
    expect(run.booted).toBe(false)
    expect(`${run.failure ?? ''}${run.log}`).toContain("Can't detect way to handle request")
  })

  it('refuses TypeScript that does not hold', async () => {
    const result = await build({ 'package.json': json(PACKAGE), 'src/index.ts': "import express from 'express'\nconst n: number = 'x'\nexport default express().use(n)\n", 'tsconfig.json': json({ compilerOptions: { strict: true, esModuleInterop: true } }) })
    expect(result.ok).toBe(false)
    expect(result.log).toContain("Type 'string' is not assignable to type 'number'")
  })

  it('starts an app as its owner does, on a port of its own', async () => {
    const dir = project(APP)
    shell().furnish(dir)
    const run = await localStart(dir, { command: ['npm', 'start'], port: 3000 }, { shell: shell(), requests: [{ path: '/' }, { path: '/api/x' }] })
    expect(run.answers.map(({ body }) => body), run.log).toEqual(['home /', '{"url":"/api/x","mode":"none"}'])
  })
})
