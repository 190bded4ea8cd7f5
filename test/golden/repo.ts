/** Fresh copies of an app as git repositories, the tool run on them, and what is on disk afterwards. */
import { spawn, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { cpSync, existsSync, lstatSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, realpathSync, rmSync, statSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { pythonEnv } from '../oracle/python-env.js'
import { root } from './fixture.js'

const made: string[] = []

export function scratch(word: string): string {
  const dir = realpathSync(mkdtempSync(join(tmpdir(), `to-serverless-${word}-`)))
  made.push(dir)
  return dir
}
export function removeScratch(): void {
  for (const dir of made.splice(0)) rmSync(dir, { recursive: true, force: true })
}

function git(dir: string, ...args: readonly string[]): void {
  const quiet = ['-c', 'user.name=Test', '-c', 'user.email=test@example.org', '-c', 'core.autocrlf=false', '-c', 'commit.gpgsign=false', '-c', 'init.defaultBranch=main']
  const ran = spawnSync('git', [...quiet, ...args], { cwd: dir, encoding: 'utf8', env: { ...process.env, GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_SYSTEM: '/dev/null' } })
  if (ran.status !== 0) throw new Error(`git ${args.join(' ')}: ${ran.stderr}`)
}

/** A copy of `app`, committed. */
export function freshRepo(app: string): string {
  const dir = scratch('repo')
  cpSync(app, dir, { recursive: true, verbatimSymlinks: true })
  git(dir, 'init', '-q')
  git(dir, 'add', '-A')
  git(dir, 'commit', '-q', '-m', 'the app')
  return dir
}

/** A copy without git, for what may leave files behind. */
export function plainCopy(dir: string): string {
  const copy = scratch('copy')
  cpSync(dir, copy, { recursive: true, verbatimSymlinks: true, filter: (path) => path !== join(dir, '.git') })
  return copy
}

/** Every path with kind, mode and content; equal maps mean equal trees. */
export function treeOf(dir: string, below = ''): ReadonlyMap<string, string> {
  const tree = new Map<string, string>()
  for (const name of readdirSync(join(dir, below)).sort()) {
    const path = below === '' ? name : `${below}/${name}`
    if (path === '.git') continue
    const stat = lstatSync(join(dir, path))
    const mode = (stat.mode & 0o7777).toString(8)
    if (stat.isDirectory()) {
      tree.set(`${path}/`, mode)
      for (const [key, value] of treeOf(dir, path)) tree.set(key, value)
    } else if (stat.isSymbolicLink()) tree.set(path, `-> ${readlinkSync(join(dir, path))}`)
    else tree.set(path, `${mode} ${createHash('sha256').update(readFileSync(join(dir, path))).digest('hex')}`)
  }
  return tree
}

/** What differs between two trees, for a message. */
export function differences(before: ReadonlyMap<string, string>, after: ReadonlyMap<string, string>): readonly string[] {
  const gone = [...before.keys()].filter((path) => !after.has(path)).map((path) => `${path} is gone`)
  const more = [...after.keys()].filter((path) => !before.has(path)).map((path) => `${path} is new`)
  const other = [...after].filter(([path, value]) => before.has(path) && before.get(path) !== value).map(([path]) => `${path} differs`)
  return [...gone, ...more, ...other]
}

export type Ran = { readonly code: number; readonly stdout: string; readonly stderr: string; /** stdout as it came: a diff may hold any encoding. */ readonly bytes: Buffer }

let installed = ''
/** Builds the tool and sets it aside as the package ships it, so that all of a test judges one and the same build. */
export function installTool(): void {
  // A folder of its own: two files of tests build at the same time.
  const dist = join('.cache', `dist-golden-${process.pid}`)
  const built = spawnSync(process.execPath, ['build.mjs', dist], { cwd: root, encoding: 'utf8' })
  if (built.status !== 0) throw new Error(`the tool does not build: ${built.stderr}`)
  const dir = scratch('tool')
  cpSync(join(root, dist), join(dir, 'dist'), { recursive: true })
  rmSync(join(root, dist), { recursive: true, force: true })
  for (const name of ['bin', 'assets', 'schema', 'package.json']) cpSync(join(root, name), join(dir, name), { recursive: true })
  const shipped = (path: string): boolean => statSync(path).isDirectory() || /\.(hbs|md)$/.test(path)
  for (const name of ['templates', 'codemods']) cpSync(join(root, name), join(dir, name), { recursive: true, filter: (path) => !path.includes('/fixtures') && existsSync(path) && shipped(path) })
  symlinkSync(join(root, 'node_modules'), join(dir, 'node_modules'), 'junction')
  installed = join(dir, 'bin', 'to-serverless.js')
}

/** The tool that `installTool` set aside, in a shell without a terminal, as a script would run it. */
export function tool(dir: string, args: readonly string[]): Promise<Ran> {
  // A venv without the app's packages: the emulated cell has its own tests, and here must neither help nor hinder.
  const venv = dirname(dirname(pythonEnv([]).python))
  const env = { PATH: process.env['PATH'] ?? '', HOME: process.env['HOME'] ?? '/', LANG: 'C.UTF-8', NO_COLOR: '1', VIRTUAL_ENV: venv }
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [installed, ...args], { cwd: dir, env, stdio: ['ignore', 'pipe', 'pipe'] })
    const [out, err]: [Buffer[], Buffer[]] = [[], []]
    child.stdout.on('data', (chunk: Buffer) => out.push(chunk))
    child.stderr.on('data', (chunk: Buffer) => err.push(chunk))
    const timer = setTimeout(() => child.kill('SIGKILL'), 180_000)
    child.on('error', reject)
    child.on('close', (code) => {
      clearTimeout(timer)
      const bytes = Buffer.concat(out)
      resolve({ code: code ?? 137, bytes, stdout: bytes.toString('utf8'), stderr: Buffer.concat(err).toString('utf8') })
    })
  })
}
