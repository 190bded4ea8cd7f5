import { parse } from 'smol-toml'
import { beforeAll, describe, expect, it } from 'vitest'
import { pythonGrammar } from '../../src/io/wasm.js'
import { loadParser } from '../../src/lang/python/tree.js'
import { snapshotOf } from '../../src/snapshot.js'
import type { App, Need } from '../../src/types.js'
import { manifestChanges } from '../../templates/vercel/manifest.js'

beforeAll(async () => {
  await loadParser(pythonGrammar())
})

const app: App = { root: '.', framework: 'flask', language: 'python', entry: { file: 'app.py', symbol: 'app', kind: 'instance' }, rivals: [], packageManager: 'pip', existing: [], evidence: [] }
const needs: readonly Need[] = [{ kind: 'dependency', name: 'psycopg2-binary', specifier: '>=2.9', why: '' }, { kind: 'dependency', name: 'Flask', why: '' }]
function after(files: Record<string, string>, wanted = needs): { text(path: string): string | undefined; steps: readonly string[] } {
  const repo = snapshotOf({ 'app.py': '', ...files })
  const { changes, steps } = manifestChanges(repo, app, 'app.py', wanted, 'Flask')
  const done = repo.with(changes)
  expect(manifestChanges(done, app, 'app.py', wanted, 'Flask').changes, 'a second run changes nothing').toEqual([])
  return { text: path => done.text(path), steps }
}

describe('dependencies', () => {
  it('make a requirements.txt where there is no manifest, with the framework', () => {
    expect(after({}).text('requirements.txt')).toBe('psycopg2-binary>=2.9\nFlask\n')
    expect(after({}, []).text('requirements.txt')).toBe('Flask\n')
  })
  it('are copied to the root from a package, where alone the builder would not look', () => {
    const inPackage: App = { ...app, entry: { file: 'shop/main.py', symbol: 'app', kind: 'instance' } }
    const repo = snapshotOf({ 'shop/main.py': '', 'shop/requirements.txt': '# web\nFlask==3.1.1\n' })
    const { changes, steps } = manifestChanges(repo, inPackage, 'api/index.py', needs, 'Flask')
    const done = repo.with(changes)
    expect(['requirements.txt', 'shop/requirements.txt'].map((path) => done.text(path))).toEqual(Array(2).fill('# web\nFlask==3.1.1\npsycopg2-binary>=2.9\n'))
    expect(steps).toEqual(['Keep requirements.txt in step with shop/requirements.txt: Vercel installs from the former only.'])
    expect(manifestChanges(done, inPackage, 'api/index.py', needs, 'Flask').changes).toEqual([])
  })
  it('are appended with the line end of the file, and only the missing ones', () => {
    expect(after({ 'requirements.txt': 'flask==3.1.1\r\nrequests' }).text('requirements.txt')).toBe('flask==3.1.1\r\nrequests\r\npsycopg2-binary>=2.9\r\n')
  })
  it.each([
    ['a list on lines', 'dependencies = [\n    "flask>=3",  # web\n    "requests[socks]",\n    # end\n]', ['flask>=3', 'requests[socks]', 'psycopg2-binary>=2.9']],
    ['a list without a last comma', "dependencies = [\n  'flask'\n]", ['flask', 'psycopg2-binary>=2.9']],
    ['one line', 'dependencies = ["flask"]', ['flask', 'psycopg2-binary>=2.9']],
    ['an empty list', 'dependencies = []', ['psycopg2-binary>=2.9', 'Flask']],
    ['a bracket in a comment', 'dependencies = [ # ] not the end\n  "flask", # "x"]\n]', ['flask', 'psycopg2-binary>=2.9']],
  ])('go into [project] dependencies: %s', (_, list, expected) => {
    const before = `# top\n[project]\nname = "x" # ]\n${list}\nversion = "1"\n\n[tool.black]\nline-length = 88\n`
    const text = after({ 'pyproject.toml': before }).text('pyproject.toml') ?? ''
    expect(parse(text)['project']).toMatchObject({ dependencies: expected, version: '1' })
    expect(text.startsWith('# top\n[project]\nname = "x" # ]\n')).toBe(true)
    expect(text.endsWith('version = "1"\n\n[tool.black]\nline-length = 88\n')).toBe(true)
  })
  it('are given to a pyproject.toml that only configures tools, from the requirements.txt that it hides', () => {
    const { text, steps } = after({ 'pyproject.toml': '[tool.black]\nline-length = 88\n', 'requirements.txt': 'flask==3.1.1\nrequests>=2 ; python_version < "3.13"\nflask==3.1.1\n-e ./lib\n' })
    expect(parse(text('pyproject.toml') ?? '')).toEqual({ project: { name: 'app', version: '0.1.0', dependencies: ['flask==3.1.1', 'requests>=2 ; python_version < "3.13"', 'psycopg2-binary>=2.9'] }, tool: { black: { 'line-length': 88 } } })
    expect(steps.join('\n')).toContain('requirements.txt')
  })
  it.each([
    ['Django Template', 'django-template'],
    ['My.Shop', 'My.Shop'],
    ['(beta) shop!', 'beta-shop'],
  ])('get a [project] name that installers accept: %s', (name, expected) => {
    const text = after({ 'pyproject.toml': `[tool.poetry]\nname = "${name}"\nversion = "1"\npackage-mode = false\n\n[tool.poetry.dependencies]\nflask = "^3.0"\n` }).text('pyproject.toml') ?? ''
    expect(parse(text)['project']).toMatchObject({ name: expected })
  })
  it('are translated from poetry, whose own table Vercel does not read', () => {
    const poetry = '[tool.poetry]\nname = "shop"\nversion = "2.0.0"\n\n[tool.poetry.dependencies]\npython = "^3.11"\nflask = "^3.0"\nredis = {version = "~5.0", extras = ["hiredis"]}\n\n[build-system]\nrequires = ["poetry-core"]\nbuild-backend = "poetry.core.masonry.api"\n'
    const { text, steps } = after({ 'pyproject.toml': poetry, 'poetry.lock': '' })
    const data = parse(text('pyproject.toml') ?? '')
    expect(data['project']).toEqual({ name: 'shop', version: '2.0.0', 'requires-python': '>=3.11,<4', dependencies: ['flask>=3.0,<4', 'redis[hiredis]>=5.0,<5.1', 'psycopg2-binary>=2.9'] })
    expect(data['tool']).toMatchObject({ uv: { package: false } })
    expect(steps.join('\n')).toContain('poetry lock')
  })
  it('go below [packages] of a Pipfile', () => {
    const { text, steps } = after({ Pipfile: '[packages]\nflask = "*"\n\n[requires]\npython_version = "3.12"\n', 'Pipfile.lock': '{}' })
    expect(text('Pipfile')).toBe('[packages]\npsycopg2-binary = ">=2.9"\nflask = "*"\n\n[requires]\npython_version = "3.12"\n')
    expect(steps).toEqual(['Run `pipenv lock` in ., because Pipfile has changed and Pipfile.lock has not.'])
  })
  it('are refused in a manifest that does not parse', () => {
    expect(() => after({ 'pyproject.toml': '[project\n' })).toThrow(/pyproject\.toml does not parse/)
  })
})
