/** Child processes and what this process knows of its surroundings. No shell anywhere. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { accessSync, constants, statSync } from 'node:fs'
import { delimiter, join, resolve } from 'node:path'
import { atExit } from './interrupt.js'

export type RunOptions = {
  readonly cwd?: string
  /** The whole environment of the child; ours when absent. */
  readonly env?: Readonly<Record<string, string>>
  readonly timeoutMs?: number
  readonly input?: string | Uint8Array
}
export type Ran = {
  /** 127: no such command; 126: it can't be started; 128 + n: ended by signal n. */
  readonly code: number
  readonly stdout: string
  readonly stderr: string
  readonly timedOut: boolean
}

const signalNumber: Readonly<Record<string, number>> = { SIGHUP: 1, SIGINT: 2, SIGABRT: 6, SIGKILL: 9, SIGSEGV: 11, SIGTERM: 15 }

function exitCode(code: number | null, signal: string | null): number {
  return code ?? 128 + (signalNumber[signal ?? ''] ?? 0)
}
function startFailure(command: string, error: NodeJS.ErrnoException): { readonly code: number; readonly text: string } {
  return { code: error.code === 'ENOENT' ? 127 : 126, text: `${command} could not be started: ${error.code ?? error.message}` }
}

/** Runs a command to its end and never rejects; on timeout the whole process group is killed. */
export function run(command: string, args: readonly string[], options: RunOptions = {}): Promise<Ran> {
  return new Promise((done) => {
    const group = spawnGroup(command, args, options)
    let timedOut = false
    const timer = options.timeoutMs === undefined ? undefined : setTimeout(() => ((timedOut = true), group.kill('SIGKILL')), options.timeoutMs)
    group.child.stdin?.on('error', () => undefined) // a child that ends without reading its input is no error
    group.child.stdin?.end(options.input)
    void group.exited.then((code) => {
      clearTimeout(timer)
      done({ code, stdout: group.stdout(), stderr: group.stderr(), timedOut })
    })
  })
}

/** As `run`, at once and with raw bytes; for short commands at the edges. */
export function runSync(command: string, args: readonly string[], options: RunOptions = {}): { readonly code: number; readonly stdout: Buffer; readonly stderr: string } {
  const result = spawnSync(command, [...args], { cwd: options.cwd, env: options.env, input: options.input, timeout: options.timeoutMs, maxBuffer: 1 << 30 })
  if (result.error) {
    const { code, text } = startFailure(command, result.error)
    return { code, stdout: Buffer.alloc(0), stderr: text }
  }
  return { code: exitCode(result.status, result.signal), stdout: result.stdout, stderr: result.stderr.toString('utf8') }
}

export type Group = {
  readonly child: ChildProcess
  /** Settles after the output is complete; see `Ran.code`. Never rejects. */
  readonly exited: Promise<number>
  /** What it has written so far. */
  stdout(): string
  stderr(): string
  /** Signals the command and everything it started. */
  kill(signal?: NodeJS.Signals): void
  /** Asks with SIGTERM, insists with SIGKILL after `graceMs`, and waits. */
  stop(graceMs?: number): Promise<number>
}

/** Starts a long-lived command in a process group of its own, which is killed at the latest when we exit. */
export function spawnGroup(command: string, args: readonly string[], options: RunOptions = {}): Group {
  const child = spawn(command, [...args], { cwd: options.cwd, env: options.env, detached: true, stdio: ['pipe', 'pipe', 'pipe'], windowsHide: true })
  const out: Buffer[] = []
  const err: Buffer[] = []
  child.stdout.on('data', (chunk: Buffer) => out.push(chunk))
  child.stderr.on('data', (chunk: Buffer) => err.push(chunk))
  const kill = (signal: NodeJS.Signals = 'SIGTERM'): void => {
    if (child.pid === undefined) return
    try {
      process.kill(-child.pid, signal)
    } catch {
      // Gone already.
    }
  }
  const forget = atExit(() => kill('SIGKILL'))
  const exited = new Promise<number>((done) => {
    child.once('error', (error: NodeJS.ErrnoException) => {
      const failure = startFailure(command, error)
      err.push(Buffer.from(failure.text))
      forget()
      done(failure.code)
    })
    // A grandchild may hold the pipes open for ever: what outlives the command is killed with it.
    child.once('exit', () => kill('SIGKILL'))
    child.once('close', (code, signal) => {
      forget()
      done(exitCode(code, signal))
    })
  })
  return {
    child,
    exited,
    stdout: () => Buffer.concat(out).toString('utf8'),
    stderr: () => Buffer.concat(err).toString('utf8'),
    kill,
    stop: async (graceMs = 2000) => {
      kill('SIGTERM')
      const timer = setTimeout(() => kill('SIGKILL'), graceMs)
      const code = await exited
      clearTimeout(timer)
      return code
    },
  }
}

/** The full path of the first of these commands that PATH (or a path with a slash) leads to. */
export function findOnPath(names: readonly string[], path = process.env['PATH'] ?? ''): string | undefined {
  for (const name of names) {
    const places = name.includes('/') ? [resolve(name)] : path.split(delimiter).filter((dir) => dir !== '').map((dir) => join(dir, name))
    for (const place of places) {
      try {
        accessSync(place, constants.X_OK)
        if (statSync(place).isFile()) return place
      } catch {
        // Not here.
      }
    }
  }
  return undefined
}

/** May a prompt be shown? Both ends must be a terminal. */
export function isTTY(): boolean {
  return process.stdin.isTTY === true && process.stdout.isTTY === true
}

/** Our environment, without undefined values. */
export function env(): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(process.env).filter((entry): entry is [string, string] => entry[1] !== undefined))
}
