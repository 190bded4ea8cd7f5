/** Dependencies in TOML and INI manifests and in lock files. Values are read by a parser; their places are found in the text. */
import { parse } from 'smol-toml'
import type { Path, Range } from '../../../types.js'
import { lineColumn } from '../../../edits.js'
import { normalizeName, parseRequirement, type Requirement } from './requirement.js'
import type { Manifest } from './manifest.js'

type Table = Readonly<Record<string, unknown>>
type Parsed = Pick<Manifest, 'requirements' | 'optional' | 'elsewhere' | 'declares' | 'python' | 'broken'>

const isTable = (value: unknown): value is Table => typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Date)
const tableAt = (table: Table, ...keys: readonly string[]): Table => keys.reduce<Table>((at, key) => (isTable(at[key]) ? at[key] : {}), table)
const stringsIn = (value: unknown): readonly string[] => (Array.isArray(value) ? value.filter((item): item is string => typeof item === 'string') : [])

function readToml(text: string): Table | string {
  try {
    return parse(text)
  } catch (error) {
    if (!(error instanceof Error)) throw error
    return error.message.split('\n')[0] ?? 'it is not TOML'
  }
}
const unreadable = (broken: string): Parsed => ({ requirements: [], optional: [], elsewhere: [], declares: false, python: undefined, broken })

export function parsePyproject(text: string, file: Path): Parsed {
  const data = readToml(text)
  if (typeof data === 'string') return unreadable(data)
  const project = tableAt(data, 'project')
  const place = finder(text, file)
  const plain = (lines: readonly string[]): Requirement[] => lines.flatMap((line) => fromLine(line, place) ?? [])
  const optional = Object.values({ ...tableAt(project, 'optional-dependencies'), ...tableAt(data, 'dependency-groups') }).flatMap((group) => plain(stringsIn(group)))
  const poetry = tableAt(data, 'tool', 'poetry')
  const poetryDev = [tableAt(poetry, 'dev-dependencies'), ...Object.values(tableAt(poetry, 'group')).map((group) => (isTable(group) ? tableAt(group, 'dependencies') : {}))]
  const uvDev = stringsIn(tableAt(data, 'tool', 'uv')['dev-dependencies'])
  const python = project['requires-python'] ?? tableAt(poetry, 'dependencies')['python']
  return {
    requirements: plain(stringsIn(project['dependencies'])),
    optional: [...optional, ...plain(uvDev), ...poetryDev.flatMap((table) => fromTable(table, place))],
    elsewhere: fromTable(tableAt(poetry, 'dependencies'), place),
    declares: Array.isArray(project['dependencies']),
    python: typeof python === 'string' ? { text: python, ...place.quoted(python) } : undefined,
    broken: undefined,
  }
}

export function parsePipfile(text: string, file: Path): Parsed {
  const data = readToml(text)
  if (typeof data === 'string') return unreadable(data)
  const place = finder(text, file)
  const requires = tableAt(data, 'requires')
  const python = requires['python_full_version'] ?? requires['python_version']
  return {
    requirements: fromTable(tableAt(data, 'packages'), place),
    optional: fromTable(tableAt(data, 'dev-packages'), place),
    elsewhere: [],
    declares: isTable(data['packages']),
    python: typeof python === 'string' ? { text: python, ...place.quoted(python) } : undefined,
    broken: undefined,
  }
}

/** `install_requires` of setup.cfg. */
export function parseSetupCfg(text: string, file: Path): readonly Requirement[] {
  const place = finder(text, file)
  const block = /^install_requires\s*=([^\n]*(?:\r?\n[ \t]+[^\n]*)*)/m.exec(text)?.[1] ?? ''
  return block.split(/\r?\n/).flatMap((line) => fromLine(line.trim(), place) ?? [])
}

/** Names and versions of a lock file. */
export function parseLock(text: string, name: string): ReadonlyMap<string, string> {
  const versions = new Map<string, string>()
  if (name === 'Pipfile.lock') {
    for (const [, dist = '', version = ''] of text.matchAll(/"([A-Za-z0-9._-]+)": \{(?:[^{}]|\{[^{}]*\})*?"version": "==([^"]+)"/g)) versions.set(normalizeName(dist), version)
    return versions
  }
  for (const [, dist = '', version = ''] of text.matchAll(/^\[\[packages?\]\]\s*\r?\nname = "([^"]+)"\s*\r?\nversion = "([^"]+)"/gm)) versions.set(normalizeName(dist), version)
  return versions
}

type Place = { readonly range: Range; readonly line: number }
type Finder = { quoted(value: string): Place; key(name: string): Place; readonly file: Path }

/** Where values stand. TOML parsers give no places, but a dependency's text is rarely written twice: the first place counts. */
function finder(text: string, file: Path): Finder {
  const at = (start: number, length: number): Place => (start === -1 ? { range: { start: 0, end: 0 }, line: 1 } : { range: { start, end: start + length }, line: lineColumn(text, start).line })
  return {
    file,
    quoted: (value) => {
      for (const quote of ['"', "'"]) {
        const found = text.indexOf(quote + value + quote)
        if (found !== -1) return at(found + 1, value.length)
      }
      return at(text.indexOf(value), value.length)
    },
    key: (name) => {
      const found = new RegExp(`^[ \\t]*["']?${name.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}["']?[ \\t]*=[^\\r\\n]*`, 'm').exec(text)
      return found ? at(found.index, found[0].length) : at(-1, 0)
    },
  }
}

function fromLine(line: string, place: Finder): Requirement | undefined {
  const parsed = parseRequirement(line)
  return parsed && { ...parsed, raw: line, editable: false, file: place.file, ...place.quoted(line) }
}

/** Poetry's and Pipfile's `name = "^1.2"` or `name = {version = …, extras = […]}`. */
function fromTable(table: Table, place: Finder): Requirement[] {
  return Object.entries(table).flatMap(([key, value]) => {
    if (normalizeName(key) === 'python') return []
    const detail = isTable(value) ? value : { version: value }
    const version = typeof detail['version'] === 'string' ? detail['version'] : ''
    const url = ['git', 'url', 'path', 'file'].map((word) => detail[word]).find((word): word is string => typeof word === 'string')
    const marker = typeof detail['markers'] === 'string' ? detail['markers'] : undefined
    return [{ name: normalizeName(key), raw: `${key} ${version}`.trim(), specifier: pep440(version), extras: stringsIn(detail['extras']).map(normalizeName), marker, url, editable: detail['editable'] === true, file: place.file, ...place.key(key) }]
  })
}

/** A version constraint of poetry ('^1.2.3', '~1.2', '1.2.*', '1.2') as PEP 440 says it; '' for '*'. */
export function pep440(constraint: string): string {
  return constraint
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '' && part !== '*')
    .map((part) => {
      const [, operator = '', version = ''] = /^(\^|~(?!=)|[<>=!~]*)\s*(.*)$/.exec(part) ?? []
      const numbers = version.split('.').map((number) => Number.parseInt(number, 10) || 0)
      if (operator === '^') {
        const first = numbers.findIndex((number) => number > 0)
        const at = first === -1 ? numbers.length - 1 : first
        return `>=${version},<${[...numbers.slice(0, at), (numbers[at] ?? 0) + 1].join('.')}`
      }
      if (operator === '~') return `>=${version},<${numbers.length === 1 ? (numbers[0] ?? 0) + 1 : `${numbers[0] ?? 0}.${(numbers[1] ?? 0) + 1}`}`
      return operator === '' || operator === '=' ? `==${version}` : `${operator}${version}`
    })
    .join(',')
}
