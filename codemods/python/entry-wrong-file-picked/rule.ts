import { acceptedBindings, importsAnywhere, looksForEntry, makingOf, servedNow } from '../../../src/lang/python/entry/entry.js'
import type { PythonProgram } from '../../../src/lang/python/program.js'
import type { Problem, Rule, RuleContext } from '../../../src/types.js'
import { isStub } from '../entry-stub-masks-app/stub.js'

export const entryWrongFilePicked = {
  id: 'entry-wrong-file-picked',
  title: 'Another file is served in place of the app',
  hazard: 'ambiguous-entry',
  language: 'python',
  assumes: 'entry-by-convention',
  severity: 'breaks',
  *check(program: PythonProgram, context: RuleContext): Generator<Problem> {
    const served = looksForEntry(context) ? servedNow(program, context) : undefined
    if (!served || served.leadsToApp || !program.entry) return
    const { app, target } = context
    // Where Django's settings name the app, that decides, not the order in which files are looked into.
    if ([...program.settings('WSGI_APPLICATION'), ...program.settings('ASGI_APPLICATION')].length > 0) return
    const [binding] = acceptedBindings(served.module, target.lookup.names)
    if (!binding || isStub(binding, served) || importsAnywhere(served.program, served.module, app.entry.file)) return
    const made = makingOf(program, program.entry, app.entry.symbol, app.entry.args)
    if (made !== undefined && made === makingOf(served.program, served.module, binding.name)) return
    // A start command that names the app decides; otherwise the file with the routes is the app.
    const named = app.evidence.length > 1
    const [own, other] = [routeCount(program), routeCount(served.program)]
    if (!named && own <= other) return
    yield {
      path: served.file,
      range: { start: binding.node.start, end: binding.node.end },
      when: 'import',
      trace: [{ file: served.file, line: served.program.line(binding.node, served.module), note: `binds ${binding.name}, and is looked into first` }],
      message: `The host would serve ${binding.name} of ${served.file} (${routes(other)}), because it looks there before it comes to ${app.entry.file} (${routes(own)}${named ? ', named by the start command' : ''}). Name the entry, or rename what is bound in ${served.file}.`,
      remedy: { kind: 'fix', safety: 'safe', title: `Make ${app.entry.file} the entry that is served`, changes: [], needs: [{ kind: 'entry' }] },
    }
  },
} satisfies Rule

const declaring = /^(flask\.(Flask|Blueprint)|fastapi\.(applications\.)?FastAPI|fastapi\.(routing\.)?APIRouter|starlette\.applications\.Starlette|flask_restx\.\w+|flask_restful\.Api|flask_smorest\.Blueprint|apiflask\.\w+)\(\)\.(route|get|post|put|delete|patch|api_route|websocket|add_url_rule|add_api_route|add_route|add_resource)$|^starlette\.routing\.Route$/

/** Places that declare a route, counted alike for both. */
function routeCount(program: PythonProgram): number {
  return [...program.callsMatching(declaring)].length
}
function routes(count: number): string {
  return count === 0 ? 'no routes' : count === 1 ? 'one route' : `${count} routes`
}
