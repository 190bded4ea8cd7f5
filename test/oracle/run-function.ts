/** Boots a built function the way the platform does (its runtime over an IPC socket) on a read-only copy, and asks it. */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { cpSync, lstatSync, mkdirSync, mkdtempSync, readFileSync, readlinkSync, realpathSync, rmSync, symlinkSync } from 'node:fs'
import { createServer, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { send, type Answer, type Ask } from './http.js'
import { node } from './node-env.js'
import { python, vercelCli } from './toolchain.js'
import { filesBelow } from './vercel-build.js'

export type FunctionRun = {
  readonly booted: boolean
  readonly answers: readonly Answer[]
  /** What the app printed and logged, oldest first. */
  readonly log: string
  /** Why it did not boot. */
  readonly failure?: string
  /** How writing was prevented. */
  readonly cell: 'mount' | 'audit-hook'
  /** Files the app left in its own temporary folder. */
  readonly temporary: readonly string[]
}
type Message = { readonly type: string; readonly payload?: Readonly<Record<string, unknown>> }

const here = dirname(fileURLToPath(import.meta.url))
/** What the platform itself sets; nothing of the caller's environment but PATH is added. */
const PLATFORM_ENV = { VERCEL: '1', VERCEL_ENV: 'production', VERCEL_REGION: 'iad1', AWS_LAMBDA_FUNCTION_NAME: 'app', TZ: ':UTC', LANG: 'en_US.UTF-8' }

type Config = { readonly runtime?: string; readonly filePathMap?: Record<string, string>; readonly environment?: Record<string, string> }
type Boot = { readonly command: readonly string[]; /** Folders that the process reads beside the function. */ readonly exposed: readonly string[]; readonly env: Readonly<Record<string, string>> }
type Booting = { readonly task: string; readonly fresh: string; readonly extra: readonly string[]; readonly config: Config; readonly cell: FunctionRun['cell'] }

/** What runs a function, by the language of its `runtime`. */
const runtimes: Readonly<Record<string, (at: Booting) => Boot>> = {
  python: ({ task, fresh, extra, config, cell }) => ({
    command: [python().file, '-B', join(here, 'boot.py')],
    exposed: [python().prefix, here],
    env: { PYTHONPATH: [...extra, join(task, config.environment?.['PYTHONPATH'] ?? '')].join(delimiter), ...(cell === 'audit-hook' ? { TO_SERVERLESS_READ_ONLY: fresh } : {}) },
  }),
  nodejs: ({ fresh, cell }) => {
    const launcher = join(dirname(vercelCli()), '..', '..', '@vercel', 'node', 'dist', 'dev-server.mjs')
    const readOnly = cell === 'audit-hook' ? ['--permission', '--allow-fs-read=*', `--allow-fs-write=${fresh}`, '--allow-child-process', '--allow-worker', '--allow-addons', ...(process.allowedNodeEnvironmentFlags.has('--allow-net') ? ['--allow-net'] : [])] : []
    return { command: [node().file, ...readOnly, join(here, 'boot-node.mjs')], exposed: [node().prefix, here, dirname(launcher)], env: { NODE_ENV: 'production', TO_SERVERLESS_LAUNCHER: launcher } }
  },
}

/** How this machine allows a private, read-only view of the file system; undefined: it does not. */
function unshareArgs(): readonly string[] | undefined {
  const ways = [['-m'], ['-rm']]
  return ways.find((way) => {
    const dir = mkdtempSync(join(tmpdir(), 'to-serverless-probe-'))
    mkdirSync(join(dir, 'task'))
    mkdirSync(join(dir, 'tmp'))
    const probe = spawnSync('unshare', [...way, 'sh', join(here, 'read-only-cell.sh'), join(dir, 'tmp'), join(dir, 'task'), '--', 'true'])
    rmSync(dir, { recursive: true, force: true })
    return probe.status === 0
  })
}
let cellWay: { readonly args: readonly string[] | undefined } | undefined

/**
 * Runs `requests` in order, with one cookie jar, against a fresh instance of the function.
 * `extraPath` is put before everything but the task root on the module path; `cell` forces one kind of read-only cell.
 */
export async function runFunction(options: {
  readonly dir: string
  readonly funcDir: string
  /** Variables of the project; `tmp` is the function's own temporary folder. */
  readonly env?: Readonly<Record<string, string>> | ((tmp: string) => Readonly<Record<string, string>>)
  /** Folder whose files lie in the temporary folder from the start; stands for what a network service already holds. */
  readonly seed?: string
  readonly extraPath?: readonly string[]
  /** The name under which the platform serves it. */
  readonly host?: string
  readonly requests: readonly Ask[]
  readonly cell?: FunctionRun['cell']
}): Promise<FunctionRun> {
  const base = realpathSync(mkdtempSync(join(tmpdir(), 'to-serverless-run-')))
  const [task, fresh] = [join(base, 'task'), join(base, 'tmp')]
  mkdirSync(fresh)
  if (options.seed !== undefined) cpSync(options.seed, fresh, { recursive: true })
  const config = JSON.parse(readFileSync(join(options.funcDir, '.vc-config.json'), 'utf8')) as Config
  materialise(options.dir, options.funcDir, config.filePathMap ?? {}, task)
  cellWay ??= { args: unshareArgs() }
  const cell = options.cell ?? (cellWay.args === undefined ? 'audit-hook' : 'mount')
  // In a mount cell the fresh folder IS /tmp; the socket lies in it, so both sides know it by another name.
  const tmp = cell === 'mount' ? '/tmp' : fresh
  const extra = options.extraPath ?? []
  const host = options.host ?? 'app.example'
  const boot = runtimes[/^[a-z]+/.exec(config.runtime ?? '')?.[0] ?? '']
  if (boot === undefined) throw new Error(`nothing here runs ${config.runtime ?? 'a function without a runtime'}`)
  const { command, exposed, env: own } = boot({ task, fresh, extra, config, cell })
  const env: Record<string, string> = {
    PATH: process.env['PATH'] ?? '',
    HOME: tmp,
    TMPDIR: tmp,
    ...PLATFORM_ENV,
    VERCEL_URL: host,
    ...config.environment,
    LAMBDA_TASK_ROOT: task,
    ...own,
    VERCEL_IPC_PATH: join(tmp, 'ipc.sock'),
    ...(typeof options.env === 'function' ? options.env(tmp) : options.env),
  }
  const ipc = await listen(join(fresh, 'ipc.sock'))
  const [program, args] =
    cell === 'mount'
      ? ['unshare', [...(cellWay.args ?? ['-m']), 'sh', join(here, 'read-only-cell.sh'), fresh, task, ...exposed, ...extra, '--', ...command]] as const
      : [command[0] ?? '', command.slice(1)] as const
  const child = spawn(program, args, { cwd: task, env, stdio: ['ignore', 'pipe', 'pipe'], detached: true })
  const printed = collect(child)
  const answers: Answer[] = []
  try {
    const port = await ipc.started(child)
    if (typeof port !== 'number') return { booted: false, answers, log: ipc.log() + printed(), failure: port, cell, temporary: left(fresh) }
    const jar = new Map<string, string>()
    for (const [index, ask] of options.requests.entries()) {
      answers.push(
        await send(port, ask, jar, {
          'x-vercel-internal-invocation-id': String(index + 1),
          'x-vercel-internal-request-id': String(index + 1),
          'x-forwarded-proto': 'https',
          host,
          'x-forwarded-host': host,
          'x-forwarded-for': '203.0.113.7',
          'x-real-ip': '203.0.113.7',
        }),
      )
    }
    return { booted: true, answers, log: ipc.log() + printed(), cell, temporary: left(fresh) }
  } finally {
    await stop(child)
    ipc.close()
    rmSync(base, { recursive: true, force: true })
  }
}

const left = (fresh: string): readonly string[] => filesBelow(fresh).filter((path) => path !== 'ipc.sock')

/** The function's own files, then those that the build keeps outside and only points to. */
function materialise(dir: string, funcDir: string, map: Readonly<Record<string, string>>, task: string): void {
  cpSync(funcDir, task, { recursive: true, verbatimSymlinks: true })
  for (const [inside, outside] of Object.entries(map)) {
    const [from, to] = [join(dir, outside), join(task, inside)]
    mkdirSync(dirname(to), { recursive: true })
    if (lstatSync(from).isSymbolicLink()) symlinkSync(readlinkSync(from), to)
    else cpSync(from, to)
  }
}

/** The platform's end of the IPC socket: NUL-ended JSON messages. */
async function listen(path: string): Promise<{ started(child: ChildProcess): Promise<number | string>; log(): string; close(): void }> {
  const messages: Message[] = []
  let wake = (): void => undefined
  const server: Server = createServer((socket) => {
    let rest = Buffer.alloc(0)
    socket.on('data', (chunk: Buffer) => {
      rest = Buffer.concat([rest, chunk])
      for (let end = rest.indexOf(0); end >= 0; end = rest.indexOf(0)) {
        messages.push(JSON.parse(rest.subarray(0, end).toString('utf8')) as Message)
        rest = rest.subarray(end + 1)
      }
      wake()
    })
    socket.on('error', () => undefined)
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(path, resolve)
  })
  const verdict = (): number | string | undefined => {
    for (const { type, payload } of messages) {
      if (type === 'server-started') return Number(payload?.['httpPort'])
      if (type === 'unrecoverable-error') return JSON.stringify(payload)
    }
    return undefined
  }
  return {
    started: (child) =>
      new Promise((resolve) => {
        const timer = setTimeout(() => resolve('not ready after 60 s'), 60_000)
        const check = (fallback?: string): void => {
          const said = verdict() ?? fallback
          if (said === undefined) return
          clearTimeout(timer)
          resolve(said)
        }
        wake = () => check()
        child.once('error', (error) => check(error.message))
        // The last message may still be on its way when the process has gone.
        child.once('close', (code) => setTimeout(() => check(`the process ended with ${code ?? 'a signal'} before it was ready`), 100))
        check()
      }),
    log: () =>
      messages
        .filter(({ type }) => type === 'log' || type === 'unrecoverable-error')
        .map(({ payload }) => Buffer.from(String(payload?.['message'] ?? ''), 'base64').toString('utf8'))
        .join(''),
    close: () => void server.close(),
  }
}

function collect(child: ChildProcess): () => string {
  const chunks: Buffer[] = []
  child.stdout?.on('data', (chunk: Buffer) => chunks.push(chunk))
  child.stderr?.on('data', (chunk: Buffer) => chunks.push(chunk))
  return () => Buffer.concat(chunks).toString('utf8')
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return
  const gone = new Promise<void>((resolve) => child.once('close', () => resolve()))
  process.kill(-child.pid, 'SIGTERM')
  const timer = setTimeout(() => child.pid !== undefined && process.kill(-child.pid, 'SIGKILL'), 3000)
  await gone
  clearTimeout(timer)
}
