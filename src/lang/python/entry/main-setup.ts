/** What a start by hand sets up, and an import by the host does not: code under `if __name__ == "__main__":`. */
import { appAttribute, appOrigin } from './app-origins.js'
import { ownCode } from '../background/loops.js'
import { isLocalCall, isLocalStart, mainBlocks, serverStart } from './server-start.js'
import { field, isInside, statementOf, walk } from '../tree.js'
import { literalText } from '../literals.js'
import type { PythonProgram } from '../program.js'
import type { PyCall, PyFunction, PyModule, PyNode } from '../types.js'

export type SetupKind = 'wiring' | 'config' | 'extension' | 'tables' | 'background' | 'global' | 'work'
export type Setup = {
  readonly kind: SetupKind
  /** The call or assignment. */
  readonly node: PyNode
  /** The `if` block that holds it. */
  readonly block: PyNode
  /** How a person would name it: `app.register_blueprint`, `app.config["X"]`, `init_db()`. */
  readonly what: string
}

const wiring = /^flask\.(Flask|Blueprint)\(\)\.(register_blueprint|add_url_rule|route|get|post|put|delete|patch|before_request|after_request|teardown_\w+|errorhandler|register_error_handler|context_processor|template_filter|template_global|add_template_\w+|url_value_preprocessor)$|^(fastapi\.(applications\.)?FastAPI|fastapi\.(routing\.)?APIRouter|starlette\.applications\.Starlette)\(\)\.(include_router|mount|get|post|put|delete|patch|api_route|websocket|route|add_api_route|add_route|add_middleware|middleware(\(\))?|exception_handler|add_exception_handler|on_event|add_event_handler)$|\(\)\.(add_resource|add_namespace)$/
const config = /^flask\.Flask\(\)\.config\.(update|from_object|from_mapping|from_pyfile|from_envvar|from_json|from_file|from_prefixed_env|setdefault)$|^mongoengine\.(connect|register_connection)$/
const tables = /\bSQLAlchemy\(\)\.(create_all|drop_all)$|\.metadata\.(create_all|drop_all)$|\bMetaData\(\)\.(create_all|drop_all)$|^peewee\.\w+\(\)\.create_tables$/
const background = /^(threading\.(Thread|Timer)\(\)\.start|_thread\.start_new_thread|multiprocessing\.(Process|context\.Process)\(\)\.start|apscheduler\..*\(\)\.(start|add_job)|flask_apscheduler\.APScheduler\(\)\.start|flask_socketio\.SocketIO\(\)\.start_background_task|gevent\.spawn|eventlet\.spawn\w*|schedule\..*\.do)$/
/** Settings of the development server, and of how it reloads. */
const forDevelopment = /^(DEBUG|ENV|FLASK_ENV|TESTING|TEMPLATES_AUTO_RELOAD|SEND_FILE_MAX_AGE_DEFAULT|EXPLAIN_TEMPLATE_LOADING|DEBUG_TB_\w+|SQLALCHEMY_ECHO|SERVER_NAME|debug|env|testing|auto_reload|host|port)$/

const known = new WeakMap<PythonProgram, readonly Setup[]>()

/** In source order. Nothing that the import does as well. */
export function setupUnderMain(program: PythonProgram): readonly Setup[] {
  const before = known.get(program)
  if (before) return before
  const found = [...setups(program)]
  known.set(program, found)
  return found
}

function* setups(program: PythonProgram): Generator<Setup> {
  const { entry } = program
  if (!entry) return
  const blocks = mainBlocks(program, entry.scope)
  const blockOf = (node: PyNode): PyNode | undefined => blocks.find((block) => isInside(node, block))
  const found: Setup[] = []
  for (const call of program.calls()) {
    if (call.module !== entry || call.fn || call.runs.some(({ when }) => when !== 'main')) continue
    const block = blockOf(call.node)
    const kind = block && kindOfCall(program, call)
    if (block && kind) found.push({ kind, node: call.node, block, what: calledName(call) })
  }
  for (const site of program.sites('assignment')) {
    const block = site.module === entry && !site.fn ? blockOf(site.node) : undefined
    const kind = block && kindOfAssignment(program, site.node, entry)
    const left = field(site.node, 'left')
    if (block && kind && left && !found.some((one) => isInside(one.node, site.node))) found.push({ kind, node: site.node, block, what: program.text(left, entry) })
  }
  yield* found.sort((a, b) => a.node.start - b.node.start)
}

function kindOfCall(program: PythonProgram, call: PyCall): SetupKind | undefined {
  if (call.callees.length > 0) return kindOfFunctions(program, call.callees, 0, new Set())
  const names = call.names
  if (names.some((name) => wiring.test(name))) return 'wiring'
  if (names.some((name) => config.test(name))) return [...call.kwargs.keys()].length > 0 && [...call.kwargs.keys()].every((key) => forDevelopment.test(key)) ? undefined : 'config'
  if (names.some((name) => tables.test(name))) return elsewhere(program, tables) || migrates(program) ? undefined : 'tables'
  if (names.some((name) => background.test(name))) return opensBrowser(program, call) ? undefined : 'background'
  const [first] = call.args
  const takesApp = first !== undefined && program.origins(first, call.scope).some((origin) => appOrigin.test(origin))
  if (takesApp && names.some((name) => (/\(\)\.init_app$/.test(name) || /(^|\.)[A-Z]\w*$/.test(name)) && !isLocalCall(name) && !/^(flask_script|flask_debugtoolbar|flask_profiler)\b/.test(name))) return 'extension'
  return undefined
}

/** A function of the repo counts by what it does; one that the import calls too does not. */
function kindOfFunctions(program: PythonProgram, fns: readonly PyFunction[], depth: number, seen: Set<PyFunction>): SetupKind | undefined {
  for (const fn of fns) {
    if (seen.has(fn) || depth > 3 || fn.isLambda) continue
    seen.add(fn)
    const reached = [...program.functions()].find((one) => one.fn === fn)
    if (!reached || reached.runs.some(({ when }) => when === 'import' || when === 'startup')) continue
    if (isLocalStart(program, fn.body, fn.scope)) continue
    for (const call of program.calls()) {
      if (call.fn !== fn) continue
      const kind = kindOfInner(program, call, depth, seen)
      if (kind) return kind
    }
    if (setsSharedGlobal(program, fn)) return 'global'
  }
  return undefined
}
function kindOfInner(program: PythonProgram, call: PyCall, depth: number, seen: Set<PyFunction>): SetupKind | undefined {
  if (call.callees.length > 0) return kindOfFunctions(program, call.callees, depth + 1, seen)
  const kind = kindOfCall(program, call)
  if (kind) return kind
  const callee = field(call.node, 'function')
  const method = callee?.kind === 'attribute' ? field(callee, 'attribute') : undefined
  const name = method ? program.text(method, call.module) : ''
  const sql = /^execute(script|many)?$/.test(name) && call.args[0]?.kind.includes('string') ? (literalText(call.args[0], call.module.text) ?? program.text(call.args[0], call.module)) : ''
  if (/\b(CREATE\s+TABLE|ALTER\s+TABLE|INSERT\s+INTO|INSERT\s+OR)\b/i.test(sql)) return elsewhere(program, tables) ? undefined : 'tables'
  return call.names.some((origin) => /\bSQLAlchemy\(\)\.session\.(add|add_all|bulk_\w+|commit)$/.test(origin)) ? 'tables' : undefined
}

function kindOfAssignment(program: PythonProgram, node: PyNode, entry: PyModule): SetupKind | undefined {
  const [left, right] = [field(node, 'left'), field(node, 'right')]
  if (!left || !right) return undefined
  if (left.kind === 'subscript') {
    const [value, key] = [field(left, 'value'), field(left, 'subscript')]
    const name = key?.kind === 'string' ? (literalText(key, entry.text) ?? '') : ''
    return value && program.origins(value, entry.scope).includes('flask.Flask().config') && !forDevelopment.test(name) ? 'config' : undefined
  }
  if (left.kind === 'attribute') {
    const name = program.text(left, entry).split('.').at(-1) ?? ''
    return program.origins(left, entry.scope).some((origin) => appAttribute.test(origin)) && !forDevelopment.test(name) ? 'config' : undefined
  }
  return left.kind === 'identifier' && readWhileServing(program, program.text(left, entry), entry) && !boundOutsideMain(program, program.text(left, entry), entry) ? 'global' : undefined
}

function readWhileServing(program: PythonProgram, name: string, module: PyModule): boolean {
  for (const site of program.sites('identifier')) {
    if (site.module !== module || !site.fn || program.text(site.node, module) !== name || !site.runs.some(({ when, weak }) => when === 'request' && !weak)) continue
    if (program.bindings(name, site.scope).every((binding) => binding.scope === module.scope)) return true
  }
  return false
}
/** Is the name there for an import as well? */
export function boundOutsideMain(program: PythonProgram, name: string, module: PyModule): boolean {
  const blocks = mainBlocks(program, module.scope)
  return (module.scope.bindings.get(name) ?? []).some((binding) => !blocks.some((block) => isInside(binding.node, block)))
}
function setsSharedGlobal(program: PythonProgram, fn: PyFunction): boolean {
  const { globals } = fn.scope
  for (const node of ownCode(fn.body)) {
    if (node.kind !== 'assignment') continue
    const left = field(node, 'left')
    if (left?.kind === 'identifier' && globals.has(program.text(left, fn.module)) && readWhileServing(program, program.text(left, fn.module), fn.module)) return true
  }
  return false
}
function elsewhere(program: PythonProgram, pattern: RegExp): boolean {
  return [...program.callsMatching(pattern)].some((call) => call.runs.some(({ when }) => when === 'import' || when === 'request' || when === 'startup'))
}
/** Tables come from migrations: the call is for a developer's machine. */
function migrates(program: PythonProgram): boolean {
  return [...program.callsMatching(/^flask_migrate\.Migrate(\(\)\.init_app)?$/)].some((call) => call.runs.some(({ when }) => when === 'import'))
}
function opensBrowser(program: PythonProgram, call: PyCall): boolean {
  for (const node of walk(statementOf(call.node).parent ?? call.node)) {
    const callee = node.kind === 'call' ? field(node, 'function') : undefined
    if (!callee || !/^threading\.(Thread|Timer)$/.test(program.origins(callee, call.scope)[0] ?? '')) continue
    for (const inner of walk(node)) {
      if (inner.kind !== 'identifier' && inner.kind !== 'attribute' && inner.kind !== 'lambda') continue
      for (const value of program.values(inner, call.scope)) {
        if (value.kind === 'name' && (value.name.startsWith('webbrowser.') || serverStart.test(value.name))) return true
        if (value.kind === 'function' && [...walk(value.fn.body)].some((at) => at.kind === 'call' && program.origins(field(at, 'function') ?? at, value.fn.scope).some((origin) => origin.startsWith('webbrowser.') || serverStart.test(origin)))) return true
      }
    }
  }
  return false
}
function calledName(call: PyCall): string {
  const callee = field(call.node, 'function')
  return `${callee ? call.module.text.slice(callee.start, callee.end).replace(/\s+/g, '') : 'call'}()`
}
