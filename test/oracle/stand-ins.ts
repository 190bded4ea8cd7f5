/** What the tests put before an app's own packages: a database that lives in the process, and a port that is free. */
import { execFileSync } from 'node:child_process'
import { existsSync, rmSync, renameSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { findUv } from './python-env.js'
import { cacheRoot, python } from './toolchain.js'

export type StandIn = 'mongo' | 'motor'
const PACKAGES: Readonly<Record<StandIn, readonly string[]>> = {
  mongo: ['mongomock==4.3.0', 'packaging', 'pytz', 'sentinels'],
  // Its own dependencies, motor and pymongo, must stay the app's.
  motor: ['mongomock-motor==0.0.36', 'mongomock==4.3.0', 'packaging', 'pytz', 'sentinels'],
}

/** Module path and environment that make the stand-ins take effect in any Python started with them. */
export function standIns(names: readonly StandIn[]): { readonly path: readonly string[]; readonly env: Readonly<Record<string, string>> } {
  const own = join(dirname(fileURLToPath(import.meta.url)), 'stand-ins')
  if (names.length === 0) return { path: [own], env: {} }
  return { path: [own, ...names.map(installed)], env: { TO_SERVERLESS_STAND_INS: names.join(',') } }
}

/** The stand-in's packages in a folder of their own, without anything that the app brings itself. */
function installed(name: StandIn): string {
  const { file, version } = python()
  const dir = join(cacheRoot(), `${(PACKAGES[name][0] ?? name).replace('==', '-')}-py${version}`)
  if (existsSync(dir)) return dir
  const aside = `${dir}.${process.pid}`
  execFileSync(findUv(), ['pip', 'install', '--quiet', '--no-deps', '--python', file, '--target', aside, ...PACKAGES[name]], { stdio: ['ignore', 'ignore', 'pipe'], timeout: 300_000 })
  if (existsSync(dir)) rmSync(aside, { recursive: true, force: true })
  else renameSync(aside, dir)
  return dir
}
