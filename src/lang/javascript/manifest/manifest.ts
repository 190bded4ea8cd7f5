/** package.json and its like, read as data. A file with an error gives what can be read of it, and says so. */
import { findNodeAtLocation, parse, parseTree, type JSONPath, type ParseError } from 'jsonc-parser'
import { isObject, type Config, type Json } from '../../../json-text.js'
import { lineAt } from '../../../text.js'
import { dirOf, join } from '../../paths.js'
import type { Path, Snapshot } from '../../../types.js'

export type Manifest = {
  readonly path: Path
  readonly dir: Path
  readonly name: string | undefined
  readonly type: 'module' | 'commonjs'
  readonly main: string | undefined
  readonly scripts: Readonly<Record<string, string>>
  readonly dependencies: Readonly<Record<string, string>>
  readonly devDependencies: Readonly<Record<string, string>>
  /** Everything in it, for what is asked only once. */
  readonly data: Config
  /** Line of the first error that is more than a comment or a trailing comma. */
  readonly brokenAt: number | undefined
}

const read = new WeakMap<Snapshot, Map<Path, Manifest | undefined>>()

/** The folder's package.json; undefined when there is none. */
export function manifestAt(repo: Snapshot, dir: Path): Manifest | undefined {
  const known = read.get(repo) ?? new Map<Path, Manifest | undefined>()
  read.set(repo, known)
  if (!known.has(dir)) known.set(dir, readManifest(repo, dir))
  return known.get(dir)
}

function readManifest(repo: Snapshot, dir: Path): Manifest | undefined {
  const path = join(dir, 'package.json')
  const text = repo.text(path)
  if (text === undefined) return undefined
  const { data, brokenAt } = lenient(text)
  return {
    path, dir, data, brokenAt,
    name: textIn(data.name),
    type: data.type === 'module' ? 'module' : 'commonjs',
    main: textIn(data.main),
    scripts: textsIn(data.scripts),
    dependencies: textsIn(data.dependencies),
    devDependencies: textsIn(data.devDependencies),
  }
}

/** JSON as people write it: comments and trailing commas pass, after an error it is read on. */
export function lenient(text: string): { readonly data: Config; readonly brokenAt: number | undefined } {
  const errors: ParseError[] = []
  const data = parse(text, errors, { allowTrailingComma: true, disallowComments: false }) as Json | undefined
  const first = errors[0]
  return { data: isObject(data) ? data : {}, brokenAt: first ? lineAt(text, first.offset) : isObject(data) ? undefined : 1 }
}

/** Line of a value; 1 when it is not there. */
export function lineOfKey(text: string, at: JSONPath): number {
  const tree = parseTree(text, [], { allowTrailingComma: true })
  const node = tree && findNodeAtLocation(tree, at)
  return node ? lineAt(text, node.parent?.offset ?? node.offset) : 1
}

/** The folder's manifest and those above it, nearest first. */
export function* manifestsFrom(repo: Snapshot, dir: Path): Generator<Manifest> {
  for (let at = dir; ; at = dirOf(at)) {
    const manifest = manifestAt(repo, at)
    if (manifest) yield manifest
    if (at === '.') return
  }
}

/** Does it list the package, for the program or for its development? */
export const listsPackage = (manifest: Manifest, name: string): boolean => manifest.dependencies[name] !== undefined || manifest.devDependencies[name] !== undefined

export const textIn = (value: Json | undefined): string | undefined => (typeof value === 'string' && value.trim() !== '' ? value : undefined)
export function textsIn(value: Json | undefined): Readonly<Record<string, string>> {
  return isObject(value) ? Object.fromEntries(Object.entries(value).flatMap(([key, one]) => (typeof one === 'string' ? [[key, one]] : []))) : {}
}
