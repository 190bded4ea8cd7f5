/** How each framework's view compares CRON_SECRET before anything else: a new one is an entry in the table. */
import { ensureImport, eol, freeName, insertAt, insertBefore, lineStart } from '../../../src/lang/python/edit.js'
import { field, type PyFunction, type PyModule, type PyNode, type PyRoute } from '../../../src/lang/python/program.js'
import type { Change, FrameworkId } from '../../../src/types.js'

/** The edits, or undefined where the view has no place for them. `first`: the first statement of its body. */
type Compare = (fn: PyFunction, first: PyNode, route: PyRoute) => readonly Change[] | undefined

const flask: Compare = (fn, first) => {
  const { module } = fn
  const request = ensureImport(module, 'flask', 'request')
  const abort = ensureImport(module, 'flask', 'abort')
  return inBody(fn, first, request.name, [...request.changes, ...abort.changes], `${abort.name}(401)`)
}
const django: Compare = (fn, first) => {
  const [request] = fn.params
  if (!request || request.star !== '' || fn.cls) return undefined
  const answer = ensureImport(fn.module, 'django.http', 'HttpResponse')
  return inBody(fn, first, request.name, answer.changes, `return ${answer.name}(status=401)`)
}
function inBody(fn: PyFunction, first: PyNode, request: string, imports: readonly Change[], refuse: string): readonly Change[] {
  const { module } = fn
  const [os, hmac] = [ensureImport(module, 'os'), ensureImport(module, 'hmac')]
  const [secret = '', given = ''] = ['cron_secret', 'authorization'].map(name => (module.text.slice(fn.node.start, fn.node.end).includes(name) ? `_${name}` : name))
  const lines = [
    `${secret} = ${os.name}.environ.get("CRON_SECRET", "")`,
    `${given} = ${request}.headers.get("Authorization", "")`,
    `if not ${secret} or not ${hmac.name}.compare_digest(${given}.encode(), f"Bearer {${secret}}".encode()):`,
    `    ${refuse}`,
  ]
  return [...os.changes, ...hmac.changes, ...imports, insertBefore(module, first, lines)]
}

/** A dependency of the route, so that the view keeps its signature. */
const fastapi: Compare = (_fn, _first, { module, node }) => {
  const list = field(node, 'arguments')
  const last = list?.children.filter(child => child.kind !== 'comment').at(-1)
  const above = firstDefinition(module)
  if (!list || !last || !above || list.children.some(child => child.kind === 'dictionary_splat' || (child.kind === 'keyword_argument' && /^dependencies\b/.test(module.text.slice(child.start, child.end))))) return undefined
  const imports = [ensureImport(module, 'os'), ensureImport(module, 'hmac'), ensureImport(module, 'fastapi', 'Depends'), ensureImport(module, 'fastapi', 'Header'), ensureImport(module, 'fastapi', 'HTTPException')] as const
  const [os, hmac, depends, header, exception] = imports
  const name = freeName(module, 'require_cron_secret')
  const lines = [
    `def ${name}(authorization: str = ${header.name}("")):`,
    '    """Lets only a caller in that knows CRON_SECRET."""',
    `    secret = ${os.name}.environ.get("CRON_SECRET", "")`,
    `    if not secret or not ${hmac.name}.compare_digest(authorization.encode(), f"Bearer {secret}".encode()):`,
    `        raise ${exception.name}(status_code=401)`,
    '', '',
  ]
  const check = insertAt(module, lineStart(module, above.start), lines.map(line => line + eol(module)).join(''))
  return [...imports.flatMap(item => item.changes), check, insertAt(module, last.end, `, dependencies=[${depends.name}(${name})]`)]
}
/** Above the first route of the file, so that every one below can name it. */
function firstDefinition(module: PyModule): PyNode | undefined {
  return module.root.children.find(child => child.kind === 'decorated_definition' || child.kind === 'function_definition')
}

export const comparisons: Readonly<Partial<Record<FrameworkId, Compare>>> = { flask, fastapi, django }
