/** `@app.before_first_request`: the function is called once the app is set up. (`before_request` would run it for every request.) */
import { append, indentUnit, insertBefore, lineEnd, lineStart } from '../../../src/lang/python/edit.js'
import { ancestor, field, walk, type PyNode, type PySite, type PythonProgram } from '../../../src/lang/python/program.js'
import { mainBlocks } from '../../../src/lang/python/entry/server-start.js'
import type { Change } from '../../../src/types.js'

/** Undefined where the function can't be called without a request, or no place is surely after the set-up. */
export function runAtSetup(program: PythonProgram, site: PySite): readonly Change[] | undefined {
  const { module } = site
  const decorator = site.node.parent?.kind === 'decorator' ? site.node.parent : undefined
  const whole = decorator?.parent?.kind === 'decorated_definition' ? decorator.parent : undefined
  const definition = whole && field(whole, 'definition')
  const name = definition?.kind === 'function_definition' ? field(definition, 'name') : undefined
  const object = field(site.node, 'object')
  if (module.brokenAt !== undefined || !decorator || !whole || !definition || !name || object?.kind !== 'identifier') return undefined
  if ((field(definition, 'parameters')?.children ?? []).length > 0 || module.text.slice(definition.start).startsWith('async') || needsRequest(program, definition, site)) return undefined
  const app = module.text.slice(object.start, object.end)
  const lines = [`with ${app}.app_context():`, `${indentUnit(module)}${module.text.slice(name.start, name.end)}()`]
  const call = place(program, whole, app, lines, site)
  if (!call) return undefined
  return [{ kind: 'edit', path: module.path, range: { start: lineStart(module, decorator.start), end: lineEnd(module, decorator.end) }, text: '' }, call]
}

function place(program: PythonProgram, whole: PyNode, app: string, lines: readonly string[], site: PySite): Change | undefined {
  const { module } = site
  if (whole.parent?.kind === 'module') {
    const guard = mainBlocks(program, module.scope)[0]?.parent
    return guard && guard.start > whole.end ? insertBefore(module, guard, [...lines, '', '']) : append(module, ['', '', ...lines])
  }
  const factory = ancestor(whole, 'function_definition')
  const last = factory && whole.parent === field(factory, 'body') ? whole.parent?.children.filter((child) => child.kind !== 'comment').at(-1) : undefined
  const returned = last?.kind === 'return_statement' ? last.children[0] : undefined
  return last && returned?.kind === 'identifier' && module.text.slice(returned.start, returned.end) === app ? insertBefore(module, last, [...lines, '']) : undefined
}
function needsRequest(program: PythonProgram, definition: PyNode, site: PySite): boolean {
  const body = field(definition, 'body')
  for (const node of body ? walk(body) : []) if (node.kind === 'identifier' && program.origins(node, site.scope).some((origin) => /^flask\.(request|session|url_for|redirect)$/.test(origin))) return true
  return false
}
