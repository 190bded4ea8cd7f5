/** The databases of a Django project: DATABASES as it is in force, with the packages that read an address into it. */
import { dictSetting, entriesOf } from '../django/settings.js'
import { literalText } from '../literals.js'
import { alternatives } from '../settings/alternatives.js'
import { served } from '../settings/served.js'
import { replacedBelow } from '../settings/replaced.js'
import { testedVariables, underTests } from '../settings/tested.js'
import { needsVariable } from '../settings/when-unset.js'
import { field, walk } from '../tree.js'
import type { PythonProgram } from '../program.js'
import type { PyNode, PyScope, PySite } from '../types.js'

export type DjangoDatabase = {
  readonly alias: string
  /** The dictionary, or the call that makes one. */
  readonly node: PyNode
  readonly scope: PyScope
  readonly site: PySite
  /** 'sqlite3', 'postgresql', 'mysql', …: the backend's last part. '' where it says none. */
  readonly engine: string
  /** The file, for SQLite; the server's name, elsewhere. Undefined where it can't be told. */
  readonly place: string | undefined
  /** The expression that says the place: a value of the dictionary or the default address. */
  readonly at: PyNode
  /** The variable that, when set, leads to another database. */
  readonly env: string | undefined
  /** Nothing that could be set leads to another engine. */
  readonly certain: boolean
  /** A dictionary that is written out there. */
  readonly literal: boolean
}

const parsers = /^(dj_database_url\.(config|parse)|environ\.(FileAware)?Env\(\)\.(db|db_url|db_url_config)|environ\.(FileAware)?Env\.(db|db_url|db_url_config)|environs\.Env\(\)\.dj_db_url|decouple\.(config|Config\(\)|AutoConfig\(\)))$/
const known = new WeakMap<PythonProgram, readonly DjangoDatabase[]>()

/** Every database that the host may end up with; none for projects of other frameworks. */
export function djangoDatabases(program: PythonProgram): readonly DjangoDatabase[] {
  const before = known.get(program)
  if (before) return before
  const all = program.app.framework === 'django' ? [...found(program)] : []
  known.set(program, all)
  return all
}

function* found(program: PythonProgram): Generator<DjangoDatabase> {
  const seen = new Set<PyNode>()
  const entries = served(dictSetting(program, 'DATABASES'))
  for (const entry of entries) {
    const updated = updatedFrom(program, entry.key) ?? replacedBelow(program, entry, entries, /sqlite|spatialite/)
    for (const one of alternatives(program, entry.node, entry.scope)) {
      const site = program.siteOf(one.node, one.scope)
      if (!site || seen.has(one.node) || underTests(one.node, one.scope) || needsVariable(program, one.node, one.scope) || (entry.effect.uncertain && underTests(entry.effect.statement, entry.scope))) continue
      seen.add(one.node)
      const env = one.behind ?? testedVariables(program, one.node, one.scope)[0] ?? testedVariables(program, entry.node, entry.scope)[0] ?? updated
      const base = { alias: entry.key, node: one.node, scope: one.scope, site }
      if (one.node.kind === 'call' && isParser(program, one.node, one.scope)) yield* fromAddress(program, base, env)
      else yield* fromDictionary(program, base, env)
    }
  }
}
type Base = Pick<DjangoDatabase, 'alias' | 'node' | 'scope' | 'site'>

function* fromDictionary(program: PythonProgram, base: Base, env: string | undefined): Generator<DjangoDatabase> {
  const entries = entriesOf(program, base.node, base.scope)
  const valueOf = (key: string): (typeof entries)[number] | undefined => entries.find((entry) => entry.key === key)
  const engine = valueOf('ENGINE')
  if (!engine) return
  const literal = base.node.kind === 'dictionary'
  for (const piece of program.fold.text(engine.node, engine.scope)) {
    if (piece.base !== 'text' || piece.text.includes('\0')) continue
    const name = piece.text.split('.').at(-1)?.replace('postgresql_psycopg2', 'postgresql') ?? ''
    const said = valueOf(name === 'sqlite3' || name === 'spatialite' ? 'NAME' : 'HOST')
    const places = said ? program.fold[name === 'sqlite3' || name === 'spatialite' ? 'path' : 'text'](said.node, said.scope) : []
    const place = places.find((one) => one.base !== 'env') ?? places[0]
    // A variable before the place leads elsewhere within the same kind; one before the engine to another kind.
    const other = piece.env ?? env ?? (said && name !== 'sqlite3' ? place?.env : undefined)
    yield { ...base, engine: name, place: said === undefined ? '' : place?.base === 'env' && places.length === 1 ? undefined : place?.base === 'temp' ? `/tmp/${place.text}` : place?.text, at: said?.node ?? engine.node, env: other, certain: (piece.env ?? env) === undefined, literal }
  }
}

function* fromAddress(program: PythonProgram, base: Base, env: string | undefined): Generator<DjangoDatabase> {
  const call = program.callAt(base.site)
  const isParse = call.names.some((name) => name === 'dj_database_url.parse')
  const given = isParse ? call.args[0] : (call.kwargs.get('default') ?? (call.names.some((name) => name.startsWith('dj_database_url')) ? undefined : call.args[1]))
  if (!given) return
  const named = call.names.some((name) => name.startsWith('dj_database_url')) ? call.kwargs.get('env') ?? call.args[0] : (call.args[0] ?? call.kwargs.get('var'))
  const variable = isParse ? undefined : (named ? literalText(named, call.module.text) : undefined) ?? 'DATABASE_URL'
  for (const piece of program.fold.text(given, base.scope)) {
    const match = /^([a-z0-9+]+):\/\/(.*)$/s.exec(piece.text)
    if (!match?.[1]) continue
    const engine = match[1].replace(/^sqlite$/, 'sqlite3').replace(/^(postgres|postgresql|pgsql|psql)$/, 'postgresql').replace(/^(mysql2|mysql)$/, 'mysql')
    const rest = match[2] ?? ''
    const place = engine === 'sqlite3' ? rest.replace(/^\//, '') : /^(?:[^@/]*@)?([^:/?\0]*)/.exec(rest)?.[1]
    yield { ...base, engine, place: engine === 'sqlite3' && place === '' ? ':memory:' : place, at: given, env: env ?? variable ?? piece.env, certain: false, literal: false }
  }
}
function isParser(program: PythonProgram, node: PyNode, scope: PyScope): boolean {
  const callee = field(node, 'function')
  return callee !== undefined && program.origins(callee, scope).some((origin) => parsers.test(origin))
}

/** `DATABASES['default'].update(dj_database_url.config())`: the variable replaces what stood there. */
function updatedFrom(program: PythonProgram, alias: string): string | undefined {
  const pattern = new RegExp(`^DATABASES\\[["']${alias.replace(/\W/g, '\\$&')}["']\\]\\.update$`)
  for (const call of program.calls()) {
    const callee = field(call.node, 'function')
    const [arg] = call.args
    if (call.fn || callee?.kind !== 'attribute' || !arg || !pattern.test(program.text(callee, call.module))) continue
    const reads = program.guards.reads(arg, call.scope)
    if (reads[0] !== undefined) return reads[0]
    const makers = [arg, ...program.definitions(arg, call.scope).map((one) => one.node)]
    if (makers.some((maker) => [...walk(maker)].some((node) => /^dj_database_url\.config\b/.test(program.text(node, call.module))))) return 'DATABASE_URL'
  }
  return undefined
}
