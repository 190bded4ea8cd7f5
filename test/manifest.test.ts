import { describe, expect, it } from 'vitest'
import { distributionOf, isBroughtBy, isStdlib, withCompanions } from '../src/lang/python/manifest/distributions.js'
import { pep440 } from '../src/lang/python/manifest/manifest-toml.js'
import { readManifests, requirementOf } from '../src/lang/python/manifest/manifest.js'
import { compareVersions, normalizeName, parseRequirement, parseRequirementsTxt, pinnedVersion } from '../src/lang/python/manifest/requirement.js'
import { snapshotOf } from '../src/snapshot.js'
import type { App, Path } from '../src/types.js'

const app = (file: Path, root: Path = '.'): App => ({ root, framework: 'flask', language: 'python', entry: { file, symbol: 'app', kind: 'instance' }, rivals: [], packageManager: 'pip', existing: [], evidence: [] })
const read = (files: Record<Path, string>, file: Path = 'app.py', root: Path = '.') => readManifests(snapshotOf(files), app(file, root))
const parse = (text: string) => parseRequirementsTxt(text, 'requirements.txt', (target) => target)

describe('a requirement', () => {
  it.each([
    ['Flask', { name: 'flask', specifier: '' }],
    ['Flask_SQLAlchemy == 3.1.1', { name: 'flask-sqlalchemy', specifier: '==3.1.1' }],
    ['requests [socks, security] >= 2.8.1 , == 2.8.*', { name: 'requests', extras: ['socks', 'security'], specifier: '>=2.8.1,==2.8.*' }],
    ['foo (>=1,<2)', { name: 'foo', specifier: '>=1,<2' }],
    ['zope.interface~=6.0', { name: 'zope-interface', specifier: '~=6.0' }],
    ['pywin32==306;sys_platform=="win32"', { name: 'pywin32', specifier: '==306', marker: 'sys_platform=="win32"' }],
    ['pip @ https://github.com/pypa/pip/archive/22.0.2.zip ; python_version > "3"', { name: 'pip', url: 'https://github.com/pypa/pip/archive/22.0.2.zip', marker: 'python_version > "3"' }],
    ['colorama @ file:///C:/ci/colorama_1/work', { name: 'colorama', url: 'file:///C:/ci/colorama_1/work' }],
    ['torch==2.1.0+cu118', { specifier: '==2.1.0+cu118' }],
    ['x===1.0-dev', { specifier: '===1.0-dev' }],
  ])('%s', (text, wanted) => {
    expect(parseRequirement(text)).toMatchObject(wanted)
  })
  it.each(['flask=3.0', 'flask=3.0=py_0', 'please install flask', '==1.0', '', 'flask;', '-flask', 'flask >= '])('%s is none', (text) => {
    expect(parseRequirement(text)).toBe(undefined)
  })
  it('names and versions have one spelling', () => {
    expect(['Flask.Login', 'flask__login', 'FLASK-login'].map(normalizeName)).toEqual(['flask-login', 'flask-login', 'flask-login'])
    expect(['==2.3.3', '===1', '==2.*', '>=1', '==1,<2'].map((specifier) => pinnedVersion({ specifier }))).toEqual(['2.3.3', '1', undefined, undefined, undefined])
    expect([compareVersions('1.26.0', '1.9'), compareVersions('2.0', '2'), compareVersions('1.24.4', '1.26.0'), compareVersions('2023.10.3', '2023.9')].map(Math.sign)).toEqual([1, 0, -1, 1])
  })
})

describe('a requirements file', () => {
  it('gives each requirement its place, past comments, hashes and continuations', () => {
    const text = '# top\r\n\r\n  Flask==3.0.3   # web\r\nrequests==2.32.3 \\\r\n    --hash=sha256:aa \\\r\n    --hash=sha256:bb\r\nfoo#bar\r\nlast>=1'
    const { requirements, odd } = parse(text)
    expect(requirements.map(({ raw, line }) => [raw, line])).toEqual([['Flask==3.0.3', 3], ['requests==2.32.3', 4], ['last>=1', 8]])
    expect(requirements.map(({ range }) => text.slice(range.start, range.end))).toEqual(['Flask==3.0.3', 'requests==2.32.3 \\\r\n    --hash=sha256:aa \\\r\n    --hash=sha256:bb', 'last>=1'])
    expect(odd.map(({ kind, text: line }) => [kind, line])).toEqual([['unreadable', 'foo#bar']])
  })
  it('sorts what is no requirement', () => {
    const { requirements, odd } = parse(['-r base.txt', '--requirement=x.txt', '-c limits.txt', '--index-url https://x', '--pre', '-e .', '-e git+https://h/r.git#egg=My_Pkg', 'git+https://h/r.git', './lib/foo', 'dist/foo-1.2-py3-none-any.whl', 'flask=1'].join('\n'))
    expect(odd.map(({ kind }) => kind)).toEqual(['include', 'include', 'constraint', 'option', 'option', 'unnamed', 'unnamed', 'unnamed', 'unnamed', 'unnamed', 'unreadable'])
    expect(requirements.map(({ name, editable }) => [name, editable])).toEqual([['my-pkg', true]])
  })
  it('is empty when the file is', () => {
    expect(parse('')).toEqual({ requirements: [], odd: [] })
    expect(parse('\n# x\n\n')).toEqual({ requirements: [], odd: [] })
  })
})

describe('the manifest that counts', () => {
  it('is the nearest to the entry, whole', () => {
    const { effective, all } = read({ 'api/index.py': '', 'api/requirements.txt': 'flask', 'requirements.txt': 'flask\nrequests' }, 'api/index.py')
    expect(effective?.path).toBe('api/requirements.txt')
    expect(requirementOf(effective, 'requests')).toBe(undefined)
    expect(all.map(({ path }) => path).sort()).toEqual(['api/requirements.txt', 'requirements.txt'])
  })
  it('is found above the app\'s root when nothing nearer is', () => {
    expect(read({ 'web/app.py': '', 'requirements.txt': 'flask' }, 'web/app.py', 'web').effective?.path).toBe('requirements.txt')
  })
  it.each<[readonly string[], string]>([
    [['pyproject.toml', 'Pipfile', 'requirements.txt'], 'pyproject.toml'],
    [['Pipfile', 'requirements.txt'], 'Pipfile'],
    [['requirements.txt', 'requirements.frozen.txt'], 'requirements.frozen.txt'],
    [['requirements/prod.txt', 'requirements.in'], 'requirements.in'],
    [['requirements/prod.txt', 'setup.py'], 'requirements/prod.txt'],
  ])('of %j is %s', (names, wanted) => {
    expect(read(Object.fromEntries([['app.py', ''], ...names.map((name) => [name, ''])])).effective?.path).toBe(wanted)
  })
  it('is none for setup.py alone, or in a virtual environment', () => {
    expect(read({ 'app.py': '', 'setup.py': '', 'venv/lib/site-packages/x/requirements.txt': 'flask' })).toMatchObject({ effective: undefined, all: [{ path: 'setup.py' }] })
  })
})

describe('each kind', () => {
  it('follows included files once, also in a circle', () => {
    const { effective } = read({ 'app.py': '', 'requirements.txt': '-r requirements/base.txt\nflask', 'requirements/base.txt': '-r ../requirements.txt\n-r more.txt\nrequests', 'requirements/more.txt': 'six' })
    expect(effective?.requirements.map(({ name, file }) => [name, file])).toEqual([['flask', 'requirements.txt'], ['requests', 'requirements/base.txt'], ['six', 'requirements/more.txt']])
  })
  it('does not follow a path out of the repo', () => {
    expect(read({ 'app.py': '', 'requirements.txt': '-r ../../etc/passwd' }).effective?.odd).toMatchObject([{ kind: 'include', target: undefined }])
  })
  it('pyproject: project, groups, poetry and uv apart', () => {
    const text = '[project]\nname = "x"\nrequires-python = ">=3.12"\ndependencies = [\n  "Flask>=3",\n  \'uvicorn[standard]\',\n]\n[project.optional-dependencies]\npg = ["psycopg2"]\n[dependency-groups]\ndev = ["pytest", {include-group = "x"}]\n[tool.uv]\ndev-dependencies = ["ruff"]\n[tool.poetry.group.docs.dependencies]\nmkdocs = "^1"\n'
    const { effective } = read({ 'app.py': '', 'pyproject.toml': text, 'uv.lock': '[[package]]\nname = "Flask"\nversion = "3.0.3"\nsource = { registry = "x" }\n' })
    expect(effective).toMatchObject({ kind: 'pyproject', declares: true, python: { text: '>=3.12', line: 3 }, lock: 'uv.lock' })
    expect(effective?.requirements.map(({ name, extras, line, range }) => [name, extras, line, text.slice(range.start, range.end)])).toEqual([['flask', [], 5, 'Flask>=3'], ['uvicorn', ['standard'], 6, 'uvicorn[standard]']])
    expect(effective?.optional.map(({ name }) => name)).toEqual(['psycopg2', 'pytest', 'ruff', 'mkdocs'])
    expect(effective?.locked.get('flask')).toBe('3.0.3')
  })
  it('pyproject: a table for tools only declares nothing', () => {
    expect(read({ 'app.py': '', 'pyproject.toml': '[tool.black]\nline-length = 9\n' }).effective).toMatchObject({ declares: false, requirements: [], elsewhere: [] })
    expect(read({ 'app.py': '', 'pyproject.toml': '[project]\nname = "x"\ndynamic = ["dependencies"]\n' }).effective?.declares).toBe(false)
  })
  it('pyproject: poetry counts as declared elsewhere', () => {
    const { effective } = read({ 'app.py': '', 'pyproject.toml': '[tool.poetry.dependencies]\npython = "^3.11"\nFlask = "^3.0"\nx = {git = "https://h/x.git", extras = ["A_b"]}\n' })
    expect(effective?.declares).toBe(false)
    expect(effective?.python?.text).toBe('^3.11')
    expect(effective?.elsewhere).toMatchObject([{ name: 'flask', specifier: '>=3.0,<4', line: 3 }, { name: 'x', url: 'https://h/x.git', extras: ['a-b'] }])
  })
  it('pyproject: what does not parse is said, not thrown', () => {
    expect(read({ 'app.py': '', 'pyproject.toml': '[project\n' }).effective?.broken).toContain('Invalid TOML')
  })
  it('Pipfile with its lock', () => {
    const { effective } = read({ 'app.py': '', Pipfile: '[packages]\nflask = "*"\nrequests = {version = "==2.31.0", extras = ["socks"]}\n[dev-packages]\npytest = "*"\n[requires]\npython_version = "3.9"\n', 'Pipfile.lock': '{"default": {"flask": {"hashes": ["sha256:aa"], "index": "pypi", "version": "==3.0.3"}}}' })
    expect(effective).toMatchObject({ kind: 'pipfile', declares: true, python: { text: '3.9' }, requirements: [{ name: 'flask', specifier: '' }, { name: 'requests', specifier: '==2.31.0' }], optional: [{ name: 'pytest' }] })
    expect(effective?.locked.get('flask')).toBe('3.0.3')
  })
  it('setup.cfg', () => {
    expect(read({ 'app.py': '', 'setup.cfg': '[options]\ninstall_requires =\n    flask>=2\n    requests; python_version < "4"\npackages = find:\n' }).all[0]?.elsewhere.map(({ name }) => name)).toEqual(['flask', 'requests'])
  })
  it.each([
    ['^1.2.3', '>=1.2.3,<2'],
    ['^0.3', '>=0.3,<0.4'],
    ['^0.0.3', '>=0.0.3,<0.0.4'],
    ['^0', '>=0,<1'],
    ['~1.2.3', '>=1.2.3,<1.3'],
    ['~1', '>=1,<2'],
    ['1.2', '==1.2'],
    ['*', ''],
    ['>=1,<2', '>=1,<2'],
    ['~=1.4', '~=1.4'],
    ['==1.2.*', '==1.2.*'],
  ])('poetry\'s %s is %s', (constraint, wanted) => {
    expect(pep440(constraint)).toBe(wanted)
  })
})

describe('what an import needs', () => {
  it.each([
    ['cv2', 'opencv-python-headless'],
    ['PIL.Image', 'pillow'],
    ['google.cloud.storage', 'google-cloud-storage'],
    ['google.oauth2.id_token', 'google-auth'],
    ['flask_cors', 'flask-cors'],
    ['yaml', 'pyyaml'],
    ['bson.objectid', 'pymongo'],
    ['mysql.connector', 'mysql-connector-python'],
  ])('%s: %s', (module, wanted) => {
    expect(distributionOf(module)).toEqual({ name: wanted, known: true })
  })
  it('is not guessed for a namespace or a stranger', () => {
    expect(distributionOf('google.cloud')).toBe(undefined)
    expect(distributionOf('azure')).toBe(undefined)
    expect(distributionOf('companytools.mail')).toEqual({ name: 'companytools', known: false })
  })
  it('is brought by any of the packages that hold it', () => {
    const brought = (module: string, ...declared: string[]): boolean => isBroughtBy(module, new Set(declared))
    expect([brought('psycopg2', 'psycopg2'), brought('cv2', 'opencv-contrib-python'), brought('fitz', 'pymupdf'), brought('slugify', 'python-slugify'), brought('mysql.connector', 'pymysql'), brought('jwt', 'requests')]).toEqual([true, true, true, true, false, false])
  })
  it('comes along through several levels', () => {
    const all = withCompanions(['Flask_Migrate'])
    expect(['flask', 'sqlalchemy', 'mako', 'markupsafe', 'flask-migrate'].filter((name) => !all.has(name))).toEqual([])
    expect(all.has('requests')).toBe(false)
  })
  it('is nothing for the standard library, old and new', () => {
    expect(['os.path', 'tomllib', 'distutils.util', '_thread', 'zoneinfo', 'imp'].filter((name) => !isStdlib(name))).toEqual([])
    expect(['flask', 'six', 'setuptools'].filter(isStdlib)).toEqual([])
  })
})
