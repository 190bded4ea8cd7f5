import { describe, expect, it } from 'vitest'
import { recommend } from '../src/recommend.js'
import type { Finding, Remedy } from '../src/types.js'
import { finding, fix } from './hand-made.js'

const choice = (byDefault: string): Remedy => ({ kind: 'choice', question: 'Which?', options: [{ id: 'other', title: 'Other', changes: [] }], byDefault })
const many = (count: number, over: Parameters<typeof finding>[0]): readonly Finding[] => Array.from({ length: count }, (_, index) => finding({ ...over, line: index + 1 }))
const sqlite = { rule: 'db-sqlite', hazard: 'sqlite' }

describe('recommend', () => {
  it('sends an app that keeps nothing to Vercel', () => {
    expect(recommend([])).toMatchObject({ target: 'vercel', effort: { points: 0, byClass: { safe: 0, review: 0, manual: 0 } } })
  })

  it('sends simple CRUD with a fallback database and uploads that are only parsed to Vercel', () => {
    const findings = [
      ...many(2, { ...sqlite, remedy: choice('env-url') }),
      finding({ rule: 'fs-upload-local', hazard: 'upload-to-disk', remedy: fix([], { safety: 'review' }) }),
      finding({ rule: 'import-fs-write', hazard: 'file-write', severity: 'blocks', remedy: fix([]) }),
      finding({ rule: 'entry-functions-runtime', hazard: 'platform-config', severity: 'blocks', remedy: fix([]) }),
    ]
    expect(recommend(findings).target).toBe('vercel')
  })

  it('keeps an app on a server whose data, jobs and progress all live in its process', () => {
    const findings = [...many(40, { ...sqlite, remedy: choice('leave') }), ...many(4, { rule: 'bg-after-response', hazard: 'background-thread' }), finding({ rule: 'fs-upload-local', hazard: 'upload-to-disk' }), ...many(4, { rule: 'state-mutable-global', hazard: 'in-memory-state' })]
    const found = recommend(findings)
    expect(found.target).toBe('render')
    expect(found.reasons.map((reason) => reason.rule)).toEqual(expect.arrayContaining(['db-sqlite', 'bg-after-response', 'fs-upload-local', 'state-mutable-global']))
    expect(found.reasons[0]?.text).toContain('app.py:1 and 39 more')
    expect(found.wouldChangeIf[0]).toContain('database')
  })

  it('splits an API from its one loop when cron can not hold it, and not when it can', () => {
    const loop = { rule: 'bg-thread-at-import', hazard: 'background-thread' }
    expect(recommend([finding({ ...loop, remedy: choice('leave') })])).toMatchObject({ target: 'hybrid', reasons: [{ for: 'hybrid', rule: 'bg-thread-at-import' }, { for: 'hybrid' }] })
    expect(recommend([finding({ ...loop, remedy: choice('daily') })]).target).toBe('vercel')
  })

  it('puts sockets on a server of their own, and the whole app there when it also keeps its data', () => {
    const sockets = finding({ rule: 'ws-flask-socketio', hazard: 'websocket', remedy: choice('leave') })
    expect(recommend([sockets]).target).toBe('hybrid')
    expect(recommend([sockets, ...many(6, { ...sqlite }), ...many(3, { rule: 'state-mutable-global', hazard: 'in-memory-state' })]).target).toBe('render')
  })

  it('does not count advice or what is fixed by default', () => {
    expect(recommend(many(50, { ...sqlite, severity: 'advice' })).target).toBe('vercel')
    expect(recommend(many(50, { rule: 'import-fs-write', hazard: 'file-write', remedy: fix([]) })).target).toBe('vercel')
  })

  it('counts the work by class', () => {
    const { effort } = recommend([finding({ rule: 'a', remedy: fix([]) }), finding({ rule: 'b', remedy: fix([], { safety: 'review' }) }), finding({ rule: 'c' }), finding({ rule: 'd', severity: 'advice' })])
    expect(effort).toEqual({ points: 7.5, byClass: { safe: 1, review: 1, manual: 1 } })
  })
})
