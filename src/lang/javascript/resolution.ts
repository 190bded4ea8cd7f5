/** Which file of the repo an import loads: Node's and TypeScript's rules, tsconfig's aliases, and the repo's own workspaces. */
import { parse } from 'jsonc-parser'
import type { Path, Snapshot } from '../../types.js'
import { dirOf, join } from '../paths.js'
import { compiler } from './tree.js'

export type Resolution = {
  /** The file that `written` loads from a file; undefined for packages from outside and for what is not there. */
  resolve(written: string, from: Path): Path | undefined
  /** Is it the name of a package (or of Node's own module), not of a file of the repo? */
  isPackage(written: string, from: Path): boolean
}
type TsConfig = { readonly extends?: string | readonly string[]; readonly compilerOptions?: { readonly baseUrl?: string; readonly paths?: Readonly<Record<string, readonly string[]>>; readonly rootDir?: string; readonly outDir?: string } }

const nodeModules = 'assert async_hooks buffer child_process cluster console constants crypto dgram diagnostics_channel dns domain events fs http http2 https inspector module net os path perf_hooks process punycode querystring readline repl stream string_decoder sys test timers tls trace_events tty url util v8 vm wasi worker_threads zlib'
const builtIn: ReadonlySet<string> = new Set(nodeModules.split(' '))

export function makeResolution(repo: Snapshot): Resolution {
  const { ts } = compiler()
  const packages = new Map<string, Path>()
  for (const path of repo.files.keys()) {
    if (!/(^|\/)package\.json$/.test(path) || /(^|\/)node_modules\//.test(path)) continue
    const name = field(repo.text(path), 'name')
    if (typeof name === 'string' && dirOf(path) !== '.') packages.set(name, dirOf(path))
  }
  const configs = new Map<Path, { readonly base: Path; readonly paths: Readonly<Record<string, readonly string[]>>; readonly baseUrl: Path | undefined } | undefined>()
  const configFor = (dir: Path): ReturnType<typeof configs.get> => {
    if (configs.has(dir)) return configs.get(dir)
    let found = undefined as ReturnType<typeof configs.get>
    for (const name of ['tsconfig.json', 'jsconfig.json']) {
      const read = readConfig(repo, join(dir, name))
      if (read) {
        found = read
        break
      }
    }
    if (!found && dir !== '.') found = configFor(dirOf(dir))
    configs.set(dir, found)
    return found
  }
  // The compiler asks about absolute paths: the repo stands at '/'.
  const inside = (name: string): Path => join('.', name.replace(/^\//, ''))
  const host = { fileExists: (name: string) => repo.has(inside(name)) && !/\.d\.[cm]?ts$/.test(name), readFile: (name: string) => repo.text(inside(name)), directoryExists: (name: string) => inside(name) === '.' || repo.hasDir(inside(name)), realpath: (name: string) => name, getCurrentDirectory: () => '/', useCaseSensitiveFileNames: true }
  const options = { allowJs: true, resolveJsonModule: true, noDtsResolution: true, moduleResolution: ts.ModuleResolutionKind.Bundler, module: ts.ModuleKind.ESNext, types: [] }
  const memo = new Map<string, Path | undefined>()

  const compilerResolve = (written: string, from: Path): Path | undefined => {
    const resolved = ts.resolveModuleName(written, `/${from}`, options, host).resolvedModule?.resolvedFileName
    return resolved === undefined ? undefined : inside(resolved)
  }
  const resolve = (written: string, from: Path): Path | undefined => {
    const key = `${dirOf(from)}\0${written}`
    if (!memo.has(key)) memo.set(key, find(written, from))
    return memo.get(key)
  }
  const find = (written: string, from: Path): Path | undefined => {
    if (/^(node:|bun:|https?:)/.test(written)) return undefined
    if (/^\.{1,2}(\/|$)/.test(written) || written.startsWith('/')) return compilerResolve(written, from) ?? throughBuild(written, from)
    if (builtIn.has(written.split('/')[0] ?? '')) return undefined
    for (const candidate of aliases(written, configFor(dirOf(from)))) {
      const found = compilerResolve(relative(from, candidate), from)
      if (found !== undefined) return found
    }
    if (written.startsWith('#')) return compilerResolve(written, from)
    const name = packageName(written)
    const dir = packages.get(name)
    if (dir === undefined) return undefined
    const rest = written.slice(name.length + 1)
    return memberFile(dir, rest, from)
  }
  /** A workspace member is imported by its name: its `exports` and `main` often name what only a build makes. */
  const memberFile = (dir: Path, rest: string, from: Path): Path | undefined => {
    const manifest = parseJson(repo.text(join(dir, 'package.json')))
    const named = rest === '' ? [entryOf(manifest), 'src/index', 'index', 'lib/index'] : [`${rest}`, `src/${rest}`]
    for (const candidate of named) {
      if (candidate === undefined) continue
      const found = compilerResolve(relative(from, join(dir, candidate)), from) ?? throughBuild(relative(from, join(dir, candidate)), from)
      if (found !== undefined) return found
    }
    return undefined
  }
  /** `../dist/db.js` in a repo that commits only `src/db.ts`. */
  const throughBuild = (written: string, from: Path): Path | undefined => {
    const target = join(dirOf(from), written)
    const source = target.replace(/(^|\/)(dist|build|lib|out)\//, '$1src/')
    return source === target ? undefined : compilerResolve(relative(from, source), from)
  }
  return { resolve, isPackage: (written, from) => !/^[./]/.test(written) && resolve(written, from) === undefined }
}

function relative(from: Path, target: Path): string {
  const up = dirOf(from) === '.' ? '' : dirOf(from).split('/').map(() => '..').join('/')
  return `./${up === '' ? '' : `${up}/`}${target}`
}
/** '@scope/name/deep' → '@scope/name'. */
export function packageName(written: string): string {
  return written.split('/').slice(0, written.startsWith('@') ? 2 : 1).join('/')
}
function* aliases(written: string, config: { readonly base: Path; readonly paths: Readonly<Record<string, readonly string[]>>; readonly baseUrl: Path | undefined } | undefined): Generator<Path> {
  if (!config) return
  for (const [pattern, targets] of Object.entries(config.paths)) {
    const [head = '', tail] = pattern.split('*')
    const star = tail === undefined ? (written === pattern ? '' : undefined) : written.startsWith(head) && written.endsWith(tail) && written.length >= head.length + tail.length ? written.slice(head.length, written.length - tail.length) : undefined
    if (star !== undefined) for (const target of targets) yield join(config.base, target.replace('*', star))
  }
  if (config.baseUrl !== undefined) yield join(config.baseUrl, written)
}
function readConfig(repo: Snapshot, path: Path, depth = 0): { readonly base: Path; readonly paths: Readonly<Record<string, readonly string[]>>; readonly baseUrl: Path | undefined } | undefined {
  const config = parseJson(repo.text(path)) as TsConfig | undefined
  if (!config || depth > 4) return undefined
  const { baseUrl, paths } = config.compilerOptions ?? {}
  const dir = dirOf(path)
  const base = typeof baseUrl === 'string' ? join(dir, baseUrl) : undefined
  if (paths && typeof paths === 'object') return { base: base ?? dir, paths, baseUrl: base }
  for (const parent of [config.extends ?? []].flat()) {
    if (typeof parent !== 'string' || !parent.startsWith('.')) continue
    const inherited = readConfig(repo, join(dir, parent.endsWith('.json') ? parent : `${parent}.json`), depth + 1)
    if (inherited) return base === undefined ? inherited : { ...inherited, baseUrl: base }
  }
  return { base: base ?? dir, paths: {}, baseUrl: base }
}
function entryOf(manifest: unknown): string | undefined {
  const { exports, main, module } = (manifest ?? {}) as { readonly exports?: unknown; readonly main?: unknown; readonly module?: unknown }
  const root = typeof exports === 'object' && exports !== null && '.' in exports ? (exports as Record<string, unknown>)['.'] : exports
  for (const candidate of [...conditions(root), main, module]) if (typeof candidate === 'string') return candidate
  return undefined
}
function* conditions(value: unknown): Generator<unknown> {
  if (typeof value === 'string') yield value
  else if (typeof value === 'object' && value !== null) for (const [key, inner] of Object.entries(value)) if (/^(node|import|require|default|module)$/.test(key)) yield* conditions(inner)
}
function parseJson(text: string | undefined): unknown {
  return text === undefined ? undefined : parse(text, [], { allowTrailingComma: true })
}
function field(text: string | undefined, key: string): unknown {
  const data = parseJson(text)
  return typeof data === 'object' && data !== null ? (data as Record<string, unknown>)[key] : undefined
}
