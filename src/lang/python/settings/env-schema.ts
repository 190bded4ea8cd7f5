/** What django-environ and dj-database-url read without naming the variable at the place, or with a default that stands elsewhere. */
import type { EnvRead } from '../environment.js'
import { literalText } from '../literals.js'
import { field } from '../tree.js'
import type { PythonProgram } from '../program.js'
import type { PyCall, PyNode, PyScope } from '../types.js'

/** `environ.Env(DEBUG=(bool, False))`: the default that the reader was made with. */
export function schemaDefault(program: PythonProgram, call: PyCall, name: string): { readonly node: PyNode; readonly scope: PyScope } | undefined {
  if (!call.names.some((origin) => /^environ\.(FileAware)?Env\(\)/.test(origin))) return undefined
  const callee = field(call.node, 'function')
  const reader = callee?.kind === 'attribute' ? field(callee, 'object') : callee
  for (const made of reader ? program.definitions(reader, call.scope) : []) {
    const given = made.node.kind === 'call' ? (field(made.node, 'arguments')?.children ?? []).find((child) => child.kind === 'keyword_argument' && program.text(field(child, 'name') ?? child, made.scope.module) === name) : undefined
    const value = given && field(given, 'value')
    const fallback = value?.kind === 'tuple' ? value.children.filter((child) => child.kind !== 'comment')[1] : undefined
    if (fallback) return { node: fallback, scope: made.scope }
  }
  return undefined
}

const unnamed: Readonly<Record<string, string>> = { db: 'DATABASE_URL', db_url: 'DATABASE_URL', cache: 'CACHE_URL', cache_url: 'CACHE_URL', email: 'EMAIL_URL', email_url: 'EMAIL_URL', search_url: 'SEARCH_URL' }
/** `env.db()`, `dj_database_url.config()`. */
export function* addressReads(program: PythonProgram): Generator<EnvRead> {
  for (const call of program.callsMatching(/^environ\.(FileAware)?Env\(\)\.(db|db_url|cache|cache_url|email|email_url|search_url)$/)) {
    if (call.args.length > 0 || call.kwargs.has('var')) continue
    const callee = field(call.node, 'function')
    const method = callee && field(callee, 'attribute')
    const name = method && unnamed[program.text(method, call.module)]
    const fallback = call.kwargs.get('default')
    if (name !== undefined) yield { name, required: fallback === undefined, fallback, site: call }
  }
  for (const call of program.callsMatching(/^dj_database_url\.config$/)) {
    const named = call.kwargs.get('env') ?? call.args[0]
    const name = named ? (named.kind === 'string' ? literalText(named, call.module.text) : undefined) : 'DATABASE_URL'
    if (name !== undefined) yield { name, required: false, fallback: call.kwargs.get('default') ?? call.args[1], site: call }
  }
}
