import { beforeAll, describe, expect, it } from 'vitest'
import { pythonGrammar } from '../../src/io/wasm.js'
import { loadParser } from '../../src/lang/python/tree.js'
import { snapshotOf } from '../../src/snapshot.js'
import type { App, Check, EmitContext } from '../../src/types.js'
import { loadAnalysis } from '../../templates/vercel/analysis.js'
import { boundNames } from '../../templates/vercel/binding.js'
import { emit } from '../../templates/vercel/emit.js'
import { prove } from '../../templates/vercel/prove.js'
import { configErrors } from '../../templates/vercel/schema.js'

beforeAll(async () => {
  await loadParser(pythonGrammar())
})

const flask = 'from flask import Flask\n\napp = Flask(__name__)\n'
function context(file: string, symbol = 'app', more: Partial<App> = {}, rest: Partial<EmitContext> = {}): EmitContext {
  const app: App = { root: '.', framework: 'flask', language: 'python', entry: { file, symbol, kind: 'instance' }, rivals: [], packageManager: 'pip', existing: [], evidence: [], ...more }
  return { app, needs: [{ kind: 'entry' }], plan: 'free', shape: 'auto', folders: [], ...rest }
}
async function failing(files: Record<string, string>, ctx: EmitContext): Promise<readonly Check[]> {
  return (await prove(snapshotOf(files), ctx)).filter(check => !check.ok)
}

describe('what emit writes is what Vercel finds', () => {
  it.each<[string, Record<string, string>, EmitContext]>([
    ['a root app', { 'app.py': flask, 'requirements.txt': 'Flask\n' }, context('app.py')],
    ['the preset', { 'app.py': flask, 'requirements.txt': 'Flask\n', 'api/x.py': 'y = 1\n' }, context('app.py')],
    ['an odd name', { 'srv.py': 'api = 1\n' }, context('srv.py', 'api')],
    ['a factory', { 'shop/__init__.py': 'def create_app(): ...\n', 'requirements.txt': 'flask\n' }, context('shop/__init__.py', 'create_app', { entry: { file: 'shop/__init__.py', symbol: 'create_app', kind: 'factory' } })],
    ['a service', { 'backend/app.py': flask, 'backend/requirements.txt': 'Flask\n' }, context('backend/app.py', 'app', { root: 'backend' })],
    ['a native service', { 'backend/srv.py': 'api = 1\n', 'backend/requirements.txt': 'Flask\n' }, context('backend/srv.py', 'api', { root: 'backend' }, { shape: 'native' })],
    ['a pinned module', { 'pkg/srv.py': 'api = 1\n', 'pyproject.toml': '[project]\nname = "x"\nversion = "1"\ndependencies = ["flask"]\n' }, context('pkg/srv.py', 'api', { packageManager: 'uv' }, { shape: 'native' })],
    ['poetry', { 'app.py': flask, 'pyproject.toml': '[tool.poetry]\nname = "x"\n[tool.poetry.dependencies]\nflask = "^3.0"\n' }, context('app.py', 'app', { packageManager: 'poetry' })],
    ['no manifest', { 'app.py': flask }, context('app.py')],
  ])('%s', async (_, files, ctx) => {
    const repo = snapshotOf(files)
    const after = repo.with(emit(repo, ctx).changes)
    const checks = await prove(after, ctx)
    expect(checks.filter(check => !check.ok)).toEqual([])
    expect(checks.find(check => check.title === 'Vercel finds the app')?.detail).toContain(emit(repo, ctx).entry.file)
  })
})

describe('what is wrong is said', () => {
  const good = { 'app.py': flask, 'api/index.py': 'from app import app\n', 'requirements.txt': 'Flask\n', 'public/x.txt': 'x', '.vercelignore': '.env\n', 'vercel.json': '{"framework": null, "rewrites": [{"source": "/(.*)", "destination": "/api/index"}]}' }
  it('nothing, to begin with', async () => {
    expect(await failing(good, context('app.py'))).toEqual([])
  })
  it.each<[string, Record<string, string>, string]>([
    ['no app in the entry', { 'api/index.py': 'if True:\n    from app import app\n' }, 'Vercel finds the app'],
    ['no rewrite to it', { 'vercel.json': '{"framework": null}' }, 'Vercel finds the app'],
    ['an entry that is dropped', { '.vercelignore': '.env\napi/\n' }, 'Vercel finds the app'],
    ['a public folder that is dropped', { '.gitignore': 'public/\n' }, 'No source file is published'],
    ['a tool-only pyproject.toml', { 'pyproject.toml': '[tool.black]\n' }, 'Vercel finds the dependencies'],
    ['a manifest nearer to the entry', { 'api/requirements.txt': 'requests\n' }, 'Vercel finds the dependencies'],
    ['no .env in .vercelignore', { '.vercelignore': '*.pyc\n' }, '.env is not uploaded'],
    ['functions beside builds', { 'vercel.json': '{"builds": [{"src": "app.py", "use": "@vercel/python"}], "functions": {"app.py": {"maxDuration": 10}}}' }, 'vercel.json has the form that Vercel takes'],
  ])('%s', async (_, change, title) => {
    expect((await failing({ ...good, ...change }, context('app.py'))).map(check => check.title)).toEqual([title])
  })
  it('a public folder that is not there', async () => {
    const { 'public/x.txt': _, ...without } = good
    expect((await failing(without, context('app.py'))).map(check => check.title)).toEqual(['No source file is published'])
  })
  it('a Pipfile.lock older than its Pipfile, also when nothing was added just now', async () => {
    const { 'requirements.txt': _, ...without } = good
    const pipfile = '[packages]\nflask = "*"\nrequests = "*"\n\n[requires]\npython_version = "3.12"\n'
    const lock = (names: readonly string[]): string => JSON.stringify({ _meta: { 'pipfile-spec': 6, requires: { python_version: '3.12' }, sources: [] }, default: Object.fromEntries(names.map(name => [name, { version: '==1.0' }])), develop: {} })
    const checks = await failing({ ...without, Pipfile: pipfile, 'Pipfile.lock': lock(['flask']) }, context('app.py'))
    expect(checks.map(check => check.detail)).toEqual(['Pipfile.lock is what Vercel installs from, and it lacks requests.'])
    expect(await failing({ ...without, Pipfile: pipfile, 'Pipfile.lock': lock(['flask', 'requests']) }, context('app.py'))).toEqual([])
  })
  it('a missing dependency by name', async () => {
    const checks = await failing(good, context('app.py', 'app', {}, { needs: [{ kind: 'dependency', name: 'psycopg2-binary', why: '' }] }))
    expect(checks.map(check => check.detail)).toEqual(['requirements.txt is what Vercel installs from, and it lacks psycopg2-binary.'])
  })
})

describe('the form of vercel.json', () => {
  it.each([
    [{ functions: {} }, 'functions'],
    [{ functions: { '/api/index.py': { maxDuration: 10 } } }, 'functions'],
    [{ functions: { 'api/index.py': { runtime: 'python3.9' } } }, 'runtime'],
    [{ functions: { 'api/index.py': { maxDuration: 3601 } } }, 'maxDuration'],
    [{ functions: { 'api/index.py': { includeFiles: ['a'] } } }, 'includeFiles'],
    [{ crons: [{ path: '/x', schedule: '@daily' }] }, 'schedule'],
    [{ crons: [{ path: 'x', schedule: '0 0 * * *' }] }, 'path'],
    [{ rewrites: [{ src: '/', destination: '/' }] }, 'rewrites'],
    [{ services: { API: { root: 'x' } } }, 'services'],
  ])('refuses %j', (config, place) => {
    expect(configErrors(config).join('\n')).toContain(place)
  })
  it('takes what the platform takes', () => {
    expect(configErrors({ functions: { 'api/*.php': { runtime: 'vercel-php@0.7.4', maxDuration: 'max' } }, framework: null, unknown: 1 })).toEqual([])
  })
})

describe('top-level bindings, as the platform reads them', () => {
  it.each([
    'app = 1', 'app: X = 1', 'app: X', 'application = f()', 'handler = 1', 'class handler: pass', 'class Handler(B): pass', 'class app: pass', 'def app(e, s): pass',
    'async def application(): pass', '@d\ndef app(): pass', 'from x import app', 'from x import (a, b as app)', 'from x import app as b', 'import app', 'import x as app', 'from x import *',
    'if 1:\n  app = 1', 'try:\n  app = 1\nexcept: pass', 'a = app = 1', 'app, b = 1, 2', 'app += 1', 'app.x = 1', '"""\napp = 1\n"""', 'x = 1; app = 2', 'def f():\n  app = 1', '(app := 1)', 'app = (\n  1)',
  ])('%j', async source => {
    expect(boundNames(source).length > 0).toBe((await loadAnalysis().findAppOrHandler(source)) !== null)
  })
})
