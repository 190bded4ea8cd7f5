import type { Change, Problem, PythonProgram, Remedy, Rule, RuleContext } from '../../../src/types.js'
import { addresses, databaseUrls } from '../../../src/lang/python/storage/databases.js'
import { insertAt } from '../../../src/lang/python/edit.js'
import { environmentReads, type EnvRead } from '../../../src/lang/python/environment.js'
import { readManifests } from '../../../src/lang/python/manifest/manifest.js'
import { driverFor, isAsynchronous, type Driver } from '../../../src/lang/python/storage/postgres.js'
import { isInside, literalText, type PyNode } from '../../../src/lang/python/program.js'
import { severityFor } from '../../../src/lang/python/severity.js'

/** Names under which providers hand out an address that may begin with `postgres://`. */
const given = /^(DATABASE_URL|POSTGRES(QL)?_URL\w*|POSTGRES_PRISMA_URL|DB_URL|HEROKU_POSTGRESQL_\w+)$/

export const dbUrlDialect = {
  id: 'db-url-dialect',
  title: 'Database address used as the provider writes it',
  hazard: 'env-required-at-import',
  language: 'python',
  assumes: 'nothing',
  severity: 'blocks',
  *check(program: PythonProgram, context: RuleContext): Generator<Problem> {
    if (!usesPostgres(context)) return
    const reads = [...environmentReads(program)].filter(({ name }) => given.test(name))
    const seen = new Set<PyNode>()
    for (const url of databaseUrls(program, (piece) => piece.env !== undefined && given.test(piece.env))) {
      // cs50 and databases translate the scheme themselves.
      if (url.from.kind === 'engine' && url.from.call.names.some((name) => /^(cs50|databases)\./.test(name))) continue
      const asynchronous = isAsynchronous(url)
      if (isNormalised(program, asynchronous)) continue
      const driver = driverFor(context, asynchronous)
      for (const home of addresses(program, url, (piece) => piece.env !== undefined))
        for (const read of reads) {
          const { site, name } = read
          if (site.module !== home.scope.module || !isInside(site.node, home.node) || seen.has(site.node)) continue
          seen.add(site.node)
          const run = program.first(site)
          if (run.when === 'never' || run.when === 'main' || run.when === 'build') continue
          yield {
            path: site.module.path,
            range: { start: site.node.start, end: site.node.end },
            when: run.when,
            trace: program.trace(site, `${name} is the database's address`, run),
            // It depends on what the provider writes, which the code does not tell.
            severity: severityFor(run, name.startsWith('POSTGRES') ? 'breaks' : 'degrades'),
            message: asynchronous
              ? `${name} goes to an asynchronous engine as it is. Providers write addresses that begin with 'postgres://' or 'postgresql://', and such an engine refuses both ("The asyncio extension requires an async driver"): the driver has to stand in the address.`
              : `${name} goes to SQLAlchemy as it is. Several providers write addresses that begin with 'postgres://', which SQLAlchemy 1.4 and later refuse ("Can't load plugin: sqlalchemy.dialects:postgres"). Turn the beginning into 'postgresql://'.`,
            remedy: remedyOf(read, driver),
          }
        }
    }
  },
} satisfies Rule

function usesPostgres({ repo, app }: RuleContext): boolean {
  const { effective } = readManifests(repo, app)
  const all = [...(effective?.requirements ?? []), ...(effective?.elsewhere ?? [])]
  const names = new Set(all.map(({ name }) => name))
  if (all.some(({ name, specifier }) => name === 'sqlalchemy' && /(==|~=|<=?)\s*1\.[0-3](\.|\b)/.test(specifier))) return false
  const postgres = ['psycopg2', 'psycopg2-binary', 'psycopg', 'pg8000', 'asyncpg'].some((name) => names.has(name))
  return postgres || !['pymysql', 'mysqlclient', 'mysql-connector-python', 'pyodbc', 'oracledb'].some((name) => names.has(name))
}
/** Some code looks at the scheme already. */
function isNormalised(program: PythonProgram, asynchronous: boolean): boolean {
  const scheme = asynchronous ? /^\^?postgres(ql)?(:|:\/\/)?$/ : /^\^?postgres(:|:\/\/)?$/
  for (const site of program.sites('string')) {
    const text = literalText(site.node, site.module.text) ?? ''
    const call = site.node.parent?.kind === 'argument_list' ? site.node.parent.parent : undefined
    const callee = call?.children.find((child) => child.field === 'function')
    if (scheme.test(text) && callee && /(replace|startswith|sub|removeprefix|partition|split)$/.test(site.module.text.slice(callee.start, callee.end))) return true
    if (/^postgres(:|:\/\/)$/.test(text) && site.node.parent?.kind === 'comparison_operator') return true
  }
  return false
}

function remedyOf({ name, required, fallback, site }: EnvRead, { normalised, needs, caution }: Driver): Remedy {
  const { node, module } = site
  const scheme = /"(postgresql\+?\w*):\/\/", 1\)$/.exec(normalised)?.[1] ?? 'postgresql'
  const title = `Read 'postgres://' in ${name} as '${scheme}://'`
  if (module.brokenAt !== undefined) return { kind: 'manual', reason: `${module.path} does not parse, so it is not edited.` }
  const fix = (changes: readonly Change[]): Remedy => ({ kind: 'fix', safety: 'safe', title, changes, ...(scheme === 'postgresql' || needs.length === 0 ? {} : { needs }), ...(caution === '' ? {} : { left: caution.trim() }) })
  if (required || fallback?.kind === 'string') return fix([insertAt(module, node.end, normalised)])
  const list = node.children.find((child) => child.field === 'arguments')
  const parent = node.parent
  const optional = list !== undefined && fallback === undefined && list.children.length === 1 && !/,\s*\)$/.test(module.text.slice(list.start, list.end))
  if (!optional || !parent) return { kind: 'manual', reason: `${name} is read with a default that is not written out there, so the line is not rewritten.` }
  const empty = insertAt(module, list.end - 1, ', ""')
  if (parent.kind === 'boolean_operator' && parent.op === 'or' && node.field === 'left') return fix([empty, insertAt(module, node.end, normalised)])
  const stands = (parent.kind === 'assignment' && node.field === 'right') || parent.kind === 'argument_list' || parent.kind === 'keyword_argument' || (parent.kind === 'pair' && node.field === 'value')
  return stands ? fix([empty, insertAt(module, node.end, `${normalised} or None`)]) : { kind: 'manual', reason: `${name} is read in the middle of a larger expression, so the line is not rewritten.` }
}
