import type { Problem, PythonProgram, Rule } from '../../../src/types.js'
import { globalStates, type GlobalState } from '../../../src/lang/python/state/global-state.js'
import { severityFor } from '../../../src/lang/python/severity.js'
import { spotted } from '../../../src/lang/python/settings/spotted.js'
import { field, type PySite } from '../../../src/lang/python/program.js'

/** Settings of the whole process: a thread of another request sees them too. */
const processWide: ReadonlyMap<string, string> = new Map([
  ['os.chdir', 'the working folder'],
  ['locale.setlocale', 'the locale'],
  ['random.seed', 'the random seed'],
  ['os.environ.update', 'environment variables'],
  ['os.environ.setdefault', 'environment variables'],
  ['os.putenv', 'environment variables'],
  ['os.umask', 'the umask'],
  ['socket.setdefaulttimeout', 'the timeout of all sockets'],
])

export const stateRequestDataInGlobal = {
  id: 'state-request-data-in-global',
  title: 'Data of one request kept where other requests see it',
  hazard: 'in-memory-state',
  language: 'python',
  assumes: 'shared-memory',
  severity: 'breaks',
  *check(program: PythonProgram): Generator<Problem> {
    for (const state of globalStates(program)) if (state.kind === 'request-data') yield ofName(program, state)
    yield* ofProcess(program)
  },
} satisfies Rule

function ofName(program: PythonProgram, { home, changes }: GlobalState): Problem {
  const { module } = home.scope
  const first = changes.find((change) => change.how === 'rebind') ?? changes[0]
  if (!first) throw new Error('a state without changes')
  const run = first.site.runs.find((one) => one.when === 'request') ?? program.first(first.site)
  const line = program.line(home.node, module)
  const place = `${first.site.fn?.qualname ?? ''}() at ${first.site.module.path}:${program.line(first.site.node, first.site.module)}`
  return {
    path: module.path,
    range: { start: home.node.start, end: home.node.end },
    when: 'request',
    trace: [...program.trace(first.site, `keeps what the request sent in ${home.name}`, run), { file: module.path, line, note: `${home.name} lives here` }],
    severity: severityFor(run, 'breaks'),
    message: `${home.name} keeps what one request sent (${place}) for another function to read. Several requests run in one instance at once and the next one may meet another instance, so a user sees another user's data, or none. Pass it as an argument, or keep it in the request (flask.g, request.state), the session or a database.`,
    remedy: { kind: 'manual', reason: 'Whether it belongs to the request (flask.g, request.state), the user (session) or everybody (a database) is yours to say.' },
  }
}

function* ofProcess(program: PythonProgram): Generator<Problem> {
  const told = new Set<string>()
  const report = function* (site: PySite, what: string): Generator<Problem> {
    // What also runs when the app is made sets it up.
    if (!site.fn || site.runs.some((run) => run.when === 'import' || run.when === 'startup') || site.runs.every((run) => run.when !== 'request' || run.background || run.weak)) return
    const key = `${site.module.path}:${site.fn.qualname}:${what}`
    const place = spotted(program, { ...site, runs: site.runs.filter((run) => run.when === 'request' && !run.weak) }, site.node, `changes ${what}`, 'breaks')
    if (!place || told.has(key)) return
    told.add(key)
    yield {
      ...place,
      message: `${site.fn.qualname}() changes ${what} while it serves a request. Requests run side by side in one process, so another one works with it in the middle of its own. Pass the value to what needs it instead.`,
      remedy: { kind: 'manual', reason: 'What depends on the change has to get the value in another way.' },
    }
  }
  for (const [origin, what] of processWide) for (const call of program.calls(origin)) yield* report(call, what)
  for (const site of program.sites('assignment')) {
    const left = field(site.node, 'left')
    const holder = left?.kind === 'subscript' ? field(left, 'value') : undefined
    if (holder && program.origins(holder, site.scope).includes('os.environ')) yield* report(site, 'environment variables')
  }
}
