import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { build, cleanUp, flask, repo, small, treeOf, read, typeAt } from './repos.js'

beforeAll(build)
afterAll(cleanUp)

const enter = '\r'
const down = '\u001b[B'
const ctrlC = '\u0003'
const lacking = { 'app.py': flask.replace('from flask', 'import requests\nfrom flask').replace('"hello"', 'requests.get("http://x").text'), 'requirements.txt': 'flask\n' }

describe('a run on a terminal', () => {
  it('asks for everything that was not given, and writes after consent', () => {
    const dir = repo(lacking)
    const { code, screen } = typeAt(dir, [['Where to?', enter], ['which plan', enter], ['enter the app', enter], ['files?', down + enter], ['Boot the app', 'n']])
    expect(screen).toMatch(/Flask app in this folder[\s\S]*app\.py:1\s+dep-not-declared[\s\S]*Recommended: Vercel[\s\S]*files would change[\s\S]*Changed \d+ files/)
    expect(code).toBe(0)
    expect(read(dir, 'requirements.txt')).toContain('requests')
    expect(read(dir, 'api/index.py')).toContain('from app import app')
  })

  it('does not ask what was given as an option', () => {
    const { code, screen } = typeAt(repo(small), [['files?', down + enter], ['Boot the app', 'n']], '--target', 'vercel', '--plan', 'free', '--entry', 'api')
    expect(code).toBe(0)
    expect(screen).not.toMatch(/Where to\?|which plan|enter the app/)
  })

  it('shows the diff on request, and asks again', () => {
    const dir = repo(small)
    const before = treeOf(dir)
    const { code, screen } = typeAt(dir, [['files?', enter], ['any key', ' '], ['any key', 'q'], ['files?', down + down + enter]], '--target', 'vercel', '--plan', 'free', '--entry', 'api')
    expect(screen).toContain('+++ b/')
    expect([code, treeOf(dir)]).toEqual([130, before])
  })

  it.each(['Where to?', 'which plan', 'enter the app', 'files?'])('is cancelled by Ctrl-C at %j with the tree as before', (question) => {
    const dir = repo(small)
    const before = treeOf(dir)
    const answers = [['Where to?', enter], ['which plan', enter], ['enter the app', enter]] as const
    const { code, screen } = typeAt(dir, [...answers.slice(0, answers.findIndex(([text]) => text === question) < 0 ? 3 : answers.findIndex(([text]) => text === question)), [question, ctrlC]])
    expect(screen).toContain('Cancelled')
    expect([code, treeOf(dir)]).toEqual([130, before])
  })

  // Work that takes its time must not read the keys: what is typed there would be lost, and Ctrl-C with it.
  it.each(['Reading the repo', 'Looking for what'])('is cancelled by Ctrl-C while it says %j', (title) => {
    const dir = repo(small)
    const before = treeOf(dir)
    const { code, screen } = typeAt(dir, [[title, ctrlC]])
    expect(screen).toContain('Cancelled')
    expect([code, treeOf(dir)]).toEqual([130, before])
  })

  const reviewed = {
    'app.py': `import os\n${flask.replace('app = Flask(__name__)', 'app = Flask(__name__)\napp.secret_key = os.environ.get("SECRET_KEY", "dev-secret")')}`,
    'requirements.txt': 'flask\n',
  }
  it.each(['Which of these fixes?', 'enter the app'])('is cancelled by Ctrl-C at %j, after a plan was chosen', (question) => {
    const dir = repo(reviewed)
    const before = treeOf(dir)
    const way = [['Where to?', enter], ['which plan', enter], ['Which of these fixes?', enter], ['enter the app', enter]] as const
    const { code, screen } = typeAt(dir, [...way.slice(0, way.findIndex(([text]) => text === question)), [question, ctrlC]])
    expect(screen).toContain('Cancelled')
    expect([code, treeOf(dir)]).toEqual([130, before])
  })

  it('lets several apps be chosen from', () => {
    const dir = repo({ 'a/app.py': flask, 'a/requirements.txt': 'flask\n', 'b/app.py': flask, 'b/requirements.txt': 'flask\n' })
    const { screen, code } = typeAt(dir, [['Which app?', down + enter], ['Where to?', ctrlC]])
    expect(screen).toMatch(/Flask app in b/)
    expect(code).toBe(130)
  })

  it('keeps to 80 columns', () => {
    const { screen } = typeAt(repo(lacking), [['Where to?', ctrlC]])
    const plainLines = screen.replace(/\u001b\[[0-9;?]*[A-Za-z]/g, '').split(/\r?\n/)
    expect(plainLines.filter((line) => line.length > 80)).toEqual([])
  })
})
