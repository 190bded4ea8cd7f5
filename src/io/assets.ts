/** Files that the package ships beside its code, found from the sources as from the bundle. */
import { existsSync, readFileSync, readdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

let root: string | undefined

/** The package's own folder: the nearest one above this code whose package.json is ours. */
export function packageRoot(): string {
  if (root !== undefined) return root
  for (let dir = dirname(fileURLToPath(import.meta.url)); ; dir = dirname(dir)) {
    const manifest = join(dir, 'package.json')
    if (existsSync(manifest) && named(manifest) === 'to-serverless') return (root = dir)
    if (dirname(dir) === dir) throw new Error('the package.json of to-serverless was not found above its own code; reinstall the package')
  }
}

function manifest(): Record<string, unknown> {
  return JSON.parse(readFileSync(join(packageRoot(), 'package.json'), 'utf8')) as Record<string, unknown>
}

function named(path: string): unknown {
  return (JSON.parse(readFileSync(path, 'utf8')) as Record<string, unknown>)['name']
}

export function packageVersion(): string {
  return String(manifest()['version'])
}

/**
 * Where a shipped file lies. `rel` begins with templates/, codemods/, schema/ or wasm/; the last is the built
 * package's assets/wasm, or in a checkout the copy of the package that brings it.
 */
export function assetPath(rel: string): string {
  if (rel.split('/').includes('..')) throw new Error(`an asset's path may not climb: ${rel}`)
  const candidates = rel.startsWith('wasm/') ? wasmPlaces(rel.slice('wasm/'.length)) : [join(packageRoot(), rel)]
  const found = candidates.find((path) => existsSync(path))
  if (found === undefined) throw new Error(`${rel} is missing from the to-serverless package; reinstall it`)
  return found
}

function wasmPlaces(name: string): string[] {
  const owner = name.slice(0, -'.wasm'.length)
  return [join(packageRoot(), 'assets', 'wasm', name), join(packageRoot(), 'node_modules', owner, name)]
}

export function hasAsset(rel: string): boolean {
  try {
    assetPath(rel)
    return true
  } catch {
    return false
  }
}

/** A shipped text file. */
export function readAsset(rel: string): string {
  return readFileSync(assetPath(rel), 'utf8')
}

/** The names in a shipped folder, sorted. */
export function listAssets(rel: string): readonly string[] {
  return readdirSync(assetPath(rel)).sort()
}
