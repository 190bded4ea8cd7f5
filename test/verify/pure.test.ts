import { describe, expect, it } from 'vitest'
import { difference, normalised } from '../../src/verify/compare.js'
import { unsetBehind } from '../../src/cli/verification.js'
import type { EnvVariable, Verification } from '../../src/types.js'
import { redactor, whatWasRaised, whyItFailed } from '../../src/verify/explain.js'
import { vercelRules } from '../../src/verify/rules-vercel.js'
import { innermost } from '../../src/verify/stacks.js'
import { snapshotOf } from '../../src/snapshot.js'

const answer = (body: string, more: Partial<{ status: number; headers: Record<string, string> }> = {}): Parameters<typeof difference>[0] => ({ status: 200, headers: { 'content-type': 'text/html' }, body, ...more })

describe('comparing two answers', () => {
  it.each([
    ['a date and a time', 'on 2026-11-24 at 11:03', 'on 2026-11-25 at 09:59'],
    ['an ISO time', '{"at":"2026-11-24T11:03:00.123Z"}', '{"at":"2026-11-24T11:04:09Z"}'],
    ['an HTTP date', 'Tue, 24 Nov 2026 11:03:00 GMT', 'Wed, 25 Nov 2026 01:00:00 GMT'],
    ['a CSRF token, name first', '<input type="hidden" name="csrf_token" value="ImFi.x-1">', '<input type="hidden" name="csrf_token" value="ImFj.y_2">'],
    ['a CSRF token, value first', '<meta content="ImFi" name="csrf-token">', '<meta content="ImFj" name="csrf-token">'],
    ['a nonce', '<script nonce="r4nd0m+/=">', '<script nonce="0th3r">'],
    ['a uuid', '123e4567-e89b-12d3-a456-426614174000', '00000000-e89b-12d3-a456-42661417400f'],
    ['a port', 'http://localhost:5000/x', 'http://localhost:41233/x'],
    ['seconds since 1970', '{"now": 1795519380.12}', '{"now": 1795519381}'],
    ['an address', '<Thing at 0x7f1c2b3d4e5f>', '<Thing at 0x7f0000000000>'],
  ])('does not mind %s', (_, before, after) => {
    expect(difference(answer(before), answer(after))).toBeUndefined()
  })
  it.each([
    ['a number', 'visits: 41', 'visits: 42', 'the body differs from line 1: "visits: 41" before, "visits: 42" after'],
    ['a short token', 'id abc123', 'id abd124', 'the body differs from line 1: "id abc123" before, "id abd124" after'],
    ['a line more', 'a', 'a\nb', 'the body differs from line 2: "" before, "b" after'],
    ['a line less', 'a\nb', 'a', 'the body differs from line 2: "b" before, "" after'],
  ])('minds %s', (_, before, after, said) => {
    expect(difference(answer(before), answer(after))).toBe(said)
  })
  it('minds status, content type and location, in this order', () => {
    expect(difference(answer('a'), answer('b', { status: 500 }))).toBe('status 200 before, 500 after')
    expect(difference(answer('a'), answer('a', { headers: { 'content-type': 'text/plain' } }))).toBe('content-type was "text/html" and is "text/plain"')
    expect(difference(answer('', { status: 302, headers: { location: '/a' } }), answer('', { status: 302, headers: { location: '/b' } }))).toBe('location was "/a" and is "/b"')
  })
  it('leaves a version and a price alone', () => {
    expect(normalised('v1.2.3 costs 10.50')).toBe('v1.2.3 costs 10.50')
  })
})

describe('a dump of stacks', () => {
  const dump = `Thread 0x1 (most recent call first):
  File "/usr/lib/python3.12/threading.py", line 5 in wait
  File "/c/task/jobs.py", line 7 in loop
  File "/usr/lib/python3.12/threading.py", line 1 in run

Thread 0x2 (most recent call first):
  File "/c/task/.venv/lib/site-packages/x.py", line 9 in get
  File "/c/task/views.py", line 21 in slow
  File "/usr/lib/python3.12/socketserver.py", line 3 in process_request_thread

Current thread 0x3 (most recent call first):
  File "/usr/lib/python3.12/selectors.py", line 4 in select
  File "/c/task/app.py", line 3 in <module>
  File "/pkg/assets/verify/cell.py", line 60 in <module>
`
  it('gives the line of the import, or of the request', () => {
    expect(innermost(dump, '/c/task', true)).toEqual({ file: 'app.py', line: 3, in: '<module>' })
    expect(innermost(dump, '/c/task', false)).toEqual({ file: 'views.py', line: 21, in: 'slow' })
  })
  it('gives nothing where the app has no part', () => {
    expect(innermost(dump, '/elsewhere', true)).toBeUndefined()
  })
})

describe('sentences', () => {
  const scene = { python: '.venv/bin/python', entry: 'app.py', symbol: 'app', observed: [], ownModule: () => undefined, manifest: undefined }
  it('says what an import hung on without a server', () => {
    expect(whyItFailed({ stage: 'hang', type: '', message: '30 s', file: 'a.py', line: 2 }, scene)).toBe('Importing app.py did not end within 30 s and was stopped; it was at a.py:2. What takes long must not run while the file is imported.')
  })
  it('says that a process ended, and how', () => {
    expect(whyItFailed({ stage: 'exit', type: '', message: 'killed by signal 11' }, scene)).toBe('The process ended while app.py was imported (killed by signal 11).')
  })
  it('advises on a network that is closed at import', () => {
    const failed = { stage: 'import', type: 'gaierror', message: '[Errno -3] network is closed in the cell', file: 'db.py', line: 4 } as const
    expect(whyItFailed(failed, scene)).toBe('Importing app.py failed at db.py:4: gaierror: [Errno -3] network is closed in the cell. Connect at the first request instead, so that an import needs no network.')
  })
  it('names the fields that a settings class does not find', () => {
    const failed = { stage: 'import', type: 'ValidationError', message: '2 validation errors for Settings\napi_token\n  Field required [type=missing, input_value={}, input_type=dict]\npage\n  Input should be a valid integer', file: 'config.py', line: 9 } as const
    expect(whyItFailed(failed, scene)).toContain('api_token has no value in the cell: set it on the platform')
    expect(whyItFailed({ ...failed, message: 'x' }, scene)).not.toContain('no value')
  })
  it('keeps to the first line of what was raised', () => {
    expect(whatWasRaised({ path: '/', type: 'ValueError', message: 'one\ntwo', file: 'a.py', line: 1 })).toBe('ValueError: one … at a.py:1')
  })
  it('hides values and passwords in URLs, and no short word', () => {
    const hide = redactor(['s3cr3t-value', 'true'])
    expect(hide('true s3cr3t-value mongodb+srv://me:pw@host/x')).toBe('true <hidden> mongodb+srv://<hidden>@host/x')
  })
})

describe('a missing value behind a failure', () => {
  const variable = (name: string, required = true): EnvVariable => ({ name, required, secret: false, seenAt: [] })
  const behind = (failure: string, variables: readonly EnvVariable[], values: Readonly<Record<string, string>> = {}, routes: Verification['routes'] = []): string | undefined => unsetBehind({ failure, routes }, variables, values)?.name
  it('is found by name, and as a field of a settings class', () => {
    const both = [variable('SECRET_KEY'), variable('NOTES_API_TOKEN')]
    expect(behind("KeyError: 'SECRET_KEY'. The variable has no value in the cell: set it.", both)).toBe('SECRET_KEY')
    expect(behind('Set the SECRET_KEY environment variable. The variable has no value in the cell: set it.', both)).toBe('SECRET_KEY')
    expect(behind('1 validation error. api_token has no value in the cell: set it.', both)).toBe('NOTES_API_TOKEN')
    expect(behind("KeyError: 'OTHER'. The variable has no value in the cell: set it.", both)).toBeUndefined()
    expect(behind("KeyError: 'SECRET_KEY'.", both)).toBeUndefined()
  })
  it('is the address of the database, where that is why the app fell back to a file', () => {
    const fell = 'GET /: status 200 before, 500 after (OperationalError: unable to open database file at a.py:1).'
    expect(behind(fell, [variable('NOTES_DATABASE_URL', false)])).toBe('NOTES_DATABASE_URL')
    expect(behind(fell, [variable('DATABASE_URL')], { DATABASE_URL: 'postgres://x' })).toBeUndefined()
    expect(behind(fell, [variable('SECRET_KEY')])).toBeUndefined()
    const other = { method: 'GET', path: '/x', same: false, note: 'status 200 before, 404 after' }
    expect(behind(fell, [variable('DATABASE_URL')], {}, [other])).toBeUndefined()
    expect(behind(fell, [variable('DATABASE_URL')], {}, [{ ...other, same: true }])).toBe('DATABASE_URL')
  })
})

describe('what Vercel bundles', () => {
  const repo = snapshotOf({ '.vercelignore': '.env\n./tests\n!.env.local\n', 'app.py': '' })
  const { bundled } = vercelRules(repo, ['*.log'])
  it.each(['app.py', 'static/site.css', 'templates/a.html', 'data.db', 'src/public.py', '.env.local', '.env.example'])('keeps %s', (path) => expect(bundled(path)).toBe(true))
  it.each(['.env', 'tests/test_app.py', 'public/logo.svg', 'web/public/logo.svg', 'node_modules/a/b.js', '.venv/bin/python', 'web/venv/x', 'a/__pycache__/b.pyc', 'package-lock.json', 'debug.log', '.git/config'])('drops %s', (path) => expect(bundled(path)).toBe(false))
  it('keeps .env where nobody says otherwise, as the platform does', () => {
    expect(vercelRules(snapshotOf({ 'app.py': '' })).bundled('.env')).toBe(true)
  })
})
