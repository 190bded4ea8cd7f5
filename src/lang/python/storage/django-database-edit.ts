/** The edit that lets an entry of Django's DATABASES come from an address in the environment, with what stood there as the default of a local start. */
import type { Change, Need, RuleContext } from '../../../types.js'
import { insertAt } from '../edit.js'
import { readManifests } from '../manifest/manifest.js'
import { importedAt } from '../settings/host-guard.js'
import type { PythonProgram } from '../program.js'
import type { PyModule } from '../types.js'
import type { DjangoDatabase } from './django-databases.js'

export type NetworkDatabase = { readonly variable: string; /** Undefined where the entry can't be edited in place. */ readonly changes: readonly Change[] | undefined; /** What setting `variable` needs; with `edited`, what the edit needs besides. */ needs(variable: string, edited?: boolean): readonly Need[] }

export function networkDatabase(program: PythonProgram, { alias, node, scope, literal }: DjangoDatabase, { repo, app }: RuleContext): NetworkDatabase {
  const { module } = scope
  const { effective } = readManifests(repo, app)
  const names = new Set([...(effective?.requirements ?? []), ...(effective?.elsewhere ?? [])].map(({ name }) => name))
  const variable = alias === 'default' ? 'DATABASE_URL' : `${alias.toUpperCase().replace(/\W/g, '_')}_DATABASE_URL`
  const driver: readonly Need[] = ['psycopg2-binary', 'psycopg2', 'psycopg', 'psycopg-binary'].some((name) => names.has(name)) ? [] : [{ kind: 'dependency', name: 'psycopg2-binary', why: 'driver for PostgreSQL' }]
  // A variable that only picks the engine asks for no driver: the entry behind it does.
  const set = (name: string): readonly Need[] => (/UR[LI]|DSN/.test(name) ? [{ kind: 'env', name, secret: true, why: 'address of the database' }, ...driver] : [{ kind: 'env', name, secret: false, why: 'leads to the database' }])
  const reader = environReader(program, module, node.start)
  const parser: readonly Need[] = reader !== undefined || names.has('dj-database-url') ? [] : [{ kind: 'dependency', name: 'dj-database-url', why: 'reads the address of the database' }]
  if (!literal) return { variable, changes: undefined, needs: set }
  const os = importedAt(module, scope, node, 'os')
  const url = reader === undefined ? importedAt(module, scope, node, 'dj_database_url') : undefined
  const made = url ? `${url.name}.parse(${os.name}.environ["${variable}"])` : `${reader ?? 'env'}.db("${variable}")`
  return {
    variable,
    changes: [...os.changes, ...(url?.changes ?? []), insertAt(module, node.start, `${made} if ${os.name}.environ.get("${variable}") else `)],
    needs: (name, edited) => [...set(name), ...(edited === true ? parser : [])],
  }
}

/** The name of django-environ's reader, when the module has made one before this place. */
function environReader(program: PythonProgram, module: PyModule, before: number): string | undefined {
  for (const [name, bindings] of module.scope.bindings)
    for (const binding of bindings)
      if (binding.kind === 'assign' && binding.index === undefined && binding.node.end < before && program.origins(binding.value, binding.scope).some((origin) => /^environ\.(FileAware)?Env\(\)$/.test(origin))) return name
  return undefined
}
