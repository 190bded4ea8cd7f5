/** What tsconfig.json says about where sources are, and where the built files go. */
import { isList, isObject, type Config } from '../json-text.js'
import { dirOf, join } from '../lang/paths.js'
import type { Path, Snapshot } from '../types.js'
import { lenient, textIn } from '../lang/javascript/manifest/manifest.js'
import { memberNamed } from '../lang/javascript/manifest/workspace.js'

export type Tsconfig = {
  readonly path: Path
  /** Folders are repo-relative, seen from the file that states them. */
  readonly outDir: Path | undefined
  readonly rootDir: Path | undefined
  readonly baseUrl: Path | undefined
  /** 'pattern' to targets, repo-relative. */
  readonly paths: ReadonlyMap<string, readonly Path[]>
  readonly module: string | undefined
  /** The heads of `include`: 'src' of 'src/**'. */
  readonly includes: readonly Path[]
}

const deepest = 6

/** The folder's tsconfig.json, or a build's own (`tsc -p tsconfig.build.json`), with what it extends inside the repo. */
export function tsconfigAt(repo: Snapshot, dir: Path, name = 'tsconfig.json'): Tsconfig | undefined {
  return read(repo, join(dir, name), deepest)
}

function read(repo: Snapshot, path: Path, depth: number): Tsconfig | undefined {
  const text = repo.text(path)
  if (text === undefined || depth === 0) return undefined
  const { data } = lenient(text)
  const dir = dirOf(path)
  const named = isList(data.extends) ? data.extends : [data.extends]
  const bases = named.flatMap((one) => (typeof one === 'string' ? (extended(repo, dir, one) ?? []) : [])).flatMap((base) => read(repo, base, depth - 1) ?? [])
  const base = bases.reduce<Partial<Tsconfig>>((all, one) => ({ ...all, ...Object.fromEntries(Object.entries(one).filter(([, value]) => value !== undefined)) }), {})
  const options: Config = isObject(data.compilerOptions) ? data.compilerOptions : {}
  const folder = (key: string): Path | undefined => {
    const written = textIn(options[key])
    return written === undefined ? undefined : join(dir, written.replaceAll('${configDir}', '.'))
  }
  const baseUrl = folder('baseUrl') ?? base.baseUrl
  const own = isObject(options.paths) ? new Map(Object.entries(options.paths).map(([pattern, to]) => [pattern, (isList(to) ? to : []).flatMap((one) => (typeof one === 'string' ? [join(baseUrl ?? dir, one)] : []))])) : undefined
  const includes = isList(data.include) ? data.include.flatMap((one) => (typeof one === 'string' ? [join(dir, one.split('/').filter((part) => !/[*?]|\.\w+$/.test(part)).join('/') || '.')] : [])) : (base.includes ?? [])
  return { path, outDir: folder('outDir') ?? base.outDir, rootDir: folder('rootDir') ?? base.rootDir, baseUrl, paths: own ?? base.paths ?? new Map(), module: textIn(options.module) ?? base.module, includes: [...new Set(includes)] }
}

/** A config that another extends: beside it, or in a member of the workspace. */
function extended(repo: Snapshot, dir: Path, written: string): Path | undefined {
  const withName = (path: Path): Path | undefined => [path, `${path}.json`, join(path, 'tsconfig.json')].find((one) => repo.text(one) !== undefined)
  if (written.startsWith('.')) return withName(join(dir, written))
  const [, name, rest] = /^((?:@[^/]+\/)?[^/]+)\/?(.*)$/.exec(written) ?? []
  const member = name === undefined ? undefined : memberNamed(repo, dir, name)
  return member === undefined ? undefined : withName(join(member, rest === '' || rest === undefined ? 'tsconfig.json' : rest))
}
