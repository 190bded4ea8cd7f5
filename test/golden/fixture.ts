/** The whole apps below fixtures/ and what their owners expect of them; fixtures/README.md explains the fields. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Ask } from '../oracle/http.js'
import type { LocalStart } from '../oracle/local-start.js'
import type { StandIn } from '../oracle/stand-ins.js'

export type Route = Ask & { readonly status: number; readonly contains?: string; readonly volatile?: boolean }
export type Changed = { readonly method?: string; readonly path: string; readonly status?: number; /** The local start answers differently too. */ readonly local?: boolean; /** What the platform's scheduler is answered there. */ readonly cron?: boolean; readonly why: string }
export type Label = { readonly rule: string | readonly string[]; readonly file: string; readonly line: number | readonly number[]; readonly code: string }
export type Fixture = {
  readonly name: string
  /** Absolute folder of the app as a user has it. */
  readonly app: string
  readonly about: string
  readonly framework: 'flask' | 'fastapi' | 'django' | 'express'
  readonly appRoot: string
  readonly entry: { readonly file: string; readonly symbol: string; readonly kind: string }
  readonly packageManager: string
  readonly handler: { readonly functions: readonly string[]; readonly entry: string }
  readonly staticFiles: readonly string[]
  /** What the build holds after the safe fixes, where a fix that has to be chosen decides about the entry. */
  readonly safe?: { readonly handler: Fixture['handler']; readonly staticFiles: readonly string[] } | { /** What the platform says when it refuses the deploy until a fix is chosen. */ readonly refused: string }
  readonly routes: readonly Route[]
  readonly changed: readonly Changed[]
  /** Python's. */
  readonly packages?: readonly string[]
  /** Node's: folders whose lock files are installed. */
  readonly install?: readonly string[]
  readonly prepare?: readonly (readonly string[])[]
  readonly localStart: LocalStart
  readonly env: Readonly<Record<string, string>>
  readonly release?: readonly (readonly string[])[]
  /** An --answers file, where the defaults of `--unsafe` are not what this owner would choose. */
  readonly answers?: Readonly<Record<string, unknown>>
  readonly standIns: readonly StandIn[]
  readonly findings: readonly Label[]
  /** Code, wrong advice that somebody followed, which every fix taken together has to take out. */
  readonly gone?: readonly { readonly file: string; readonly code: string }[]
  /** Places that look like a hazard and are none. */
  readonly silent?: readonly Omit<Label, 'rule'>[]
}

export const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..')

/** All fixtures, or those whose name contains one of the words in TO_SERVERLESS_FIXTURES. */
export function fixtures(): readonly Fixture[] {
  const words = (process.env['TO_SERVERLESS_FIXTURES'] ?? '').split(',').filter((word) => word !== '')
  const dir = join(root, 'fixtures')
  return readdirSync(dir)
    .filter((name) => existsSync(join(dir, name, 'fixture.json')))
    .filter((name) => words.length === 0 || words.some((word) => name.includes(word)))
    .sort()
    .map((name) => ({ name, app: join(dir, name, 'app'), ...(JSON.parse(readFileSync(join(dir, name, 'fixture.json'), 'utf8')) as Omit<Fixture, 'name' | 'app'>) }))
}

export const asList = <T>(value: T | readonly T[]): readonly T[] => (Array.isArray(value) ? (value as readonly T[]) : [value as T])
