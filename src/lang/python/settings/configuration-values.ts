/** The variables behind django-configurations' `values`: named after the setting, unless the value says otherwise. */
import type { EnvRead } from '../environment.js'
import { literalText } from '../literals.js'
import { field } from '../tree.js'
import type { PythonProgram } from '../program.js'
import type { PyCall, PyNode } from '../types.js'

const addresses: Readonly<Record<string, string>> = { DatabaseURLValue: 'DATABASE_URL', CacheURLValue: 'CACHE_URL', EmailURLValue: 'EMAIL_URL', SearchURLValue: 'SEARCH_URL' }

/** `SECRET_KEY = values.SecretValue()` reads DJANGO_SECRET_KEY when the class is set up, and fails without it. */
export function* valueReads(program: PythonProgram): Generator<EnvRead> {
  for (const call of program.callsMatching(/^configurations\.values\.\w+Value$/)) {
    const setting = settingOf(call)
    const kind = call.names.flatMap((origin) => origin.split('.').pop() ?? [])[0] ?? ''
    if (setting === undefined || call.kwargs.get('environ')?.kind === 'false') continue
    const address = addresses[kind]
    const name = textOf(call, call.kwargs.get('environ_name')) ?? address ?? setting
    const prefix = call.kwargs.get('environ_prefix')
    const given = prefix === undefined ? (address === undefined ? 'DJANGO' : '') : prefix.kind === 'none' ? '' : textOf(call, prefix)
    // A name put together elsewhere is not known here.
    if (given === undefined) continue
    const fallback = call.args[0] ?? call.kwargs.get('default')
    const required = kind === 'SecretValue' || call.kwargs.get('environ_required')?.kind === 'true'
    yield { name: given === '' ? name : `${given.replace(/_$/, '')}_${name}`, required, fallback, site: call }
  }
}

function settingOf(call: PyCall): string | undefined {
  const { parent } = call.node
  const left = parent?.kind === 'assignment' && call.node.field === 'right' ? field(parent, 'left') : undefined
  return left?.kind === 'identifier' ? call.module.text.slice(left.start, left.end).toUpperCase() : undefined
}
function textOf(call: PyCall, node: PyNode | undefined): string | undefined {
  return node?.kind === 'string' ? literalText(node, call.module.text) : undefined
}
