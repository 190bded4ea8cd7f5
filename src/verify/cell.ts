import type { Entry, Observation, Path, Verification } from '../types.js'
import { assetPath } from '../io/assets.js'
import { type Answer, ask, makeDirs, pause, sealTree, signalProcess, textSoFar } from '../io/cell.js'
import { tempDir, writeFile } from '../io/files.js'
import { env as ownEnv, type Group, spawnGroup } from '../io/process.js'
import { type Place, innermost } from './stacks.js'

/** How an app is to be booted; the same for every platform and language. */
export type CellSpec = {
  /** Fills the task root, the folder the platform would unpack the function in. */
  readonly fill: (task: string) => void
  /** The task root's place in the repo: what is seen is placed there. */
  readonly root: Path
  /** `file` is relative to the task root. */
  readonly entry: Entry
  readonly python: string
  readonly host: 'vercel-runtime' | 'minimal'
  /** sys.path in front of the interpreter's own, relative to the task root. */
  readonly path: readonly Path[]
  readonly extraPath: readonly string[]
  readonly env: Readonly<Record<string, string>>
  /** A local start may write beside its code; a function may not. */
  readonly writable: boolean
  /** Run the file as `python file` does, up to the call that serves. */
  readonly asMain: boolean
  readonly mounts: boolean
  /** A SQLite file of the cell's own, in place of a server: the variable that names it, where that has no value here, and a file whose rows it begins with. */
  readonly database?: { readonly variable?: string; readonly seed?: string }
  readonly bootMs: number
}
export type Failed = {
  readonly stage: 'import' | 'startup' | 'resolve' | 'interface' | 'host' | 'hang' | 'exit'
  readonly type: string
  readonly message: string
  readonly file?: Path
  readonly line?: number
  readonly missing?: string
}
export type Raised = { readonly path: string; readonly type: string; readonly message: string; readonly file?: Path; readonly line?: number }
export type AppRoute = { readonly path: string; readonly methods: readonly string[]; readonly probe: boolean; /** Why it is not asked, where that is not plain from the path and the methods. */ readonly why?: string }
type Event =
  | { readonly event: 'hello'; readonly pid: number; readonly python: string; readonly readonly: 'mount' | 'hook'; readonly why: string }
  | ({ readonly event: 'observed' } & Observation)
  | { readonly event: 'ready'; readonly port: number; readonly ms: number; readonly peakMb: number; readonly interface: string; readonly routes: readonly AppRoute[] | null; readonly why: string }
  | ({ readonly event: 'failed' } & Failed)
  | ({ readonly event: 'raised' } & Raised)
  | { readonly event: 'unseen'; readonly what: string; readonly why: string }
  | ({ readonly event: 'checked' } & SelfCheck)
  /** A database file of the task root, by its path there. */
  | { readonly event: 'database'; readonly file: Path }
/** What a framework says of the project when it is asked to check it. */
export type SelfCheck = { readonly title: string; readonly errors: readonly string[] }
type Ready = Extract<Event, { event: 'ready' }>
type Hello = Extract<Event, { event: 'hello' }>

export type Cell = {
  readonly hello: Hello | undefined
  readonly booted: Ready | Failed
  request(method: string, path: string, options: { readonly headers?: Readonly<Record<string, string>>; readonly body?: string; readonly timeoutMs: number }): Promise<Answer | { readonly reason: string; readonly at?: Place }>
  observed(): readonly Observation[]
  /** What happened in there out of our sight. */
  unseen(): Verification['notRun']
  checks(): readonly SelfCheck[]
  /** Database files of the app's own, relative to the task root. */
  databases(): readonly Path[]
  /** What views raised, in order. */
  raised(): readonly Raised[]
  /** SIGTERM, then SIGKILL, and every trace of it is removed. */
  close(): Promise<void>
}

const host = 'to-serverless.vercel.app'

/** Boots an app in a cell of its own and waits until it serves, fails or hangs. Always `close` it. */
export async function bootCell(spec: CellSpec): Promise<Cell> {
  const dir = tempDir('to-serverless-cell-')
  const task = makeDirs(dir.path, 'task')
  const control = makeDirs(dir.path, 'control')
  const tmp = makeDirs(dir.path, 'tmp')
  let group: Group | undefined
  const close = async (): Promise<void> => {
    await group?.stop()
    dir.remove()
  }
  try {
    spec.fill(task)
    if (!spec.writable) sealTree(task)
    const events = `${control}/events`
    const stacks = `${control}/stacks`
    const { fill: _fill, env, path, root, mounts, bootMs, python, ...rest } = spec
    const prefix = root === '.' ? '' : `${root}/`
    const absolute = path.map((part) => (part === '.' ? task : `${task}/${part}`))
    writeFile(`${control}/config.json`, JSON.stringify({ ...rest, path: absolute, prefix, allowMounts: mounts, cell: dir.path, task, control, tmp, events, stacks }))
    const started = spawnGroup(python, [assetPath('assets/verify/cell.py'), `${control}/config.json`], { cwd: task, env: { ...base(tmp), ...env } })
    group = started
    started.child.stdin?.end()
    // Paths of the task root are the project's own, in messages as in places.
    const read = (): readonly Event[] => parse(textSoFar(events).replaceAll(`${task}/`, prefix))
    const hang = async (main: boolean): Promise<Place | undefined> => {
      const at = await whereItIs(started, stacks, task, main)
      return at && { ...at, file: prefix + at.file }
    }
    const booted = await untilBooted(started, read, hang, bootMs)
    return {
      hello: read().find((event) => event.event === 'hello'),
      booted,
      observed: () => read().filter((event) => event.event === 'observed').map(({ what, when, file, line, detail }) => ({ what, when, file, line, detail })),
      unseen: () => read().filter((event) => event.event === 'unseen').map(({ what, why }) => ({ what, why })),
      checks: () => read().filter((event) => event.event === 'checked').map(({ title, errors }) => ({ title, errors })),
      databases: () => read().filter((event) => event.event === 'database').map(({ file }) => file),
      raised: () => read().filter((event) => event.event === 'raised'),
      request: async (method, path, { headers = {}, body, timeoutMs }) => {
        if (!('port' in booted)) return { reason: 'the app did not boot' }
        // The same headers for every cell: an app must not answer otherwise because it was asked otherwise.
        const asked = { host, 'x-forwarded-proto': 'https', 'x-forwarded-host': host, 'x-forwarded-port': '443', 'accept-encoding': 'identity', accept: '*/*', connection: 'close', ...headers }
        const answer = await ask({ port: booted.port, method, path, headers: asked, timeoutMs, ...(body === undefined ? {} : { body }) })
        if (!('reason' in answer)) return answer
        if (answer.reason === 'closed') return { reason: 'the connection was closed without an answer' }
        const at = await hang(false)
        return { reason: `no answer within ${Math.round(timeoutMs / 1000)} s`, ...(at === undefined ? {} : { at }) }
      },
      close,
    }
  } catch (error) {
    await close()
    throw error
  }
}

async function untilBooted(group: Group, read: () => readonly Event[], hang: (main: boolean) => Promise<Place | undefined>, bootMs: number): Promise<Ready | Failed> {
  let code: number | undefined
  void group.exited.then((ended) => (code = ended))
  for (const deadline = Date.now() + bootMs; ; await pause(15)) {
    // Taken before the events: what a process wrote last is there when it has ended.
    const ended = code
    const said = read().find((event) => event.event === 'ready' || event.event === 'failed')
    if (said?.event === 'ready' || said?.event === 'failed') return said
    if (ended !== undefined) return { stage: 'exit', type: '', message: `${ending(ended)}${lastLine(group.stderr())}` }
    if (Date.now() < deadline) continue
    const at = await hang(true)
    return { stage: 'hang', type: '', message: `${Math.round(bootMs / 1000)} s`, ...(at === undefined ? {} : { file: at.file, line: at.line }) }
  }
}

function ending(code: number): string {
  return code > 128 ? `killed by signal ${code - 128}` : `exit status ${code}`
}
function lastLine(text: string): string {
  const line = text.trim().split('\n').at(-1) ?? ''
  return line === '' ? '' : `: ${line.slice(0, 300)}`
}

/** Asks Python itself, which answers also when a call never returns. */
async function whereItIs(group: Group, stacks: string, task: string, main: boolean): Promise<Place | undefined> {
  if (group.child.pid === undefined) return undefined
  const before = textSoFar(stacks).length
  signalProcess(group.child.pid, 'SIGUSR2')
  let text = ''
  for (let tries = 0; tries < 100; tries++) {
    await pause(20)
    const now = textSoFar(stacks).slice(before)
    // Complete when it no longer grows.
    if (now !== '' && now === text) break
    text = now
  }
  return innermost(text, task, main)
}

function parse(text: string): readonly Event[] {
  const complete = text.slice(0, text.lastIndexOf('\n') + 1)
  return complete.split('\n').filter((line) => line !== '').map((line) => JSON.parse(line) as Event)
}

function base(tmp: string): Readonly<Record<string, string>> {
  const mine = ownEnv()
  return {
    PATH: mine['PATH'] ?? '/usr/local/bin:/usr/bin:/bin',
    HOME: tmp,
    TMPDIR: tmp,
    LANG: 'C.UTF-8',
    TZ: 'UTC',
    PYTHONDONTWRITEBYTECODE: '1',
    // Sets and dicts of strings in the same order in every cell, so that answers can be compared.
    PYTHONHASHSEED: '0',
    ...(mine['SYSTEMROOT'] === undefined ? {} : { SYSTEMROOT: mine['SYSTEMROOT'] }),
  }
}
