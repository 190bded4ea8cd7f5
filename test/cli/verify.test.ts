import { Ajv2020 } from 'ajv/dist/2020.js'
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { pythonEnv } from '../oracle/python-env.js'
import { build, bundleDir, cleanUp, flask, repo, root, treeOf } from './repos.js'

let venv = ''
beforeAll(() => {
  build()
  const { python } = pythonEnv(['flask'])
  venv = dirname(dirname(python))
})
afterAll(cleanUp)

const ajv = new Ajv2020({ strict: true, allErrors: true })
for (const name of ['inspect', 'verify', 'run']) ajv.addSchema(JSON.parse(readFileSync(join(root, 'schema', `${name}.schema.json`), 'utf8')) as object)
const errors = (name: string, data: unknown): unknown => {
  const validate = ajv.getSchema(`https://to-serverless.invalid/schema/${name}.schema.json`)
  return validate?.(data) === true ? [] : validate?.errors
}
const run = (cwd: string, ...args: readonly string[]) => spawnSync(process.execPath, [join(bundleDir, 'cli.js'), ...args], { cwd, encoding: 'utf8', input: '', env: { ...process.env, VIRTUAL_ENV: venv } })
type Seen = { readonly ok: boolean; readonly failure?: string; readonly observed: readonly { readonly what: string; readonly file: string; readonly line: number }[]; readonly routes: readonly { readonly path: string; readonly same: boolean; readonly after?: { readonly status: number } }[] }

describe('verify from the command line', () => {
  it('boots a good app, writes nothing, and fits the schema', () => {
    const dir = repo({ 'app.py': flask, 'requirements.txt': 'flask\n' })
    const before = treeOf(dir)
    const { status, stdout } = run(dir, 'verify', '--json')
    const seen = JSON.parse(stdout) as Seen
    expect(errors('verify', seen)).toEqual([])
    expect(seen).toMatchObject({ ok: true, routes: [{ path: '/', same: true, after: { status: 200 } }] })
    expect([status, treeOf(dir)]).toEqual([0, before])
  })

  it('exits 1 with the place when the app can not start there', () => {
    const dir = repo({ 'app.py': flask.replace('app = Flask', 'open("log.txt", "w")\napp = Flask'), 'requirements.txt': 'flask\n' })
    const { status, stdout } = run(dir, 'verify')
    expect(status).toBe(1)
    expect(stdout).toMatch(/Emulated cell failed[\s\S]*app\.py:3/)
  })

  it('proves a run, and the proof is among its checks', () => {
    const dir = repo({ 'app.py': flask, 'requirements.txt': 'flask\n' })
    const { status, stdout } = run(dir, '--target', 'vercel', '--yes', '--json')
    const report = JSON.parse(stdout) as { readonly checks: readonly { readonly title: string; readonly ok: boolean }[]; readonly verification: Seen & { readonly entry: string } }
    expect(errors('run', report)).toEqual([])
    expect(report.verification).toMatchObject({ entry: 'api/index.py:app', ok: true })
    expect(report.checks.at(-1)).toEqual({ title: 'It boots in an emulated cell and answers as before', ok: true, detail: '' })
    expect(status).toBe(0)
  })

  it('asks further requests from a file, and refuses a file that holds none', () => {
    const dir = repo({ 'app.py': flask, 'requirements.txt': 'flask\n', 'probes.json': '[{"method": "POST", "path": "/"}]', 'bad.json': '[{"path": 1}]' })
    expect((JSON.parse(run(dir, 'verify', '--json', '--probes', 'probes.json').stdout) as Seen).routes).toEqual(expect.arrayContaining([expect.objectContaining({ path: '/', after: { status: 405 } })]))
    expect(run(dir, 'verify', '--probes', 'bad.json')).toMatchObject({ status: 2, stdout: '' })
  })
})
