/** Where the app says which database it uses: settings and engine calls, down to the expression that a person would change. */
import type { Path } from '../../../types.js'
import { settingAt } from '../settings/pydantic-settings.js'
import { settingKey } from './home.js'
import { ancestor, bare, field, walk } from '../tree.js'
import type { PythonProgram } from '../program.js'
import type { Folded, PyCall, PyNode, PyScope, PySite } from '../types.js'

export type DatabaseUrl = {
  /** The expression with the address itself. */
  readonly node: PyNode
  readonly scope: PyScope
  readonly site: PySite
  readonly pieces: readonly Folded[]
  /** The environment variable that goes before it. */
  readonly env: string | undefined
  /** Which of several configurations holds is not known here. */
  readonly uncertain: boolean
  readonly from: { readonly kind: 'setting'; readonly key: string } | { readonly kind: 'engine'; readonly call: PyCall; readonly argument: PyNode }
}
type Place = { readonly node: PyNode; readonly scope: PyScope }

const engines = /^(sqlalchemy(\.engine(\.create)?|\.ext\.asyncio(\.engine)?)?\.create_(async_)?engine|sqlmodel\.create_engine|dataset\.connect|databases\.Database|records\.Database|cs50\.SQL|playhouse\.db_url\.connect)$/
export const flaskSqlalchemy = /^(flask_sqlalchemy|flask_sqlalchemy_lite|flask_sqlalchemy\.extension)\.SQLAlchemy$/

/** One entry for each address that passes the test, in reached code. */
export function databaseUrls(program: PythonProgram, wanted: (piece: Folded) => boolean): readonly DatabaseUrl[] {
  const found = new Map<PyNode, DatabaseUrl>()
  const add = (top: Place, env: string | undefined, uncertain: boolean, from: DatabaseUrl['from']): void => {
    for (const home of addresses(program, top, wanted, 0)) {
      const site = program.siteOf(home.node, home.scope)
      if (!site || found.has(home.node)) continue
      found.set(home.node, { ...home, site, pieces: program.fold.text(home.node, home.scope).filter(wanted), env, uncertain, from })
    }
  }
  if ([...program.callsMatching(flaskSqlalchemy)].length > 0) {
    const sources = [...activeSettings(program, 'SQLALCHEMY_DATABASE_URI')]
    for (const { source, uncertain } of sources) {
      const others = sources.filter((one) => one.source !== source).flatMap((one) => envNames(program, one.source))
      const site = program.siteOf(source.node, source.scope)
      const elsewhere = site && program.first(site).conditional ? others[0] : undefined
      add(source, envNames(program, source)[0] ?? elsewhere, uncertain, { kind: 'setting', key: 'SQLALCHEMY_DATABASE_URI' })
    }
    for (const { source, uncertain } of activeSettings(program, 'SQLALCHEMY_BINDS'))
      for (const pair of source.node.kind === 'dictionary' ? source.node.children : []) {
        const value = field(pair, 'value')
        if (value) add({ node: value, scope: source.scope }, envNames(program, { node: value, scope: source.scope })[0], uncertain, { kind: 'setting', key: 'SQLALCHEMY_BINDS' })
      }
  }
  for (const call of program.callsMatching(engines)) {
    const argument = call.args[0] ?? call.kwargs.get('url')
    if (argument) add({ node: argument, scope: call.scope }, envNames(program, { node: argument, scope: call.scope })[0], false, { kind: 'engine', call, argument })
  }
  return [...found.values()].filter(({ site }) => !['main', 'build', 'never'].includes(program.first(site).when))
}

/** Names of variables that an expression takes before, or instead of, what is written out. */
export function envNames(program: PythonProgram, { node, scope }: Place): readonly string[] {
  return [...new Set(program.fold.text(node, scope).flatMap((piece) => piece.env ?? []))]
}

/** Values of a setting, without those of test configurations and of classes that are not loaded. */
export function* activeSettings(program: PythonProgram, key: string): Generator<{ readonly source: Place; readonly uncertain: boolean }> {
  const loaded = loadedClasses(program)
  for (const source of program.settings(key)) {
    const name = source.scope.kind === 'class' ? (source.scope.cls?.name ?? '') : ''
    if (source.scope.kind !== 'class') yield { source, uncertain: false }
    else if (!/test/i.test(name) && (loaded === undefined || loaded.has(name))) yield { source, uncertain: loaded === undefined }
  }
}
/** Names of the classes given to `config.from_object`, with their bases; undefined when one can't be told. */
function loadedClasses(program: PythonProgram): ReadonlySet<string> | undefined {
  const names = new Set<string>()
  for (const call of program.callsMatching(/\.config\.from_object$/)) {
    const [arg] = call.args
    if (!arg) continue
    const values = program.values(arg, call.scope)
    const text = program.fold.text(arg, call.scope)
    const known = values.flatMap((value) => (value.kind === 'class' || value.kind === 'object' ? [value.cls] : []))
    for (const cls of known) {
      names.add(cls.name)
      for (const base of cls.bases) names.add(cls.module.text.slice(base.start, base.end).split('.').at(-1) ?? '')
    }
    for (const piece of text) if (piece.base === 'text' && piece.exact) names.add(piece.text.split('.').at(-1) ?? '')
    if (known.length === 0 && !text.some((piece) => piece.base === 'text' && piece.exact) && !values.some((value) => value.kind === 'module')) return undefined
  }
  return names
}

/** Down through names, settings and functions to the expressions that are written out. */
export function* addresses(program: PythonProgram, { node: at, scope }: Place, wanted: (piece: Folded) => boolean, depth = 0): Generator<Place> {
  const node = bare(at)
  if (depth > 8 || !program.fold.text(node, scope).some(wanted)) return
  const next = (all: readonly Place[]): Generator<Place>[] => all.filter((one) => runs(program, one)).map((one) => addresses(program, one, wanted, depth + 1))
  const callee = node.kind === 'call' ? field(node, 'function') : undefined
  const method = callee?.kind === 'attribute' ? field(callee, 'attribute') : undefined
  const object = callee && method && /^(replace|strip|rstrip|lower)$/.test(scope.module.text.slice(method.start, method.end)) ? field(callee, 'object') : undefined
  // `url.replace(…)`: the address is where `url` got it.
  if (object && object.kind === 'identifier') return yield* addresses(program, { node: object, scope }, wanted, depth + 1)
  const key = settingKey(program, node, scope)
  const inner = key !== undefined ? program.settings(key) : node.kind === 'identifier' || node.kind === 'attribute' ? program.definitions(node, scope) : node.kind === 'call' ? returned(program, node, scope) : []
  if (inner.length === 0) return yield { node, scope }
  // `DATABASE_URL: str = Field("sqlite://…")`: the address is the default.
  const written = inner.map((one) => ({ node: settingAt(program, one.node, one.scope)?.fallback ?? one.node, scope: one.scope }))
  for (const each of next(written)) yield* each
}
function returned(program: PythonProgram, node: PyNode, scope: PyScope): readonly Place[] {
  const callee = field(node, 'function')
  return (callee ? program.values(callee, scope) : []).flatMap((value) =>
    value.kind !== 'function' || value.fn.isLambda ? [] : [...walk(value.fn.body, (child) => child.kind !== 'function_definition')].flatMap((child) => (child.kind === 'return_statement' && child.children[0] ? [{ node: child.children[0], scope: value.fn.scope }] : [])))
}
const assignments = new WeakMap<PythonProgram, ReadonlySet<PyNode>>()
/** Its assignment is in a branch that the host runs. */
function runs(program: PythonProgram, { node }: Place): boolean {
  let reached = assignments.get(program)
  if (!reached) assignments.set(program, (reached = new Set([...program.sites('assignment')].map((site) => site.node))))
  const own = node.parent?.kind === 'assignment' ? node.parent : undefined
  return own === undefined || reached.has(own) || ancestor(own, 'function_definition', 'class_definition') !== undefined
}

export type Sqlite = { readonly file: string; readonly where: 'temp' | 'relative' | 'absolute' | 'unknown' }
/** The file of an SQLite address; undefined for other databases, memory and read-only ones. */
export function sqliteOf(text: string): Sqlite | undefined {
  const match = /^sqlite(?:\+(\w+))?:\/\/(?:\/(.*))?$/s.exec(text)
  if (!match || match[1] === 'libsql') return undefined
  const file = match[2] ?? ''
  if (file === '' || file.startsWith(':memory:') || /mode=(memory|ro)\b|immutable=1/.test(file)) return undefined
  if (/^\/(var\/)?tmp(\/|$)/.test(file)) return { file, where: 'temp' }
  if (file.startsWith('/') || /^[A-Za-z]:/.test(file)) return { file, where: 'absolute' }
  return { file, where: file.startsWith('\0') ? 'unknown' : 'relative' }
}
/** Relative to the framework's own idea of a folder: nothing in the expression is a path from `__file__`, the temp folder or a variable. */
export function isWrittenRelative(program: PythonProgram, url: DatabaseUrl): boolean {
  if (!url.pieces.some((piece) => sqliteOf(piece.text)?.where === 'relative')) return false
  return [...walk(url.node)].every((node) => !['identifier', 'attribute', 'call'].includes(node.kind) || node.field === 'attribute' || node.field === 'function' || node === url.node || program.fold.path(node, url.scope).every((place) => place.base === 'unknown' || place.base === 'cwd'))
}
/** The file for people, without what leads to it. */
export function sqliteName(url: DatabaseUrl): Path {
  const file = url.pieces.map((piece) => sqliteOf(piece.text)?.file).find((name) => name !== undefined) ?? ''
  return file.replaceAll('\0', '…').split('?')[0] ?? file
}
