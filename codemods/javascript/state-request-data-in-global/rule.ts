import type { JsProgram, Problem, Rule } from '../../../src/types.js'
import { field } from '../../../src/lang/javascript/program.js'
import { globalStates, type GlobalState } from '../../../src/lang/javascript/state/global-state.js'
import type { JsSite } from '../../../src/lang/javascript/types.js'
import { severityFor } from '../../../src/lang/severity.js'
import { spotted } from '../../../src/lang/spotted.js'

export const stateRequestDataInGlobal = {
  id: 'state-request-data-in-global',
  title: 'Data of one request kept where other requests see it',
  hazard: 'in-memory-state',
  language: 'javascript',
  assumes: 'shared-memory',
  severity: 'breaks',
  *check(program: JsProgram): Generator<Problem> {
    for (const state of globalStates(program)) if (state.kind === 'request-data') yield ofName(program, state)
    yield* ofProcess(program)
  },
} satisfies Rule

function ofName(program: JsProgram, { home, changes }: GlobalState): Problem {
  const module = program.moduleOf(home.node)
  const first = changes.find((change) => change.how === 'rebind') ?? changes[0]
  if (!first) throw new Error('a state without changes')
  const run = first.site.runs.find((one) => one.when === 'request') ?? program.first(first.site)
  return {
    path: module.path,
    range: { start: home.node.start, end: home.node.end },
    when: 'request',
    trace: [...program.trace(first.site, `keeps what the request sent in ${home.name}`, run), { file: module.path, line: program.line(home.node), note: `${home.name} lives here` }],
    severity: severityFor(run, 'breaks'),
    message: `${home.name} keeps what one request sent (${first.site.module.path}:${program.line(first.site.node)}) for another function to read. Several requests run in one instance at once and the next one may meet another instance, so a user sees another user's data, or none. Pass it as an argument, or keep it in the request (res.locals), the session or a database.`,
    remedy: { kind: 'manual', reason: 'Whether it belongs to the request (res.locals), the user (session) or everybody (a database) is yours to say.' },
  }
}

/** Settings of the whole process. */
const processWide: ReadonlyMap<string, string> = new Map([
  ['process.chdir', 'the working folder'],
  ['process.umask', 'the umask'],
  ['moment.locale', 'the locale of moment'],
  ['i18next.changeLanguage', 'the language of i18next'],
  ['moment.tz.setDefault', 'the time zone of moment'],
  ['dayjs.locale', 'the locale of dayjs'],
])
function* ofProcess(program: JsProgram): Generator<Problem> {
  const told = new Set<string>()
  const report = function* (site: JsSite, what: string): Generator<Problem> {
    // What also runs when the app is made sets it up.
    if (!site.fn || site.runs.some((run) => run.when === 'import' || run.when === 'startup')) return
    const runs = site.runs.filter((run) => run.when === 'request' && !run.weak && !run.background)
    const key = `${site.module.path}:${site.fn.node.start}:${what}`
    const place = runs.length > 0 && !told.has(key) ? spotted(program, { ...site, runs }, site.node, `changes ${what}`, 'breaks') : undefined
    if (!place) return
    told.add(key)
    yield {
      ...place,
      message: `${site.fn.name ? `${site.fn.name}()` : 'A handler'} changes ${what} while it serves a request. Requests run side by side in one process, so another one works with it in the middle of its own. Pass the value to what needs it instead.`,
      remedy: { kind: 'manual', reason: 'What depends on the change has to get the value in another way.' },
    }
  }
  for (const [origin, what] of processWide) for (const call of program.calls(origin)) if (call.args.length > 0) yield* report(call, what)
  for (const site of program.sites('BinaryExpression')) {
    const left = site.node.op === '=' ? field(site.node, 'left') : undefined
    const object = left && /^(PropertyAccess|ElementAccess)Expression$/.test(left.kind) ? field(left, 'expression') : undefined
    if (object && /\benv$/.test(program.text(object)) && program.origins(object).includes('process.env')) yield* report(site, 'environment variables')
  }
}
