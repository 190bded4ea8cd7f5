/** Names that stand for folders of the repo by tsconfig.json or package.json, whether or not the file is there. */
import { isObject, type Config, type Json } from '../../../json-text.js'
import { dirOf, join } from '../../paths.js'
import type { Path, Snapshot } from '../../../types.js'
import { lenient, manifestsFrom } from './manifest.js'

export function isAlias(repo: Snapshot, from: Path, written: string): boolean {
  return [...patterns(repo, dirOf(from))].some((pattern) => (pattern.includes('*') ? written.startsWith(pattern.slice(0, pattern.indexOf('*'))) && pattern !== '*' : written === pattern || written.startsWith(`${pattern}/`)))
}
function* patterns(repo: Snapshot, dir: Path): Generator<string> {
  for (let at = dir; ; at = dirOf(at)) {
    for (const name of ['tsconfig.json', 'jsconfig.json', 'tsconfig.base.json', 'tsconfig.build.json']) {
      const text = repo.text(join(at, name))
      if (text !== undefined) yield* keys(objectAt(lenient(text).data, 'compilerOptions'), 'paths')
    }
    if (at === '.') break
  }
  for (const { data } of manifestsFrom(repo, dir)) yield* keys(data, '_moduleAliases')
}
const objectAt = (data: Config, key: string): Config => (isObject(data[key] as Json | undefined) ? (data[key] as Config) : {})
const keys = (data: Config, key: string): readonly string[] => Object.keys(objectAt(data, key))
