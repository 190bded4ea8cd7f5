import type { Answer } from '../io/cell.js'

const replacements: readonly (readonly [RegExp, string])[] = [
  // Tokens first: their text may hold what looks like a date or a number.
  [/(name=["']?[\w-]*(?:csrf|xsrf|authenticity)[\w-]*["']?[^>]*?\b(?:value|content)=["'])[^"']*/gi, '$1<token>'],
  [/(\b(?:value|content)=["'])[^"']*(["'][^>]*\bname=["']?[\w-]*(?:csrf|xsrf)[\w-]*)/gi, '$1<token>$2'],
  [/("[\w-]*(?:csrf|xsrf|nonce|token)[\w-]*"\s*:\s*")[^"]*/gi, '$1<token>'],
  [/(\bnonce=["']?)[\w+/=-]+/gi, '$1<nonce>'],
  [/\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b/gi, '<uuid>'],
  [/\b(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]*,? \d{1,2}[ -](?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]*[ -]\d{2,4}(?: \d\d:\d\d(?::\d\d)?(?: [A-Z]{3})?)?/g, '<date>'],
  [/\b\d{4}-\d\d-\d\d(?:(?:T|\s|%20|\+)\d\d:\d\d(?::\d\d(?:[.,]\d+)?)?(?:Z|\s?[+-]\d\d:?\d\d)?)?/g, '<date>'],
  [/\b\d{1,2}[/.]\d{1,2}[/.]\d{4}\b/g, '<date>'],
  [/\b\d{1,2}:\d\d(?::\d\d(?:\.\d+)?)?(?:\s?[AP]M)?\b/gi, '<time>'],
  [/\b1[5-9]\d{8}(?:\d{3}|\d{6}|\.\d+)?\b/g, '<epoch>'],
  [/\b(?:localhost|127\.0\.0\.1):\d{2,5}\b/g, '<host>'],
  [/\/[^\s"'<>]*to-serverless-cell-\w+\/(?:task|tmp)/g, '<root>'],
  [/\b0x[0-9a-f]{6,16}\b/gi, '<address>'],
  [/\b[0-9a-f]{32,}\b/gi, '<hex>'],
]

/** A body without what differs between two runs of the same program: dates, tokens, ids, ports, addresses, folders. */
export function normalised(body: string): string {
  return replacements.reduce((text, [pattern, instead]) => text.replace(pattern, instead), body)
}

/** An error page for developers holds settings and places, and is meant to be another one in production. */
function isDebugPage({ status, body }: Answer): boolean {
  return status >= 400 && /you have <code>DEBUG = True<\/code>/.test(body)
}

/** What is different between two answers, in one phrase; undefined when nothing is that matters. */
export function difference(before: Answer, after: Answer): string | undefined {
  if (before.status !== after.status) return `status ${before.status} before, ${after.status} after`
  if (before.status >= 500 || isDebugPage(before)) return undefined
  for (const name of ['content-type', 'location']) {
    const [was, is] = [before, after].map((answer) => normalised(answer.headers[name] ?? ''))
    if (was !== is) return `${name} was "${was}" and is "${is}"`
  }
  const [was = [], is = []] = [before, after].map((answer) => normalised(answer.body).split('\n'))
  const at = was.findIndex((line, index) => line !== is[index])
  if (at < 0 && was.length === is.length) return undefined
  const line = at < 0 ? was.length : at
  return `the body differs from line ${line + 1}: "${excerpt(was[line], is[line])}" before, "${excerpt(is[line], was[line])}" after`
}

/** The part of a line around the place where it leaves the other. */
function excerpt(line = '', other = ''): string {
  let same = 0
  while (same < line.length && line[same] === other[same]) same++
  const from = same < 30 ? 0 : same - 20
  const part = line.slice(from, from + 70).trim()
  return `${from > 0 ? '…' : ''}${part}${from + 70 < line.length ? '…' : ''}`
}
