/**
 * The platform's own word on a project: the real `vercel build`, without a login, on a copy of what would be uploaded.
 */
import { spawn } from 'node:child_process'
import { cpSync, existsSync, lstatSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import ignore from 'ignore'
import type { Shell } from './shell.js'
import { builderPath, python, vercelCli } from './toolchain.js'

export type BuiltFunction = {
  /** Below `.vercel/output/functions`, without `.func`; of a service: `services/<name>/…`. */
  readonly path: string
  /** What the runtime loads: module and name of a Python function (`api.index:app`), the file of a Node function. */
  readonly handler: string | undefined
  /** The same as a file, for example `api/index.py`. */
  readonly entry: string | undefined
  readonly runtime: string
  readonly maxDuration: number | undefined
  /** Absolute folder of the function. */
  readonly dir: string
}
export type Build = {
  readonly ok: boolean
  readonly code: number
  readonly log: string
  readonly functions: readonly BuiltFunction[]
  /** Below `.vercel/output/static`, sorted. */
  readonly staticFiles: readonly string[]
  readonly crons: readonly { readonly path: string; readonly schedule: string }[]
  readonly routes: readonly unknown[]
  readonly config: Readonly<Record<string, unknown>>
  /** The copy that was built. */
  readonly dir: string
  /** Removes the copy. */
  dispose(): void
}

/** What `vercel deploy` never uploads, whatever .vercelignore says (@vercel/client's defaults). */
const NEVER_UPLOADED = ['.hg', '.git', '.gitmodules', '.svn', '.cache', '.next', '.now', '.vercel', '.npmignore', '.dockerignore', '.gitignore', '.*.swp', '.DS_Store', '.env.local', '.env.*.local', '.venv', 'node_modules', '__pycache__', 'venv', 'CVS']

/** Every file below `dir`, '/'-separated and sorted; links are listed, not followed. */
export function filesBelow(dir: string, prefix = ''): readonly string[] {
  if (!existsSync(dir)) return []
  return readdirSync(dir, { withFileTypes: true })
    .flatMap((item) => (item.isDirectory() ? filesBelow(join(dir, item.name), `${prefix}${item.name}/`) : [`${prefix}${item.name}`]))
    .sort()
}

/** Builds a copy of `dir`. The caller disposes. Throws only when a tool is missing; a refused project is a result. */
export async function vercelBuild(dir: string, options: { readonly env?: Readonly<Record<string, string>>; readonly shell?: Pick<Shell, 'furnish' | 'builder'> } = {}): Promise<Build> {
  const cli = vercelCli()
  const copy = realpathSync(mkdtempSync(join(tmpdir(), 'to-serverless-build-')))
  const dispose = (): void => rmSync(copy, { recursive: true, force: true })
  try {
    upload(dir, copy)
    takeInterpreterAtHand(copy)
    options.shell?.furnish(copy)
    const { node, path } = options.shell?.builder() ?? { node: process.execPath, path: builderPath() }
    mkdirSync(join(copy, '.vercel'), { recursive: true })
    // Enough to count as linked, so that the build asks no server.
    writeFileSync(join(copy, '.vercel', 'project.json'), '{"settings":{}}')
    const { code, log } = await run(node, [cli, 'build', '--yes', '--standalone'], copy, {
      ...inherited(),
      PATH: path,
      VERCEL_TELEMETRY_DISABLED: '1',
      NO_UPDATE_NOTIFIER: '1',
      VERCEL_INSTALL_COMPLETED: '1',
      // Lets the build detect the framework as the first deployment of a new project does.
      VERCEL_FIRST_DEPLOYMENT: '1',
      // An interpreter the builder cannot find is a fault of the machine, not a reason for a download.
      UV_PYTHON_DOWNLOADS: 'never',
      ...options.env,
    })
    return { ...readOutput(copy), ok: code === 0 && !log.includes('No Python manifest found'), code, log, dir: copy, dispose }
  } catch (error) {
    dispose()
    throw error
  }
}

/** Copies what the platform would receive; the local builder itself does not look at .vercelignore. */
function upload(from: string, to: string): void {
  const file = join(from, '.vercelignore')
  const lines = existsSync(file) ? readFileSync(file, 'utf8').split(/\r?\n/).map((line) => line.replace(/^(!?)\.\//, '$1')) : []
  const matcher = ignore({ allowRelativePaths: true }).add([...NEVER_UPLOADED, ...lines])
  const take = (below: string): void => {
    for (const item of readdirSync(join(from, below), { withFileTypes: true })) {
      const path = below === '' ? item.name : `${below}/${item.name}`
      if (matcher.ignores(item.isDirectory() ? `${path}/` : path)) continue
      if (item.isDirectory()) {
        mkdirSync(join(to, path), { recursive: true })
        take(path)
      } else cpSync(join(from, path), join(to, path), { verbatimSymlinks: true })
    }
  }
  take('')
}

/** A machine may have only a newer Python than the 3.12 that projects are pinned to; the platform has both, and uv would try to download it. */
function takeInterpreterAtHand(copy: string): void {
  const { version } = python()
  if (version === '3.12') return
  for (const path of filesBelow(copy).filter((path) => path === '.python-version' || path.endsWith('/.python-version'))) {
    const file = join(copy, path)
    if (readFileSync(file, 'utf8').trim() === '3.12') writeFileSync(file, `${version}\n`)
  }
}

/** The caller's environment without what would steer the build: another venv, another project, a token. */
function inherited(): Record<string, string> {
  const kept = Object.entries(process.env).filter(([name, value]) => value !== undefined && !/^(VERCEL|NOW_|VIRTUAL_ENV|PYTHON|NODE_|VITEST|npm_|CI$|FLASK_)/.test(name))
  return Object.fromEntries(kept) as Record<string, string>
}

function run(command: string, args: readonly string[], cwd: string, env: Readonly<Record<string, string>>): Promise<{ code: number; log: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'], detached: true })
    const chunks: Buffer[] = []
    child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk))
    child.stderr.on('data', (chunk: Buffer) => chunks.push(chunk))
    const timer = setTimeout(() => {
      chunks.push(Buffer.from('\nstopped: the build took more than five minutes\n'))
      if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL')
    }, 300_000)
    child.on('error', reject)
    child.on('close', (code) => {
      clearTimeout(timer)
      resolve({ code: code ?? 137, log: Buffer.concat(chunks).toString('utf8').replace(/\u001b\[[0-9;]*m/g, '') })
    })
  })
}

function readOutput(copy: string): Pick<Build, 'functions' | 'staticFiles' | 'crons' | 'routes' | 'config'> {
  const output = join(copy, '.vercel', 'output')
  const config = readJson(join(output, 'config.json'))
  const crons = Array.isArray(config['crons']) ? (config['crons'] as Build['crons']) : []
  const routes = Array.isArray(config['routes']) ? (config['routes'] as readonly unknown[]) : []
  // With `services`, each service has an output of its own; the root then holds only routes.
  const services = join(output, 'services')
  const parts = [{ at: output, prefix: '' }, ...(existsSync(services) ? readdirSync(services).sort().map((name) => ({ at: join(services, name), prefix: `services/${name}/` })) : [])]
  const functions = parts.flatMap(({ at, prefix }) => [...functionsBelow(join(at, 'functions'), '')].map((found) => ({ ...found, path: `${prefix}${found.path}` })))
  const staticFiles = parts.flatMap(({ at, prefix }) => filesBelow(join(at, 'static')).map((path) => `${prefix}${path}`))
  return { functions, staticFiles, crons, routes, config }
}

function* functionsBelow(root: string, below: string): Generator<BuiltFunction> {
  const dir = join(root, below)
  if (!existsSync(dir)) return
  for (const name of readdirSync(dir).sort()) {
    const path = below === '' ? name : `${below}/${name}`
    if (!lstatSync(join(root, path)).isDirectory()) continue
    if (!name.endsWith('.func')) {
      yield* functionsBelow(root, path)
      continue
    }
    const full = join(root, path)
    const config = readJson(join(full, '.vc-config.json'))
    const trampoline = join(full, 'vc__handler__python.py')
    const source = existsSync(trampoline) ? readFileSync(trampoline, 'utf8') : ''
    const told = (key: string): string | undefined => new RegExp(`"${key}": "([^"]*)"`).exec(source)?.[1]
    const module = told('__VC_HANDLER_MODULE_NAME')
    const file = config['launcherType'] === 'Nodejs' && typeof config['handler'] === 'string' ? config['handler'] : undefined
    yield {
      path: path.slice(0, -'.func'.length),
      handler: module === undefined ? file : `${module}:${told('__VC_HANDLER_VARIABLE_NAME') ?? ''}`,
      entry: told('__VC_HANDLER_ENTRYPOINT') ?? file,
      runtime: String(config['runtime']),
      maxDuration: typeof config['maxDuration'] === 'number' ? config['maxDuration'] : undefined,
      dir: full,
    }
  }
}

function readJson(file: string): Readonly<Record<string, unknown>> {
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Record<string, unknown>) : {}
}
