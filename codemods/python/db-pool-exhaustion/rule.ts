import type { Change, Problem, PythonProgram, Remedy, Rule, RuleContext, Severity } from '../../../src/types.js'
import { insertAt, replaceNode } from '../../../src/lang/python/edit.js'
import { databaseClients, engineSettings, isKept, isSqliteByDefault, poolsConnections, type DatabaseClient } from '../../../src/lang/python/storage/clients.js'
import { severityFor, surestRun } from '../../../src/lang/python/severity.js'
import { literalText, type PyNode } from '../../../src/lang/python/program.js'

/** Connections that one instance may hold: more than these few are many, as there are many instances. */
const few = 5

export const dbPoolExhaustion = {
  id: 'db-pool-exhaustion',
  title: 'Database pool sized for one server',
  hazard: 'module-level-io',
  language: 'python',
  assumes: 'shared-memory',
  severity: 'breaks',
  *check(program: PythonProgram, context: RuleContext): Generator<Problem> {
    for (const client of databaseClients(program, 'engine', 'pool', 'client')) {
      const size = sizeOf(program, client)
      // One made for each request is db-connect-not-cached's matter.
      if (!size || !isKept(program, client.call)) continue
      const { call, what } = client
      const run = surestRun(call)
      if (run.when === 'never' || run.when === 'main' || run.when === 'build') continue
      yield {
        path: call.module.path,
        range: { start: call.node.start, end: call.node.end },
        when: run.when,
        trace: program.trace(call, `${what}() keeps a pool`, run),
        severity: isSqliteByDefault(program, client) && client.kind === 'engine' ? 'advice' : severityFor(run, size.severity),
        message: `${what}() ${size.text}. The host runs many instances, each with a pool of its own, and together they use up the connections that the database allows ("too many connections"). Keep the pool small, and use the address of the provider's pooler.`,
        remedy: remedyOf(program, client, context),
      }
    }
  },
} satisfies Rule

type Size = { readonly text: string; readonly severity: Severity }

function sizeOf(program: PythonProgram, client: DatabaseClient): Size | undefined {
  const { call, kind } = client
  const number = (name: string, index?: number): number | undefined => {
    const node = call.kwargs.get(name) ?? (index === undefined ? undefined : call.args[index])
    const value = node && program.values(node, call.scope).find((one) => one.kind === 'literal' && typeof one.value === 'number')
    return value?.kind === 'literal' ? Number(value.value) : undefined
  }
  if (call.spread) return undefined
  if (kind === 'engine') {
    if (!engineSettings(client) || !poolsConnections(program, client)) return undefined
    const [size, more] = [number('pool_size'), number('max_overflow')]
    if (call.kwargs.has('pool_size') && size === undefined) return undefined
    if (size === undefined && more === undefined) return { text: 'keeps the default pool of 5 connections and 10 more at need', severity: 'degrades' }
    const total = (size ?? 5) + (more ?? 10)
    return total > 2 * few ? { text: `may hold ${total} connections`, severity: (size ?? 5) > few ? 'breaks' : 'degrades' } : undefined
  }
  if (call.names.some((name) => name.startsWith('asyncpg.'))) {
    const least = number('min_size') ?? (call.kwargs.has('min_size') ? undefined : 10)
    return least !== undefined && least > few ? { text: `opens ${least} connections at once`, severity: 'breaks' } : undefined
  }
  if (kind === 'client') {
    const [most, least] = [number('maxPoolSize'), number('minPoolSize')]
    if (least !== undefined && least > few) return { text: `keeps ${least} connections open`, severity: 'breaks' }
    return most !== undefined && most > 4 * few ? { text: `may hold ${most} connections`, severity: 'degrades' } : undefined
  }
  const positional = call.names.some((name) => name.startsWith('psycopg2.'))
  const least = number('minconn', positional ? 0 : undefined) ?? number('min_size') ?? number('minsize') ?? number('pool_size')
  return least !== undefined && least > few ? { text: `opens ${least} connections at once`, severity: 'breaks' } : undefined
}

function remedyOf(program: PythonProgram, client: DatabaseClient, context: RuleContext): Remedy {
  const { call, kind } = client
  const by = (reason: string): Remedy => ({ kind: 'manual', reason })
  if (kind !== 'engine') return by('Let the pool begin with one connection and hold at most five.')
  if (call.module.brokenAt !== undefined) return by(`${call.module.path} does not parse, so it is not edited.`)
  // SQLite's pools take no max_overflow, so the call would fail there.
  if (mayBeSqlite(program, context)) return by('The address may be an SQLite file, whose pool takes no such settings: give pool_size=2, max_overflow=3 only where it is not.')
  const settings: readonly (readonly [string, string])[] = [['pool_size', '2'], ['max_overflow', '3']]
  const written = settings.map(([name, value]) => ({ name, value, node: call.kwargs.get(name) }))
  if (written.some(({ node }) => node && node.kind !== 'integer')) return by('The sizes come from elsewhere: set pool_size to 2 and max_overflow to 3 there.')
  const last = [...call.args, ...call.kwargs.values()].sort((a, b) => a.end - b.end).at(-1) as PyNode
  const missing = written.filter(({ node }) => node === undefined)
  const changes: readonly Change[] = [
    ...written.flatMap(({ node, value }) => (node ? [replaceNode(call.module, node, value)] : [])),
    ...(missing.length > 0 ? [insertAt(call.module, last.end, missing.map(({ name, value }) => `, ${name}=${value}`).join(''))] : []),
  ]
  return { kind: 'fix', safety: 'review', title: 'Keep the pool small', changes, left: 'Use the pooled address of the database where its provider has one.' }
}
function mayBeSqlite(program: PythonProgram, { repo }: RuleContext): boolean {
  for (const site of program.sites('string')) if ((literalText(site.node, site.module.text) ?? '').startsWith('sqlite')) return true
  return [...repo.files].some(([path, { text }]) => /(^|\/)\.?env[^/]*$|\.(ini|toml|ya?ml)$/i.test(path) && text.includes('sqlite'))
}
