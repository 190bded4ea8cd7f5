import { beforeAll, describe, expect, it } from 'vitest'
import { pythonGrammar } from '../../src/io/wasm.js'
import { loadParser } from '../../src/lang/python/tree.js'
import { snapshotOf } from '../../src/snapshot.js'
import type { App, EmitContext, Emission, Entry, Snapshot } from '../../src/types.js'
import { emit } from '../../templates/vercel/emit.js'

beforeAll(async () => {
  await loadParser(pythonGrammar())
})

const app = 'from flask import Flask\n\napp = Flask(__name__)\n'
const req = 'Flask==3.1.1\n'

function appAt(file: string, symbol = 'app', more: Partial<App> & { kind?: Entry['kind']; args?: string } = {}): App {
  const { kind = 'instance', args, ...rest } = more
  return { root: '.', framework: 'flask', language: 'python', entry: { file, symbol, kind, ...(args === undefined ? {} : { args }) }, rivals: [], packageManager: 'pip', existing: [], evidence: [], ...rest }
}
function context(of: App, more: Partial<EmitContext> = {}): EmitContext {
  return { app: of, needs: [{ kind: 'entry' }], plan: 'free', shape: 'auto', folders: [], ...more }
}
function run(files: Record<string, string>, ctx: EmitContext): { emission: Emission; after: Snapshot; config: Record<string, unknown> } {
  const repo = snapshotOf(files)
  const emission = emit(repo, ctx)
  const after = repo.with(emission.changes)
  const file = after.has('vercel.json') ? 'vercel.json' : `${ctx.app.root}/vercel.json`
  const again = emit(after, ctx)
  expect(again.changes, 'a second run changes nothing').toEqual([])
  expect(again.entry.file).toBe(emission.entry.file)
  return { emission, after, config: JSON.parse(after.text(file) ?? '') as Record<string, unknown> }
}
function refusal(files: Record<string, string>, ctx: EmitContext): { message: string; exit: unknown } {
  try {
    emit(snapshotOf(files), ctx)
  } catch (error) {
    return error as { message: string; exit: unknown }
  }
  throw new Error('it was not refused')
}

describe('the shape', () => {
  it('hands a root app over without a preset, and publishes a placeholder in place of the source', () => {
    const { after, config, emission } = run({ 'app.py': app, 'requirements.txt': req }, context(appAt('app.py')))
    expect(config).toEqual({ $schema: 'https://openapi.vercel.sh/vercel.json', framework: null, rewrites: [{ source: '/(.*)', destination: '/api/index' }] })
    expect(after.text('api/index.py')).toContain('from app import app\n')
    expect(after.text('public/.gitkeep')).toContain('public/')
    expect(after.text('.python-version')).toBe('3.12\n')
    expect(after.text('.vercelignore')?.split('\n')).toContain('.env')
    expect(emission.entry).toMatchObject({ shape: 'api', file: 'api/index.py' })
  })
  it('gives an odd symbol its name', () => {
    const { after, config } = run({ 'server.py': app.replace('app =', 'api ='), 'requirements.txt': req }, context(appAt('server.py', 'api')))
    expect(after.text('api/index.py')).toContain('from server import api as app')
    expect(config['framework']).toBe('flask')
    expect(config['rewrites']).toBeUndefined()
  })
  it('calls a factory with the arguments of the start script', () => {
    const files = { 'shop/__init__.py': 'def create_app(cfg=None):\n    pass\n', 'requirements.txt': req }
    const { after, config, emission } = run(files, context(appAt('shop/__init__.py', 'create_app', { kind: 'factory', args: '"production"' })))
    expect(after.text('api/index.py')).toMatch(/from shop import create_app\n\napp = create_app\("production"\)\n$/)
    expect(config).toEqual({ $schema: 'https://openapi.vercel.sh/vercel.json', framework: 'flask' })
    expect(emission.entry.shape).toBe('api')
    expect(after.has('public/.gitkeep')).toBe(false)
  })
  it('takes the null shape for a factory that an earlier candidate shadows', () => {
    const files = { 'shop/__init__.py': 'def create_app(): ...\n', 'server.py': 'app = object()\n', 'requirements.txt': req }
    const { config } = run(files, context(appAt('shop/__init__.py', 'create_app', { kind: 'factory' })))
    expect(config['framework']).toBeNull()
  })
  it('leaves the app to the preset where api/ holds other code', () => {
    const files = { 'app.py': app, 'requirements.txt': req, 'api/__init__.py': '', 'api/routes.py': 'from flask import Blueprint\n' }
    const { config, emission, after } = run(files, context(appAt('app.py')))
    expect(config).toEqual({ $schema: 'https://openapi.vercel.sh/vercel.json', framework: 'flask' })
    expect(emission.entry).toMatchObject({ shape: 'native', file: 'app.py' })
    expect(after.has('api/index.py')).toBe(false)
  })
  it('leaves the app to the preset where it uses public/', () => {
    const { emission } = run({ 'app.py': app, 'requirements.txt': req, 'public/a.css': 'x' }, context(appAt('app.py'), { folders: ['public'] }))
    expect(emission.entry.shape).toBe('native')
  })
  it('leaves the app to the preset where public/ never reaches Vercel', () => {
    const { emission } = run({ 'app.py': app, 'requirements.txt': req, '.gitignore': 'public/\n' }, context(appAt('app.py')))
    expect(emission.entry.shape).toBe('native')
    expect(emission.entry.why).toContain('public/')
  })
  it('makes an app in a sub-folder a service', () => {
    const files = { 'backend/server.py': `from helpers import x\n${app}`, 'backend/helpers.py': 'x = 1\n', 'backend/requirements.txt': req, 'frontend/index.html': '<p>' }
    const { config, after, emission } = run(files, context(appAt('backend/server.py', 'app', { root: 'backend' }), { needs: [{ kind: 'cron', job: 'j', path: '/cron/j', schedule: '0 5 * * *', was: '' }] }))
    expect(config).toEqual({
      $schema: 'https://openapi.vercel.sh/vercel.json',
      services: { api: { root: 'backend', framework: 'flask', entrypoint: 'api/index.py' } },
      rewrites: [{ source: '/(.*)', destination: { service: 'api' } }],
      crons: [{ path: '/cron/j', schedule: '0 5 * * *' }],
    })
    expect(after.text('backend/api/index.py')).toContain('from server import app')
    expect(after.text('backend/.python-version')).toBe('3.12\n')
    expect(after.has('.vercelignore')).toBe(true)
    expect(emission.entry).toMatchObject({ shape: 'services', file: 'backend/api/index.py' })
  })
  it('uses the Root Directory where the sub-folder has a config of its own', () => {
    const files = { 'backend/app.py': app, 'backend/requirements.txt': req, 'backend/vercel.json': '{}\n' }
    const { emission, after } = run(files, context(appAt('backend/app.py', 'app', { root: 'backend' })))
    expect(emission.steps[0]).toContain('Root Directory to backend')
    expect(after.text('backend/vercel.json')).toContain('"framework": null')
    expect(after.has('vercel.json')).toBe(false)
  })
  it('puts the folder of a script on the path when it imports its neighbours', () => {
    const files = { 'src/server.py': `import models\n${app.replace('app =', 'api =')}`, 'src/models.py': '', 'requirements.txt': req }
    const { after } = run(files, context(appAt('src/server.py', 'api')))
    expect(after.text('api/index.py')).toMatch(/sys\.path\.insert\(0, str\(Path\(__file__\)\.resolve\(\)\.parents\[1\] \/ "src"\)\)\n\nfrom server import api as app {2}# noqa: E402\n$/)
  })
  it('puts src on the path for a package in it', () => {
    const { after } = run({ 'src/shop/__init__.py': 'def create_app(): ...\n', 'src/shop/x.py': 'from shop import y\n', 'requirements.txt': req }, context(appAt('src/shop/__init__.py', 'create_app', { kind: 'factory' })))
    expect(after.text('api/index.py')).toContain('/ "src"))\n\nfrom shop import create_app')
  })
  it('imports a file whose name is no identifier by its text', () => {
    const { after } = run({ 'my-app.py': app, 'requirements.txt': req }, context(appAt('my-app.py')))
    expect(after.text('api/index.py')).toContain('app = import_module("my-app").app')
  })
  it('keeps an entry in api/ that is there', () => {
    const files = { 'app.py': app, 'api/index.py': '# mine\nfrom app import app\n', 'requirements.txt': req }
    const { after, config } = run(files, context(appAt('app.py')))
    expect(after.text('api/index.py')).toBe('# mine\nfrom app import app\n')
    expect(config['framework']).toBeNull()
    const own = run({ 'api/index.py': app, 'requirements.txt': req, 'vercel.json': '{"rewrites":[{"source":"/(.*)","destination":"/api/index"}]}' }, context(appAt('api/index.py')))
    expect(own.after.text('api/index.py')).toBe(app)
    expect(own.config['framework']).toBeNull()
    expect(own.config['rewrites']).toHaveLength(1)
  })
  it('leaves old builds that say more alone but for the crons', () => {
    const builds = '{"version": 2, "builds": [{"src": "app.py", "use": "@vercel/python"}], "routes": [{"src": "/(.*)", "methods": ["GET"], "dest": "app.py"}]}'
    const { config, emission } = run({ 'app.py': app, 'requirements.txt': req, 'vercel.json': builds }, context(appAt('app.py'), { needs: [{ kind: 'duration', seconds: 600 }] }))
    expect(Object.keys(config)).toEqual(['$schema', 'version', 'builds', 'routes'])
    expect(emission.entry.file).toBe('app.py')
  })
  it('says in the new way what old builds of the entry alone said', () => {
    const own = (src: string): string => `{"version": 2, "name": "x", "builds": [{"src": "${src}", "use": "@vercel/python"}, {"src": "static/**", "use": "@vercel/static"}], "routes": [{"src": "/static/(.*)", "dest": "/static/$1"}, {"src": "/(.*)", "dest": "${src}"}], "functions": {"${src}": {"maxDuration": 10}}}`
    const files = { 'requirements.txt': req, 'static/a.css': '' }
    const inApi = run({ ...files, 'api/index.py': app, 'vercel.json': own('api/index.py') }, context(appAt('api/index.py'), { folders: ['static'] }))
    expect(inApi.config).toEqual({ $schema: 'https://openapi.vercel.sh/vercel.json', name: 'x', functions: { 'api/index.py': { maxDuration: 10 } }, rewrites: [{ source: '/(.*)', destination: '/api/index' }], framework: null })
    const atRoot = run({ ...files, 'app.py': app, 'vercel.json': own('app.py') }, context(appAt('app.py'), { folders: ['static'] }))
    expect(atRoot.config['functions']).toEqual({ 'api/index.py': { maxDuration: 10 } })
    expect(atRoot.config['builds']).toBeUndefined()
    const published = `{"builds": [{"src": "app.py", "use": "@vercel/python"}], "routes": [{"src": "/robots.txt", "dest": "/public/robots.txt"}, {"src": "/(.*)", "dest": "app.py"}]}`
    expect(run({ ...files, 'app.py': app, 'public/robots.txt': '', 'vercel.json': published }, context(appAt('app.py'))).config['rewrites']).toEqual([{ source: '/(.*)', destination: '/api/index' }])
    // Nobody would serve static/ any more.
    expect(run({ ...files, 'app.py': app, 'vercel.json': own('app.py') }, context(appAt('app.py'))).config['builds']).toHaveLength(2)
  })
})

describe('an entry that was asked for', () => {
  const files = { 'app.py': app, 'requirements.txt': req }
  it('native is taken where the preset finds the app', () => {
    expect(run(files, context(appAt('app.py'), { shape: 'native' })).config['framework']).toBe('flask')
  })
  it.each([
    ['a factory', { 'shop/__init__.py': 'def create_app(): ...\n' }, appAt('shop/__init__.py', 'create_app', { kind: 'factory' }), 'factory'],
    ['another file first', { 'app.py': app, 'wsgi.py': app }, appAt('wsgi.py'), 'app.py is tried before wsgi.py'],
    ['a place nobody looks', { 'pkg/web.py': app }, appAt('pkg/web.py'), 'does not look into pkg/web.py'],
    ['an odd name', { 'server.py': app.replace('app =', 'api =') }, appAt('server.py', 'api'), '"api"'],
    ['neighbours', { 'src/app.py': `import models\n${app}`, 'src/models.py': '' }, appAt('src/app.py'), 'die at import'],
  ])('native is refused: %s', (_, more, of, why) => {
    const error = refusal({ 'requirements.txt': req, ...more }, context(of, { shape: 'native' }))
    expect(error.exit).toBe(3)
    expect(error.message).toContain(why)
  })
  it('api is refused where a file of api/ would take its routes', () => {
    const error = refusal({ ...files, 'api/hook.py': 'app = 1\n' }, context(appAt('app.py'), { shape: 'api' }))
    expect(error.exit).toBe(3)
    expect(error.message).toContain('app.py would be served, and api/index.py ignored')
    expect(error.message).toContain('/api/hook')
  })
  it('api is refused where the source would be published', () => {
    expect(refusal({ ...files, '.gitignore': 'public\n' }, context(appAt('app.py'), { shape: 'api' })).message).toContain('publish the source')
  })
  it('api is refused where a rewrite sends everything elsewhere', () => {
    const vercel = '{"rewrites": [{"source": "/(.*)", "destination": "/index.html"}]}'
    expect(refusal({ ...files, 'vercel.json': vercel }, context(appAt('app.py'), { shape: 'api' })).message).toContain('/index.html')
  })
  it('native in a service names module and object', () => {
    const { config } = run({ 'backend/srv.py': app.replace('app =', 'api ='), 'backend/requirements.txt': req }, context(appAt('backend/srv.py', 'api', { root: 'backend' }), { shape: 'native' }))
    expect(config['services']).toEqual({ api: { root: 'backend', framework: 'flask', entrypoint: 'srv:api' } })
  })
})

describe('vercel.json', () => {
  it('keeps order, indentation, unknown keys and line ends', () => {
    const before = '{\r\n\t"regions": ["fra1"],\r\n\t"headers": [],\r\n\t"x-own": {"a": 1}\r\n}\r\n'
    const { after } = run({ 'app.py': app, 'requirements.txt': req, 'vercel.json': before }, context(appAt('app.py'), { shape: 'native' }))
    expect(after.text('vercel.json')).toBe('{\r\n\t"$schema": "https://openapi.vercel.sh/vercel.json",\r\n\t"regions": ["fra1"],\r\n\t"headers": [],\r\n\t"x-own": {"a": 1},\r\n\t"framework": "flask"\r\n}\r\n')
  })
  it('moves the settings of a function to the file that is served', () => {
    const { config } = run({ 'app.py': app, 'requirements.txt': req, 'vercel.json': '{"functions": {"app.py": {"maxDuration": 60}}}' }, context(appAt('app.py')))
    expect(config['functions']).toEqual({ 'api/index.py': { maxDuration: 60 } })
  })
  it('moves them from a glob, and keeps globs that reach api/', () => {
    const vercel = '{"functions": {"*.py": {"maxDuration": 60}, "lib/*.py": {"memory": 512}, "api/**": {"includeFiles": "x"}}}'
    expect(run({ 'app.py': app, 'lib/a.py': '', 'requirements.txt': req, 'vercel.json': vercel }, context(appAt('app.py'))).config['functions']).toEqual({ 'api/**': { includeFiles: 'x' }, 'api/index.py': { maxDuration: 60 } })
  })
  it('drops a rewrite that a preset would turn into another path', () => {
    const vercel = '{"rewrites": [{"source": "/(.*)", "destination": "/api/index"}, {"source": "/a", "destination": "https://example.org"}]}'
    const { config } = run({ 'app.py': app, 'requirements.txt': req, 'vercel.json': vercel, 'api/x.py': 'y = 1\n' }, context(appAt('app.py')))
    expect(config['rewrites']).toEqual([{ source: '/a', destination: 'https://example.org' }])
  })
  it('is refused with its place when it does not parse', () => {
    const error = refusal({ 'app.py': app, 'vercel.json': '{\n  "a": 1,\n}\n' }, context(appAt('app.py')))
    expect(error.exit).toBe(2)
    expect(error.message).toMatch(/^vercel\.json does not parse at line 3, column 1/)
  })
  it('writes a cron that the plan allows, and never one that it refuses', () => {
    const cron = { kind: 'cron', job: 'check', path: '/cron/check', schedule: '*/5 * * * *', was: 'every 5 minutes' } as const
    const files = { 'app.py': app, 'requirements.txt': req }
    expect(run(files, context(appAt('app.py'), { plan: 'paid', needs: [cron] })).config['crons']).toEqual([{ path: '/cron/check', schedule: '*/5 * * * *' }])
    expect(refusal(files, context(appAt('app.py'), { needs: [cron] }))).toMatchObject({ exit: 3 })
  })
  it('bounds the duration by the plan and never lowers it', () => {
    const files = { 'app.py': app, 'requirements.txt': req }
    const needs = [{ kind: 'duration', seconds: 1200 }] as const
    expect(run(files, context(appAt('app.py'), { plan: 'paid', needs })).config['functions']).toEqual({ 'api/index.py': { maxDuration: 800 } })
    expect(run(files, context(appAt('app.py'), { needs: [{ kind: 'duration', seconds: 30 }] })).config['functions']).toEqual({ 'api/index.py': { maxDuration: 300 } })
  })
  it('refuses a folder that vercel.json builds as something else', () => {
    expect(refusal({ 'app.py': app, 'vercel.json': '{"framework": "nextjs"}' }, context(appAt('app.py')))).toMatchObject({ exit: 3 })
  })
})

describe('the rest', () => {
  const files = { 'app.py': app, 'requirements.txt': req }
  it('pins Python only where nothing does; a Pipfile without its lock does not', () => {
    expect(run({ ...files, '.python-version': '3.13\n' }, context(appAt('app.py'))).after.text('.python-version')).toBe('3.13\n')
    expect(run({ 'app.py': app, 'pyproject.toml': '[project]\nname = "x"\nversion = "1"\nrequires-python = ">=3.12"\ndependencies = ["flask"]\n' }, context(appAt('app.py'))).after.has('.python-version')).toBe(false)
    const pipfile = '[packages]\nflask = "*"\n[requires]\npython_version = "3.13"\n'
    expect(run({ 'app.py': app, Pipfile: pipfile }, context(appAt('app.py'))).after.text('.python-version')).toBe('3.13\n')
    expect(run({ 'app.py': app, Pipfile: pipfile, 'Pipfile.lock': '{"default": {"flask": {"version": "==3.1.1"}}}' }, context(appAt('app.py'))).after.has('.python-version')).toBe(false)
  })
  it('adds to .vercelignore what it lacks, with its line ends', () => {
    const { after } = run({ ...files, '.vercelignore': 'tests/\r\n/.env\r\n!.env.example\r\n.env.*' }, context(appAt('app.py'), { needs: [{ kind: 'ignore', pattern: 'data/*.db' }] }))
    const text = after.text('.vercelignore') ?? ''
    expect(text.startsWith('tests/\r\n/.env\r\n!.env.example\r\n.env.*\r\n')).toBe(true)
    expect(text.replaceAll('\r\n', '')).not.toContain('\n')
    expect(text.split('\r\n').filter(line => line === '.env' || line === 'data/*.db')).toEqual(['data/*.db'])
  })
  it('keeps a folder called venv that is code', () => {
    expect(run({ ...files, 'venv/__init__.py': '' }, context(appAt('app.py'))).after.text('.vercelignore')?.split('\n')).not.toContain('venv/')
  })
  it('names the variables to set, quoted where they are odd', () => {
    const { emission } = run(files, context(appAt('app.py'), { needs: [{ kind: 'env', name: 'DATABASE_URL', secret: true, why: '' }, { kind: 'env', name: "X'; rm -rf /", secret: false, why: '' }] }))
    expect(emission.steps).toContain('vercel env add DATABASE_URL production')
    expect(emission.steps).toContain("vercel env add 'X'\\''; rm -rf /' production")
    expect(emission.steps.slice(-2)).toEqual(['vercel deploy', 'vercel deploy --prod'])
  })
  it('tells setuptools its package before api/ makes it give up', () => {
    const pyproject = '[build-system]\nrequires = ["setuptools"]\nbuild-backend = "setuptools.build_meta"\n[project]\nname = "shop"\nversion = "1"\nrequires-python = ">=3.12"\ndependencies = ["flask"]\n'
    const { after } = run({ 'shop/__init__.py': 'def create_app(): ...\n', 'pyproject.toml': pyproject }, context(appAt('shop/__init__.py', 'create_app', { kind: 'factory' })))
    expect(after.text('pyproject.toml')).toBe(`${pyproject}\n[tool.setuptools.packages.find]\ninclude = ["shop*"]\n`)
  })
  it.each(['x"; import os', 'a\nb', 'class', ''])('refuses the symbol %j', symbol => {
    expect(refusal({ 'pkg/web.py': '', 'requirements.txt': req }, context(appAt('pkg/web.py', symbol)))).toMatchObject({ exit: 3 })
  })
  it.each(['1); import os; (2', '*, ', '"a" "b', '1) # '])('refuses the arguments %j', args => {
    expect(refusal({ 'shop/__init__.py': '', 'requirements.txt': req }, context(appAt('shop/__init__.py', 'create_app', { kind: 'factory', args })))).toMatchObject({ exit: 3 })
  })
  it('quotes a folder with an odd name', () => {
    const dir = 'src "x"\\n'
    const { after } = run({ [`${dir}/server.py`]: `import models\n${app}`, [`${dir}/models.py`]: '', 'requirements.txt': req }, context(appAt(`${dir}/server.py`)))
    expect(after.text('api/index.py')).toContain('/ "src \\"x\\"\\\\n"))')
  })
  it('refuses a second config form', () => {
    expect(refusal({ ...files, 'vercel.toml': '' }, context(appAt('app.py')))).toMatchObject({ exit: 3 })
  })
})
