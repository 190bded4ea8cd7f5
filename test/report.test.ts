import { Ajv2020 } from 'ajv/dist/2020.js'
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { explain, redact, type Symptom } from '../src/explain.js'
import { inspect } from '../src/inspect.js'
import { makePlan } from '../src/plan.js'
import { code, html as escapeHtml, markdown as escapeMarkdown, plain } from '../src/report/escape.js'
import { html } from '../src/report/html.js'
import { inspectionJson, runJson, verificationJson } from '../src/report/json.js'
import { markdown, marker } from '../src/report/markdown.js'
import { sarif } from '../src/report/sarif.js'
import { terminal } from '../src/report/terminal.js'
import { verdict } from '../src/report/verdict.js'
import { snapshotOf } from '../src/snapshot.js'
import type { Report, Verification } from '../src/types.js'
import { app, edit, fix, problem, program, rule, target } from './hand-made.js'

const hostile = 'a|b<img src=x onerror=alert(1)>`$(rm)\u001b[31m\u202e.py'
const schema = (name: string): object => JSON.parse(readFileSync(new URL(`../schema/${name}.schema.json`, import.meta.url), 'utf8')) as object
const ajv = new Ajv2020({ strict: true, allErrors: true })
for (const name of ['inspect', 'verify', 'run']) ajv.addSchema(schema(name))
const errorsOf = (name: string, data: unknown): unknown => {
  const validate = ajv.getSchema(`https://to-serverless.invalid/schema/${name}.schema.json`)
  if (!validate) throw new Error(`no schema ${name}`)
  return validate(JSON.parse(JSON.stringify(data))) ? [] : validate.errors
}

const repo = snapshotOf({ 'app.py': 'abc\ndef\n', [hostile]: 'x\n' })
const rules = [
  rule('takes-edit', [problem({ range: { start: 4, end: 7 }, remedy: fix([edit('app.py', 4, 7, 'DEF')], { left: 'Look at <b>it</b>.', needs: [{ kind: 'env', name: 'CRON_SECRET', secret: true, why: 'x' }, { kind: 'cron', job: 'tick|tock', path: '/cron/tick', schedule: '0 0 * * *', was: 'every 10 s' }] }), message: 'It uses `x|y`, because of *that*; change it.' })]),
  rule('stays-here', [problem({ path: hostile, remedy: { kind: 'manual', reason: 'By hand.' }, message: 'Bad <script>alert(1)</script> \u001b[2Jhere.' })], { severity: 'blocks' }),
]
const inspection = inspect(repo, [{ app: { ...app, runtime: { wanted: '3.12', source: '.python-version' } }, program, env: [{ name: 'DATABASE_URL', required: true, secret: true, seenAt: [{ file: 'app.py', line: 2 }] }], routes: [] }], { rules, targets: [target()], target: target(), plan: 'free', notChecked: [{ file: hostile, reason: 'does not parse' }] })
const findings = inspection.apps[0]?.findings ?? []
const { plan } = makePlan({ repo, app, findings, decisions: new Map(findings.map((one) => [one.id, 'take'])), target: target({ steps: ['vercel env add CRON_SECRET', 'vercel deploy --prod'] }), platformPlan: 'free', shape: 'auto', folders: [], env: inspection.apps[0]?.env ?? [] })
const inspected: Report = { tool: { name: 'to-serverless', version: '1.2.3' }, inspection }
const ran: Report = { ...inspected, plan, checks: [{ title: 'The entry is found', ok: true, detail: 'api/index.py' }], receipt: { version: 1, at: '2026-01-01T00:00:00Z', tool: 'to-serverless 1.2.3', files: [{ path: 'app.py', mode: 420, before: 'c2VjcmV0', after: 'eA==' }], dirs: [] } }
const verification: Verification = { schemaVersion: 1, entry: 'api/index.py:app', ok: false, host: 'minimal', import: { ms: 12.5, peakMb: 30 }, observed: [{ what: 'thread', when: 'import', file: 'app.py', line: 3, detail: 'loop' }], routes: [{ method: 'GET', path: '/', before: { status: 200 }, after: { status: 500 }, same: false, note: 'differs' }], notRun: [{ what: 'DATABASE_URL', why: 'has no value here' }], checks: [{ title: 'manage.py check', ok: true, detail: 'No errors.' }], failure: 'It broke.' }

describe('escaping', () => {
  it('takes control characters, escape sequences and reordering marks out', () => {
    expect(plain('a\u001b[31mb\u001b]8;;http://x\u0007c\u202ed\ne\u0000')).toBe('abcd e')
  })
  it('ends no code span and no tag early', () => {
    expect(code('a`b')).toBe('``a`b``')
    expect(code('`')).toBe('`` ` ``')
    expect(escapeMarkdown('`a*b` <i> [x](y)')).toBe('`a*b` \\<i\\> \\[x\\](y)')
    expect(escapeHtml('<a href="x">\'&')).toBe('&lt;a href=&quot;x&quot;&gt;&#39;&amp;')
  })
})

describe('json', () => {
  it('fits the schemas that ship with the package', () => {
    expect(errorsOf('inspect', inspectionJson(inspected))).toEqual([])
    expect(errorsOf('run', runJson(ran))).toEqual([])
    expect(errorsOf('run', runJson({ ...ran, verification }))).toEqual([])
    expect(errorsOf('verify', verificationJson(verification))).toEqual([])
  })
  it('would be refused with a key too many, or one missing', () => {
    const good = JSON.parse(JSON.stringify(inspectionJson(inspected))) as { apps: Record<string, unknown>[] }
    expect(errorsOf('inspect', { ...good, extra: 1 })).not.toEqual([])
    const [first] = good.apps
    if (first) delete first['entry']
    expect(errorsOf('inspect', good)).not.toEqual([])
  })
  it('has the keys of the contract, in its order, and leaves file contents out of the receipt', () => {
    const run = runJson(ran)
    expect(Object.keys(run)).toEqual(['schemaVersion', 'tool', 'apps', 'recommendation', 'notChecked', 'stats', 'plan', 'receipt', 'checks'])
    expect(run.plan?.changes[0]).toMatchObject({ kind: 'edit', path: 'app.py', rule: 'takes-edit', class: 'safe' })
    expect(run.plan?.changes[0]?.diff).toContain('-def\n+DEF\n')
    expect(run.plan?.manual.map((one) => one.rule)).toEqual(['stays-here', 'takes-edit'])
    expect(JSON.stringify(run)).not.toContain('c2VjcmV0')
  })
})

describe('verdict', () => {
  const clean = { ...ran, plan: { ...plan, remaining: [], env: [] } }
  const booted: Verification = { ...verification, ok: true }
  it('says "ready" only of what was seen to boot', () => {
    expect(verdict({ ...clean, verification: booted })).toBe('Ready for Vercel: nothing is left that blocks or breaks, and it boots in the emulated cell.')
    expect(verdict(clean)).toBe('Nothing that blocks or breaks is left for Vercel. It was not booted here, so that is not verified.')
    const { receipt: _, ...drafted } = clean
    expect(verdict(drafted)).toBe('Nothing that blocks or breaks is left for Vercel, as far as the code tells.')
  })
  it('counts the variables that have to be set first', () => {
    const env = [{ name: 'A', required: true, secret: false, seenAt: [] }, { name: 'B', required: false, secret: false, seenAt: [], bare: true }, { name: 'C', required: false, secret: false, seenAt: [] }]
    expect(verdict({ ...clean, plan: { ...clean.plan, env }, verification: booted })).toContain('Ready for Vercel once its 2 variables are set:')
    expect(verdict({ ...clean, plan: { ...clean.plan, env: env.slice(1) }, verification: booted })).toContain('once its variable is set:')
  })
  it('does not say of what was seen to boot that it would not start', () => {
    expect(verdict(ran)).toBe('Not ready for Vercel: one hazard is left, and with it the app would not start.')
    expect(verdict({ ...ran, verification: booted })).toBe('It boots in the emulated cell, but one hazard is left that can keep it from deploying or starting on Vercel; see what is left.')
    expect(verdict({ ...ran, plan: { ...plan, remaining: [...plan.remaining, ...plan.remaining.map((one) => ({ ...one, severity: 'breaks' as const }))] }, verification: booted })).toContain('2 hazards are left, of which one can keep it')
  })
})

describe('a fix that waits for something outside the repo', () => {
  const waits = inspection.apps[0]?.findings.map((one) => one.id)[0]
  const open: Report = { ...ran, plan: { ...plan, taken: plan.taken.map((one) => ({ ...one, open: true as const })), remaining: findings } }
  it('stands among what is left, and not among what changed', () => {
    expect(waits).toBe('takes-edit:app.py:2')
    const done = /takes-edit(`|<\/code>)?: change it/
    for (const text of [markdown(ran), html(ran), terminal(ran, { color: false, columns: 100 })]) expect(text).toMatch(done)
    for (const text of [markdown(open), html(open), terminal(open, { color: false, columns: 100 })]) {
      expect(text).not.toMatch(done)
      expect(text).toContain('takes-edit')
    }
  })
})

describe('markdown', () => {
  it('offers the cell only where there is one', () => {
    const node: Report = { ...ran, plan: { ...plan, app: { ...app, framework: 'express', language: 'javascript' } } }
    expect(markdown(ran)).toContain('npx to-serverless verify')
    expect(markdown(node)).not.toContain('npx to-serverless verify')
  })
  const text = markdown(ran)
  it('begins with the mark by which the tool knows its own file', () => {
    expect(text.split('\n')[0]).toBe(marker)
  })
  it('says verdict, changes, checklist, variables, schedules, deploy and undo', () => {
    for (const heading of ['# Migration to Vercel', '## What changed and why', '## What is left', '## Environment variables', '## Schedules', '## Deploy', '## Undo']) expect(text.split('\n')).toContain(heading)
    expect(text).toContain('**Not ready for Vercel: one hazard is left, and with it the app would not start.**')
    expect(text).toContain('- [ ] `app.py:2` `takes-edit`: Look at \\<b\\>it\\</b\\>.')
    expect(text).toContain('| `CRON_SECRET` | yes | yes |')
    expect(text).toContain('| tick\\|tock | every 10 s | `GET /cron/tick` | `0 0 * * *` |')
  })
  it('lets nothing of the repo act', () => {
    expect(text).not.toContain('<script>')
    expect(text).not.toContain('\u001b')
    expect(text).not.toContain('\u202e')
    expect(markdown(inspected)).not.toContain('<script>')
  })
})

describe('html', () => {
  it('loads nothing and lets nothing of the repo act', () => {
    for (const page of [html(inspected), html(ran)]) {
      expect(page).not.toMatch(/<script|<img|onerror=alert\(1\)>|https?:|<link/)
      expect(page).toContain('&lt;script&gt;')
      expect(page).not.toContain('\u001b')
    }
  })
})

describe('sarif', () => {
  it('is 2.1.0 with a level, a place and the way there for each finding', () => {
    const log = JSON.parse(sarif(inspected)) as { version: string; runs: { tool: { driver: { rules: { id: string }[] } }; results: { ruleId: string; ruleIndex: number; level: string; locations: { physicalLocation: { artifactLocation: { uri: string }; region: { startLine: number } } }[]; codeFlows: unknown[] }[] }[] }
    const [run] = log.runs
    expect(log.version).toBe('2.1.0')
    expect(run?.results.map((one) => [one.ruleId, one.level, run.tool.driver.rules[one.ruleIndex]?.id])).toEqual([['takes-edit', 'error', 'takes-edit'], ['stays-here', 'error', 'stays-here']])
    expect(run?.results[0]?.locations[0]?.physicalLocation).toMatchObject({ artifactLocation: { uri: 'app.py' }, region: { startLine: 2 } })
    expect(run?.results[0]?.codeFlows).toHaveLength(1)
    expect(run?.results[1]?.locations[0]?.physicalLocation.artifactLocation.uri).toBe(encodeURIComponent(hostile))
  })
})

describe('terminal', () => {
  it('fits the columns, and without colour has no escape sequence', () => {
    for (const report of [inspected, { ...ran, verification }]) {
      const text = terminal(report, { color: false, columns: 80 })
      expect(text).not.toContain('\u001b')
      expect(text.split('\n').filter((line) => line.length > 80 && !line.includes('onerror'))).toEqual([])
    }
  })
  it('has colour when asked, and still none of the repo', () => {
    expect(terminal(inspected, { color: true, columns: 80 })).toContain('\u001b[1m')
    expect(terminal(inspected, { color: true, columns: 80 })).not.toContain('\u001b[2J')
  })
  it('says what was found, what was done, and what is next', () => {
    expect(terminal(inspected, { color: false, columns: 80 })).toContain('app.py:2  takes-edit')
    expect(terminal(inspected, { color: false, columns: 80 })).toContain('Python 3.12')
    const inNode = inspection.apps.map((one) => ({ ...one, app: { ...one.app, language: 'typescript' as const } }))
    expect(terminal({ ...inspected, inspection: { ...inspection, apps: inNode } }, { color: false, columns: 80 })).toContain('Node.js 3.12')
    const done = terminal(ran, { color: false, columns: 80 })
    expect(done).toContain('Changed 1 file')
    expect(done).toContain('2. vercel deploy --prod')
    expect(done).toContain('to-serverless undo')
  })
})

describe('explain', () => {
  const symptoms = JSON.parse(readFileSync(new URL('../assets/symptoms.json', import.meta.url), 'utf8')) as readonly Symptom[]
  const first = (text: string): string | undefined => explain(text, symptoms)[0]?.symptom.rules[0]
  it.each([
    ["OSError: [Errno 30] Read-only file system: '/var/task/uploads'", 'import-fs-write'],
    ['No Flask entrypoint found. Set "tool.vercel.entrypoint" in pyproject.toml', 'entry-not-found'],
    ['Task timed out after 300.00 seconds', 'entry-server-started-at-import'],
    ["AttributeError: 'Flask' object has no attribute 'before_first_request'", 'life-flask-removed-api'],
    ["ModuleNotFoundError: No module named 'flask_cors'", 'dep-not-declared'],
    ['sqlite3.OperationalError: unable to open database file', 'db-sqlite'],
    ['Hobby accounts are limited to daily cron jobs. This cron expression would run more than once per day.', 'cron-plan-limit'],
    ["The pattern \"app.py\" defined in `functions` doesn't match any Serverless Functions inside the `api` directory.", 'entry-functions-pattern'],
    ['FileNotFoundError: [Errno 2] No such file or directory: \'ffmpeg\'', 'bg-system-binary'],
    ["ValidationError: The 'X-Forwarded-For' header is set … code: 'ERR_ERL_UNEXPECTED_X_FORWARDED_FOR'", 'cfg-trust-proxy'],
    ['Error: secretOrPrivateKey must have a value', 'import-required-env'],
    ['PayloadTooLargeError: request entity too large', 'limit-request-body'],
    ['src/app.ts(3,7): error TS2322: Type', 'express-ts-build'],
  ])('knows %s', (text, id) => {
    expect(first(text)).toBe(id)
  })
  it('looks through the envelope to the innermost line', () => {
    const log = 'could not import "api/index.py":\nTraceback (most recent call last):\n  File "/var/task/app.py", line 3\nKeyError: \'DATABASE_URL\'\nPython process exited with exit status: 1. The logs above can help debug the issue.\n500: FUNCTION_INVOCATION_FAILED'
    expect(explain(log, symptoms).map((match) => match.line)).toEqual(["KeyError: 'DATABASE_URL'"])
    expect(first('500: FUNCTION_INVOCATION_FAILED')).toBe('import-required-env')
  })
  it('knows nothing about what it does not know', () => {
    expect(explain('all is well', symptoms)).toEqual([])
  })
  it('hides secrets of pasted logs', () => {
    const text = redact('postgres://bob:hunter2@db/x Authorization: Bearer abcdefghijklmnop API_KEY=sk-live-1234567890abcdef password: swordfish')
    for (const secret of ['hunter2', 'abcdefghijklmnop', '1234567890abcdef', 'swordfish']) expect(text).not.toContain(secret)
  })
})
