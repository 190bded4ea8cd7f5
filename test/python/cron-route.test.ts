/** The routes that replace threads, schedulers and timers, run under the real Flask: who may call them, and what still starts locally. */
import { spawnSync } from 'node:child_process'
import { cpSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, describe, expect, it } from 'vitest'
import { pythonEnvOrReason } from '../oracle/python-env.js'

const root = fileURLToPath(new URL('../../', import.meta.url))
const env = pythonEnvOrReason(['flask>=3.1,<4', 'flask-apscheduler>=1.13,<2'])
const made: string[] = []
afterAll(() => {
  for (const dir of made) rmSync(dir, { recursive: true, force: true })
})

type Seen = { readonly beside: number; readonly atStart: number; readonly right: readonly [number, number]; readonly refused: readonly (readonly [number, number])[]; readonly post: number }

/** The case's repo with its golden changes, started with these variables. */
function probe(at: string, module: string, path: string, variables: Readonly<Record<string, string>>): Seen {
  const dir = mkdtempSync(join(tmpdir(), 'cron-route-'))
  made.push(dir)
  cpSync(join(root, 'codemods', 'python', at, 'repo'), dir, { recursive: true })
  cpSync(join(root, 'codemods', 'python', at, 'after'), dir, { recursive: true })
  const own: NodeJS.ProcessEnv = { ...process.env, SECRET_KEY: 'x', SYNC_URL: 'x', LEASE_URL: 'x', HEARTBEAT_URL: 'x', CLEANUP_URL: 'x', FEED_URL: 'x', PING_URL: 'x', PYTHONDONTWRITEBYTECODE: '1' }
  delete own['VERCEL']
  delete own['CRON_SECRET']
  const run = spawnSync('python' in env ? env.python : 'python3', [join(root, 'test', 'python', 'cron-route-probe.py'), dir, module, path], { env: { ...own, ...variables }, encoding: 'utf8', cwd: dir })
  if (run.status !== 0) throw new Error(run.stderr)
  return JSON.parse(run.stdout.trim().split('\n').at(-1) ?? '') as Seen
}

const cases = [
  { at: 'bg-thread-at-import/fixtures/nested-loop-in-factory', module: 'app', path: '/api/cron/ping', local: { beside: 1, atStart: 0 } },
  { at: 'bg-thread-at-import/fixtures/every-seven-minutes-paid', module: 'app', path: '/api/cron/sync-orders', local: { beside: 1, atStart: 0 } },
  { at: 'bg-scheduler/fixtures/decorated-jobs', module: 'main', path: '/api/cron/heartbeat', local: { beside: 1, atStart: 0 } },
  { at: 'bg-rearmed-timer/fixtures/first-call-at-import', module: 'app', path: '/api/cron/renew-lease', local: { beside: 1, atStart: 1 } },
  { at: 'bg-rearmed-timer/fixtures/repeating-timer-class', module: 'app', path: '/api/cron/pull-feed', local: { beside: 1, atStart: 0 } },
]

describe.skipIf('reason' in env)('a migrated job', () => {
  it.each(cases)('$at: the host starts nothing beside requests, and only the secret runs one round', ({ at, module, path }) => {
    const seen = probe(at, module, path, { VERCEL: '1', CRON_SECRET: 's3cret' })
    expect([seen.beside, seen.atStart]).toEqual([0, 0])
    expect(seen.right).toEqual([200, 1])
    expect(seen.refused).toEqual(seen.refused.map(() => [401, 0]))
    expect(seen.post).toBe(405)
  })
  it.each(cases)('$at: without the secret nobody runs it', ({ at, module, path }) => {
    const seen = probe(at, module, path, { VERCEL: '1' })
    expect([seen.right, ...seen.refused]).toEqual([seen.right, ...seen.refused].map(() => [401, 0]))
  })
  it.each(cases)('$at: locally it starts as before', ({ at, module, path, local }) => {
    const seen = probe(at, module, path, {})
    expect({ beside: seen.beside, atStart: seen.atStart }).toEqual(local)
  })
})
