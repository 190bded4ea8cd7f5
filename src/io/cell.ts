/** What the emulated cell needs of the world: its event file, one HTTP request, a signal to one process, a sealed tree. */
import { chmodSync, existsSync, lstatSync, mkdirSync, readFileSync, readdirSync } from 'node:fs'
import { request as httpRequest } from 'node:http'
import { join } from 'node:path'

export type Answer = {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  /** Bytes as latin-1 text, so that nothing is lost. */
  readonly body: string
}
export type Ask = { readonly port: number; readonly method: string; readonly path: string; readonly headers: Readonly<Record<string, string>>; readonly body?: string; readonly timeoutMs: number }

const bodyLimit = 8 * 1024 * 1024

/** One request to this machine; redirects are not followed. `reason` says why there is no answer. */
export function ask({ port, method, path, headers, body, timeoutMs }: Ask): Promise<Answer | { readonly reason: 'timeout' | 'closed' }> {
  return new Promise((done) => {
    const request = httpRequest({ host: '127.0.0.1', port, method, path, headers, agent: false }, (response) => {
      const chunks: Buffer[] = []
      let size = 0
      const finish = (): void => {
        clearTimeout(timer)
        const flat = Object.entries(response.headers).map(([name, value]): [string, string] => [name, Array.isArray(value) ? value.join('\n') : (value ?? '')])
        done({ status: response.statusCode ?? 0, headers: Object.fromEntries(flat), body: Buffer.concat(chunks).toString('latin1') })
      }
      response.on('data', (chunk: Buffer) => {
        size += chunk.length
        chunks.push(chunk)
        // An endless stream is compared by its beginning.
        if (size > bodyLimit) request.destroy()
      })
      response.on('end', finish)
      response.on('close', finish)
    })
    const timer = setTimeout(() => {
      done({ reason: 'timeout' })
      request.destroy()
    }, timeoutMs)
    request.on('error', () => {
      clearTimeout(timer)
      done({ reason: 'closed' })
    })
    request.end(body)
  })
}

/** The text written to a file so far; '' when there is none yet. */
export function textSoFar(path: string): string {
  return existsSync(path) ? readFileSync(path, 'utf8') : ''
}

export function makeDirs(...parts: readonly string[]): string {
  const path = join(...parts)
  mkdirSync(path, { recursive: true })
  return path
}

/** Signals one process, not its group; a process that is gone is no error. */
export function signalProcess(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal)
  } catch {
    // Gone already.
  }
}

/** Takes the write permission from a tree. Root is not held by it; the mount and the audit hook are. */
export function sealTree(dir: string): void {
  for (const name of readdirSync(dir)) {
    const path = join(dir, name)
    const stat = lstatSync(path)
    if (stat.isSymbolicLink()) continue
    if (stat.isDirectory()) sealTree(path)
    else chmodSync(path, stat.mode & 0o555)
  }
  chmodSync(dir, 0o555)
}

export function pause(ms: number): Promise<void> {
  return new Promise((done) => setTimeout(done, ms))
}
