/** Do two answers say the same? Differences that lie in the moment or the instance are no differences. */
import type { Answer } from '../oracle/http.js'
import type { Changed, Route } from './fixture.js'

const VOLATILE: readonly [RegExp, string][] = [
  [/\b\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(:\d{2}(\.\d+)?)?/g, '<moment>'],
  [/\b\d{2}:\d{2}(:\d{2})?\b/g, '<time>'],
  [/\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b/g, '<uuid>'],
  [/\b[0-9a-f]{24}\b/g, '<object id>'],
  [/(name="csrfmiddlewaretoken" value=")[^"]*/g, '$1<token>'],
  [/(name="csrf_token"[^>]* value=")[^"]*/g, '$1<token>'],
]
/** The platform speaks https where the local start speaks http; a framework that builds whole addresses says so. */
const OWN_ADDRESS = /https?:\/\/app\.example(?=[/"'\s]|$)/g
/** JSON without its layout: Flask indents it in debug mode. */
function body(answer: Answer, parsed: (value: unknown) => unknown = (value) => value): string {
  if (answer.type !== 'application/json') return answer.body
  try {
    return JSON.stringify(parsed(JSON.parse(answer.body)))
  } catch {
    return answer.body
  }
}
/** An object's keys have no order that a client may rely on, and another version of a package gives them in another. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, inner]) => [key, sorted(inner)]))
}
const plain = (answer: Answer): string => VOLATILE.reduce((text, [pattern, word]) => text.replace(pattern, word), body(answer, sorted).replace(OWN_ADDRESS, ''))
/** Two names of one thing: Express 4 and the edge do not say the same. */
const TYPES: Readonly<Record<string, string>> = { 'application/javascript': 'text/javascript', 'image/vnd.microsoft.icon': 'image/x-icon' }
const kind = ({ type }: Answer): string => TYPES[type] ?? type
const leads = ({ location }: Answer): string | undefined => location?.replace(OWN_ADDRESS, '')
const named = (route: Route): string => `${route.method ?? 'GET'} ${route.path}`

/** The answers of the app against what its fixture says. */
export function againstLabels(routes: readonly Route[], answers: readonly Answer[]): readonly string[] {
  return routes.flatMap((route, index) => {
    const answer = answers[index]
    if (answer === undefined) return [`${named(route)}: no answer`]
    if (answer.status !== route.status) return [`${named(route)}: ${answer.status} instead of ${route.status}`]
    return route.contains !== undefined && !body(answer).includes(route.contains) ? [`${named(route)}: the body lacks ${JSON.stringify(route.contains)}`] : []
  })
}

/** The answers after against those before, route by route; those listed as changed must really have changed, in the way listed. */
export function againstBefore(routes: readonly Route[], before: readonly Answer[], after: readonly Answer[], changed: readonly Changed[] = []): readonly string[] {
  const used = new Set<Changed>()
  const problems = routes.flatMap((route, index) => {
    const [old, now] = [before[index], after[index]]
    if (old === undefined || now === undefined) return [`${named(route)}: no answer`]
    const difference = differs(route, old, now)
    const listed = changed.find((item) => item.path === route.path && (item.method ?? 'GET') === (route.method ?? 'GET'))
    if (listed === undefined) return difference === undefined ? [] : [`${named(route)}: ${difference}`]
    if (difference === undefined) return []
    used.add(listed)
    return listed.status !== undefined && now.status !== listed.status ? [`${named(route)}: ${now.status}, but the fixture expects it to change to ${listed.status}`] : []
  })
  const stale = changed.filter((item) => !used.has(item)).map((item) => `${item.method ?? 'GET'} ${item.path} is listed as changed but answers as before`)
  return [...problems, ...stale]
}

function differs(route: Route, old: Answer, now: Answer): string | undefined {
  if (old.status !== now.status) return `${now.status} instead of ${old.status}`
  if (kind(old) !== kind(now)) return `${now.type} instead of ${old.type}`
  if (leads(old) !== leads(now)) return `leads to ${now.location ?? 'nowhere'} instead of ${old.location ?? 'nowhere'}`
  if (route.volatile === true) return route.contains === undefined || body(now).includes(route.contains) ? undefined : `the body lacks ${JSON.stringify(route.contains)}`
  if (plain(old) === plain(now)) return undefined
  return `the body differs: ${JSON.stringify(now.body.slice(0, 160))} instead of ${JSON.stringify(old.body.slice(0, 160))}`
}
