/** Starts an app the way its README says, on a writable copy, and asks it the same questions as the built function. */
import { spawn, spawnSync } from 'node:child_process'
import { createServer } from 'node:net'
import { listens, send, type Answer, type Ask, type Jar } from './http.js'
import type { Shell } from './shell.js'

export type LocalStart = {
  /** As a person types it; see shell.ts for the first word. */
  readonly command: readonly string[]
  /** The port the app itself asks for. */
  readonly port: number
  /** Below the app's folder; where the person stands. */
  readonly cwd?: string
  readonly env?: Readonly<Record<string, string>>
  /** The name under which a person opens it, for apps that look at it. */
  readonly host?: string
}
export type LocalRun = { readonly started: boolean; readonly answers: readonly Answer[]; readonly log: string }

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0))
    })
  })
}

/** Runs one command to its end in `dir`; throws with its output when it fails. */
export function prepare(dir: string, command: readonly string[], shell: Shell, env: Readonly<Record<string, string>> = {}): void {
  const [program, ...args] = shell.argv(command)
  const ran = spawnSync(program, args, { cwd: dir, env: shell.env(env), encoding: 'utf8', timeout: 120_000 })
  if (ran.status !== 0) throw new Error(`${command.join(' ')} failed: ${ran.error?.message ?? ''}${ran.stdout}${ran.stderr}`)
}

/** Starts `start.command` in `dir`, sends `requests` with one cookie jar, and stops the whole process group. */
export async function localStart(dir: string, start: LocalStart, options: { readonly shell: Shell; readonly requests: readonly Ask[] }): Promise<LocalRun> {
  const port = await freePort()
  const env = options.shell.env({ TO_SERVERLESS_PORT: `${start.port}:${port}`, ...start.env })
  const [program, ...args] = options.shell.argv(start.command)
  const child = spawn(program, args, { cwd: dir, env, stdio: ['ignore', 'pipe', 'pipe'], detached: true })
  const chunks: Buffer[] = []
  child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk))
  child.stderr.on('data', (chunk: Buffer) => chunks.push(chunk))
  const log = (): string => Buffer.concat(chunks).toString('utf8')
  const gone = new Promise<void>((resolve) => child.once('close', () => resolve()))
  let ended = false
  void gone.then(() => (ended = true))
  const answers: Answer[] = []
  try {
    for (let waited = 0; !(await listens(port)); waited += 100) {
      if (ended || waited > 30_000) return { started: false, answers, log: log() }
      await new Promise((resolve) => setTimeout(resolve, 100))
    }
    const jar: Jar = new Map()
    for (const ask of options.requests) answers.push(await send(port, ask, jar, start.host === undefined ? {} : { host: start.host }))
    return { started: true, answers, log: log() }
  } finally {
    if (child.pid !== undefined) {
      try {
        process.kill(-child.pid, 'SIGKILL')
      } catch {
        // The group has ended by itself.
      }
    }
    if (!ended) await gone
  }
}
