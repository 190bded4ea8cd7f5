import type { Change, Problem, PythonProgram, Remedy, Rule, RuleContext } from '../../../src/types.js'
import { databaseUrls, sqliteOf } from '../../../src/lang/python/storage/databases.js'
import { connectionForTables, handsOnTables, makesTables } from '../../../src/lang/python/storage/table-making.js'
import { guardedOff } from '../../../src/lang/python/settings/host-guard.js'
import { field, fieldsOf, statementOf, walk, type PyCall, type PyNode } from '../../../src/lang/python/program.js'
import { atMost, isCaught, severityFor, surestRun } from '../../../src/lang/python/severity.js'
import { djangoMigrations } from './django.js'

export const dbMigrateOnStart = {
  id: 'db-migrate-on-start',
  title: 'Tables made or migrated when the app starts',
  hazard: 'module-level-io',
  language: 'python',
  assumes: 'import-unbounded',
  severity: 'breaks',
  *check(program: PythonProgram, context: RuleContext): Generator<Problem> {
    for (const call of [...program.callsMatching(makesTables), ...passedOn(program)]) {
      const run = surestRun(call)
      if (run.when !== 'import' && run.when !== 'startup' && run.when !== 'request') continue
      // A view made for it, called by hand, is no start.
      if (run.weak || (run.when === 'request' && !run.trace.some(({ note }) => /before_(app_)?(first_)?request|before_first/.test(note)))) continue
      if (isInMemory(program, call)) continue
      const drops = call.names.some((name) => name.endsWith('drop_all'))
      const certain = severityFor(run, 'breaks')
      const what = textOf(created(call) ?? call.node, call)
      const caught = isCaught(program, call, run.when)
      // The function itself may be right in a script: it is the start that should not call it.
      const hook = run.when === 'startup' ? startedFrom(program, call) : undefined
      const place = hook ?? call
      yield {
        path: place.module.path,
        range: { start: place.node.start, end: place.node.end },
        when: run.when,
        trace: [...program.trace(call, `${what}()`, run), ...(hook ? [{ file: hook.module.path, line: program.line(hook.node, hook.module), note: 'is called when the app starts' }] : [])],
        severity: caught || run.when === 'request' ? atMost(certain, 'degrades') : certain,
        message: `${what}() runs ${run.when === 'request' ? 'while requests are answered' : run.when === 'startup' ? 'each time the app starts' : 'each time the app is imported'}. On the host that is every new instance, often several at once: each start waits for the database${caught ? '' : ', fails when it does not answer,'} and they race each other${drops ? ', and each one deletes the data' : ''}. Do it once, when a version is deployed.`,
        remedy: remedyOf(program, context, hook && makesTablesOnly(program, call) ? hook : call, what),
      }
    }
    yield* djangoMigrations(program, context)
  },
} satisfies Rule

/** `await connection.run_sync(Base.metadata.create_all)`; `register_tortoise(app, generate_schemas=True)`. */
function* passedOn(program: PythonProgram): Generator<PyCall> {
  for (const call of program.callsMatching(/\.run_sync$/)) if (handsOnTables(program, call)) yield call
  for (const call of program.callsMatching(/^tortoise\.contrib\.(fastapi|starlette)\.(register_tortoise|RegisterTortoise)$/)) if (call.kwargs.get('generate_schemas')?.kind === 'true') yield call
}
function created(call: PyCall): PyNode | undefined {
  const [first] = call.args
  return first && call.names.some((name) => name.endsWith('.run_sync')) ? first : field(call.node, 'function')
}
/** The one call by which the start comes here. */
function startedFrom(program: PythonProgram, call: PyCall): PyCall | undefined {
  const callers = call.fn ? program.callers(call.fn).filter((one) => one.runs.some((run) => run.when === 'startup')) : []
  const [only] = callers
  return callers.length === 1 && only?.fn ? (startedFrom(program, only) ?? only) : undefined
}
/** Nothing else in that function is needed at the start. */
function makesTablesOnly(program: PythonProgram, call: PyCall): boolean {
  const own = [...program.calls()].filter((one) => one.fn === call.fn)
  return own.every((one) => one.node === call.node || one.names.some((name) => makesTables.test(name) || /^(builtins\.print|logging\b.*|.*\.logger\.\w+|sqlalchemy\b.*\.(begin|connect|commit))$/.test(name)))
}

function remedyOf(program: PythonProgram, { app, target }: RuleContext, call: PyCall, what: string): Remedy {
  const { module, scope } = call
  if (module.brokenAt !== undefined) return { kind: 'manual', reason: `${module.path} does not parse, so it is not edited.` }
  const statement = statementOf(call.node)
  const context = contextBlock(program, statement, call) ?? connectionForTables(program, call)
  const changes: readonly Change[] | undefined = context ? guardedOff(target, module, scope, context) : statement.kind === 'expression_statement' ? guardedOff(target, module, scope, statement) : undefined
  if (!changes) return { kind: 'manual', reason: 'The call is part of a larger expression, so it can not be left out on the host by itself.' }
  const name = app.entry.file.replace(/\.py$/, '').replace(/\/__init__$/, '').split('/').join('.')
  const isFlask = app.framework === 'flask'
  const step = /upgrade|stamp/.test(what)
    ? `run the migrations (\`${isFlask ? `flask --app ${name} db upgrade` : 'alembic upgrade head'}\`)`
    : `make the tables (${isFlask ? `\`flask --app ${name} shell\`, then ${what}()` : `in a Python shell, call what calls ${what}(): ${module.path}, line ${program.line(call.node, module)}`})`
  return { kind: 'fix', safety: 'review', title: 'Leave it to a step of the deployment on the host', changes, left: `Before the first deploy and after each change of the tables, with the host's database address set: ${step}.` }
}

/** `with app.app_context():` that does nothing but prepare the database goes as a whole: what follows create_all there needs its tables. */
function contextBlock(program: PythonProgram, statement: PyNode, call: PyCall): PyNode | undefined {
  let block: PyNode | undefined
  for (let at: PyNode | undefined = statement; at && at.kind !== 'function_definition'; at = at.parent) {
    if (at.kind === 'with_statement' && /\.(app_context|test_request_context)\(/.test(textOf(at, call).split(':')[0] ?? '')) block = at
  }
  const body = block && field(block, 'body')
  if (!block || !body) return undefined
  const bound = new Set([...walk(body)].flatMap((node) => (node.kind === 'assignment' && field(node, 'left')?.kind === 'identifier' ? [textOf(field(node, 'left') ?? node, call)] : [])))
  const after = call.module.text.slice(block.end)
  if ([...bound].some((name) => new RegExp(`\\b${name}\\b`).test(after))) return undefined
  const isHelper = (name: string): boolean => new RegExp(`\\b${name}\\(`).test(textOf(body, call)) && !new RegExp(`\\b${name}\\b`).test(after)
  return body.children.every((child) => preparesDatabase(program, child, call, bound) || importsHelper(child, call, isHelper)) ? block : undefined
}
/** `from .seed import fill` for a call in the block; other imports there are for what they do (views, models) and stay. */
function importsHelper(statement: PyNode, call: PyCall, isHelper: (name: string) => boolean): boolean {
  if (statement.kind !== 'import_from_statement') return false
  const names = fieldsOf(statement, 'name').map((name) => textOf(field(name, 'alias') ?? name, call))
  return names.length > 0 && names.every(isHelper)
}
function preparesDatabase(program: PythonProgram, statement: PyNode, call: PyCall, bound: ReadonlySet<string>): boolean {
  if (statement.kind === 'comment' || statement.kind === 'pass_statement') return true
  if (['if_statement', 'elif_clause', 'else_clause', 'for_statement', 'try_statement', 'except_clause', 'finally_clause'].includes(statement.kind)) {
    return statement.children.every((child) => (child.kind === 'block' ? child.children.every((inner) => preparesDatabase(program, inner, call, bound)) : !/_(statement|clause|definition)$/.test(child.kind) || preparesDatabase(program, child, call, bound)))
  }
  const [inner] = statement.kind === 'expression_statement' ? statement.children : []
  if (inner?.kind === 'assignment' || inner?.kind === 'augmented_assignment') return ['identifier', 'attribute'].includes(field(inner, 'left')?.kind ?? '') && bound.has((textOf(field(inner, 'left') ?? inner, call).split('.')[0] ?? ''))
  if (inner?.kind !== 'call') return inner?.kind === 'string'
  const made = program.callAt({ ...call, node: inner })
  if (made.names.some((name) => makesTables.test(name) || asks.test(name) || /^(builtins\.print|logging\b.*|.*\.logger\.\w+)$/.test(name))) return true
  if (bound.has(textOf(inner, call).split('.')[0] ?? '')) return true
  return made.callees.length > 0 && made.callees.every((fn) => [...program.callsMatching(asks)].some((one) => one.fn === fn))
}
const asks = /^flask_sqlalchemy\b.*\.(session\b.*|query\b.*)$|^sqlalchemy\b.*(sessionmaker\(\)\(\)|Session\(\))\./
const textOf = (node: PyNode, { module }: PyCall): string => module.text.slice(node.start, node.end).replace(/\s+/g, ' ')

/** A scratch database for this process alone. */
function isInMemory(program: PythonProgram, call: PyCall): boolean {
  const memory = (node: PyNode | undefined, scope: PyCall['scope']): boolean => node !== undefined && program.fold.text(node, scope).every(({ text }) => /^sqlite(\+\w+)?:\/\/(\/:memory:.*)?$/.test(text))
  const engine = call.args[0] ?? call.kwargs.get('bind')
  const made = engine ? program.definitions(engine, call.scope).flatMap((one) => (one.node.kind === 'call' ? [{ node: field(one.node, 'arguments')?.children[0], scope: one.scope }] : [])) : []
  if (made.length > 0) return made.every((one) => memory(one.node, one.scope))
  if (!call.names.some((name) => name.startsWith('flask_sqlalchemy'))) return false
  const all = program.settings('SQLALCHEMY_DATABASE_URI')
  return all.length > 0 && all.every((one) => memory(one.node, one.scope)) && databaseUrls(program, (piece) => sqliteOf(piece.text) !== undefined).length === 0
}
