/** Which file starts an Express app, what it calls the app, and what is no app. Shapes of public projects. */
import { beforeAll, describe, expect, it } from 'vitest'
import { appObject } from '../../src/frameworks/express/app-object.js'
import { mayHoldExpress } from '../../src/frameworks/express/candidates.js'
import { expressNotes } from '../../src/frameworks/express/detect.js'
import { express } from '../../src/frameworks/express/index.js'
import { detectApps } from '../../src/frameworks/index.js'
import { pythonGrammar } from '../../src/io/wasm.js'
import { loadJavaScript } from '../../src/lang/javascript/program.js'
import { loadPython } from '../../src/lang/python/program.js'
import { snapshotOf } from '../../src/snapshot.js'

beforeAll(async () => {
  await Promise.all([loadJavaScript(), loadPython(pythonGrammar())])
})

const pkg = (over: object = {}): string => JSON.stringify({ name: 'shop', dependencies: { express: '^5.0.0' }, ...over })
/** 'root file:symbol:kind' of every app. */
const found = (files: Record<string, string>): readonly string[] => [...express.detect(snapshotOf(files))].map(({ root, entry }) => `${root} ${entry.file}:${entry.symbol}:${entry.kind}`)
const make = `const express = require('express')\nconst app = express()\n`
const makeEsm = `import express from 'express'\nconst app = express()\n`

describe('the entry is what the local start runs', () => {
  const cases: readonly (readonly [string, Record<string, string>, string])[] = [
    ['one file', { 'package.json': pkg({ scripts: { start: 'node index.js' } }), 'index.js': `${make}app.listen(3000)\n` }, '. index.js:app:listen'],
    ['bin/www of the generator', { 'package.json': pkg({ scripts: { start: 'node ./bin/www' } }), 'app.js': `${make}module.exports = app\n`, 'bin/www': `#!/usr/bin/env node\nvar app = require('../app');\nvar server = require('http').createServer(app);\nserver.listen(3000)\n` }, '. bin/www:app:listen'],
    ['a server file that imports the app, built by tsc', { 'package.json': pkg({ scripts: { build: 'tsc', start: 'node dist/server' } }), 'tsconfig.json': '{"compilerOptions": {"outDir": "dist", "rootDir": "src"}}', 'src/app.ts': `${makeEsm}export { app }\n`, 'src/server.ts': `import { createServer } from 'http'\nimport { app } from './app'\nconst server = createServer(app)\nserver.listen(80)\n` }, '. src/server.ts:app:listen'],
    ['a factory called by the server', { 'package.json': pkg({ type: 'module', scripts: { start: 'node src/server.js' } }), 'src/app.js': `import express from 'express'\nexport function createApp() {\n  const app = express()\n  return app\n}\n`, 'src/server.js': `import { createServer } from 'node:http'\nimport { createApp } from './app.js'\nexport const server = createServer(createApp())\nserver.listen(3333)\n` }, '. src/server.js:server:listen'],
    ['an asynchronous factory', { 'package.json': pkg({ scripts: { start: 'node server.js' } }), 'app.js': `const express = require('express')\nmodule.exports = async () => {\n  const api = express()\n  return api\n}\n`, 'server.js': `const build = require('./app')\nbuild().then(() => {})\n;(async () => {\n  const api = await build()\n  api.listen(1)\n})()\n` }, '. server.js:api:listen'],
    ['a class that holds the app', { 'package.json': pkg({ scripts: { start: 'ts-node src/server.ts' } }), 'src/app.ts': `import express from 'express'\nexport class App {\n  public app: express.Application\n  constructor() { this.app = express() }\n  listen() { this.app.listen(1) }\n}\n`, 'src/server.ts': `import { App } from './app'\nconst app = new App()\napp.listen()\n` }, '. src/server.ts:app:listen'],
    ['an alias of tsconfig', { 'package.json': pkg({ scripts: { dev: 'tsx watch src/index.ts' } }), 'tsconfig.json': '{"compilerOptions": {"paths": {"@/*": ["./src/*"]}}}', 'src/server.ts': `${makeEsm}export { app }\n`, 'src/index.ts': `import { app } from "@/server"\nconst server = app.listen(1)\n` }, '. src/index.ts:app:listen'],
    ['a listen after the database connects', { 'package.json': pkg({ main: 'server.js' }), 'server.js': `${make}mongoose.connect(url).then(() => app.listen(80))\n` }, '. server.js:app:listen'],
    ['a start that only loads the server', { 'package.json': pkg({ scripts: { start: 'node index.js' } }), 'index.js': `require('dotenv').config()\nrequire('./src/server')\n`, 'src/server.js': `${make}app.listen(1)\n` }, '. index.js:app:listen'],
    ['a start that loads it when it runs', { 'package.json': pkg({ scripts: { start: 'node app.js' } }), 'app.js': `async function run() {\n  const server = await import('./server.js')\n  await server.start()\n}\nrun()\n`, 'server.js': `${makeEsm}export async function start() { app.listen(1) }\n` }, '. app.js:app:listen'],
    ['a start whose listen cannot be made out', { 'package.json': pkg({ scripts: { start: 'node server.js' } }), 'server.js': `${make}exports.start = () => app\nrun(exports.start)\n` }, '. server.js:app:listen'],
    ['an app that is only handed over', { 'package.json': pkg(), 'app.js': `${make}module.exports = app\n` }, '. app.js:app:instance'],
    ['a factory that is only handed over', { 'package.json': pkg(), 'src/app.js': `import express from 'express'\nexport const createApp = () => {\n  const app = express()\n  return app\n}\n` }, '. src/app.js:createApp:factory'],
    ['a handler of another host', { 'package.json': pkg(), 'server.js': `${make}module.exports.handler = serverless(app)\n` }, '. server.js:app:instance'],
    ['a listen under the guard', { 'package.json': pkg({ scripts: { start: 'node server.js' } }), 'server.js': `${make}if (require.main === module) app.listen(1)\nmodule.exports = app\n` }, '. server.js:app:listen'],
    ['a name filled later', { 'package.json': pkg(), 'server.js': `const express = require('express')\nlet app\nfunction start() {\n  app = express()\n  app.listen(1)\n}\nstart()\n` }, '. server.js:app:listen'],
    ['an app of other names', { 'package.json': pkg(), 'main.js': `import * as web from 'express'\nconst api = web()\napi.use(x).listen(4)\n` }, '. main.js:api:listen'],
    ['TypeScript imports and exports of CommonJS', { 'package.json': pkg({ scripts: { start: 'node dist/www.js' } }), 'tsconfig.json': '{"compilerOptions": {"outDir": "dist"}}', 'app.ts': `import express = require('express')\nconst app = express()\nexport = app\n`, 'www.ts': `import app = require('./app')\napp.listen(1)\n` }, '. www.ts:app:listen'],
    ['no package.json at all', { 'server/index.js': `${make}app.listen(1)\n` }, '. server/index.js:app:listen'],
    ['a package.json that does not parse', { 'package.json': '{ "name": "x" "scripts": { "start": "node b.js" } }', 'a.js': `${make}app.listen(1)\n`, 'b.js': `${make}app.listen(2)\n` }, '. b.js:app:listen'],
  ]
  for (const [name, files, expected] of cases) it(name, () => expect(found(files)).toEqual([expected]))

  it('not another server of the same folder, which is a rival', () => {
    const [app] = [...express.detect(snapshotOf({ 'package.json': pkg({ scripts: { start: 'node api.js' } }), 'api.js': `${make}app.listen(1)\n`, 'server.js': `${make}app.listen(2)\n` }))]
    expect(app).toMatchObject({ entry: { file: 'api.js' }, rivals: [{ file: 'server.js', symbol: 'app', kind: 'listen' }], language: 'javascript', evidence: [{ file: 'api.js', line: 2, note: 'const app = express()' }, { file: 'package.json', line: 1 }] })
  })
  it('not a router file that needs only express.Router', () => {
    const [app] = [...express.detect(snapshotOf({ 'package.json': pkg(), 'server.js': `${make}app.use(require('./users'))\napp.listen(1)\n`, 'users.js': `const { Router } = require('express')\nconst router = Router()\nmodule.exports = router\n` }))]
    expect(app?.rivals).toEqual([])
  })
})

describe('the folder of an app', () => {
  it('is the nearest package that lists Express, beside a front end', () => {
    expect(found({ 'package.json': JSON.stringify({ scripts: { start: 'npm start --prefix server' } }), 'server/package.json': pkg(), 'server/src/index.js': `${makeEsm}app.listen(1)\n`, 'server/old.js': `${make}app.listen(2)\n`, 'client/package.json': JSON.stringify({ dependencies: { react: '19' } }), 'client/src/index.js': 'history.listen(() => {})\n' })).toEqual(['server server/src/index.js:app:listen'])
  })
  it('is the top when only it lists Express', () => {
    expect(found({ 'package.json': pkg({ type: 'module', scripts: { start: 'node backend/server.js' } }), 'backend/server.js': `${makeEsm}app.listen(1)\n`, 'frontend/package.json': '{"name": "ui"}' })).toEqual(['. backend/server.js:app:listen'])
  })
  it('is one of a workspace; a package whose app another one starts is a part of that', () => {
    expect(found({
      'package.json': JSON.stringify({ workspaces: ['packages/*', 'apps/*'] }),
      'packages/http/package.json': pkg({ name: '@shop/http', main: 'index.js' }), 'packages/http/index.js': `${make}module.exports = { app }\n`,
      'apps/api/package.json': pkg({ name: 'api', scripts: { start: 'node server.js' } }), 'apps/api/server.js': `const { app } = require('@shop/http')\napp.listen(1)\n`,
      'apps/admin/package.json': pkg({ name: 'admin' }), 'apps/admin/index.js': `${make}app.listen(2)\n`,
    })).toEqual(['apps/admin apps/admin/index.js:app:listen', 'apps/api apps/api/server.js:app:listen'])
  })
  it('may hold Python too, in another folder or the same one', () => {
    const flask = `from flask import Flask\napp = Flask(__name__)\n`
    const apps = detectApps(snapshotOf({ 'api/requirements.txt': 'flask\n', 'api/app.py': flask, 'web/package.json': pkg(), 'web/server.js': `${make}app.listen(1)\n` }))
    expect(apps.map(({ root, framework }) => `${root} ${framework}`)).toEqual(['api flask', 'web express'])
    const [both] = detectApps(snapshotOf({ 'requirements.txt': 'flask\n', 'app.py': flask, 'package.json': pkg({ scripts: { start: 'node server.js' } }), 'server.js': `${make}app.listen(1)\n` }))
    expect(both).toMatchObject({ framework: 'express', rivals: [{ file: 'app.py' }] })
  })
})

describe('what is no app', () => {
  it('tests, examples, browser code and built files', () => {
    const server = `${make}app.listen(1)\n`
    expect(found({ 'package.json': pkg(), 'test/server.js': server, 'examples/app.js': server, 'src/api.test.js': server, 'public/x.js': server, 'dist/server.js': server, 'webpack.config.js': server })).toEqual([])
  })
  it('NestJS, unless it is given an express() of its own', () => {
    const nest = { 'package.json': JSON.stringify({ dependencies: { '@nestjs/core': '11', express: '5' } }) }
    expect(found({ ...nest, 'src/main.ts': `import { NestFactory } from '@nestjs/core'\nimport { json } from 'express'\nconst app = await NestFactory.create(AppModule)\napp.use(json())\nawait app.listen(3000)\n` })).toEqual([])
    expect(found({ ...nest, 'src/main.ts': `import { NestFactory } from '@nestjs/core'\nimport express from 'express'\nexport const server = express()\nawait NestFactory.create(AppModule, new ExpressAdapter(server))\n` })).toEqual(['. src/main.ts:server:instance'])
  })
  it('a server that only hands pages to Next.js; it is told', () => {
    const repo = snapshotOf({ 'package.json': pkg(), 'server.js': `const express = require('express')\nconst next = require('next')\nconst handle = next({}).getRequestHandler()\nconst server = express()\nserver.all('*', handle)\nserver.listen(1)\n` })
    expect([...express.detect(repo)]).toEqual([])
    expect([...expressNotes(repo)].map(({ file }) => file)).toEqual(['server.js'])
  })
  it('is told from the texts alone, without the compiler', () => {
    expect(mayHoldExpress(snapshotOf({ 'package.json': pkg(), 'src/index.js': `import React from 'react'\n`, 'test/a.js': make }))).toBe(false)
    expect(mayHoldExpress(snapshotOf({ 'bin/www': `const e = require("express")\n` }))).toBe(true)
  })
})

describe('the app object', () => {
  const object = (files: Record<string, string>): ReturnType<typeof appObject> => {
    const repo = snapshotOf(files)
    const [app] = [...express.detect(repo)]
    return app && appObject(repo, app)
  }
  it('of a class, started elsewhere', () => {
    const text = `import express from 'express'\nexport class App {\n  app = express()\n  listen() { this.app.listen(1) }\n}\n`
    expect(object({ 'package.json': pkg({ scripts: { start: 'tsx server.ts' } }), 'app.ts': text, 'server.ts': `import { App } from './app'\nnew App().listen()\n` })).toMatchObject({ file: 'app.ts', local: 'this.app', place: 'class', home: 'App', made: { start: text.indexOf('express()') }, exported: { how: 'named', name: 'App', of: 'class' }, entryExported: undefined, server: undefined, listen: { file: 'server.ts' } })
  })
  it('says how it is exported', () => {
    const exported = (tail: string, head = make): unknown => object({ 'package.json': pkg(), 'app.js': `${head}app.listen(1)\n${tail}\n` })?.exported
    expect(exported('module.exports = app')).toEqual({ how: 'module.exports', name: '=', of: 'app' })
    expect(exported('module.exports = { app, port: 1 }')).toEqual({ how: 'module.exports', name: 'app', of: 'app' })
    expect(exported('exports.app = app')).toEqual({ how: 'exports', name: 'app', of: 'app' })
    expect(exported('exports = module.exports = app')).toEqual({ how: 'module.exports', name: '=', of: 'app' })
    expect(exported('export default app', makeEsm)).toEqual({ how: 'default', name: 'default', of: 'app' })
    expect(exported('export { app as api }', makeEsm)).toEqual({ how: 'named', name: 'api', of: 'app' })
    expect(exported('module.exports.handler = serverless(app)')).toEqual({ how: 'exports', name: 'handler', of: 'wrapped' })
    expect(exported('module.exports = app.listen')).toBeUndefined()
    expect(exported('')).toBeUndefined()
  })
  it('names the server around it', () => {
    expect(object({ 'package.json': pkg(), 'app.js': `${make}const http = require('http').Server(app)\nhttp.listen(1)\n` })).toMatchObject({ server: 'http', local: 'app', listen: { file: 'app.js' } })
    expect(object({ 'package.json': pkg(), 'app.js': `${make}const running = app.listen(1)\nmodule.exports = running\n` })).toMatchObject({ server: 'running', exported: { how: 'module.exports', name: '=', of: 'server' } })
  })
})
