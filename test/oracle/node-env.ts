/** The platform's Node, and each app's packages: installed once from its lock file and kept under a key of what asks for them. */
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, realpathSync, writeFileSync } from 'node:fs'
import { delimiter, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { cacheRoot, installOnce } from './toolchain.js'

/** With an older Node the builder's tracing leaves files out that the platform's Node would load. */
const MAJOR = 24
const OLDEST = 22
const MANAGERS = ['pnpm@10.20.0', 'yarn@1.22.22'] as const

/** Loaded before the app: moves its port to a free one, as TO_SERVERLESS_PORT says. */
export const portMover = join(dirname(fileURLToPath(import.meta.url)), 'stand-ins', 'port.cjs')

let known: { readonly file: string; readonly prefix: string } | undefined
/** This process's Node if the platform offers it, else Node 24 from npm. `prefix` holds the whole of it. */
export function node(): { readonly file: string; readonly prefix: string } {
  if (known !== undefined) return known
  if (Number(process.versions.node.split('.')[0]) >= OLDEST) return (known = { file: process.execPath, prefix: dirname(dirname(process.execPath)) })
  const name = `node-${process.platform === 'win32' ? 'win' : process.platform}-${process.arch}`
  const dir = join(cacheRoot(), `node-${MAJOR}`)
  const file = join('node_modules', name, 'bin', process.platform === 'win32' ? 'node.exe' : 'node')
  installOnce(dir, file, (into) => npmInstall(into, { [name]: String(MAJOR) }))
  return (known = { file: realpathSync(join(dir, file)), prefix: realpathSync(join(dir, 'node_modules', name)) })
}

/** PATH with that Node, pnpm and yarn before the caller's own. */
export function nodePath(): string {
  const managers = join(cacheRoot(), 'package-managers')
  installOnce(managers, join('node_modules', '.bin', 'yarn'), (into) => npmInstall(into, Object.fromEntries(MANAGERS.map((one) => one.split('@') as [string, string]))))
  return [dirname(node().file), join(managers, 'node_modules', '.bin'), process.env['PATH'] ?? ''].join(delimiter)
}

/** Undefined when Node apps can be run; else the reason, printed. Under CI=true a missing tool is a failure and throws. */
export function whyNotNode(): string | undefined {
  try {
    nodePath()
    return undefined
  } catch (error) {
    if (process.env['CI'] === 'true') throw error
    const reason = String(error instanceof Error ? error.message : error).split('\n').slice(0, 6).join('\n')
    console.warn(`skipped, no Node for the apps: ${reason}`)
    return reason
  }
}

function npmInstall(into: string, dependencies: Readonly<Record<string, string>>): void {
  writeFileSync(join(into, 'package.json'), JSON.stringify({ private: true, dependencies }))
  must(into, ['npm', 'install', '--no-audit', '--no-fund', '--ignore-scripts', '--loglevel=error'], process.env['PATH'] ?? '')
}

function must(cwd: string, [program = '', ...args]: readonly string[], path: string): void {
  const kept = Object.entries(process.env).filter(([name]) => !/^(NODE_|npm_(?!config_)|VITEST|CI$)/.test(name))
  const ran = spawnSync(program, args, { cwd, encoding: 'utf8', env: { ...Object.fromEntries(kept), PATH: path }, timeout: 600_000 })
  if (ran.status === 0) return
  throw new Error(`${[program, ...args].join(' ')} failed: ${ran.error?.message ?? `${ran.stdout}${ran.stderr}`.trim().split('\n').slice(-8).join('\n')}`)
}

/** A changed manifest goes with its old lock here: whoever changes one is told to bring the other up to date, and the platform's npm does it by itself. */
const INSTALL: Readonly<Record<string, readonly string[]>> = {
  'pnpm-lock.yaml': ['pnpm', 'install', '--no-frozen-lockfile', '--ignore-scripts', '--reporter=silent'],
  'yarn.lock': ['yarn', 'install', '--ignore-scripts', '--silent', '--non-interactive'],
  'package-lock.json': ['npm', 'install', '--no-audit', '--no-fund', '--ignore-scripts', '--loglevel=error'],
}
const ASKS = ['package.json', '.npmrc', 'pnpm-workspace.yaml', ...Object.keys(INSTALL)]

/** Installs what `folders` of the app in `dir` ask for, and puts it beside their code. */
export function furnish(dir: string, folders: readonly string[]): void {
  for (const folder of folders) {
    const at = join(dir, folder)
    const installed = installedFor(at)
    for (const below of packageFolders(installed)) {
      const from = join(installed, below, 'node_modules')
      if (existsSync(from)) cpSync(from, join(at, below, 'node_modules'), { recursive: true, verbatimSymlinks: true, force: true })
    }
  }
}

/** A tree with nothing but the manifests of `at` and its workspaces, installed. */
function installedFor(at: string): string {
  const files = packageFolders(at).flatMap((below) => ASKS.map((name) => join(below, name))).filter((path) => existsSync(join(at, path)))
  const lock = Object.keys(INSTALL).find((name) => files.includes(name)) ?? 'package-lock.json'
  const command = INSTALL[lock] ?? []
  const hash = createHash('sha256').update(JSON.stringify(['v1', command, node().file]))
  for (const path of files) hash.update(`\0${path}\0`).update(readFileSync(join(at, path)))
  const dir = join(cacheRoot(), 'node-modules', hash.digest('hex').slice(0, 16))
  installOnce(dir, '.done', (into) => {
    for (const path of files) {
      mkdirSync(dirname(join(into, path)), { recursive: true })
      cpSync(join(at, path), join(into, path))
    }
    must(into, command, nodePath())
    writeFileSync(join(into, '.done'), '')
  })
  return dir
}

/** The folder itself and every folder below it that has a package.json, but for installed packages. */
function packageFolders(dir: string, below = ''): readonly string[] {
  const own = existsSync(join(dir, below, 'package.json')) || below === '' ? [below] : []
  const inner = readdirSync(join(dir, below), { withFileTypes: true }).filter((item) => item.isDirectory() && item.name !== 'node_modules' && !item.name.startsWith('.'))
  return [...own, ...inner.flatMap((item) => packageFolders(dir, join(below, item.name)))]
}
