/** Tasks that Vercel's own queue carries: `[[tool.vercel.subscribers]]` in pyproject.toml (CLI 64.0.2; needs the dependencies in that file). */
import { parse } from 'smol-toml'
import { eolOf } from '../../src/edits.js'
import type { Need } from '../../src/types.js'

type Queue = Extract<Need, { readonly kind: 'queue' }>
type Table = Readonly<Record<string, unknown>>
const tableOf = (data: unknown, key: string): Table => {
  const value = typeof data === 'object' && data !== null ? (data as Table)[key] : undefined
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Table) : {}
}

/** What `vercel` in the target says it carries. */
export const carried: readonly string[] = ['celery', 'dramatiq', 'django-tasks']

/** pyproject.toml with a subscriber for each queue, or the same text and what a person has to do. */
export function withSubscribers(text: string | undefined, needs: readonly Need[], isPreset: boolean): { readonly text: string | undefined; readonly steps: readonly string[] } {
  const wanted = needs.filter((need): need is Queue => need.kind === 'queue')
  if (wanted.length === 0) return { text, steps: [] }
  const data: unknown = text === undefined ? {} : parse(text)
  const there = tableOf(tableOf(data, 'tool'), 'vercel')['subscribers']
  const own = Array.isArray(there) ? there.map((one: unknown) => tableOf({ one }, 'one')['entrypoint']) : []
  const missing = wanted.filter(({ entrypoint }) => !own.includes(entrypoint))
  if (missing.length === 0) return { text, steps: [] }
  const depends = tableOf(data, 'project')['dependencies']
  const tables = missing.map(({ entrypoint }) => ['[[tool.vercel.subscribers]]', `entrypoint = ${JSON.stringify(entrypoint)}`])
  const inline = Array.isArray(there) && !/^\[\[tool\.vercel\.subscribers\]\]/m.test(text ?? '')
  if (text !== undefined && isPreset && !inline && Array.isArray(depends) && depends.length > 0) {
    const eol = eolOf(text)
    const open = /[\r\n]$/.test(text) || text === '' ? '' : eol
    return { text: text + open + tables.map((lines) => eol + lines.map((line) => line + eol).join('')).join(''), steps: [] }
  }
  return { text, steps: missing.map(({ library, entrypoint }) => `For Vercel's queue to carry the tasks of ${library}, list the dependencies in [project] of pyproject.toml and add there: [[tool.vercel.subscribers]] entrypoint = "${entrypoint}".`) }
}
