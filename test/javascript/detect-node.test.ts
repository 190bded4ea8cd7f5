/** What package.json, lock files, tsconfig and scripts say of a Node project. */
import { describe, expect, it } from 'vitest'
import { commandsOf } from '../../src/frameworks/node-command.js'
import { brokenManifests, nodeProject } from '../../src/frameworks/node-project.js'
import { sourceOf } from '../../src/frameworks/node-sources.js'
import { snapshotOf } from '../../src/snapshot.js'

const manifest = (over: object): string => JSON.stringify({ name: 'shop', ...over }, null, 2)
/** The file that these scripts start, or undefined. */
function startOf(scripts: Record<string, string>, files: Record<string, string>, over: object = {}): string | undefined {
  return nodeProject(snapshotOf({ 'package.json': manifest({ scripts, ...over }), ...files }), '.').starts[0]?.file
}
const server = { 'server.js': 'x' }
const source = { 'src/index.ts': 'x' }

describe('the file that a script starts', () => {
  const cases: readonly (readonly [string, Record<string, string>, string])[] = [
    ['node server.js', server, 'server.js'],
    ['node server', server, 'server.js'],
    ['node .', { 'index.js': 'x' }, 'index.js'],
    ['node ./bin/www', { 'bin/www': '#!/usr/bin/env node\n' }, 'bin/www'],
    ['nodemon', { ...server, 'nodemon.json': '{"watch": ["src"], "exec": "ts-node -r tsconfig-paths/register --transpile-only ./src/index.ts"}', ...source }, 'src/index.ts'],
    ['nodemon --watch backend --exec node --experimental-modules backend/server.js', { 'backend/server.js': 'x' }, 'backend/server.js'],
    ['nodemon -w src -e ts,json --exec "ts-node src/index.ts"', source, 'src/index.ts'],
    ['ts-node-dev --respawn --transpile-only --watch src src/index.ts', source, 'src/index.ts'],
    ['tsx watch --env-file=.env src/index.ts', source, 'src/index.ts'],
    ['tsx watch --clear-screen=false src/index.ts | pino-pretty', source, 'src/index.ts'],
    ['node --watch --env-file .env server.js', server, 'server.js'],
    ['cross-env NODE_ENV=production node -r dotenv/config server.js', server, 'server.js'],
    ['NODE_ENV=production PORT=80 node --max-old-space-size=512 server.js', server, 'server.js'],
    ['set NODE_ENV=production&& node server.js', server, 'server.js'],
    ['npm run scss && node server.js', server, 'server.js'],
    ['concurrently --kill-others "tsx watch src/index.ts" "cd client && npm start"', source, 'src/index.ts'],
    ['concurrently "npm:api"', server, 'server.js'],
    ['run-p client api', server, 'server.js'],
    ['babel-node --presets @babel/env src/index.js', { 'src/index.js': 'x' }, 'src/index.js'],
    ['node -r @swc-node/register src/index.ts', source, 'src/index.ts'],
    ['bun run --hot src/index.ts', source, 'src/index.ts'],
    ['bun run api', server, 'server.js'],
    ['pm2-runtime start server.js -i max', server, 'server.js'],
    ['pm2 start ecosystem.config.json --no-daemon', { ...server, 'ecosystem.config.json': '{"apps": [{"name": "x", "script": "server.js"}]}' }, 'server.js'],
    ['dotenv -e .env.local -- node server.js', server, 'server.js'],
    ['npx -y nodemon server.js', server, 'server.js'],
    ['cd backend && node app.js', { 'backend/app.js': 'x' }, 'backend/app.js'],
    ['npm start --prefix backend', { 'backend/app.js': 'x', 'backend/package.json': '{"scripts": {"start": "node app"}}' }, 'backend/app.js'],
    ['sh ./start.sh', { ...server, 'start.sh': '#!/bin/sh\n# node old.js\nexec node server.js\n' }, 'server.js'],
    ['tsc-watch --onSuccess "node dist/index.js"', { ...source, 'tsconfig.json': '{"compilerOptions": {"outDir": "dist", "rootDir": "src"}}' }, 'src/index.ts'],
  ]
  for (const [command, files, expected] of cases) it(command, () => expect(startOf({ start: command, api: 'node server.js' }, files)).toBe(expected))

  it('is not sought in other scripts than those that start something', () => {
    expect(startOf({ start: 'react-scripts start', seed: 'node server.js', 'test:server': 'node server.js' }, server)).toBeUndefined()
  })
  it('is found in a later script when the first starts a front end', () => {
    expect(startOf({ start: 'react-scripts start', server: 'nodemon server' }, server)).toBe('server.js')
  })
  it('does not follow scripts that call each other for ever', () => {
    expect(startOf({ start: 'npm run dev', dev: 'npm start' }, server)).toBeUndefined()
  })
  it('may be named by Procfile, Dockerfile or main', () => {
    expect(startOf({}, { ...server, Procfile: 'worker: node jobs.js\nweb: node server.js\n' })).toBe('server.js')
    expect(startOf({}, { ...source, Dockerfile: 'FROM node\nCMD ["node", "dist/index.js"]\n' })).toBe('src/index.ts')
    expect(startOf({}, server, { main: './server.js' })).toBe('server.js')
  })
  it('of a folder may be named by the scripts above it', () => {
    const repo = snapshotOf({ 'package.json': manifest({ scripts: { start: 'node api/main.js' } }), 'api/package.json': manifest({ name: 'api' }), 'api/main.js': 'x' })
    expect(nodeProject(repo, 'api').starts.map(({ file, evidence }) => [file, evidence.file])).toEqual([['api/main.js', 'package.json']])
  })
  it('tells the script, its line and what it sets', () => {
    const repo = snapshotOf({ 'package.json': manifest({ scripts: { start: 'NODE_ENV=production node server.js' } }), ...server })
    expect(nodeProject(repo, '.').starts[0]).toMatchObject({ script: 'start', env: { NODE_ENV: 'production' }, built: false, evidence: { file: 'package.json', line: 4 } })
  })
})

describe('words of a command', () => {
  it('keep what is quoted together', () => {
    expect([...commandsOf(`a "b c" && d='e f' | g\\ h`)]).toEqual([['a', 'b c'], ['d=e f'], ['g h']])
  })
})

describe('the source of a built file', () => {
  const config = (options: object, over: object = {}): string => JSON.stringify({ compilerOptions: options, ...over })
  it('follows outDir and rootDir, through what the config extends', () => {
    const repo = snapshotOf({ 'tsconfig.base.json': config({ outDir: 'build', rootDir: 'code' }), 'tsconfig.json': '{ // ours\n "extends": "./tsconfig.base", "compilerOptions": {}, }', 'code/main.ts': 'x', 'code/index.ts': 'x' })
    expect(sourceOf(repo, '.', 'build/main.js')).toBe('code/main.ts')
    expect(sourceOf(repo, '.', 'build')).toBeUndefined()
  })
  it('keeps the source folder that stands in the built path', () => {
    const repo = snapshotOf({ 'tsconfig.json': config({ outDir: 'dist' }, { include: ['./*.js', 'src/**/*.ts'] }), 'src/index.ts': 'x' })
    expect(sourceOf(repo, '.', 'dist/src/index.js')).toBe('src/index.ts')
    expect(sourceOf(repo, '.', 'dist/index')).toBe('src/index.ts')
  })
  it('follows bundlers', () => {
    const repo = snapshotOf({ 'package.json': manifest({ scripts: { build: 'esbuild server/entry.ts --bundle --outfile=dist/app.js' } }), 'server/entry.ts': 'x' })
    expect(sourceOf(repo, '.', 'dist/app.js')).toBe('server/entry.ts')
  })
  it('is no guess for a file that is no build', () => {
    expect(sourceOf(snapshotOf({ 'src/index.ts': 'x' }), '.', 'scripts/index.js')).toBeUndefined()
  })
})

describe('package manager and Node version', () => {
  const managerOf = (files: Record<string, string>, root = '.'): string => nodeProject(snapshotOf(files), root).packageManager
  it('come from the field, then the lock file', () => {
    expect(managerOf({ 'package.json': manifest({ packageManager: 'pnpm@9.1.0' }), 'yarn.lock': '' })).toBe('pnpm')
    expect(managerOf({ 'package.json': manifest({}), 'yarn.lock': '' })).toBe('yarn')
    expect(managerOf({ 'package.json': manifest({}), 'bun.lock': '' })).toBe('bun')
    expect(managerOf({ 'package.json': manifest({}) })).toBe('npm')
  })
  it('come from the workspace for its members only', () => {
    const files = { 'package.json': manifest({ engines: { node: '>=22' } }), 'pnpm-workspace.yaml': 'packages:\n  - apps/*\n  - "!apps/old"\n', 'pnpm-lock.yaml': '', 'apps/api/package.json': manifest({ name: 'api' }), 'apps/old/package.json': manifest({}) }
    expect(nodeProject(snapshotOf(files), 'apps/api')).toMatchObject({ packageManager: 'pnpm', lock: 'pnpm-lock.yaml', workspace: { root: '.', members: ['apps/api'] }, runtime: { wanted: '>=22', source: 'package.json' } })
    expect(nodeProject(snapshotOf(files), 'apps/old')).toMatchObject({ packageManager: 'npm', lock: undefined, workspace: undefined, runtime: undefined })
  })
  it('come from version files where engines is silent', () => {
    const wanted = (files: Record<string, string>): unknown => nodeProject(snapshotOf({ 'package.json': manifest({}), ...files }), '.').runtime
    expect(wanted({ '.nvmrc': 'v20.11\n' })).toEqual({ wanted: '20.11', source: '.nvmrc' })
    expect(wanted({ '.nvmrc': 'lts/iron' })).toEqual({ wanted: 'lts/iron', source: '.nvmrc' })
    expect(wanted({ 'package.json': manifest({ volta: { node: '18.20.0' } }) })).toEqual({ wanted: '18.20.0', source: 'package.json' })
  })
})

describe('a package.json with an error', () => {
  it('is told, and what can be read of it is used', () => {
    const repo = snapshotOf({ 'package.json': '{\n  "name": "x",\n  "scripts": { "start": "node server.js" }\n  "dependencies": {}\n}\n', ...server })
    expect([...brokenManifests(repo)].map(({ file, reason }) => [file, /line 4/.test(reason)])).toEqual([['package.json', true]])
    expect(nodeProject(repo, '.').starts[0]?.file).toBe('server.js')
  })
  it('is not one with comments', () => {
    expect([...brokenManifests(snapshotOf({ 'package.json': '{\n // start\n "name": "x",\n}' }))]).toEqual([])
  })
})
