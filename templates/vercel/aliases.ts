/** Imports through tsconfig's `paths`: the builder leaves them as they are, and Node does not know them. A build script may. */
import { manifestAt } from '../../src/lang/javascript/manifest/manifest.js'
import { tsconfigAt } from '../../src/frameworks/node-tsconfig.js'
import type { Path } from '../../src/types.js'
import { folderOf, inside, type Folder } from './project.js'

/** Tools in a build script that write the real paths, or put everything into one file. */
const resolvers = /\b(?:tsc-alias|tspath|resolve-tspaths|tsup|tsdown|esbuild|rollup|vite|webpack|ncc|parcel|bun build|babel|swc)\b/

/** What would fail, in words; undefined when nothing would. */
export function unresolvedAlias(home: Folder, file: Path): string | undefined {
  if (!/\.[cm]?tsx?$/.test(file)) return undefined
  const heads = [...(tsconfigAt(home.repo, home.root)?.paths.keys() ?? [])].map(pattern => pattern.replace(/\*$/, '')).filter(head => head !== '' && !head.startsWith('.'))
  if (heads.length === 0) return undefined
  for (const path of home.list()) {
    if (!/\.[cm]?tsx?$/.test(path) || path.endsWith('.d.ts') || /(^|\/)(node_modules|tests?|__tests__|client|frontend|web)\//.test(path)) continue
    for (const [line, name = ''] of (home.text(path) ?? '').matchAll(/^\s*(?:import|export)\b[^'"\n]*['"]([^'"]+)['"]/gm)) {
      if (/^\s*import\s+type\b/.test(line) || !heads.some(head => name === head || (head.endsWith('/') && name.startsWith(head)))) continue
      return `${path} imports "${name}" through the paths of tsconfig.json, which Vercel's builder does not rewrite`
    }
  }
  return undefined
}

export type Built = { readonly file: Path; /** The folder of built files, and the file's place in it. */ readonly dir: Path; readonly rest: Path; readonly why: string }

/** The file that the project's own build makes of this one, where only that one can be served. */
export function builtFrom(home: Folder, file: Path): Built | undefined {
  const alias = unresolvedAlias(home, file)
  if (alias === undefined || !resolvers.test(manifestAt(home.repo, home.root)?.scripts['build'] ?? '')) return undefined
  const config = tsconfigAt(home.repo, home.root)
  const dir = (config?.outDir === undefined ? undefined : inside(home.root, config.outDir)) ?? 'dist'
  // Without a rootDir the compiler takes the folder that holds all sources, and a bundler the entry's own.
  const root = (config?.rootDir === undefined ? undefined : inside(home.root, config.rootDir)) ?? folderOf(file).split('/')[0] ?? '.'
  const below = root !== '' && root !== '.' && file.startsWith(`${root}/`) ? file.slice(root.length + 1) : file
  const rest = below.replace(/\.([cm]?)tsx?$/, '.$1js')
  return { file: `${dir}/${rest}`, dir, rest, why: alias }
}
