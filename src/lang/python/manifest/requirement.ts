/** One requirement line (PEP 508 and what pip adds), and pip's requirements files. */
import type { Path, Range } from '../../../types.js'

export type Requirement = {
  /** PEP 503: lower case, '-' between words. */
  readonly name: string
  /** As written, without comment, hashes and line continuations. */
  readonly raw: string
  /** '==2.3.3', '>=2,<3', '' when anything goes. */
  readonly specifier: string
  readonly extras: readonly string[]
  /** The environment marker, without its ';'. */
  readonly marker: string | undefined
  /** A direct reference: 'git+https://…', 'file:///…', './lib/foo'. */
  readonly url: string | undefined
  readonly editable: boolean
  readonly file: Path
  readonly range: Range
  readonly line: number
}

/** A line of a requirements file that is not one requirement. */
export type OddLine = { readonly file: Path; readonly range: Range; readonly line: number; readonly text: string } & (
  | { readonly kind: 'include' | 'constraint'; readonly target: Path | undefined }
  | { readonly kind: 'option' }
  /** Nothing that pip or uv would read. */
  | { readonly kind: 'unreadable' }
  /** A direct reference without a name: pip finds the name by fetching it. */
  | { readonly kind: 'unnamed'; readonly url: string; readonly editable: boolean }
)
export type ParsedRequirements = { readonly requirements: readonly Requirement[]; readonly odd: readonly OddLine[] }

/** PEP 503's one spelling of a distribution's name. */
export function normalizeName(name: string): string {
  return name.replace(/[-_.]+/g, '-').toLowerCase()
}

const shape = /^([A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?)\s*(?:\[([^\]]*)\])?\s*(.*)$/s
const clause = /^(?:===|~=|==|!=|<=|>=|<|>)\s*[A-Za-z0-9.*+!_-]+$/
const urlLike = /^(?:[a-z][a-z0-9+.-]*:\/\/|git\+|hg\+|svn\+|bzr\+|\.{1,2}[\\/]|[\\/]|[A-Za-z]:[\\/])/i

export type RequirementText = Pick<Requirement, 'name' | 'specifier' | 'extras' | 'marker' | 'url'>

/** Reads `name[extra] >=1 ; marker` or `name @ url`; undefined when it is neither. */
export function parseRequirement(text: string): RequirementText | undefined {
  const match = shape.exec(text.trim())
  if (!match) return undefined
  const [, name = '', extraText, tail = ''] = match
  const extras = (extraText ?? '').split(',').map((extra) => normalizeName(extra.trim())).filter((extra) => extra !== '')
  const base = { name: normalizeName(name), extras }
  if (tail.startsWith('@')) {
    // A marker after a URL needs a space before its ';'.
    const [url = '', marker] = tail.slice(1).trim().split(/\s+;\s*/, 2)
    return url === '' || /\s/.test(url) ? undefined : { ...base, specifier: '', url, marker: marker?.trim() }
  }
  const semicolon = tail.indexOf(';')
  const specifier = (semicolon === -1 ? tail : tail.slice(0, semicolon)).trim().replace(/^\((.*)\)$/s, '$1').trim()
  const marker = semicolon === -1 ? undefined : tail.slice(semicolon + 1).trim()
  if (marker === '') return undefined
  const clauses = specifier === '' ? [] : specifier.split(',').map((part) => part.trim()).filter((part) => part !== '')
  if (!clauses.every((part) => clause.test(part))) return undefined
  return { ...base, specifier: clauses.map((part) => part.replace(/\s+/g, '')).join(','), url: undefined, marker }
}

/** The version of an exact pin ('==2.3.3', '===1', no wildcard). */
export function pinnedVersion({ specifier }: Pick<Requirement, 'specifier'>): string | undefined {
  return /^={2,3}([A-Za-z0-9.+!_-]+)$/.exec(specifier)?.[1]
}

/** Compares release numbers; pre-release and local parts are left out. */
export function compareVersions(a: string, b: string): number {
  const numbers = (version: string): readonly number[] => (/^v?(\d+(?:\.\d+)*)/.exec(version)?.[1] ?? '0').split('.').map(Number)
  const [left, right] = [numbers(a), numbers(b)]
  for (let at = 0; at < Math.max(left.length, right.length); at++) {
    const difference = (left[at] ?? 0) - (right[at] ?? 0)
    if (difference !== 0) return difference
  }
  return 0
}

/** The lines of a pip requirements file. `resolve` turns an included path into a repo path, if the file is in the repo. */
export function parseRequirementsTxt(text: string, file: Path, resolve: (target: string) => Path | undefined): ParsedRequirements {
  const requirements: Requirement[] = []
  const odd: OddLine[] = []
  for (const { content, range, line } of logicalLines(text)) {
    const place = { file, range, line }
    const option = /^(-r|--requirement|-c|--constraint)(?:\s+|=|(?=\S))(.+)$/.exec(content)
    if (option) {
      odd.push({ ...place, text: content, kind: option[1] === '-r' || option[1] === '--requirement' ? 'include' : 'constraint', target: resolve((option[2] ?? '').trim()) })
      continue
    }
    const editable = /^(?:-e|--editable)(?:\s+|=)(.+)$/.exec(content)
    if (!editable && content.startsWith('-')) {
      odd.push({ ...place, text: content, kind: 'option' })
      continue
    }
    const body = (editable?.[1] ?? content).replace(/\s+--(?:hash|global-option|config-settings|install-option)(?:=|\s+)\S+/g, '').trim()
    const parsed = urlLike.test(body) || /\.(?:whl|zip|tar\.gz)$/i.test(body) ? undefined : parseRequirement(body)
    if (parsed) {
      requirements.push({ ...parsed, ...place, raw: body, editable: editable !== null })
      continue
    }
    const egg = /[#&]egg=([A-Za-z0-9._-]+)/.exec(body)?.[1]
    const isUrl = urlLike.test(body) || /\.(?:whl|zip|tar\.gz)$/i.test(body) || editable !== null
    if (isUrl && egg !== undefined) requirements.push({ ...place, name: normalizeName(egg), raw: body, specifier: '', extras: [], marker: undefined, url: body, editable: editable !== null })
    if (isUrl) odd.push({ ...place, text: content, kind: 'unnamed', url: body, editable: editable !== null })
    else odd.push({ ...place, text: content, kind: 'unreadable' })
  }
  return { requirements, odd }
}

/** Lines with their continuations joined and comments dropped; ranges cover the text without leading and trailing blanks. */
function* logicalLines(text: string): Generator<{ readonly content: string; readonly range: Range; readonly line: number }> {
  let joined = ''
  let start = 0
  let first = 0
  let number = 0
  for (const match of text.matchAll(/([^\r\n]*)(\r\n|\r|\n|$)/g)) {
    number++
    const raw = match[1] ?? ''
    const at = match.index
    const continued = /\\$/.test(raw) && !/^\s*#/.test(raw)
    const code = (continued ? raw.slice(0, -1) : raw).replace(/(^|\s)#.*$/, '$1')
    if (joined.trim() === '') {
      start = at + (code.length - code.trimStart().length)
      first = number
      joined = ''
    }
    joined += continued ? `${code} ` : code
    if (continued) continue
    const content = joined.trim().replace(/\s+/g, ' ')
    if (content !== '') yield { content, range: { start, end: at + code.trimEnd().length }, line: first }
    joined = ''
    if (match[2] === '') break
  }
}
