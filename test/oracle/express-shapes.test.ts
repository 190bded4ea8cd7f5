/** What the target emits for an Express app, before the real builder and launcher: every shape has to serve the same routes. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { loadCompiler } from '../../src/lang/javascript/tree.js'
import { snapshotOf } from '../../src/snapshot.js'
import type { App, EmitContext, Entry } from '../../src/types.js'
import { emit } from '../../templates/vercel/emit.js'
import { prove } from '../../templates/vercel/prove.js'
import { runFunction } from './run-function.js'
import { shellOf, whyNotRun } from './shell.js'
import { whyNotBuild } from './toolchain.js'
import { vercelBuild } from './vercel-build.js'

const missing = whyNotBuild() ?? whyNotRun('express')
const made: string[] = []
beforeAll(loadCompiler)
afterAll(() => {
  for (const dir of made) rmSync(dir, { recursive: true, force: true })
})

const pkg = (more: object = {}): string => JSON.stringify({ name: 'app', private: true, dependencies: { express: '4.22.1' }, ...more })
const typed = { type: 'module', scripts: { build: 'tsc && tsc-alias' }, devDependencies: { typescript: '5.9.3', 'tsc-alias': '1.8.16', '@types/express': '4.17.25', '@types/node': '22.19.1' } }
const routes = "app.get('/', (req, res) => { res.send('home') })\napp.get('/api/users', (req, res) => { res.json({ url: req.originalUrl }) })\n"
const cjs = `const express = require('express')\nconst app = express()\n${routes}`
const esm = `import express from 'express'\nexport const app = express()\n${routes}`
const start = "const http = require('http')\nconst app = require('../app')\nhttp.createServer(app).listen(3000)\n"
const listen = 'app.listen(3000)\n'
const appJs: Entry = { file: 'app.js', symbol: 'app', kind: 'instance' }

type Case = { readonly files: Readonly<Record<string, string>>; readonly entry: Partial<Entry> & { readonly file: string }; readonly rivals?: readonly Entry[]; readonly root?: string; readonly folders?: readonly string[]; readonly func: string; readonly handler: string }
const cases: Readonly<Record<string, Case>> = {
  'the preset finds the file that listens': { files: { 'package.json': pkg(), 'server.js': cjs + listen }, entry: { file: 'server.js' }, func: 'index', handler: 'server.js' },
  'the preset takes the app of bin/www': { files: { 'package.json': pkg(), 'app.js': `${cjs}module.exports = app\n`, 'bin/www': start }, entry: { file: 'bin/www' }, rivals: [appJs], func: 'index', handler: 'app.js' },
  'a start file that does more is run through api/': { files: { 'package.json': pkg(), 'app.js': `${cjs}module.exports = app\n`, 'bin/www': `global.ready = require('../lib/db')\n${start}`, 'lib/db.js': 'module.exports = true\n' }, entry: { file: 'bin/www' }, rivals: [appJs], func: 'api/index', handler: 'api/index.js' },
  'an odd place is handed over from api/, an ES module': { files: { 'package.json': pkg({ type: 'module' }), 'lib/main.js': esm }, entry: { file: 'lib/main.js', kind: 'instance' }, func: 'api/index', handler: 'api/index.js' },
  'a factory is called from api/': { files: { 'package.json': pkg(), 'lib/make.js': `exports.createApp = () => {\n${cjs}return app\n}\n` }, entry: { file: 'lib/make.js', symbol: 'createApp', kind: 'factory' }, func: 'api/index', handler: 'api/index.js' },
  'TypeScript is handed over from api/': { files: { 'package.json': pkg({ ...typed, scripts: {} }), 'tsconfig.json': '{"compilerOptions":{"module":"NodeNext","target":"ES2022","strict":true}}', 'lib/main.ts': esm }, entry: { file: 'lib/main.ts', kind: 'instance' }, func: 'api/index', handler: 'api/index.js' },
  'code in api/ stays code, in the one service of the repo': { files: { 'package.json': pkg(), 'server.js': `${cjs}require('./api/users')\n${listen}`, 'api/users.js': 'module.exports = 1\n' }, entry: { file: 'server.js' }, func: 'services/api/index', handler: 'server.cjs' },
  'a folder is a service': { files: { 'backend/package.json': pkg(), 'backend/lib/main.js': cjs + listen }, entry: { file: 'backend/lib/main.js' }, root: 'backend', func: 'services/api/index', handler: 'backend/lib/main.cjs' },
  'imports through paths are left to the build': {
    files: { 'package.json': pkg(typed), 'tsconfig.json': '{"compilerOptions":{"module":"NodeNext","target":"ES2022","outDir":"dist","rootDir":"src","strict":true,"paths":{"@/*":["./src/*"]}},"include":["src"]}', 'src/index.ts': `${esm}import { port } from '@/port.js'\napp.listen(port)\n`, 'src/port.ts': 'export const port = 3000\n' },
    entry: { file: 'src/index.ts' }, func: 'index', handler: 'dist/index.js',
  },
}

function contextOf({ entry, rivals = [], root = '.', folders = [] }: Case): EmitContext {
  const app: App = { root, framework: 'express', language: entry.file.endsWith('.ts') ? 'typescript' : 'javascript', entry: { symbol: 'app', kind: 'listen', ...entry }, rivals, packageManager: 'npm', existing: [], evidence: [] }
  return { app, needs: [{ kind: 'entry' }, { kind: 'duration', seconds: 400 }], plan: 'paid', shape: 'auto', folders }
}

describe.skipIf(missing !== undefined)('Express on Vercel', () => {
  it.each(Object.entries(cases))('%s', async (_name, one) => {
    const context = contextOf(one)
    const repo = snapshotOf(one.files)
    const after = repo.with(emit(repo, context).changes)
    expect((await prove(after, context)).filter(({ ok }) => !ok)).toEqual([])
    const dir = mkdtempSync(join(tmpdir(), 'to-serverless-oracle-'))
    made.push(dir)
    for (const file of after.files.values()) {
      mkdirSync(dirname(join(dir, file.path)), { recursive: true })
      writeFileSync(join(dir, file.path), file.text)
    }
    const build = await vercelBuild(dir, { shell: shellOf({ framework: 'express', standIns: [], install: [one.root ?? '.'] }) })
    try {
      expect(build.ok, build.log).toBe(true)
      expect(build.functions.map(({ path, handler, maxDuration }) => ({ path, handler, maxDuration }))).toEqual([{ path: one.func, handler: one.handler, maxDuration: 400 }])
      expect(build.staticFiles.filter((file) => file !== '.gitkeep')).toEqual([])
      const run = await runFunction({ dir: build.dir, funcDir: build.functions[0]?.dir ?? '', requests: [{ path: '/' }, { path: '/api/users' }] })
      expect(run.answers.map(({ status, body }) => `${status} ${body}`), `${run.failure ?? ''}${run.log}`).toEqual(['200 home', '200 {"url":"/api/users"}'])
    } finally {
      build.dispose()
    }
  })
})
