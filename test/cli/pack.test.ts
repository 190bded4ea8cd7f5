import { execFileSync, spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { cleanUp, repo, root, small } from './repos.js'

const dir = mkdtempSync(join(tmpdir(), 'to-serverless-pack-'))
const home = join(dir, 'home')
afterAll(() => {
  cleanUp()
  rmSync(dir, { recursive: true, force: true })
})

describe('the packed package', () => {
  beforeAll(() => {
    // `prepare` builds, so that what is packed is what the sources say.
    const packed = JSON.parse(execFileSync('npm', ['pack', '--json', '--silent', '--pack-destination', dir], { cwd: root, encoding: 'utf8' })) as { filename: string; files: { path: string }[] }[]
    mkdirSync(home)
    execFileSync('npm', ['init', '-y'], { cwd: home, stdio: 'ignore' })
    execFileSync('npm', ['install', '--no-audit', '--no-fund', '--prefer-offline', join(dir, packed[0]?.filename ?? '')], { cwd: home, stdio: 'ignore' })
  })

  const npx = (...args: readonly string[]) => spawnSync('npx', ['--no-install', 'to-serverless', ...args], { cwd: home, encoding: 'utf8', input: '' })

  it('brings one package of its own along, and none of the sources or tests', () => {
    expect(Object.keys((JSON.parse(execFileSync('npm', ['ls', '--json', '--depth=1'], { cwd: home, encoding: 'utf8' })) as { dependencies: Record<string, { dependencies?: object }> }).dependencies['to-serverless']?.dependencies ?? {})).toEqual(['@vercel/python-analysis'])
    expect(readdirSync(join(home, 'node_modules/to-serverless')).sort()).toEqual(expect.arrayContaining(['README.md', 'assets', 'bin', 'codemods', 'dist', 'package.json', 'schema', 'templates']))
    const all = readdirSync(join(home, 'node_modules/to-serverless'), { recursive: true }).map(String)
    expect(all.filter((path) => /(^|\/)(src|test|fixtures)\/|\.ts$/.test(path))).toEqual([])
  })

  it('inspects, migrates and explains from an empty folder', () => {
    const app = repo(small)
    expect(npx('inspect', app, '--json')).toMatchObject({ status: 0, stdout: expect.stringContaining('"framework": "flask"') as string })
    expect(npx(app, '--target', 'vercel', '--dry-run')).toMatchObject({ status: 0, stdout: expect.stringContaining('+from app import app') as string })
    expect(npx('explain', 'dep-not-declared')).toMatchObject({ status: 0, stdout: expect.stringContaining('## What to do') as string })
    expect(npx('explain', 'unable to open database file').stdout).toContain('SQLite')
  })
})
