/** pyproject.toml changed as text, so that comments and order stay; each result is parsed to prove that only the meant key differs. */
import { parse } from 'smol-toml'
import { eolOf } from '../../src/edits.js'
import { UserError } from '../../src/errors.js'

type Table = Readonly<Record<string, unknown>>
const isTable = (value: unknown): value is Table => typeof value === 'object' && value !== null && !Array.isArray(value)
const tableOf = (data: Table, ...keys: readonly string[]): Table => keys.reduce<Table>((at, key) => (isTable(at[key]) ? at[key] : {}), data)

/** The text with these requirements at the end of `[project] dependencies`, which must be there. */
export function withDependencies(text: string, lines: readonly string[]): string {
  if (lines.length === 0) return text
  const eol = eolOf(text)
  const array = dependencyArray(text)
  if (!array) throw byHand()
  const inner = text.slice(array.start, array.end)
  const quoted = lines.map(line => JSON.stringify(line))
  const last = lastItemEnd(inner)
  const multiline = inner.includes('\n')
  const indent = /\n([ \t]+)["']/.exec(inner)?.[1] ?? '    '
  const hasComma = /^\s*(?:#[^\n]*\s*)*,/.test(inner.slice(last))
  const at = array.start + last + (hasComma ? inner.slice(last).indexOf(',') + 1 : 0)
  const lead = last === 0 || hasComma ? '' : ','
  const added = multiline ? quoted.map(item => `${eol}${indent}${item}`).join(',') + (hasComma ? ',' : '') : `${last === 0 ? '' : ' '}${quoted.join(', ')}`
  const after = text.slice(0, at) + lead + added + text.slice(at)
  prove(text, after, data => ({ ...data, project: { ...tableOf(data, 'project'), dependencies: [...((tableOf(data, 'project')['dependencies'] as readonly unknown[] | undefined) ?? []), ...lines] } }))
  return after
}

function byHand(): UserError {
  return new UserError('[project] dependencies in pyproject.toml could not be changed safely.', 3, 'Write it as a plain list of strings, then run again.')
}

function prove(before: string, after: string, expected: (data: Table) => Table): void {
  if (JSON.stringify(parse(after)) !== JSON.stringify(expected(parse(before)))) throw byHand()
}

/** Between the brackets of `[project] dependencies`. Strings and comments are stepped over. */
function dependencyArray(text: string): { readonly start: number; readonly end: number } | undefined {
  const table = /^\[project\][ \t]*(?:#[^\n]*)?$/m.exec(text)
  if (!table) return undefined
  const from = table.index + table[0].length
  const next = /^\[/m.exec(text.slice(from))
  const key = /^dependencies[ \t]*=[ \t]*\[/m.exec(text.slice(from))
  if (!key || (next && key.index > next.index)) return undefined
  const start = from + key.index + key[0].length
  for (const token of tokens(text, start)) if (token.kind === ']') return { start, end: token.start }
  return undefined
}

function* tokens(text: string, from: number): Generator<{ readonly kind: 'string' | ']'; readonly start: number; readonly end: number }> {
  const pattern = /"(?:[^"\\\n]|\\.)*"|'[^'\n]*'|#[^\n]*|\]/g
  pattern.lastIndex = from
  for (let match = pattern.exec(text); match; match = pattern.exec(text)) {
    if (match[0].startsWith('#')) continue
    yield { kind: match[0] === ']' ? ']' : 'string', start: match.index, end: match.index + match[0].length }
  }
}

function lastItemEnd(inner: string): number {
  let end = 0
  for (const token of tokens(inner, 0)) end = token.end
  return end
}

export type ProjectTable = { readonly name: string; readonly dependencies: readonly string[]; /** PEP 440, or ''. */ readonly python: string }

/**
 * The text with a `[project]` table (or the one there completed). uv builds the project itself where a build backend is named, which
 * fails for an app that is no package, hence `[tool.uv] package = false`.
 */
export function withProject(text: string, wanted: ProjectTable): string {
  const data: Table = parse(text)
  const eol = eolOf(text)
  const project = tableOf(data, 'project')
  const poetry = tableOf(data, 'tool', 'poetry')
  const dynamic = Array.isArray(project['dynamic']) ? project['dynamic'] : []
  if (dynamic.includes('dependencies')) throw new UserError('pyproject.toml declares its dependencies as dynamic, and Vercel then installs none.', 3, 'List them in [project] dependencies, then run again.')
  const list = wanted.dependencies.length === 0 ? ['dependencies = []'] : ['dependencies = [', ...wanted.dependencies.map(item => `    ${JSON.stringify(item)},`), ']']
  const table = /^\[project\][ \t]*(?:#[^\n]*)?(?=\r?$)/m.exec(text)
  let after: string
  if (table) {
    const at = table.index + table[0].length
    after = text.slice(0, at) + list.map(line => eol + line).join('') + text.slice(at)
  } else {
    const name = packageName(typeof poetry['name'] === 'string' ? poetry['name'] : wanted.name)
    const version = typeof poetry['version'] === 'string' ? poetry['version'] : '0.1.0'
    const lines = ['[project]', `name = ${JSON.stringify(name)}`, `version = ${JSON.stringify(version)}`, ...(wanted.python === '' ? [] : [`requires-python = ${JSON.stringify(wanted.python)}`]), ...list]
    after = `${lines.join(eol)}${eol}${text.trim() === '' ? '' : eol}${text}`
  }
  const uv = tableOf(data, 'tool', 'uv')
  if (isTable(data['build-system']) && uv['package'] === undefined) after = withUvPackage(after, eol)
  parse(after)
  return after
}

/** Poetry takes any name where nothing is packaged; in [project] it has to be one that installers accept. */
function packageName(name: string): string {
  const plain = name.replace(/[^\w.-]+/g, '-').replace(/^[^a-z\d]+|[^a-z\d]+$/gi, '')
  return plain === name ? name : plain.toLowerCase() || 'app'
}

function withUvPackage(text: string, eol: string): string {
  const table = /^\[tool\.uv\][ \t]*(?:#[^\n]*)?(?=\r?$)/m.exec(text)
  if (table) return `${text.slice(0, table.index + table[0].length)}${eol}package = false${text.slice(table.index + table[0].length)}`
  return `${text}${/[\r\n]$/.test(text) ? '' : eol}${eol}[tool.uv]${eol}package = false${eol}`
}

/** The text with `[tool.vercel] entrypoint`. */
export function withEntrypoint(text: string, entrypoint: string): string {
  const eol = eolOf(text)
  const table = /^\[tool\.vercel\][ \t]*(?:#[^\n]*)?(?=\r?$)/m.exec(text)
  const line = `entrypoint = ${JSON.stringify(entrypoint)}`
  const after = table
    ? `${text.slice(0, table.index + table[0].length)}${eol}${line}${text.slice(table.index + table[0].length)}`
    : `${text}${/[\r\n]$/.test(text) ? '' : eol}${eol}[tool.vercel]${eol}${line}${eol}`
  parse(after)
  return after
}

/** Does setuptools guess the packages, so that a new top-level folder makes it give up? */
export function guessedPackages(text: string): boolean {
  const data: Table = parse(text)
  const backend = tableOf(data, 'build-system')['build-backend']
  return typeof backend === 'string' && backend.startsWith('setuptools') && !isTable(tableOf(data, 'tool')['setuptools'])
}

/** The text with setuptools told which packages are the project's. */
export function withPackages(text: string, packages: readonly string[]): string {
  const eol = eolOf(text)
  const after = `${text}${/[\r\n]$/.test(text) ? '' : eol}${eol}[tool.setuptools.packages.find]${eol}include = [${packages.map(name => JSON.stringify(`${name}*`)).join(', ')}]${eol}`
  parse(after)
  return after
}
