import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** Folder of everything tests build once and keep; git ignores it. */
export const cacheDir: string = fileURLToPath(new URL('../../.cache/', import.meta.url))

const LOCK_STALE_MS = 10 * 60_000
const windows = process.platform === 'win32'
const pythonOf = (venv: string): string => (windows ? join(venv, 'Scripts', 'python.exe') : join(venv, 'bin', 'python'))

/**
 * A virtual environment of Python 3.12 or newer that holds `packages` (requirement strings), made with uv and kept in
 * `.cache/python-env/` under a key of the package list. Safe to call from several test processes at once.
 * Throws with the reason when it cannot be made.
 */
export function pythonEnv(packages: readonly string[]): { readonly python: string } {
  const wanted = [...new Set(packages)].sort()
  const key = createHash('sha256').update(JSON.stringify(['v1', wanted])).digest('hex').slice(0, 16)
  const venv = join(cacheDir, 'python-env', key)
  // Not inside the venv: `uv venv --clear` would take it away while the packages are still missing.
  const done = `${venv}.done`
  const python = pythonOf(venv)
  if (existsSync(done) && existsSync(python)) return { python }
  return locked(`${venv}.lock`, () => {
    if (existsSync(done) && existsSync(python)) return { python }
    const uv = findUv()
    must(uv, ['venv', '--quiet', '--clear', '--no-project', '--python', findPython(), venv])
    if (wanted.length > 0) must(uv, ['pip', 'install', '--quiet', '--python', python, ...wanted])
    writeFileSync(done, `${wanted.join('\n')}\n`)
    return { python }
  })
}

/**
 * The environment, or the reason there is none, for `describe.skipIf`. Under CI=true a missing tool is a failure, so it
 * throws; elsewhere the reason is printed.
 */
export function pythonEnvOrReason(packages: readonly string[]): { readonly python: string } | { readonly reason: string } {
  try {
    return pythonEnv(packages)
  } catch (error) {
    if (process.env['CI'] === 'true') throw error
    const reason = error instanceof Error ? error.message : String(error)
    console.warn(`skipped, no Python environment with ${packages.join(', ')}: ${reason}`)
    return { reason }
  }
}

/** The uv program: the one on PATH, or one that pip puts into `.cache/uv/`. Throws with the reason. */
export function findUv(): string {
  const onPath = which('uv')
  if (onPath !== undefined && spawnSync(onPath, ['--version']).status === 0) return onPath
  const venv = join(cacheDir, 'uv')
  const uv = windows ? join(venv, 'Scripts', 'uv.exe') : join(venv, 'bin', 'uv')
  const works = (): boolean => existsSync(uv) && spawnSync(uv, ['--version']).status === 0
  if (works()) return uv
  return locked(`${venv}.lock`, () => {
    if (works()) return uv
    const python = which('python3') ?? which('python')
    if (python === undefined) throw new Error('neither uv nor python3 is on PATH')
    must(python, ['-m', 'venv', '--clear', venv])
    must(pythonOf(venv), ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', 'uv'])
    return uv
  })
}

/** A Python that the platform's runtime accepts, 3.12 (its default) before newer ones; else a version for uv to look for. */
function findPython(): string {
  const pyenv = join(process.env['PYENV_ROOT'] ?? join(homedir(), '.pyenv'), 'versions')
  const installed = existsSync(pyenv) ? readdirSync(pyenv) : []
  for (const minor of ['3.12', '3.13', '3.14']) {
    const candidates = [which(`python${minor}`), ...installed.filter((name) => name.startsWith(`${minor}.`)).map((name) => join(pyenv, name, 'bin', 'python3'))]
    for (const candidate of candidates) {
      if (candidate === undefined) continue
      // A pyenv shim exists for versions that are not selected, and then fails.
      const said = spawnSync(candidate, ['-c', 'import sys; print("%d.%d" % sys.version_info[:2])'], { encoding: 'utf8' })
      if (said.status === 0 && said.stdout.trim() === minor) return candidate
    }
  }
  return '>=3.12'
}

function which(name: string): string | undefined {
  const suffixes = windows ? ['.exe', '.cmd', ''] : ['']
  for (const dir of (process.env['PATH'] ?? '').split(delimiter)) {
    for (const suffix of suffixes) {
      const path = join(dir, name + suffix)
      if (dir !== '' && existsSync(path)) return path
    }
  }
  return undefined
}

function must(command: string, args: readonly string[]): void {
  const { VIRTUAL_ENV: _active, PYTHONPATH: _path, ...env } = process.env
  const ran = spawnSync(command, args, { encoding: 'utf8', env, timeout: LOCK_STALE_MS })
  if (ran.status === 0) return
  const said = ran.error?.message ?? `${ran.stdout}${ran.stderr}`.trim().split('\n').slice(-8).join('\n')
  throw new Error(`${[command, ...args].join(' ')} failed: ${said}`)
}

/** Runs `work` while no other process holds the lock; a lock whose owner is gone is taken over. */
function locked<T>(lock: string, work: () => T): T {
  mkdirSync(join(lock, '..'), { recursive: true })
  for (;;) {
    try {
      mkdirSync(lock)
      writeFileSync(join(lock, 'pid'), String(process.pid))
      break
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    }
    if (abandoned(lock)) rmSync(lock, { recursive: true, force: true })
    else Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 200)
  }
  try {
    return work()
  } finally {
    rmSync(lock, { recursive: true, force: true })
  }
}

function abandoned(lock: string): boolean {
  try {
    if (Date.now() - statSync(lock).mtimeMs > 2 * LOCK_STALE_MS) return true
    process.kill(Number(readFileSync(join(lock, 'pid'), 'utf8')), 0)
    return false
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ESRCH'
  }
}
