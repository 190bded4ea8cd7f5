/** Real folders and real git for the tests of the edge. */
import { execFileSync } from 'node:child_process'
import { lstatSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, readlinkSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll } from 'vitest'
import type { PlannedFile, SourceFile } from '../../src/types.js'
import { decode } from '../../src/encoding.js'

const made: string[] = []
afterAll(() => {
  for (const dir of made.splice(0)) rmSync(dir, { recursive: true, force: true })
})

export function folder(files: Readonly<Record<string, string | Uint8Array>> = {}): string {
  const dir = realpathSync(mkdtempSync(join(tmpdir(), 'to-serverless-test-')))
  made.push(dir)
  for (const [path, content] of Object.entries(files)) write(dir, path, content)
  return dir
}

export function write(dir: string, path: string, content: string | Uint8Array): void {
  mkdirSync(dirname(join(dir, path)), { recursive: true })
  writeFileSync(join(dir, path), content)
}

export function gitIn(dir: string, ...args: string[]): string {
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('GIT_')))
  return execFileSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@example.org', '-c', 'protocol.file.allow=always', ...args], {
    cwd: dir,
    env: { ...env, GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_NOSYSTEM: '1' },
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
  })
}

export function repository(files: Readonly<Record<string, string | Uint8Array>> = {}): string {
  const dir = folder(files)
  gitIn(dir, 'init', '-q', '-b', 'main')
  return dir
}

/** Everything below a folder but `.git`: kind, mode and content of each entry. */
export function tree(dir: string, below = ''): Record<string, string> {
  const all: Record<string, string> = {}
  for (const name of readdirSync(join(dir, below)).sort()) {
    const path = below === '' ? name : `${below}/${name}`
    if (path === '.git') continue
    const stats = lstatSync(join(dir, path))
    const mode = (stats.mode & 0o7777).toString(8)
    if (stats.isDirectory()) Object.assign(all, { [path + '/']: mode }, tree(dir, path))
    else all[path] = stats.isSymbolicLink() ? `-> ${readlinkSync(join(dir, path))}` : `${mode} ${readFileSync(join(dir, path)).toString('base64')}`
  }
  return all
}

export function source(path: string, content: string | Uint8Array, mode = 0o644): SourceFile {
  const bytes = Buffer.from(content)
  const decoded = decode(bytes, path)
  if ('unread' in decoded) throw new Error(`${path} is ${decoded.unread}`)
  return { path, ...decoded, mode, size: bytes.length }
}
type Content = string | Uint8Array
const base = { rules: ['test'], class: 'safe' } as const
export const edited = (path: string, before: Content, after: Content): PlannedFile => ({ ...base, kind: 'edit', path, before: source(path, before), after: source(path, after) })
export const created = (path: string, after: Content, mode = 0o644): PlannedFile => ({ ...base, kind: 'create', path, after: source(path, after, mode) })
export const deleted = (path: string, before: Content): PlannedFile => ({ ...base, kind: 'delete', path, before: source(path, before) })
