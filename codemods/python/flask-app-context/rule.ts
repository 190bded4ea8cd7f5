import { standsAlone, wrapUnder } from '../../../src/lang/python/edit.js'
import { readManifests } from '../../../src/lang/python/manifest/manifest.js'
import { ancestor, field, statementOf, type PyNode, type PyScope, type PySite } from '../../../src/lang/python/program.js'
import { severityFor } from '../../../src/lang/python/severity.js'
import { mayInstall } from '../../../src/lang/python/manifest/versions.js'
import type { Problem, PythonProgram, Remedy, Rule, RuleContext } from '../../../src/types.js'

const tables = /^flask_sqlalchemy\.SQLAlchemy\(\)\.(create_all|drop_all|reflect)$/
const queries = /^flask_sqlalchemy\.SQLAlchemy\(\)\.(session\.(add|add_all|commit|execute|query|get|scalars?|delete|flush)|Model\.query\b.*|engine\.(connect|begin|execute))$|^flask\.(url_for|render_template)$/

export const flaskAppContext = {
  id: 'flask-app-context',
  title: 'App needed before there is one at work',
  hazard: 'module-level-io',
  language: 'python',
  assumes: 'nothing',
  severity: 'blocks',
  *check(program: PythonProgram, { app, repo }: RuleContext): Generator<Problem> {
    // A context that is pushed and never popped covers everything after it.
    if ([...program.callsMatching(/\.(app_context|test_request_context)\(\)\.push$/)].some((call) => call.runs.some(({ when }) => when === 'import'))) return
    const strict = mayInstall(readManifests(repo, app), 'flask-sqlalchemy', '3.0')
    const seen = new Set<PyNode>()
    for (const site of needy(program, strict)) {
      const run = site.runs.find(({ when, background }) => when === 'import' && !background)
      const statement = statementOf(site.node)
      if (!run || seen.has(statement) || isCovered(program, site, 0)) continue
      seen.add(statement)
      const what = program.text(site.node, site.module).split(/[\r\n(]/)[0] ?? ''
      yield {
        path: site.module.path,
        range: { start: site.node.start, end: site.node.end },
        when: 'import',
        trace: program.trace(site, 'runs while the app is imported, outside its context', run),
        severity: severityFor(run, site.handled ? 'breaks' : 'blocks'),
        message: `${what} runs while the app is imported, outside any app context: it raises "Working outside of application context"${site.handled ? ', which is swallowed here' : ', and the app does not start'}. Put it under with app.app_context():.`,
        remedy: remedyFor(program, site, statement),
      }
    }
  },
} satisfies Rule

function* needy(program: PythonProgram, strict: boolean): Generator<PySite> {
  yield* program.callsMatching(queries)
  if (strict) yield* program.callsMatching(tables)
  for (const site of program.sites('attribute')) {
    const object = field(site.node, 'object')
    if (object?.kind === 'identifier' && program.origins(object, site.scope).some((origin) => /^flask\.(current_app|request|session|g)$/.test(origin))) yield site
  }
}

/** Under `with app.app_context()` itself, or called from there only. */
function isCovered(program: PythonProgram, site: PySite, depth: number): boolean {
  for (let at = ancestor(site.node, 'with_statement', 'function_definition', 'lambda'); at?.kind === 'with_statement'; at = ancestor(at, 'with_statement', 'function_definition', 'lambda')) {
    const header = program.text(at, site.module).split(/:\s*[\r\n#]/)[0] ?? ''
    if (/\b(app_context|test_request_context|request_context|app\.test_client)\s*\(/.test(header)) return true
  }
  const { fn } = site
  if (!fn) return false
  // The function asks first.
  if ([...program.calls('flask.has_app_context', 'flask.has_request_context', 'flask.ctx.has_app_context', 'flask.ctx.has_request_context')].some((call) => call.fn === fn)) return true
  const callers = program.callers(fn).filter((call) => call.runs.some(({ when, weak }) => when === 'import' && !weak))
  // How it comes to be called is not known: not for us to say.
  return depth > 4 || callers.length === 0 || callers.every((call) => isCovered(program, call, depth + 1))
}

function remedyFor(program: PythonProgram, site: PySite, statement: PyNode): Remedy {
  const app = appName(program, site, statement)
  if (app === undefined || site.module.brokenAt !== undefined || !['expression_statement', 'for_statement', 'if_statement'].includes(statement.kind) || !standsAlone(site.module, statement)) {
    return { kind: 'manual', reason: 'Run it inside with app.app_context():, where the app is made.' }
  }
  return { kind: 'fix', safety: 'safe', title: `Put it under with ${app}.app_context():`, changes: wrapUnder(site.module, statement, statement, `with ${app}.app_context()`) }
}
/** A plain name that holds the app at this place. */
function appName(program: PythonProgram, site: PySite, statement: PyNode): string | undefined {
  for (let scope: PyScope | undefined = site.scope; scope; scope = scope.parent)
    for (const [name, bindings] of scope.bindings) {
      const [only] = bindings
      if (bindings.length !== 1 || only?.kind !== 'assign' || only.index !== undefined) continue
      if (scope === site.scope && only.node.start > statement.start) continue
      if (program.values(only.value, only.scope).every((value) => value.kind === 'name' && value.name === 'flask.Flask()') && program.values(only.value, only.scope).length > 0) return name
    }
  return undefined
}
