/** The vercel.json files that a deploy of the app may read: the repo's and the app folder's. */
import { findNodeAtLocation, parseTree, type JSONPath, type Node } from 'jsonc-parser'
import { lineColumn } from '../../src/edits.js'
import { isList, isObject, type Config } from '../../src/json-text.js'
import type { App, Evidence, Path, Range, Snapshot } from '../../src/types.js'

export type ConfigFile = {
  readonly path: Path
  /** The folder that paths in it are relative to. */
  readonly dir: Path
  readonly text: string
  readonly config: Config
  readonly tree: Node
}

/** Files that do not parse are left out: the target refuses them with their place. */
export function* vercelConfigs(repo: Snapshot, app: App): Generator<ConfigFile> {
  for (const dir of new Set(['.', app.root])) {
    const path = dir === '.' ? 'vercel.json' : `${dir}/vercel.json`
    const text = repo.text(path)
    if (text === undefined) continue
    let config: unknown
    try {
      config = JSON.parse(text)
    } catch (error) {
      if (error instanceof SyntaxError) continue
      throw error
    }
    const tree = parseTree(text)
    if (tree?.type === 'object') yield { path, dir, text, config: config as Config, tree }
  }
}

/** Where a property (or a list's item) stands, as a finding and its trace want it. */
export function placeIn(file: ConfigFile, at: JSONPath, note: string): { readonly path: Path; readonly range: Range; readonly trace: readonly Evidence[] } {
  const value = findNodeAtLocation(file.tree, [...at])
  const node = value?.parent?.type === 'property' ? value.parent : (value ?? file.tree)
  return { path: file.path, range: { start: node.offset, end: node.offset + node.length }, trace: [{ file: file.path, line: lineColumn(file.text, node.offset).line, note }] }
}

export type CronJob = { readonly at: number; readonly path: string; readonly schedule: string }

/** The jobs under `crons` that have a path and a schedule. */
export function cronJobs({ config }: ConfigFile): readonly CronJob[] {
  const list = config['crons']
  if (!isList(list)) return []
  return list.flatMap((item, at) => (isObject(item) && typeof item['path'] === 'string' && typeof item['schedule'] === 'string' ? [{ at, path: item['path'], schedule: item['schedule'] }] : []))
}

/** A path of the project that has this config, as the repo names it. */
export function inRepo(file: ConfigFile, path: Path): Path {
  return file.dir === '.' ? path : `${file.dir}/${path}`
}
