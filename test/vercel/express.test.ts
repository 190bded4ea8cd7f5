import { beforeAll, describe, expect, it } from 'vitest'
import { loadCompiler } from '../../src/lang/javascript/tree.js'
import { snapshotOf } from '../../src/snapshot.js'
import type { App, Check, EmitContext, Emission, Entry, Snapshot } from '../../src/types.js'
import { emit } from '../../templates/vercel/emit.js'
import { allowsMajor } from '../../src/lang/javascript/manifest/node-range.js'
import { prove } from '../../templates/vercel/prove.js'
import { serves } from '../../templates/vercel/serves.js'

beforeAll(loadCompiler)

type Files = Readonly<Record<string, string>>
const schema = 'https://openapi.vercel.sh/vercel.json'
const pkg = (more: object = {}): string => `${JSON.stringify({ name: 'app', dependencies: { express: '^4.19.2' }, ...more }, null, 2)}\n`
const esm = pkg({ type: 'module' })
const made = "const express = require('express')\nconst app = express()\n"
const listens = `${made}app.listen(3000)\n`
const exports = `${made}module.exports = app\n`

function context(file: string, more: Partial<Omit<EmitContext, 'app'>> & { readonly app?: Partial<App>; readonly entry?: Partial<Entry>; readonly rivals?: readonly Entry[] } = {}): EmitContext {
  const { app, entry, rivals = [], ...rest } = more
  const entryOf: Entry = { file, symbol: 'app', kind: 'listen', ...entry }
  return { app: { root: '.', framework: 'express', language: 'javascript', entry: entryOf, rivals, packageManager: 'npm', existing: [], evidence: [], ...app }, needs: [{ kind: 'entry' }], plan: 'free', shape: 'auto', folders: [], ...rest }
}
function run(files: Files, ctx: EmitContext): { readonly emission: Emission; readonly after: Snapshot; readonly config: Record<string, unknown> } {
  const repo = snapshotOf(files)
  const emission = emit(repo, ctx)
  const after = repo.with(emission.changes)
  const again = emit(after, ctx)
  expect(again.changes, 'a second run changes nothing').toEqual([])
  expect(again.entry.file).toBe(emission.entry.file)
  return { emission, after, config: JSON.parse(after.text('vercel.json') ?? '') as Record<string, unknown> }
}
async function checks(files: Files, ctx: EmitContext): Promise<readonly Check[]> {
  const { after } = run(files, ctx)
  return prove(after, ctx)
}
const wrong = (all: readonly Check[]): readonly string[] => all.filter(({ ok }) => !ok).map(({ title, detail }) => `${title}: ${detail}`)
const service = (root: string, more: object): object => ({ $schema: schema, services: { api: { root, framework: 'express', ...more } }, rewrites: [{ source: '/(.*)', destination: { service: 'api' } }] })
const nullShape = { $schema: schema, framework: null, rewrites: [{ source: '/(.*)', destination: '/api/index' }] }
const www: Entry = { file: 'bin/www', symbol: 'app', kind: 'listen' }
const appJs: Entry = { file: 'app.js', symbol: 'app', kind: 'instance' }

describe('the shape of an Express app', () => {
  it('is left to the preset where the preset finds the app', async () => {
    const files = { 'package.json': pkg(), 'server.js': listens }
    const { config, after, emission } = run(files, context('server.js'))
    expect(config).toEqual({ $schema: schema, framework: 'express' })
    expect(after.has('api/index.js')).toBe(false)
    expect(after.text('.vercelignore')?.split('\n')).toContain('.env')
    expect(emission.entry).toMatchObject({ shape: 'native', file: 'server.js' })
    expect(wrong(await checks(files, context('server.js')))).toEqual([])
  })
  it('takes the app of a start file that does nothing else', async () => {
    const start = "#!/usr/bin/env node\nconst app = require('../app')\nconst http = require('http')\napp.set('port', 3000)\nconst server = http.createServer(app)\nserver.listen(3000)\nserver.on('error', onError)\nfunction onError(error) { throw error }\n"
    const files = { 'package.json': pkg({ scripts: { start: 'node ./bin/www' } }), 'app.js': exports, 'bin/www': start }
    const { config, emission } = run(files, context('bin/www', { entry: www, rivals: [appJs] }))
    expect(config['framework']).toBe('express')
    expect(emission.entry).toMatchObject({ file: 'app.js', why: expect.stringContaining('bin/www only starts the server') as string })
    expect(wrong(await checks(files, context('bin/www', { entry: www, rivals: [appJs] })))).toEqual([])
  })
  it('runs a start file that does more, through api/, because the preset would take the other', async () => {
    const files = { 'package.json': pkg(), 'app.js': exports, 'server.js': "require('./db')\nconst app = require('./app')\napp.listen(3000)\n", 'db.js': '' }
    const ctx = context('server.js', { rivals: [appJs] })
    const { config, after } = run(files, ctx)
    expect(config).toEqual(nullShape)
    expect(after.text('api/index.js')).toContain("\nrequire('../server')\n")
    expect(after.has('public/.gitkeep')).toBe(true)
    expect(wrong(await checks(files, ctx))).toEqual([])
  })
  it('stays with a start file that listens too late, and says so, where the app would lack what it does', async () => {
    const files = { 'package.json': pkg(), 'lib/app.js': exports, 'lib/start.js': "const app = require('./app')\nconnect().then(() => app.listen(3000))\n" }
    const ctx = context('lib/start.js', { rivals: [{ ...appJs, file: 'lib/app.js' }] })
    expect(run(files, ctx).after.text('api/index.js')).toContain("\nrequire('../lib/start')\n")
    expect(wrong(await checks(files, ctx))).toEqual([expect.stringContaining('waits one second')])
  })
  it('tells of a start file that is not run', async () => {
    const files = { 'package.json': pkg(), 'app.js': exports, 'server.js': "require('./db')\nconst app = require('./app')\napp.listen(3000)\n", 'db.js': '', 'vercel.json': '{"framework":"express"}', '.vercelignore': '.env\n' }
    expect(wrong(await prove(snapshotOf(files), context('server.js', { rivals: [appJs] })))).toEqual([expect.stringContaining('server.js does more than start the server, and Vercel serves app.js without it')])
  })
  it.each([
    ['CommonJS', pkg(), 'lib/main.js', listens, {}, "\nrequire('../lib/main')\n"],
    ['a named export', pkg(), 'lib/main.js', `${made}module.exports = { app }\n`, { kind: 'instance' }, "module.exports = require('../lib/main').app\n"],
    ['a factory', pkg(), 'lib/main.js', "const express = require('express')\nexports.createApp = () => express()\n", { kind: 'factory', symbol: 'createApp' }, "module.exports = require('../lib/main').createApp()\n"],
    ['an ES module', esm, 'lib/main.js', "import express from 'express'\nexport default express()\n", { kind: 'instance' }, "export { default } from '../lib/main.js'\n"],
    ['an ES module that waits before it listens', esm, 'lib/main.js', "import express from 'express'\nawait connect()\nexpress().listen(3000)\n", {}, "\nimport '../lib/main.js'\n"],
    ['an ES module that listens', esm, 'lib/main.js', "import express from 'express'\nexpress().listen(3000)\n", {}, "\nimport '../lib/main.js'\n"],
    ['a factory of an ES module', esm, 'lib/main.js', "import express from 'express'\nexport function createApp() { return express() }\n", { kind: 'factory', symbol: 'createApp' }, "import { createApp } from '../lib/main.js'\n\nexport default createApp()\n"],
    ['TypeScript', esm, 'lib/main.ts', "import express from 'express'\nexport const app = express()\n", { kind: 'instance' }, "export { app as default } from '../lib/main.js'\n"],
    ['TypeScript as CommonJS', pkg(), 'lib/main.ts', "import express from 'express'\nexport default express()\n", { kind: 'instance' }, "module.exports = require('../lib/main')\n"],
  ])('hands over %s from a place that the preset does not look at', async (_name, manifest, file, text, entry, code) => {
    const files = { 'package.json': manifest, [file]: text }
    const ctx = context(file, { entry: entry as Partial<Entry> })
    const { config, after } = run(files, ctx)
    expect(config).toEqual(nullShape)
    expect(after.text('api/index.js')).toContain(code)
    expect(wrong(await checks(files, ctx))).toEqual([])
  })
  it('keeps code in api/ from becoming functions, as the one service of the repo', async () => {
    const files = { 'package.json': pkg(), 'server.js': `${made}app.use('/api', require('./api/users'))\napp.listen(3000)\n`, 'api/users.js': "module.exports = require('express').Router()\n", 'vercel.json': JSON.stringify({ framework: 'express', buildCommand: 'npm run css', functions: { 'server.js': { maxDuration: 30 } } }) }
    const ctx = context('server.js')
    const { config, emission } = run(files, ctx)
    expect(config).toEqual(service('.', { entrypoint: 'server.js', buildCommand: 'npm run css' }))
    expect(emission.entry.shape).toBe('services')
    expect(wrong(await checks(files, ctx))).toEqual([])
  })
  it('says what the preset does with code in api/', async () => {
    const ctx = context('server.js')
    const all = await prove(snapshotOf({ 'package.json': pkg(), 'server.js': listens, 'api/users.js': '', 'vercel.json': '{"framework":"express"}', '.vercelignore': '.env\n' }), ctx)
    expect(wrong(all)).toEqual([expect.stringContaining('api/users.js becomes a function of its own, and every route below /api')])
    expect(() => emit(snapshotOf({ 'package.json': pkg(), 'server.js': listens, 'api/users.js': '' }), { ...ctx, shape: 'native' })).toThrow(/answers 404/)
  })
  it('keeps an entry in api/ that a person wrote', () => {
    const files = { 'package.json': pkg(), 'server.js': `${made}module.exports = app\n`, 'api/index.js': "const app = require('../server')\n\nmodule.exports = app\n", 'public/a.txt': '', 'vercel.json': '{"rewrites":[{"source":"/(.*)","destination":"/api/index.js"}]}' }
    const { config, emission } = run(files, context('server.js', { entry: { kind: 'instance' } }))
    expect(config).toMatchObject({ framework: null, rewrites: [{ source: '/(.*)', destination: '/api/index.js' }] })
    expect(emission.entry.file).toBe('api/index.js')
  })
  it('says an old config in the new way', () => {
    const files = { 'package.json': pkg(), 'server.js': listens, 'vercel.json': JSON.stringify({ version: 2, builds: [{ src: 'server.js', use: '@vercel/node' }], routes: [{ src: '/(.*)', dest: 'server.js' }] }) }
    expect(run(files, context('server.js')).config).toEqual({ $schema: schema, framework: 'express' })
  })
  it('makes an app in a folder a service of the repo', async () => {
    const files = { 'backend/package.json': pkg(), 'backend/lib/main.js': listens, 'client/package.json': '{}' }
    const ctx = context('backend/lib/main.js', { app: { root: 'backend' }, folders: ['backend/views', 'backend/lib'], needs: [{ kind: 'duration', seconds: 600 }], plan: 'paid' })
    const { config, emission } = run({ ...files, 'backend/views/a.ejs': '' }, ctx)
    expect(config).toEqual(service('backend', { entrypoint: 'lib/main.js', functions: { 'lib/main.js': { maxDuration: 600, includeFiles: 'backend/views/**' } } }))
    expect(emission.entry).toMatchObject({ shape: 'services', file: 'backend/lib/main.js' })
    expect(wrong(await checks(files, ctx))).toEqual([])
  })
})

describe('what the function holds', () => {
  const server = `${made}app.use(express.static('assets'))\nread('data/a.json')\napp.listen(3000)\n`
  const files = { 'package.json': pkg(), 'server.js': server, 'assets/a.css': '', 'data/a.json': '', 'views/a.ejs': '' }
  const folders = ['assets', 'data', 'views']
  it('names files for the entry, and the duration for index.js, as the preset wants them', () => {
    const { config } = run(files, context('server.js', { folders, needs: [{ kind: 'duration', seconds: 700 }], plan: 'paid' }))
    expect(config['functions']).toEqual({ 'server.js': { includeFiles: '{assets/**,data/**}' }, 'index.js': { maxDuration: 700 } })
  })
  it('names both for an entry in api/, and the views with them', () => {
    const { config } = run({ ...files, 'server.js': '', 'lib/main.js': server }, context('lib/main.js', { folders, needs: [{ kind: 'duration', seconds: 700 }], plan: 'paid' }))
    expect(config['functions']).toEqual({ 'api/index.js': { maxDuration: 700, includeFiles: '{assets/**,data/**,views/**}' } })
  })
  it('adds to what is there', () => {
    const { config } = run({ ...files, 'vercel.json': JSON.stringify({ functions: { 'server.js': { includeFiles: '{data/**,fonts/*}' } } }) }, context('server.js', { folders }))
    expect(config['functions']).toEqual({ 'server.js': { includeFiles: '{data/**,fonts/*,assets/**}' } })
  })
  it('names a file of the root that the code reads from where it was started', () => {
    const data = { 'package.json': pkg(), 'server.js': `${made}const db = open('links.json')\nlog('package.json')\napp.listen(3000)\n`, 'links.json': '{}', 'unused.json': '{}' }
    expect(run(data, context('server.js')).config['functions']).toEqual({ 'server.js': { includeFiles: 'links.json' } })
  })
  it('names folders by those above them where the names do not fit', () => {
    const dirs = [...Array(20).keys()].map((at) => `locale/part/language-number-${at}`)
    const many = Object.fromEntries(dirs.map((dir) => [`${dir}/texts.txt`, '']))
    expect(run({ 'package.json': pkg(), 'server.js': listens, ...many }, context('server.js', { folders: dirs })).config['functions']).toEqual({ 'server.js': { includeFiles: 'locale/part/**' } })
  })
  it('leaves out what the tracing sees by itself', () => {
    const seen = `${made}app.use(express.static(path.join(__dirname, 'assets')))\nread(\`\${__dirname}/data/a.json\`)\napp.listen(3000)\n`
    expect(run({ ...files, 'server.js': seen }, context('server.js', { folders })).config['functions']).toBeUndefined()
  })
})

describe('package.json', () => {
  it('gets what is needed, and a step for the lock file', async () => {
    const ctx = context('server.js', { needs: [{ kind: 'dependency', name: '@vercel/blob', specifier: '^2.0.0', why: '' }, { kind: 'runtime', version: '24.x' }], app: { packageManager: 'pnpm' } })
    const files = { 'package.json': pkg({ engines: { node: '18.x' } }), 'server.js': listens, 'pnpm-lock.yaml': '' }
    const { after, emission } = run(files, ctx)
    expect(JSON.parse(after.text('package.json') ?? '')).toMatchObject({ dependencies: { '@vercel/blob': '^2.0.0' }, engines: { node: '24.x' } })
    expect(emission.steps.join('\n')).toContain('`pnpm install --lockfile-only`')
    expect(wrong(await checks(files, ctx))).toEqual([])
  })
  it('is checked for Express and for a Node that Vercel has', async () => {
    const files = { 'package.json': JSON.stringify({ devDependencies: { express: '4' }, engines: { node: '18.x' } }), 'server.js': listens }
    expect(wrong(await checks(files, context('server.js')))).toEqual([expect.stringContaining('does not list express'), expect.stringContaining('asks for 18.x')])
  })
  it.each([['>=18', 24], ['18.x || 22', 22], ['^22.1', 22], ['>=20 <25', 24], ['20 - 24', 22], ['*', 24], ['lts/*', 24], ['>20', 22]] as const)('%s allows %i', (range, major) => {
    expect(allowsMajor(range, major)).toBe(true)
  })
  it.each([['18.x', 24], ['20', 22], ['>=18 <21', 22], ['~20.1', 24], ['^18 || ^20', 22], ['<22', 22], ['16 - 20', 24]] as const)('%s does not allow %i', (range, major) => {
    expect(allowsMajor(range, major)).toBe(false)
  })
})

describe('an app that nothing hands over', () => {
  const guarded = `${made}if (require.main === module) app.listen(3000)\n`
  const late = `${made}connect().then(() => app.listen(3000))\n`
  it.each([
    ['a guarded listen without an export', guarded, 'neither exports the app as the module itself nor listens'],
    ['a late listen without an export', late, 'waits one second'],
  ])('is told: %s', async (_name, text, why) => {
    expect(wrong(await checks({ 'package.json': pkg(), 'server.js': text }, context('server.js')))).toEqual([expect.stringContaining(why)])
  })
  it.each([`${guarded}module.exports = app\n`, `${late}module.exports = app\n`, `${made}exports = module.exports = app\n`])('is cured by an export: %s', async (text) => {
    expect(wrong(await checks({ 'package.json': pkg(), 'server.js': text }, context('server.js')))).toEqual([])
  })
})

describe('paths of tsconfig.json', () => {
  const files = { 'package.json': pkg({ type: 'module', scripts: { build: 'tsc && tsc-alias' } }), 'tsconfig.json': JSON.stringify({ compilerOptions: { outDir: 'dist', rootDir: 'src', baseUrl: '.', paths: { '@/*': ['src/*'] } } }), 'src/index.ts': "import express from 'express'\nimport { a } from '@/a.js'\nexpress().listen(a)\n", 'src/a.ts': 'export const a = 3000\n' }
  it('are left to the build that resolves them: its output is served', () => {
    const { config, emission } = run(files, context('src/index.ts'))
    expect(config).toEqual({ $schema: schema, framework: 'express', outputDirectory: 'dist' })
    expect(emission.entry.file).toBe('dist/index.js')
  })
  it('are told where no build does', async () => {
    const plain = { ...files, 'package.json': pkg({ type: 'module', scripts: { build: 'tsc' } }) }
    expect(wrong(await checks(plain, context('src/index.ts')))).toEqual([expect.stringContaining('imports "@/a.js" through the paths of tsconfig.json')])
  })
})

describe('what Vercel serves of a repo as it is', () => {
  it.each([
    ['the first candidate that imports express', { 'index.js': '// nothing', 'server.js': listens, 'src/app.js': listens }, 'server.js'],
    ['main of package.json', { 'package.json': pkg({ main: './lib/main.js' }), 'lib/main.js': listens }, 'lib/main.js'],
    ['the entry that rewrites lead to', { 'api/index.js': exports, 'vercel.json': '{"framework":null,"rewrites":[{"source":"/(.*)","destination":"/api"}]}' }, 'api/index.js'],
    ['what an old config names', { 'lib/x.js': exports, 'vercel.json': '{"builds":[{"src":"lib/x.js","use":"@vercel/node"}]}' }, 'lib/x.js'],
    ['nothing, where only other names are', { 'main.js': listens, 'bin/www': '' }, undefined],
  ])('is %s', (_name, files, file) => {
    expect(serves(snapshotOf({ 'package.json': pkg(), ...files }), context('server.js').app)).toBe(file)
  })
})
