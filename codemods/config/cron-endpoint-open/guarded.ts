/** Whether code between the request and a view's work looks at who is asking. */
import { dependenciesOf } from '../../../src/lang/python/dependencies.js'
import { isInside, walk, type PyFunction, type PyNode, type PythonProgram } from '../../../src/lang/python/program.js'

/** Words that only a check of the caller uses. Names and string texts are looked at, never comments or docstrings. */
const check = /CRON_SECRET|compare_digest|^authorization$|bearer|^x-[a-z-]*(?:key|secret|token|signature)|api_?key|secret|check_password|verify_(?:jwt|token|signature)|is_authenticated|current_user|_required$|auth\w*\.|permission/i
const session = /^flask_login\.login_required$|^flask_security\.|^django\.contrib\.auth\.decorators\.(login_required|permission_required|user_passes_test)$|^django\.contrib\.admin\.views\.decorators\.staff_member_required$/

/** Objects of FastAPI and its companions that read what a caller proves itself by. */
const callers = /(HTTPBearer|HTTPBasic|HTTPDigest|APIKey\w+|OAuth2\w*|OpenIdConnect)\(\)|auth|verify|token|secret/i

export type Guard = 'checked' | 'session' | 'open'

/** `session`: it asks for a signed-in browser, which a cron never is. */
export function guardOf(program: PythonProgram, view: PyFunction): Guard {
  const origins = view.decorators.flatMap(mark => program.origins(mark.kind === 'call' ? (mark.children[0] ?? mark) : mark, view.scope.parent ?? view.scope))
  const asked = [...dependenciesOf(program, view)]
  if (asked.some(({ outside }) => outside.some(name => callers.test(name)))) return 'checked'
  const seen = new Set<PyFunction>()
  const queue: { readonly fn: PyFunction; readonly depth: number }[] = [view, ...hooks(program), ...decorating(program, view), ...asked.flatMap(({ fn }) => fn ?? [])].map(fn => ({ fn, depth: 0 }))
  for (let item = queue.shift(); item; item = queue.shift()) {
    if (seen.has(item.fn) || item.depth > 4) continue
    seen.add(item.fn)
    if (mentions(item.fn, check)) return 'checked'
    for (const fn of [...calledFrom(program, item.fn), ...[...dependenciesOf(program, item.fn)].flatMap(one => one.fn ?? [])]) queue.push({ fn, depth: item.depth + 1 })
  }
  if (origins.some(name => session.test(name))) return 'session'
  // A decorator from elsewhere that is not the route itself may check anything.
  return origins.some(name => !/^flask\.|^functools\.|^fastapi\.|^django\.views\./.test(name) && /auth|requir|protect|secret|token|permission|login|admin|restrict|verify/i.test(name)) ? 'checked' : 'open'
}

function hooks(program: PythonProgram): readonly PyFunction[] {
  const found: PyFunction[] = []
  for (const { fn } of program.functions()) {
    const isHook = fn.decorators.some(mark => program.origins(mark.kind === 'call' ? (mark.children[0] ?? mark) : mark, fn.scope.parent ?? fn.scope).some(name => /\.before_(?:app_)?request$|^(fastapi\.FastAPI|starlette\.applications\.Starlette)\(\)\.middleware$/.test(name)))
    if (isHook) found.push(fn)
  }
  for (const call of program.callsMatching(/\.before_(?:app_)?request$/)) {
    for (const arg of call.args) found.push(...program.values(arg, call.scope).flatMap(value => (value.kind === 'function' ? [value.fn] : [])))
  }
  return found
}

function decorating(program: PythonProgram, view: PyFunction): readonly PyFunction[] {
  return view.decorators.flatMap(mark => program.values(mark.kind === 'call' ? (mark.children[0] ?? mark) : mark, view.scope.parent ?? view.scope)).flatMap(value => (value.kind === 'function' ? [value.fn] : []))
}

/** Functions of the repo that are called in a function's text, the functions inside it included. */
function calledFrom(program: PythonProgram, fn: PyFunction): readonly PyFunction[] {
  const found: PyFunction[] = []
  for (const call of program.calls()) if (call.module === fn.module && isInside(call.node, fn.body)) found.push(...call.callees)
  return found
}

function mentions(fn: PyFunction, words: RegExp): boolean {
  const text = (node: PyNode): string => fn.module.text.slice(node.start, node.end)
  for (const node of walk(fn.body, inner => !(inner.kind === 'expression_statement' && inner.children[0]?.kind === 'string'))) {
    if ((node.kind === 'identifier' || node.kind === 'string_content') && words.test(text(node))) return true
  }
  return false
}
