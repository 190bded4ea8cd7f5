import { beforeAll, describe, expect, it } from 'vitest'
import { calls, programOf, ready } from './program-of.js'

beforeAll(ready)
const head = "const express = require('express')\nconst fs = require('fs')\nconst app = express()\n"
const when = (source: string, more: Readonly<Record<string, string>> = {}): readonly string[] => calls(programOf({ 'app.js': head + source, ...more }), 'fs.unlinkSync').map((found) => found.replace(/^\S+ /, ''))
const gone = "fs.unlinkSync('a')"

describe('import time', () => {
  it.each([
    ['module level', gone],
    ['a block', `{ ${gone} }`],
    ['a function called there', `function f() { ${gone} }\nf()`],
    ['a function called above its declaration', `f()\nfunction f() { ${gone} }`],
    ['two calls deep', `const g = () => ${gone}\nconst f = () => { g() }\nf()`],
    ['called at once', `;(() => { ${gone} })()`],
    ['a constructor', `class A { constructor() { ${gone} } }\nnew A()`],
    ['a field of an instance', `class A { x = ${gone} }\nnew A()`],
    ['a static field', `class A { static x = ${gone} }`],
    ['a method of an instance', `class A { go() { ${gone} } }\nconst a = new A()\na.go()`],
    ['an inherited method', `class B { go() { ${gone} } }\nclass A extends B {}\nnew A().go()`],
    ['a callback of forEach', `;['a'].forEach((name) => { ${gone} })`],
    ['what a default argument calls', `const f = (x = ${gone}) => x\nf()`],
    ['the awaited part before the first await', `async function f() { ${gone}; await null }\nf()`],
  ])('%s', (_title, source) => {
    expect(when(source)).toEqual(['import'])
  })
  it('follows require, import and folders read by name', () => {
    const program = programOf({
      'app.js': `${head}require('./a')\nfs.readdirSync('./routes').forEach((file) => require('./routes/' + file))\napp.get('/', () => { require('./late') })\n`,
      'a/index.js': "require('fs').unlinkSync('a')\n",
      'routes/users.js': "require('fs').unlinkSync('u')\n",
      'late.js': "require('fs').unlinkSync('l')\n",
      'unused.js': "require('fs').unlinkSync('x')\n",
    })
    expect(calls(program, 'fs.unlinkSync')).toEqual(['a/index.js:1 import', 'late.js:1 request', 'routes/users.js:1 import'])
    expect([...program.modules.keys()]).not.toContain('unused.js')
  })
  it.each([
    ['a template', 'require(`./modules/${name}`)'],
    ['a sum', "require('./modules/' + name)"],
    ['a joined path', "require(path.join(__dirname, 'modules', name))"],
  ])('loads of files read by name only those that %s may mean', (_title, load) => {
    const files = { 'app.js': "require('./lib/config')\n", 'lib/config.js': `const path = require('path')\nconst names = { here: 'lib' }\nfor (const name of Object.keys(names)) ${load}\n`, 'lib/seed.js': "require('fs').unlinkSync('s')\n", 'lib/modules/a.js': "require('fs').unlinkSync('a')\n", 'lib/modules/b/index.js': "require('fs').unlinkSync('b')\n", 'lib/modules/b/more.js': "require('fs').unlinkSync('m')\n" }
    expect(calls(programOf(files), 'fs.unlinkSync')).toEqual(['lib/modules/a.js:1 import', 'lib/modules/b/index.js:1 import'])
  })
})

describe('later', () => {
  it.each([
    ['after an await', `async function f() { await null; ${gone} }\nf()`, 'startup'],
    ['in then()', `Promise.resolve().then(() => ${gone})`, 'startup'],
    ["in listen's callback", `app.listen(3000, () => ${gone})`, 'startup'],
    ['a timer', `setInterval(() => ${gone}, 1000)`, 'startup~'],
    ['a cron job', `require('node-cron').schedule('* * * * *', () => ${gone})`, 'startup~'],
    ['a message of a subscription', `const { createClient } = require('redis')\nconst client = createClient()\nclient.subscribe('orders', async (message) => { ${gone} })`, 'startup~'],
    ['a signal', `process.on('SIGTERM', () => ${gone})`, 'startup~'],
    ['a timer that a request sets', `app.get('/', (req, res) => { setTimeout(() => ${gone}, 10); res.end() })`, 'request~'],
  ])('%s', (_title, source, wanted) => {
    expect(when(source)).toEqual([wanted])
  })
})

describe('requests', () => {
  it.each([
    ['a route', `app.get('/', (req, res) => ${gone})`],
    ['a middleware', `app.use((req, res, next) => { ${gone}; next() })`],
    ['an error handler', `app.use((err, req, res, next) => { ${gone} })`],
    ['a list of handlers', `const check = (req, res, next) => { ${gone}; next() }\napp.post('/', [check], (req, res) => res.end())`],
    ['a router', `const router = express.Router()\nrouter.route('/x').get((req, res) => res.end()).post((req, res) => ${gone})\napp.use('/api', router)`],
    ["a wrapper of the repo", `const wrap = (fn) => (req, res, next) => Promise.resolve(fn(req, res, next)).catch(next)\napp.get('/', wrap(async (req, res) => { ${gone} }))`],
    ['a wrapper of a package', `const wrap = require('express-async-handler')\napp.get('/', wrap(async (req, res) => { ${gone} }))`],
    ['a bound method', `class Users { list(req, res) { ${gone} } }\nconst users = new Users()\napp.get('/', users.list.bind(users))`],
    ['a static method', `class Users { static async list(req, res) { ${gone} } }\napp.get('/', Users.list)`],
    ['a field that holds an arrow function', `class Users { list = (req, res) => { ${gone} } }\napp.get('/', new Users().list)`],
    ['http.createServer', `require('http').createServer((req, res) => ${gone})`],
    ['a socket', `const io = require('socket.io')(app)\nio.on('connection', (socket) => { ${gone} })`],
    ['a method of a mongoose schema', `const mongoose = require('mongoose')\nconst schema = new mongoose.Schema({})\nschema.pre('save', function () { ${gone} })`],
  ])('%s', (_title, source) => {
    expect(when(source)).toEqual(['request'])
  })
  it('reaches a controller through require, destructuring and exports of every kind', () => {
    const files = {
      'app.js': `${head}const { list } = require('./a')\nconst b = require('./b')\nconst c = require('./c')\napp.get('/a', list)\napp.get('/b', b.list)\napp.get('/c', c)\n`,
      'a.js': "const fs = require('fs')\nmodule.exports = { list, other }\nfunction list() { fs.unlinkSync('a') }\nfunction other() { fs.unlinkSync('never') }\n",
      'b.js': "const fs = require('fs')\nexports.list = async (req, res) => { fs.unlinkSync('b') }\n",
      'c.js': "const fs = require('fs')\nmodule.exports = function (req, res) { fs.unlinkSync('c') }\n",
    }
    expect(calls(programOf(files), 'fs.unlinkSync')).toEqual(['a.js:3 request', 'b.js:2 request', 'c.js:2 request'])
  })
  it('reaches TypeScript through re-exports, aliases of tsconfig and workspaces', () => {
    const files = {
      'src/app.ts': "import express from 'express'\nimport { list } from '@/controllers'\nimport { help } from '@shop/shared'\nconst app: express.Application = express()\napp.get('/', list)\napp.get('/h', help)\nexport default app\n",
      'src/controllers/index.ts': "export * from './users'\nexport { default as other } from './users'\n",
      'src/controllers/users.ts': "import { unlinkSync } from 'node:fs'\nimport type { Request, Response } from 'express'\nexport const list = (req: Request, res: Response): void => { unlinkSync('a') }\nexport default list\n",
      'packages/shared/package.json': '{"name": "@shop/shared", "main": "dist/index.js"}',
      'packages/shared/src/index.ts': "import fs from 'fs'\nexport function help() { fs.unlinkSync('h') }\n",
      'tsconfig.json': '{"compilerOptions": {"baseUrl": ".", "paths": {"@/*": ["src/*"]}}} // comment',
      'package.json': '{"workspaces": ["packages/*"]}',
    }
    expect(calls(programOf(files), 'fs.unlinkSync')).toEqual(['packages/shared/src/index.ts:2 request', 'src/controllers/users.ts:3 request'])
  })
})

describe('tests of the host', () => {
  it.each([
    ['if (require.main === module) { GONE }', ['main']],
    ['if (!module.parent) GONE', ['main']],
    ["if (process.env.NODE_ENV !== 'production') { GONE }", []],
    ["if (process.env.NODE_ENV === 'production') { GONE }", ['import']],
    ['if (!process.env.VERCEL) { GONE } else { }', []],
    ['process.env.VERCEL || GONE', []],
    ["const isProd = process.env.NODE_ENV === 'production'\nif (!isProd) GONE", []],
    ["const { NODE_ENV } = process.env\nif (NODE_ENV === 'test') GONE", []],
    ["if (app.get('env') === 'development') GONE", []],
    ['if (process.env.FLAG) GONE', ['import*']],
    ['function f() { if (process.env.VERCEL) return; GONE }\nf()', []],
    ['const local = () => !process.env.VERCEL\nif (local()) GONE', []],
  ])('%s', (source, wanted) => {
    expect(when(source.replace('GONE', gone))).toEqual(wanted)
  })
  it('knows the start of an ES module by its own name', () => {
    const source = "import express from 'express'\nimport fs from 'fs'\nimport { pathToFileURL } from 'url'\nif (import.meta.url === pathToFileURL(process.argv[1]).href) fs.unlinkSync('a')\n"
    expect(calls(programOf({ 'app.mjs': source }), 'fs.unlinkSync')).toEqual(['app.mjs:4 main'])
  })
})

describe('names', () => {
  it.each([
    ["const { unlinkSync } = require('fs')\nunlinkSync('a')", 1],
    ["const { unlinkSync: rm } = require('node:fs')\nrm('a')", 1],
    ["const del = fs.unlinkSync\ndel('a')", 1],
    ['const tools = { rm: fs.unlinkSync }\ntools.rm()', 1],
    ["function f(fs) { fs.unlinkSync('a') }\nf({ unlinkSync() {} })", 0],
    ["{ const fs = { unlinkSync() {} }; fs.unlinkSync('a') }", 0],
    ["const other = { unlinkSync: () => 1 }\nother.unlinkSync('a')", 0],
  ])('%s', (source, count) => {
    expect(when(source).length).toBe(count)
  })
  it('keeps the origin of the app through chains, members, classes and parameters', () => {
    const files = {
      'app.js': "import express from 'express'\nimport { routes } from './routes.js'\nclass Server { constructor() { this.app = express(); this.app.use(express.json()).disable('x') }\n start(port) { this.app.listen(port) } }\nconst server = new Server()\nroutes(server.app)\nserver.start(3000)\n",
      'routes.js': "export const routes = (app) => { app.get('/', (req, res) => { res.sendFile('x') }) }\n",
    }
    const program = programOf(files)
    expect(calls(program, 'express().listen')).toEqual(['app.js:4 import'])
    expect(calls(program, 'express.response.sendFile')).toEqual(['routes.js:1 request'])
    expect(program.routes.map(({ path, methods }) => `${methods} ${path}`)).toEqual(['GET /'])
  })
})

describe('routes', () => {
  it('carry the prefixes of the routers they stand on', () => {
    const files = {
      'app.js': `${head}const v1 = require('./v1')\napp.use('/api', v1)\nconst more = [{ path: '/x', router: express.Router() }, { path: '/y', router: require('./y') }]\nmore.forEach((one) => app.use(one.path, one.router))\napp.get('title')\napp.all('*', (req, res) => res.end())\n`,
      'v1.js': "const { Router } = require('express')\nconst router = Router()\nrouter.use('/users', require('./users'))\nrouter.get('/', (req, res) => res.end())\nmodule.exports = router\n",
      'users.js': "const router = require('express').Router()\nrouter.route('/:id').get((req, res) => res.end()).delete((req, res) => res.end())\nmodule.exports = router\n",
      'y.js': "const router = require('express').Router()\nrouter.post('/go', (req, res) => res.end())\nmodule.exports = router\n",
    }
    expect(programOf(files).routes.map(({ path, methods }) => `${methods} ${path}`).sort()).toEqual(['ALL /*', 'DELETE /api/users/:id', 'GET /api', 'GET /api/users/:id', 'POST /y/go'])
  })
})
