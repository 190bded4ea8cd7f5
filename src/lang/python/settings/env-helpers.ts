/** Functions of the repo that read the variable whose name they are given: `get_env('SECRET_KEY')`. */
import type { EnvRead } from '../environment.js'
import { literalText } from '../literals.js'
import { ancestor, field, walk } from '../tree.js'
import type { PythonProgram } from '../program.js'
import type { PyFunction, PyNode, PySite } from '../types.js'

type Param = { readonly name: string; readonly index: number; readonly fallback: PyNode | undefined }
type Helper = { readonly key: Param; readonly fallback: Param | undefined; readonly required: boolean }

/** One read for each call that names its variable. */
export function* readsThroughHelpers(program: PythonProgram): Generator<EnvRead> {
  const helpers = new Map<PyFunction, Helper>()
  for (const site of program.sites('subscript')) {
    const [value, key] = [field(site.node, 'value'), field(site.node, 'subscript')]
    if (!value || !key || !site.fn || site.node.field === 'left' || !program.origins(value, site.scope).includes('os.environ')) continue
    const param = paramOf(site, key)
    if (param) helpers.set(site.fn, { key: param, fallback: fallbackIn(site.fn, param), required: !site.handled || raises(site) })
  }
  for (const call of program.callsMatching(/^(os\.getenv|os\.environ\.get)$/)) {
    const [key, given] = [call.args[0], call.args[1] ?? call.kwargs.get('default')]
    const param = key && paramOf(call, key)
    if (!param || !call.fn || helpers.has(call.fn)) continue
    const inner = given ? [...walk(given)].map((node) => paramOf(call, node)).find((one) => one !== undefined) : undefined
    const fallback = inner ?? fallbackIn(call.fn, param)
    helpers.set(call.fn, { key: param, fallback, required: [...walk(call.fn.body)].some((node) => node.kind === 'raise_statement') && (given === undefined || inner !== undefined) })
  }
  for (const [fn, { key, fallback, required }] of helpers)
    for (const call of program.callers(fn)) {
      const shift = fn.cls ? 1 : 0
      const given = (param: Param): PyNode | undefined => call.kwargs.get(param.name) ?? call.args[param.index - shift]
      const named = given(key)
      const name = named?.kind === 'string' ? literalText(named, call.module.text) : undefined
      if (name === undefined || !/^[A-Za-z_]\w*$/.test(name)) continue
      const own = fallback && given(fallback)
      const spare = fallback?.fallback
      const isSpare = spare !== undefined && spare.kind !== 'none'
      yield { name, required: required && (own === undefined || own.kind === 'none') && !isSpare, fallback: own ?? (isSpare && fn.module === call.module ? spare : undefined), site: call }
    }
}

function paramOf({ fn, module }: PySite, node: PyNode): Param | undefined {
  if (!fn || node.kind !== 'identifier') return undefined
  const name = module.text.slice(node.start, node.end)
  const found = fn.params.find((param) => param.name === name && param.star === '')
  return found && { name, index: found.index, fallback: found.fallback }
}
/** A second parameter that stands in for the variable: `default`. */
function fallbackIn(fn: PyFunction, key: Param): Param | undefined {
  const found = fn.params.find((param) => param.name !== key.name && /default|fallback/i.test(param.name))
  return found && { name: found.name, index: found.index, fallback: found.fallback }
}
/** `except KeyError: raise ImproperlyConfigured(…)`. */
function raises(site: PySite): boolean {
  const guard = ancestor(site.node, 'try_statement')
  return guard !== undefined && guard.children.some((child) => child.kind === 'except_clause' && [...walk(child)].some((node) => node.kind === 'raise_statement'))
}
