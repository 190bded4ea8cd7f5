/** Values given to Flask settings, wherever Flask takes them from. */
import { field, literalText, type PythonProgram, type PyNode, type PyScope } from '../../lang/python/program.js'

type Source = { readonly node: PyNode; readonly scope: PyScope }

/** `app.config['K'] = v`, `app.config.update(K=v)`, `from_mapping(K=v)`, and class or module attributes named K in files that are loaded as configuration. */
export function flaskSettings(program: PythonProgram): (key: string) => readonly Source[] {
  let all: Map<string, Source[]> | undefined
  return (key) => (all ??= collect(program)).get(key) ?? []
}

function collect(program: PythonProgram): Map<string, Source[]> {
  const found = new Map<string, Source[]>()
  const add = (key: string, node: PyNode, scope: PyScope): void => {
    const list = found.get(key) ?? []
    list.push({ node, scope })
    found.set(key, list)
  }
  for (const site of program.sites('assignment')) {
    const [left, right] = [field(site.node, 'left'), field(site.node, 'right')]
    if (!left || !right) continue
    if (left.kind === 'identifier') {
      const name = site.module.text.slice(left.start, left.end)
      if (/^[A-Z][A-Z0-9_]+$/.test(name) && site.fn === undefined) add(name, right, site.scope)
      continue
    }
    const [value, key] = left.kind === 'subscript' ? [field(left, 'value'), field(left, 'subscript')] : [undefined, undefined]
    const name = key?.kind === 'string' ? literalText(key, site.module.text) : undefined
    if (value && name !== undefined && program.origins(value, site.scope).some((origin) => origin.endsWith('.config'))) add(name, right, site.scope)
    if (left.kind === 'attribute' && /\.(secret_key|debug|testing)$/.test(site.module.text.slice(left.start, left.end)) && program.origins(left, site.scope).some((origin) => /^flask\.Flask\(\)\./.test(origin))) add(site.module.text.slice(left.start, left.end).split('.').at(-1)?.toUpperCase() ?? '', right, site.scope)
  }
  for (const call of program.callsMatching(/\.config\.(update|from_mapping|setdefault)$/)) {
    for (const [name, value] of call.kwargs) add(name, value, call.scope)
    const [first, second] = call.args
    if (first?.kind === 'string' && second) add(literalText(first, call.module.text) ?? '', second, call.scope)
    if (first?.kind !== 'dictionary') continue
    for (const pair of first.children) {
      const [key, value] = [field(pair, 'key'), field(pair, 'value')]
      if (key?.kind === 'string' && value) add(literalText(key, call.module.text) ?? '', value, call.scope)
    }
  }
  return found
}
