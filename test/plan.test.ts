import { describe, expect, it } from 'vitest'
import { findHazards, inspect } from '../src/inspect.js'
import { defaultDecisions, makePlan, type PlanInput } from '../src/plan.js'
import { bindPlan, parsePlan, serializePlan } from '../src/plan-file.js'
import { applyAnswers, parseAnswers } from '../src/answers.js'
import { snapshotOf } from '../src/snapshot.js'
import type { Finding, Remedy } from '../src/types.js'
import { app, edit, finding, fix, problem, program, rule, target } from './hand-made.js'

const repo = snapshotOf({ 'app.py': 'abcdef\n', 'other.py': 'x\n' })
const input = (findings: readonly Finding[], over: Partial<PlanInput> = {}): PlanInput => ({
  repo, app, findings, decisions: new Map(findings.map((one) => [one.id, 'take'])), target: target(), platformPlan: 'free', shape: 'auto', folders: [], env: [], ...over,
})
const options = (rules: Parameters<typeof inspect>[2]['rules']) => ({ rules, targets: [target()], target: target(), plan: 'free' as const })

describe('inspect', () => {
  it('names a rule that throws and goes on with the others', () => {
    const broken = rule('broken-rule', function* () { yield problem({ remedy: { kind: 'manual', reason: 'x' } }); throw new Error('boom') })
    const result = inspect(repo, [{ app, program, env: [], routes: [] }], options([broken, rule('good-rule', [problem({ remedy: { kind: 'manual', reason: 'y' } })])]))
    expect(result.apps[0]?.findings.map((one) => one.rule)).toEqual(['good-rule'])
    expect(result.notChecked).toEqual([{ file: 'app.py', reason: 'the rule broken-rule failed here (boom); please report it' }])
  })

  it('keeps the catalogue order, sorts by place, drops doubles and numbers clashes', () => {
    const text = snapshotOf({ 'app.py': 'one\ntwo two\n', 'a.py': 'one\n' })
    const at = (path: string, start: number) => problem({ path, range: { start, end: start + 3 }, remedy: { kind: 'manual', reason: 'x' } })
    const { findings } = findHazards(text, app, program, options([rule('second-rule', [at('app.py', 8), at('app.py', 4), at('app.py', 4), at('a.py', 0)]), rule('first-rule', [at('a.py', 0)])]))
    expect(findings.map((one) => one.id)).toEqual(['second-rule:a.py:1', 'second-rule:app.py:2', 'second-rule:app.py:2#2', 'first-rule:a.py:1'])
    expect(findings[2]).toMatchObject({ line: 2, column: 5, endLine: 2 })
  })

  it('asks what the target offers, and reports a plain bug everywhere', () => {
    const disk = rule('writes-file', [problem({ remedy: { kind: 'manual', reason: 'x' } })], { assumes: 'writable-disk' })
    const bug = rule('plain-bug', [problem({ remedy: { kind: 'manual', reason: 'x' } })])
    const roomy = { ...target({}, { 'writable-disk': 'yes' }), id: 'render' as const }
    const bare = target({}, { 'writable-disk': 'no' })
    const seen = findHazards(repo, app, program, { rules: [disk, bug], targets: [bare, roomy], target: bare, plan: 'free' }).findings
    expect(seen.map((one) => [one.rule, one.targets])).toEqual([['writes-file', ['vercel']], ['plain-bug', ['vercel', 'render']]])
    expect(findHazards(repo, app, program, { rules: [disk], targets: [roomy], target: roomy, plan: 'free' }).findings).toEqual([])
  })

  it('lists the variables that the app reads; what a fix brings belongs to the plan that takes it', () => {
    const needs = rule('wants-secret', [problem({ remedy: fix([], { needs: [{ kind: 'env', name: 'CRON_SECRET', secret: true, why: 'x' }] }) })])
    const result = inspect(repo, [{ app, program, env: [{ name: 'DB', required: true, secret: false, seenAt: [] }], routes: [] }], options([needs]))
    expect(result.apps[0]?.env.map((one) => [one.name, one.secret])).toEqual([['DB', false]])
    const brings = finding({ rule: 'wants-secret', remedy: fix([], { needs: [{ kind: 'env', name: 'CRON_SECRET', secret: true, why: 'x' }] }) })
    const env = [{ name: 'DB', required: true, secret: false, seenAt: [] }]
    expect(makePlan(input([brings], { env })).plan.env.map((one) => [one.name, one.secret])).toEqual([['CRON_SECRET', true], ['DB', false]])
    expect(makePlan(input([brings], { env, decisions: new Map() })).plan.env.map((one) => one.name)).toEqual(['DB'])
  })
})

describe('makePlan', () => {
  it('takes only what was decided, and counts identical edits once', () => {
    const same = fix([edit('app.py', 0, 1, 'X')])
    const { plan, after } = makePlan(input([finding({ rule: 'one', remedy: same }), finding({ rule: 'two', remedy: same }), finding({ rule: 'three', remedy: fix([edit('other.py', 0, 1, 'Y')]) })], { decisions: new Map([['one:app.py:1', 'take'], ['two:app.py:1', 'take'], ['three:app.py:1', 'leave']]) }))
    expect(after.text('app.py')).toBe('Xbcdef\n')
    expect(plan.files.map((file) => [file.kind, file.path, file.rules])).toEqual([['edit', 'app.py', ['one', 'two']]])
    expect(plan.conflicts).toEqual([])
    expect(plan.remaining.map((one) => one.rule)).toEqual(['three'])
  })

  it('lets the first of two overlapping fixes win, and makes none of the other', () => {
    const first = finding({ rule: 'first', remedy: fix([edit('app.py', 0, 4, 'A')]) })
    const second = finding({ rule: 'second', remedy: fix([edit('other.py', 0, 1, 'Z'), edit('app.py', 2, 6, 'B')]) })
    const { plan, after } = makePlan(input([first, second]))
    expect(after.text('app.py')).toBe('Aef\n')
    expect(after.text('other.py')).toBe('x\n')
    expect(plan.conflicts.map((one) => [one.finding.rule, one.with])).toEqual([['second', 'first:app.py:1']])
    expect(plan.remaining.map((one) => one.rule)).toEqual(['second'])
  })

  it('marks a fix as open that only asks for something outside, and keeps its variable', () => {
    const asks = finding({ rule: 'asks', remedy: fix([], { needs: [{ kind: 'env', name: 'DATABASE_URL', secret: true, why: 'x' }], left: 'Make a database.' }) })
    const edits = finding({ rule: 'edits', remedy: fix([edit('app.py', 0, 1, 'A')]) })
    const { plan } = makePlan(input([asks, edits], { reanalyse: () => ({ app, findings: [asks] }) }))
    expect(plan.taken.map((one) => [one.finding.rule, one.open, one.left])).toEqual([['asks', true, 'Make a database.'], ['edits', undefined, undefined]])
    expect(plan.remaining.map((one) => one.rule)).toEqual(['asks'])
    expect(plan.env.map((one) => one.name)).toEqual(['DATABASE_URL'])
    expect(makePlan(input([asks, edits], { reanalyse: () => ({ app, findings: [] }) })).plan.taken.map((one) => one.open)).toEqual([undefined, undefined])
  })

  it('refuses a fix that can not be made at all, and goes on', () => {
    const { plan } = makePlan(input([finding({ rule: 'stale', remedy: fix([edit('gone.py', 0, 1, 'A')]) }), finding({ rule: 'fine', remedy: fix([edit('app.py', 0, 1, 'A')]) })]))
    expect(plan.conflicts.map((one) => one.finding.rule)).toEqual(['stale'])
    expect(plan.files.map((file) => file.path)).toEqual(['app.py'])
  })

  it('gives the target the cured repo and the needs, and drops files that end as they began', () => {
    const seen: unknown[] = []
    const spying = { ...target(), emit: (cured: typeof repo, context: { readonly needs: readonly unknown[] }) => {
      seen.push(cured.text('app.py'), context.needs)
      return { changes: [edit('app.py', 0, 1, 'a'), { kind: 'create' as const, path: 'vercel.json', text: '{}\n' }], steps: ['deploy'], entry: { shape: 'api' as const, file: 'api/index.py', why: 'so' } }
    } }
    const need = { kind: 'cron' as const, job: 'tick', path: '/cron/tick', schedule: '0 0 * * *', was: 'every 10 s' }
    const { plan } = makePlan(input([finding({ rule: 'one', remedy: fix([edit('app.py', 0, 1, 'X')], { needs: [need, need], left: 'look at it' }) })], { target: spying }))
    expect(seen).toEqual(['Xbcdef\n', [{ kind: 'entry' }, need]])
    expect(plan.files.map((file) => [file.kind, file.path, file.rules])).toEqual([['create', 'vercel.json', ['target:vercel']]])
    expect(plan.schedules).toEqual([{ job: 'tick', was: 'every 10 s', becomes: 'GET /cron/tick', schedule: '0 0 * * *' }])
    expect(plan.taken[0]?.left).toBe('look at it')
  })

  it('tells the target which variables the app can not do without', () => {
    const seen: unknown[] = []
    const spying = { ...target(), emit: (_: unknown, context: { readonly needs: readonly unknown[] }) => (seen.push(...context.needs), { changes: [], steps: [], entry: { shape: 'native' as const, file: 'app.py', why: 'so' } }) }
    const seenAt = [{ file: 'app.py', line: 3 }]
    const { plan } = makePlan(input([], { target: spying, env: [{ name: 'DB', required: true, secret: true, seenAt }, { name: 'PAGE', required: false, secret: false, seenAt }] }))
    expect(seen).toEqual([{ kind: 'entry' }, { kind: 'env', name: 'DB', secret: true, why: 'read at app.py:3' }])
    expect(plan.env.map((one) => [one.name, one.required])).toEqual([['DB', true], ['PAGE', false]])
  })

  it('tells the target after those which variables have no default', () => {
    const seen: unknown[] = []
    const spying = { ...target(), emit: (_: unknown, context: { readonly needs: readonly unknown[] }) => (seen.push(...context.needs), { changes: [], steps: [], entry: { shape: 'native' as const, file: 'app.py', why: 'so' } }) }
    const seenAt = [{ file: 'app.py', line: 3 }]
    const { plan } = makePlan(input([], { target: spying, env: [{ name: 'MAIL', required: false, secret: false, seenAt, bare: true }, { name: 'DB', required: true, secret: true, seenAt }] }))
    expect(seen.slice(1)).toEqual([{ kind: 'env', name: 'DB', secret: true, why: 'read at app.py:3' }, { kind: 'env', name: 'MAIL', secret: false, why: 'read at app.py:3' }])
    expect(plan.env.map((one) => [one.name, one.required])).toEqual([['MAIL', false], ['DB', true]].sort())
  })

  it('reports what a second look still finds, for this target only', () => {
    const left = finding({ rule: 'left', targets: ['vercel'] })
    const elsewhere = finding({ rule: 'elsewhere', targets: ['render'] })
    let looked: string | undefined
    const { plan } = makePlan(input([finding({ rule: 'one', remedy: fix([edit('app.py', 0, 1, 'X')]) })], { reanalyse: (after) => { looked = after.text('app.py'); return { app: input([]).app, findings: [left, elsewhere] } } }))
    expect(looked).toBe('Xbcdef\n')
    expect(plan.remaining).toEqual([left])
  })

  it('does in one run what waits for another edit of the same text, or shows only after it', () => {
    const upper = (rule: string, text: string): ReturnType<typeof finding> => finding({ rule, remedy: fix([edit('app.py', 0, text.length, text.toUpperCase())]) })
    const [first, second] = [upper('first', 'a'), upper('second', 'ab')]
    const brought = finding({ rule: 'brought', remedy: fix([edit('app.py', 2, 3, '!')]) })
    const left = finding({ rule: 'left', remedy: fix([edit('app.py', 3, 4, '?')]) })
    const findingsIn = (text: string | undefined): readonly ReturnType<typeof finding>[] => [...(text?.startsWith('AB') ? [] : [second]), ...(text?.startsWith('AB') && text[2] === 'c' ? [brought] : []), left]
    const all = input([first, second, left])
    const { plan, after } = makePlan({ ...all, decisions: new Map([[first.id, 'take'], [second.id, 'take'], [left.id, 'leave']]), reanalyse: (now) => ({ app: all.app, findings: findingsIn(now.text('app.py')) }), later: (open) => new Map(open.map((one) => [one.id, 'take'])) })
    expect(after.text('app.py')).toBe('AB!def\n')
    expect(plan.taken.map(({ finding: one }) => one.rule)).toEqual(['first', 'second', 'brought'])
    expect(plan.conflicts).toEqual([])
    expect(plan.remaining).toEqual([left])
  })

  it('takes safe fixes by default, and with unsafe each choice with its default', () => {
    const choice: Remedy = { kind: 'choice', question: 'Which?', options: [{ id: 'a', title: 'A', changes: [edit('app.py', 0, 1, 'A')] }, { id: 'b', title: 'B', changes: [edit('app.py', 0, 1, 'B')] }], byDefault: 'b' }
    const all = [finding({ rule: 'safe', remedy: fix([]) }), finding({ rule: 'review', remedy: fix([], { safety: 'review' }) }), finding({ rule: 'choice', remedy: choice }), finding({ rule: 'manual' })]
    expect([...defaultDecisions(all, { unsafe: false }).values()]).toEqual(['take', 'leave', 'leave'])
    expect([...defaultDecisions(all, { unsafe: true }).values()]).toEqual(['take', 'take', 'b'])
    expect([...defaultDecisions(all, { unsafe: true, chosen: new Set(['choice']) }).values()]).toEqual(['leave', 'leave', 'b'])
    const { after } = makePlan(input(all, { decisions: new Map([['choice:app.py:1', 'b']]) }))
    expect(after.text('app.py')).toBe('Bbcdef\n')
  })
})

describe('answers', () => {
  const choice = finding({ rule: 'db-sqlite', remedy: { kind: 'choice', question: 'Which?', options: [{ id: 'env-url', title: 'A', changes: [] }], byDefault: 'leave' } })
  it('answer by finding before rule, and refuse an option that is not there', () => {
    const defaults = defaultDecisions([choice], { unsafe: true })
    expect(applyAnswers(defaults, [choice], { decisions: { 'db-sqlite': 'env-url' } }, 'a.json').get(choice.id)).toBe('env-url')
    expect(applyAnswers(defaults, [choice], { decisions: { 'db-sqlite': 'env-url', [choice.id]: 'leave' } }, 'a.json').get(choice.id)).toBe('leave')
    expect(() => applyAnswers(defaults, [choice], { decisions: { 'db-sqlite': 'env-ur' } }, 'a.json')).toThrow(/has no answer "env-ur"/)
    expect([...applyAnswers(defaults, [choice], { decisions: { 'gone:app.py:9': 'take' } }, 'a.json')]).toEqual([...defaults])
  })
  it('refuse what they do not know', () => {
    expect(() => parseAnswers('{"decision": {}}', 'a.json')).toThrow(/unknown answer "decision"/)
    expect(() => parseAnswers('{"target": "heroku"}', 'a.json')).toThrow(/not one of vercel, render, hybrid/)
    expect(() => parseAnswers('nope', 'a.json')).toThrow(/not JSON/)
  })
})

describe('the plan file', () => {
  const { plan } = makePlan(input([finding({ rule: 'one', remedy: fix([edit('app.py', 0, 1, 'X'), { kind: 'create', path: 'new.py', text: 'n\n' }, { kind: 'delete', path: 'other.py' }]) })]))
  const text = serializePlan(plan, plan.files, 'to-serverless 0')
  it('comes back as the same files, without the old texts', () => {
    expect(text).not.toContain('abcdef')
    const back = bindPlan(parsePlan(text, 'p.json'), repo)
    expect(back.map((file) => [file.kind, file.path, file.before?.text, file.after?.text])).toEqual(plan.files.map((file) => [file.kind, file.path, file.before?.text, file.after?.text]))
  })
  it('is refused when a file changed, or a new one is there already', () => {
    const saved = parsePlan(text, 'p.json')
    expect(() => bindPlan(saved, snapshotOf({ 'app.py': 'changed\n', 'other.py': 'x\n' }))).toThrow(/changed since it was made: app.py/)
    expect(() => bindPlan(saved, snapshotOf({ 'app.py': 'abcdef\n', 'other.py': 'x\n', 'new.py': '' }))).toThrow(/new.py/)
  })
  it.each(['../x', '/etc/passwd', 'a/../../x', '.git/hooks/pre-commit', 'a\\..\\b', 'C:/x', ''])('is refused when it names %j', (path) => {
    const bad = JSON.parse(text) as { files: { path: string }[] }
    const first = bad.files[0]
    if (first) first.path = path
    expect(() => parsePlan(JSON.stringify(bad), 'p.json')).toThrow(/not a place inside the repo/)
  })
  it('is refused when it is something else', () => {
    for (const other of ['[]', '{}', 'x', JSON.stringify({ ...JSON.parse(text), version: 2 })]) expect(() => parsePlan(other, 'p.json')).toThrow(/p.json/)
  })
})
