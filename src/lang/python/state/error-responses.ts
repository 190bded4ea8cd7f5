/** Places where a view answers with the text of an exception that it did not expect. */
import { ancestor, bare, field, walk } from '../tree.js'
import type { PythonProgram } from '../program.js'
import type { PyNode, PyScope, PySite } from '../types.js'

export type ErrorResponse = {
  /** The `return`, or the call that answers. */
  readonly site: PySite
  /** The expressions that hold the text; an `interpolation` is a part of an f-string. */
  readonly leaks: readonly PyNode[]
  readonly traceback: boolean
  /** The `except` clause, or the error handler's function. */
  readonly handler: PyNode | undefined
  /** The error itself goes to a function of the repo, which does with it what it likes. */
  readonly handedOn: boolean
  /** The handler's parameter, where errors of HTTP (404, 405) come through as well: their text is meant for clients. */
  readonly alsoHttp: string | undefined
}

/** Exceptions that anything may raise: their text is not meant for clients. */
const broad = /^(builtins\.(Exception|BaseException|OSError|IOError|RuntimeError|ConnectionError|AttributeError|NameError|MemoryError|SystemError|ImportError)(\(\))?|sqlalchemy\b.*(Error|Exception)(\(\))?|sqlite3\.\w*Error(\(\))?|psycopg2?\b.*Error(\(\))?|pymysql\b.*Error(\(\))?|mysql\b.*Error(\(\))?|pymongo\b.*(Error|Failure)(\(\))?|requests\b.*(Exception|Error)(\(\))?|smtplib\.\w+(\(\))?|django\.db\.(utils\.)?\w*Error(\(\))?|botocore\b.*Error(\(\))?|openai\b.*Error(\(\))?)$/
const answers = /^flask\.(jsonify|make_response|abort|Response|render_template_string)$|^(fastapi|starlette)\.responses\.\w*Response$|^django\.http\.(response\.)?(HttpResponse|JsonResponse|HttpResponseServerError)$|^rest_framework\.response\.Response$/
/** What makes answers and pages, or text: of other packages nobody here knows whether they show the error they are given. */
const web = /^(flask|quart|fastapi|starlette|django\.(http|shortcuts|template)|rest_framework|ninja|werkzeug|builtins)\b/
/** Raised to answer with its own text. */
const raised = /^(fastapi(\.exceptions)?|starlette\.exceptions)\.HTTPException$/

export function* errorResponses(program: PythonProgram): Generator<ErrorResponse> {
  for (const site of program.sites('return_statement')) {
    if (!site.fn || !site.runs.some((run) => run.when === 'request' && !run.background)) continue
    const caught = caughtAt(program, site)
    if ((!caught && !tracebackIn(program, site)) || isForHttp(program, site)) continue
    if (!isAnswer(program, site)) continue
    const value = site.node.children.find((child) => child.kind !== 'comment')
    if (!value || is4xx(program, value, site)) continue
    const leaks = [...leaksIn(program, value, site.scope, caught?.name)]
    if (leaks.length > 0) yield { site, leaks, traceback: leaks.some((leak) => isTraceback(program, leak, site.scope)), handler: caught?.handler, handedOn: leaks.some((leak) => isHandedOn(program, leak, site.scope)), alsoHttp: caught?.alsoHttp === true ? caught.name : undefined }
  }
  yield* raisedResponses(program)
}

/** `raise HTTPException(500, detail=str(error))`: the same answer, from wherever a request comes by. */
function* raisedResponses(program: PythonProgram): Generator<ErrorResponse> {
  for (const site of program.sites('raise_statement')) {
    const call = site.node.children.find((child) => child.kind === 'call' && child.field !== 'cause')
    const callee = call && field(call, 'function')
    if (!call || !callee || !site.fn || !site.runs.some((run) => run.when === 'request' && !run.background)) continue
    if (!program.origins(callee, site.scope).some((origin) => raised.test(origin)) || is4xx(program, call, site) || isForHttp(program, site)) continue
    const caught = caughtAt(program, site)
    const leaks = caught || tracebackIn(program, site) ? [...leaksIn(program, call, site.scope, caught?.name)] : []
    if (leaks.length > 0) yield { site, leaks, traceback: leaks.some((leak) => isTraceback(program, leak, site.scope)), handler: caught?.handler, handedOn: leaks.some((leak) => isHandedOn(program, leak, site.scope)), alsoHttp: undefined }
  }
}

/** The exception's name where the return stands: in its `except`, or the parameter of an error handler for everything. */
function caughtAt(program: PythonProgram, site: PySite): { readonly name: string; readonly handler: PyNode; readonly alsoHttp?: boolean } | undefined {
  const clause = ancestor(site.node, 'except_clause', 'function_definition')
  if (clause?.kind === 'except_clause') {
    const pattern = clause.children.find((child) => child.kind === 'as_pattern')
    const [type] = pattern?.children ?? []
    const alias = pattern && field(pattern, 'alias')?.children[0]
    if (!type || !alias) return undefined
    const types = type.kind === 'tuple' ? type.children : [type]
    if (!types.some((one) => program.origins(one, site.scope).some((origin) => broad.test(origin)))) return undefined
    return { name: program.text(alias, site.module), handler: clause }
  }
  const { fn } = site
  const handles = fn?.decorators.some((mark) => mark.kind === 'call' && /\.(app_)?errorhandler$/.test(program.text(field(mark, 'function') ?? mark, site.module)) && /\bException\b/.test(program.text(field(mark, 'arguments') ?? mark, site.module)))
  // Starlette gives its handlers the request first, and none of HTTP's own errors.
  const starlette = fn?.decorators.some((mark) => mark.kind === 'call' && /\.exception_handler$/.test(program.text(field(mark, 'function') ?? mark, site.module)) && /^\(\s*(exc_class_or_status_code\s*=\s*)?(Exception|500)\s*,?\s*\)$/.test(program.text(field(mark, 'arguments') ?? mark, site.module)))
  const second = fn?.params[1]
  if (starlette && fn && second) return { name: second.name, handler: fn.node }
  const param = fn?.params[0]
  if (!handles || !fn || !param) return undefined
  // Flask gives a handler of 500 its own InternalServerError, whose text says nothing; a handler of Exception gets the error itself.
  const before = site.module.text.slice(fn.body.start, site.node.start)
  return { name: param.name, handler: fn.node, alsoHttp: !new RegExp(`isinstance\\(\\s*${param.name}\\s*,[^)]*HTTPException`).test(before) }
}

const http = /isinstance\([^)]*HTTPException/
/** Under `if isinstance(error, HTTPException):`. */
function isForHttp(program: PythonProgram, site: PySite): boolean {
  for (let at: PyNode = site.node; at.parent && at.kind !== 'function_definition'; at = at.parent)
    if (at.parent.kind === 'if_statement' && at.field === 'consequence' && http.test(program.text(field(at.parent, 'condition') ?? at, site.module))) return true
  return false
}

/** Does what is returned reach the client? In the view itself, or a handler. */
function isAnswer(program: PythonProgram, site: PySite): boolean {
  const { fn } = site
  if (!fn || fn.isLambda) return false
  if (program.pyRoutes.some((route) => route.fn === fn)) return true
  if (fn.decorators.some((mark) => /\.(app_)?errorhandler\b|\.exception_handler\b|\.(before_request|after_request)\b/.test(program.text(mark, fn.module)))) return true
  const value = site.node.children.find((child) => child.kind !== 'comment')
  if (value && [...walk(value)].some((node) => node.kind === 'call' && program.origins(field(node, 'function') ?? node, site.scope).some((origin) => answers.test(origin)))) return true
  // Methods of view classes.
  return fn.cls !== undefined && /^(get|post|put|delete|patch)$/.test(fn.name)
}
/** `…, 400`, `error_response(…, 400)`: the client's own mistake is told. */
function is4xx(program: PythonProgram, value: PyNode, site: PySite): boolean {
  const parts = value.kind === 'expression_list' || value.kind === 'tuple' ? value.children.filter((child) => child.kind !== 'comment') : []
  const given = value.kind === 'call' ? (field(value, 'arguments')?.children ?? []).map((child) => (child.kind === 'keyword_argument' ? (field(child, 'value') ?? child) : child)) : []
  if (given.some((arg) => /^4\d\d$|\bHTTP_4\d\d_\w+$|^HTTPStatus\.(BAD_REQUEST|NOT_FOUND|FORBIDDEN|UNAUTHORIZED|CONFLICT|UNPROCESSABLE_ENTITY)/.test(program.text(arg, site.module)))) return true
  const status = parts[1]
  return status !== undefined && /^\(?4\d\d\b|^HTTPStatus\.(BAD_REQUEST|NOT_FOUND|FORBIDDEN|UNAUTHORIZED|CONFLICT|UNPROCESSABLE_ENTITY)/.test(program.text(status, site.module))
}

function* leaksIn(program: PythonProgram, value: PyNode, scope: PyScope, name: string | undefined): Generator<PyNode> {
  const text = (node: PyNode): string => program.text(node, scope.module)
  const isError = (node: PyNode): boolean => name !== undefined && node.kind === 'identifier' && text(node) === name
  if (isTraceback(program, value, scope)) return yield value
  if (value.kind === 'call') {
    const callee = field(value, 'function')
    const args = (field(value, 'arguments')?.children ?? []).filter((child) => child.kind !== 'comment')
    const origins = callee ? program.origins(callee, scope) : []
    if (origins.some((origin) => /^builtins\.(str|repr)$/.test(origin)) && args[0] && isError(bare(args[0]))) return yield value
    // What renders or logs it in its own way is not looked into.
    if (origins.length > 0 && !origins.some((origin) => web.test(origin)) && args.some((arg) => isError(bare(arg.kind === 'keyword_argument' ? (field(arg, 'value') ?? arg) : arg))) && callee && !callsRepo(program, callee, scope)) return
    if (callee?.kind === 'attribute' && /^(exception|error|warning|info|debug)$/.test(text(field(callee, 'attribute') ?? callee))) return
  }
  if (value.kind === 'conditional_expression') {
    const [, test, no] = value.children.filter((child) => child.kind !== 'comment')
    if (test && no && http.test(text(test))) return yield* leaksIn(program, no, scope, name)
  }
  if (value.kind === 'attribute' && isError(field(value, 'object') ?? value) && /\.(args|message|orig|strerror)$/.test(text(value))) return yield value
  if (value.kind === 'interpolation') {
    const inner = field(value, 'expression') ?? value.children[0]
    if (inner && (isError(bare(inner)) || [...leaksIn(program, inner, scope, name)].length > 0)) yield value
    return
  }
  // `jsonify(error=e)`, `return e`
  if (isError(value) && (value.parent?.kind === 'keyword_argument' || value.parent?.kind === 'argument_list' || value.parent?.kind === 'return_statement')) return yield value
  for (const child of value.children) if (!(value.kind === 'keyword_argument' && child.field === 'name')) yield* leaksIn(program, child, scope, name)
}
function callsRepo(program: PythonProgram, callee: PyNode, scope: PyScope): boolean {
  return program.values(callee, scope).some((value) => value.kind === 'function' || value.kind === 'class')
}
function isHandedOn(program: PythonProgram, leak: PyNode, scope: PyScope): boolean {
  const list = leak.parent?.kind === 'keyword_argument' ? leak.parent.parent : leak.parent
  const callee = leak.kind === 'identifier' && list?.kind === 'argument_list' && list.parent ? field(list.parent, 'function') : undefined
  return callee !== undefined && callsRepo(program, callee, scope)
}
function isTraceback(program: PythonProgram, node: PyNode, scope: PyScope): boolean {
  const callee = node.kind === 'call' ? field(node, 'function') : undefined
  return callee !== undefined && program.origins(callee, scope).some((origin) => /^traceback\.(format_exc|format_exception|format_tb)$/.test(origin))
}
function tracebackIn(program: PythonProgram, site: PySite): boolean {
  return [...walk(site.node)].some((node) => isTraceback(program, node, site.scope))
}
