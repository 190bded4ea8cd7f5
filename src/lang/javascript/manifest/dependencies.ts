/** What an app declares to need, where that stands, and what the lock file says will be installed. */
import { findNodeAtLocation, parse, parseTree, type JSONPath } from 'jsonc-parser'
import { isObject, type Json } from '../../../json-text.js'
import { lineAt } from '../../../text.js'
import type { Evidence, Path, Range, Snapshot } from '../../../types.js'
import { manifestAt, manifestsFrom, textsIn, type Manifest } from './manifest.js'
import { nodeManagerOf } from './workspace.js'

export type Declared = {
  readonly name: string
  readonly specifier: string
  readonly block: 'dependencies' | 'devDependencies' | 'optionalDependencies' | 'peerDependencies'
  readonly manifest: Manifest
}
const blocks = ['dependencies', 'optionalDependencies', 'peerDependencies', 'devDependencies'] as const

/** All that a manifest lists, what the program needs before what its development needs. */
export function declaredIn(manifest: Manifest): readonly Declared[] {
  return blocks.flatMap((block) => Object.entries(textsIn(manifest.data[block])).map(([name, specifier]) => ({ name, specifier, block, manifest })))
}
/** As Node finds packages: in the folder's manifest, then in those above it. */
export function declaredFor(repo: Snapshot, dir: Path, name: string): Declared | undefined {
  for (const manifest of manifestsFrom(repo, dir)) {
    const found = declaredIn(manifest).find((one) => one.name === name)
    if (found) return found
  }
  return undefined
}
/** The place of a key, as a finding and its trace want it; the file's first line when the key is not there. */
export function placeOfKey(manifest: Manifest, repo: Snapshot, at: JSONPath, note: string): { readonly path: Path; readonly range: Range; readonly trace: readonly Evidence[] } {
  const text = repo.text(manifest.path) ?? ''
  const tree = parseTree(text, [], { allowTrailingComma: true })
  const value = tree && findNodeAtLocation(tree, at)
  const node = value?.parent?.type === 'property' ? value.parent : value
  const range = node ? { start: node.offset, end: node.offset + node.length } : { start: 0, end: 0 }
  return { path: manifest.path, range, trace: [{ file: manifest.path, line: lineAt(text, range.start), note }] }
}
export const placeOfDeclared = (one: Declared, repo: Snapshot, note = `${one.name} is declared`): ReturnType<typeof placeOfKey> => placeOfKey(one.manifest, repo, [one.block, one.name], note)

/** The lowest major version that a specifier allows: 5 of '^5.1.0', undefined of '*', 'latest', addresses and aliases. */
export function majorOf(specifier: string): number | undefined {
  const found = /^\s*(?:npm:@?[^@]+@)?\s*(?:[\^~=v]|>=)?\s*(\d+)(?:\.|\s|$|-)/.exec(specifier)?.[1]
  return found === undefined ? undefined : Number(found)
}

export type Lock = {
  readonly path: Path
  /** The version at the top of node_modules; undefined when the lock does not name it, or cannot be read. */
  version(name: string): string | undefined
  /** Is a package of this name installed anywhere in the tree? */
  brings(name: string): boolean
  /** Every name in it; undefined for a lock that is not read as data. */
  readonly names: ReadonlySet<string> | undefined
}
const locks = new WeakMap<Snapshot, Map<Path, Lock | undefined>>()

/** The lock file that the install goes by; undefined when none is committed. */
export function lockOf(repo: Snapshot, root: Path): Lock | undefined {
  const known = locks.get(repo) ?? new Map<Path, Lock | undefined>()
  locks.set(repo, known)
  if (!known.has(root)) known.set(root, readLock(repo, nodeManagerOf(repo, root).lock))
  return known.get(root)
}
function readLock(repo: Snapshot, path: Path | undefined): Lock | undefined {
  if (path === undefined) return undefined
  const text = repo.text(path)
  if (text !== undefined && /(package-lock|npm-shrinkwrap)\.json$/.test(path)) {
    const data = parse(text, []) as Json | undefined
    const root = isObject(data) ? data : {}
    const versions = new Map<string, string>()
    const names = new Set<string>()
    for (const [key, value] of Object.entries(isObject(root.packages) ? root.packages : isObject(root.dependencies) ? root.dependencies : {})) {
      const name = key.slice(key.lastIndexOf('node_modules/') + (key.includes('node_modules/') ? 13 : 0))
      names.add(name)
      if ((key === `node_modules/${name}` || !key.includes('/') || key === name) && isObject(value) && typeof value.version === 'string') versions.set(name, value.version)
    }
    return { path, names, version: (name) => versions.get(name), brings: (name) => names.has(name) }
  }
  const escaped = (name: string): string => name.replace(/[.*+?^${}()|[\]\\/]/g, '\\$&')
  // yarn.lock: `name@^1.0.0:`; pnpm-lock.yaml: `/name@1.0.0:` or `name@1.0.0:`; bun.lock: `"name": ["name@1.0.0"`.
  const seen = (name: string): boolean => text !== undefined && new RegExp(`(^|[\\s"'/,])${escaped(name)}@`, 'm').test(text)
  const version = (name: string): string | undefined => {
    const yarn = new RegExp(`^"?${escaped(name)}@[^\\n]*:\\r?\\n\\s+version:?\\s+"?([\\w.+-]+)`, 'm').exec(text ?? '')?.[1]
    return yarn ?? new RegExp(`^\\s+["'/]*${escaped(name)}@(\\d[\\w.+-]*)`, 'm').exec(text ?? '')?.[1]
  }
  return { path, names: undefined, version, brings: seen }
}

/** The manifest that the host installs from: the app's own, or the nearest above it. */
export function manifestFor(repo: Snapshot, root: Path): Manifest | undefined {
  return manifestAt(repo, root) ?? [...manifestsFrom(repo, root)][0]
}
