import { beforeAll, describe, expect, it } from 'vitest'
import { pythonGrammar } from '../../src/io/wasm.js'
import { loadParser } from '../../src/lang/python/tree.js'
import { snapshotOf } from '../../src/snapshot.js'
import type { App, Check, EmitContext, Emission, Snapshot } from '../../src/types.js'
import { emit } from '../../templates/vercel/emit.js'
import { prove } from '../../templates/vercel/prove.js'
import { serves } from '../../templates/vercel/serves.js'

beforeAll(async () => {
  await loadParser(pythonGrammar())
})

type Files = Readonly<Record<string, string>>
const manage = (settings = 'mysite.settings'): string => `import os, sys\n\nif __name__ == '__main__':\n    os.environ.setdefault('DJANGO_SETTINGS_MODULE', '${settings}')\n    from django.core.management import execute_from_command_line\n    execute_from_command_line(sys.argv)\n`
const settings = "INSTALLED_APPS = ['django.contrib.admin', 'blog']\nROOT_URLCONF = 'mysite.urls'\nWSGI_APPLICATION = 'mysite.wsgi.application'\nDATABASES = {}\n"
const wsgi = (kind = 'wsgi'): string => `from django.core.${kind} import get_${kind}_application\n\napplication = get_${kind}_application()\n`
function project(dir = '', more: Files = {}): Files {
  const files = { 'manage.py': manage(), 'mysite/__init__.py': '', 'mysite/settings.py': settings, 'mysite/wsgi.py': wsgi(), 'mysite/urls.py': "urlpatterns = [path('admin/', admin.site.urls)]\n", 'requirements.txt': 'Django==5.2.8\n', ...more }
  return Object.fromEntries(Object.entries(files).map(([path, text]) => [dir + path, text]))
}
function context(dir = '', more: Partial<App> = {}, rest: Partial<EmitContext> = {}): EmitContext {
  const app: App = { root: dir === '' ? '.' : dir.slice(0, -1), framework: 'django', language: 'python', entry: { file: `${dir}mysite/wsgi.py`, symbol: 'application', kind: 'wsgi' }, rivals: [], packageManager: 'pip', existing: [], evidence: [], ...more }
  return { app, needs: [{ kind: 'entry' }], plan: 'free', shape: 'auto', folders: [], ...rest }
}
function run(files: Files, ctx: EmitContext): { emission: Emission; after: Snapshot; config: Record<string, unknown> } {
  const repo = snapshotOf(files)
  const emission = emit(repo, ctx)
  const after = repo.with(emission.changes)
  expect(emit(after, ctx).changes, 'a second run changes nothing').toEqual([])
  return { emission, after, config: JSON.parse(after.text('vercel.json') ?? '{}') as Record<string, unknown> }
}
const failing = async (repo: Snapshot, ctx: EmitContext): Promise<readonly Check[]> => (await prove(repo, ctx)).filter(check => !check.ok)

describe('a Django project', () => {
  it('is told which settings its commands run with, where manage.py names others than wsgi.py', () => {
    const named = `import os\n\nos.environ.setdefault("DJANGO_SETTINGS_MODULE", "mysite.prod")\n${wsgi()}`
    const steps = (files: Files): readonly string[] => run(project('', files), context()).emission.steps.filter(step => step.includes('DJANGO_SETTINGS_MODULE'))
    expect(steps({ 'mysite/prod.py': 'from .settings import *\n', 'mysite/wsgi.py': named })).toEqual([expect.stringMatching(/^Set DJANGO_SETTINGS_MODULE to mysite\.prod .*would take mysite\.settings\.$/)])
    expect(steps({ 'mysite/wsgi.py': named.replace('mysite.prod', 'mysite.settings') })).toEqual([])
  })
  it('at the root is left to the preset, without a shim and without public/', async () => {
    const { emission, after, config } = run(project(), context())
    expect(config).toEqual({ $schema: 'https://openapi.vercel.sh/vercel.json', framework: 'django' })
    expect(emission.entry).toMatchObject({ shape: 'native', file: 'mysite/wsgi.py' })
    expect(emission.entry.why).toContain('WSGI_APPLICATION')
    expect(after.list().filter(path => path.startsWith('api/') || path.startsWith('public/'))).toEqual([])
    const checks = await prove(after, context())
    expect(checks.filter(check => !check.ok)).toEqual([])
    expect(checks.find(check => check.title === 'Vercel finds the app')?.detail).toBe('manage.py leads to WSGI_APPLICATION in mysite/settings.py:3 (mysite.wsgi.application), so it serves application of mysite/wsgi.py.')
    expect(serves(after, context().app)).toBe('mysite/wsgi.py')
  })
  it('is served through ASGI_APPLICATION where both are set', async () => {
    const files = project('', { 'mysite/settings.py': `${settings}ASGI_APPLICATION = 'mysite.asgi.application'\n`, 'mysite/asgi.py': wsgi('asgi') })
    const { emission, after } = run(files, context('', {}, { needs: [{ kind: 'duration', seconds: 400 }] }))
    expect(emission.entry.file).toBe('mysite/asgi.py')
    expect(emission.entry.why).toContain('in place of mysite/wsgi.py, because ASGI_APPLICATION goes first')
    expect(JSON.parse(after.text('vercel.json') ?? '')).toMatchObject({ functions: { 'mysite/asgi.py': { maxDuration: 300 } } })
    expect(await failing(after, context())).toEqual([])
  })
  it.each([
    ['with its own manifest', project('backend/'), context('backend/'), 'backend'],
    ['with the manifest at the root', { ...project('backend/'), 'backend/requirements.txt': '', 'requirements.txt': 'Django\n' }, context('backend/', { root: '.' }), 'backend'],
    ['two folders down', project('a/b/'), context('a/b/'), 'a/b'],
  ])('in a folder becomes a service of it, named by no entrypoint: %s', async (_, files, ctx, root) => {
    const { 'backend/requirements.txt': empty, ...rest } = files
    const { emission, after, config } = run(empty === '' ? rest : files, ctx)
    expect(config).toEqual({ $schema: 'https://openapi.vercel.sh/vercel.json', services: { api: { root, framework: 'django' } }, rewrites: [{ source: '/(.*)', destination: { service: 'api' } }] })
    expect(emission.entry).toMatchObject({ shape: 'services', file: `${root}/mysite/wsgi.py` })
    expect(await failing(after, ctx)).toEqual([])
  })
  it('in a folder with a config of its own needs the Root Directory', () => {
    const files = { ...project('backend/'), 'backend/vercel.json': '{}\n' }
    const { emission, after } = run(files, context('backend/'))
    expect(emission.steps[0]).toContain('Root Directory to backend')
    expect(after.text('backend/vercel.json')).toContain('"framework": "django"')
    expect(after.has('vercel.json')).toBe(false)
  })
  it('with split settings is followed to the file that names the app', async () => {
    const { 'mysite/settings.py': _, ...rest } = project()
    const files = { ...rest, 'manage.py': manage('mysite.settings.local'), 'mysite/settings/__init__.py': '', 'mysite/settings/base.py': settings, 'mysite/settings/local.py': 'from .base import *\n' }
    const { emission, after } = run(files, context())
    expect(emission.entry.file).toBe('mysite/wsgi.py')
    expect(await failing(after, context())).toEqual([])
  })
  it('whose settings name no app is said to be refused', async () => {
    const files = project('', { 'mysite/settings.py': 'DATABASES = {}\n' })
    const { after } = run(files, context())
    expect(serves(after, context().app)).toBeUndefined()
    const [check] = await failing(after, context())
    expect(check?.detail).toContain('Add WSGI_APPLICATION')
  })
  it('can not be entered through api/', () => {
    expect(() => emit(snapshotOf(project()), context('', {}, { shape: 'api' }))).toThrow(/the Django preset does not look into api\//)
  })
  it('is migrated by hand, before the deployment, and gets its first admin', () => {
    const { emission } = run(project(), context('', {}, { needs: [{ kind: 'env', name: 'SECRET_KEY', secret: true, why: '' }] }))
    const at = (start: string): number => emission.steps.findIndex(step => step.includes(start))
    expect(at('vercel env add SECRET_KEY production')).toBeGreaterThan(-1)
    expect(at('python manage.py migrate')).toBeGreaterThan(at('vercel env add'))
    expect(at('createsuperuser')).toBeGreaterThan(at('manage.py migrate'))
    expect(at('vercel deploy')).toBeGreaterThan(at('createsuperuser'))
  })
  it('without a database or an admin gets no such steps', () => {
    const bare = run(project('', { 'mysite/settings.py': "WSGI_APPLICATION = 'mysite.wsgi.application'\n" }), context())
    expect(bare.emission.steps.filter(step => step.includes('manage.py'))).toEqual([])
    const plain = run(project('', { 'mysite/urls.py': 'urlpatterns = []\n' }), context())
    expect(plain.emission.steps.filter(step => step.includes('createsuperuser'))).toEqual([])
  })
  it('leaves its database file behind once the database is a server, and not before', () => {
    const files = { ...project(), 'db.sqlite3': 'x' }
    const lines = (ctx: EmitContext, of: Files = files): readonly string[] => (run(of, ctx).after.text('.vercelignore') ?? '').split('\n')
    const moved = context('', {}, { needs: [{ kind: 'entry' }, { kind: 'database', engine: 'postgres' }] })
    expect(lines(moved)).toContain('db.sqlite3')
    expect(lines(context())).not.toContain('db.sqlite3')
    expect(lines(moved, project())).not.toContain('db.sqlite3')
  })
  it('takes its settings of a function to the file that is served, and says old builds of it in the new way', () => {
    const old = '{"version": 2, "builds": [{"src": "mysite/wsgi.py", "use": "@vercel/python", "config": {"maxLambdaSize": "15mb"}}], "routes": [{"src": "/(.*)", "dest": "mysite/wsgi.py"}]}'
    expect(run({ ...project(), 'vercel.json': old }, context()).config).toEqual({ $schema: 'https://openapi.vercel.sh/vercel.json', framework: 'django' })
  })
})

describe('a FastAPI app', () => {
  const app = 'from fastapi import FastAPI\n\napp = FastAPI()\n'
  const at = (file: string, more: Partial<App> = {}, rest: Partial<EmitContext> = {}): EmitContext => context('', { framework: 'fastapi', entry: { file, symbol: 'app', kind: 'instance' }, ...more }, rest)
  it('is handed over by api/index.py, as a Flask app is', async () => {
    const { emission, after, config } = run({ 'main.py': app, 'requirements.txt': 'fastapi\n' }, at('main.py'))
    expect(emission.entry).toMatchObject({ shape: 'api', file: 'api/index.py' })
    expect(config).toMatchObject({ framework: null, rewrites: [{ source: '/(.*)', destination: '/api/index' }] })
    expect(await failing(after, at('main.py'))).toEqual([])
  })
  it('is found by its own preset in src/', async () => {
    const files = { 'src/server/main.py': app, 'src/server/__init__.py': '', 'requirements.txt': 'fastapi\n' }
    const { after, config, emission } = run(files, at('src/server/main.py'))
    expect(config['framework']).toBe('fastapi')
    expect(emission.entry.why).toContain('The FastAPI preset finds api/index.py')
    expect(await failing(after, at('src/server/main.py'))).toEqual([])
  })
  it('serves the file that an unusable entry in api/ only hands on, and stays with it', () => {
    const files = {
      'app/__init__.py': '', 'app/main.py': app, 'requirements.txt': 'fastapi\n',
      'api/index.py': 'try:\n    from mangum import Mangum\n    from app.main import app\n    handler = Mangum(app)\nexcept ImportError:\n    raise\n',
      'vercel.json': '{"rewrites": [{"source": "/(.*)", "destination": "/api/index"}]}\n',
    }
    const { emission, after, config } = run(files, at('api/index.py'))
    expect(emission.entry).toMatchObject({ shape: 'native', file: 'app/main.py' })
    expect(config).toMatchObject({ framework: 'fastapi' })
    expect(config['rewrites']).toBeUndefined()
    expect(after.list().filter(path => path.endsWith('.py'))).toEqual(['api/index.py', 'app/__init__.py', 'app/main.py'])
  })
  it('in a folder is a service of its framework', () => {
    const { config } = run({ 'backend/server.py': app, 'backend/requirements.txt': 'fastapi\n' }, at('backend/server.py', { root: 'backend' }))
    expect(config['services']).toEqual({ api: { root: 'backend', framework: 'fastapi', entrypoint: 'api/index.py' } })
  })
  it('may be plain Starlette', async () => {
    const { after } = run({ 'main.py': 'from starlette.applications import Starlette\napp = Starlette()\n', 'requirements.txt': 'starlette\n' }, at('main.py'))
    expect(await failing(after, at('main.py'))).toEqual([])
  })
  it('is refused as native where the builder would not look, with the builder\'s own words', () => {
    expect(() => emit(snapshotOf({ 'pkg/web.py': app, 'requirements.txt': 'fastapi\n' }), at('pkg/web.py', {}, { shape: 'native' }))).toThrow(/FASTAPI_ENTRYPOINT_NOT_FOUND/)
  })
})
