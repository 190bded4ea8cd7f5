/**
 * The tools the build oracle needs besides uv and a Python (python-env.ts): the Vercel CLI, installed once, and a PATH on
 * which its builder finds uv and the interpreter.
 */
import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, realpathSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { delimiter, dirname, join } from 'node:path'
import { cacheDir, findUv, pythonEnv } from './python-env.js'

export const VERCEL_CLI = '64.0.2'

/** Downloads and virtual environments only; no verdict is ever kept here. */
export function cacheRoot(): string {
  const dir = process.env['TO_SERVERLESS_CACHE'] ?? join(cacheDir, 'oracle')
  mkdirSync(dir, { recursive: true })
  return dir
}

/** Two runs may install at once: build aside, then rename, and let the first one win. */
export function installOnce(dir: string, marker: string, install: (into: string) => void): void {
  if (existsSync(join(dir, marker))) return
  const aside = `${dir}.${process.pid}`
  rmSync(aside, { recursive: true, force: true })
  mkdirSync(aside, { recursive: true })
  try {
    install(aside)
    rmSync(dir, { recursive: true, force: true })
    renameSync(aside, dir)
  } catch (error) {
    rmSync(aside, { recursive: true, force: true })
    if (existsSync(join(dir, marker))) return
    throw error
  }
}

export type Interpreter = { readonly file: string; readonly version: string; /** Holds the standard library. */ readonly prefix: string }
let interpreter: Interpreter | undefined

/** The interpreter behind the test environments: CPython 3.12 or newer, 3.12 first because it is the platform's default. */
export function python(): Interpreter {
  if (interpreter !== undefined) return interpreter
  const ask = 'import sys; print(sys._base_executable, "%d.%d" % sys.version_info[:2], sys.base_prefix, sep="\\n")'
  const [file, version, prefix] = execFileSync(pythonEnv([]).python, ['-I', '-c', ask], { encoding: 'utf8' }).trim().split('\n')
  if (file === undefined || version === undefined || prefix === undefined) throw new Error('the interpreter did not say where it is')
  return (interpreter = { file: realpathSync(file), version, prefix: realpathSync(prefix) })
}

/** PATH for the builder: the interpreter under its version's name, uv, then the caller's own. */
export function builderPath(): string {
  const { file, version } = python()
  const bin = join(cacheRoot(), 'bin', version)
  mkdirSync(bin, { recursive: true })
  // Scripts, not links: an interpreter behind a foreign link may not find its standard library.
  for (const name of [`python${version}`, 'python3', 'python']) {
    const script = join(bin, name)
    const aside = `${script}.${process.pid}`
    writeFileSync(aside, `#!/bin/sh\nexec '${file.replaceAll("'", `'\\''`)}' "$@"\n`, { mode: 0o755 })
    renameSync(aside, script)
  }
  return [bin, dirname(findUv()), process.env['PATH'] ?? ''].join(delimiter)
}

/** The Vercel CLI's script, installed from npm on first use. */
export function vercelCli(): string {
  const dir = join(cacheRoot(), `vercel-${VERCEL_CLI}`)
  const script = join('node_modules', 'vercel', 'dist', 'vc.js')
  installOnce(dir, script, (into) => {
    // sandbox 4.4.0, which this CLI asks for, cannot be installed; nothing here uses it.
    writeFileSync(join(into, 'package.json'), JSON.stringify({ private: true, dependencies: { vercel: VERCEL_CLI }, overrides: { sandbox: '4.5.0' } }))
    execFileSync('npm', ['install', '--no-audit', '--no-fund', '--ignore-scripts', '--loglevel=error'], { cwd: into, stdio: ['ignore', 'ignore', 'pipe'], timeout: 600_000 })
    // 163 MB that only a native build path would use.
    rmSync(join(into, 'node_modules', '@vercel', 'vc-native-linux-x64'), { recursive: true, force: true })
  })
  return join(dir, script)
}

/** Undefined when the build oracle can run; else the reason, printed. Under CI=true a missing tool is a failure and throws. */
export function whyNotBuild(): string | undefined {
  try {
    python()
    vercelCli()
    return undefined
  } catch (error) {
    if (process.env['CI'] === 'true') throw error
    const reason = String(error instanceof Error ? error.message : error).split('\n').slice(0, 6).join('\n')
    console.warn(`skipped, no real build: ${reason}`)
    return reason
  }
}
