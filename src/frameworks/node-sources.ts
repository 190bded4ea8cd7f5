/** Which file of the repo a command means: by a path as Node takes it, or by the name of a built file. What an import means is in lang/javascript/resolution.ts. */
import { join } from '../lang/paths.js'
import type { Path, Snapshot } from '../types.js'
import { manifestAt, type Manifest } from '../lang/javascript/manifest/manifest.js'
import { tsconfigAt } from './node-tsconfig.js'

const extensions = ['.js', '.ts', '.mjs', '.mts', '.cjs', '.cts', '.jsx', '.tsx']
const typed: Readonly<Record<string, readonly string[]>> = { '.js': ['.ts', '.tsx', '.jsx'], '.mjs': ['.mts'], '.cjs': ['.cts'] }
/** Folders whose code no served app runs. */
const aside = /(^|\/)(tests?|__tests__|__mocks__|specs?|e2e|cypress|playwright|fixtures?|mocks?|docs?|examples?|samples?|demos?|node_modules|bower_components|dist|build|out|coverage|public|static|assets|vendor|third_party|storybook|\.\w[^/]*)\//i
const asideFile = /(\.|-|_)(test|spec|stories|bench|e2e)\.[cm]?[jt]sx?$|\.(config|d)\.[cm]?[jt]s$|\.min\.js$|(^|\/)(gulpfile|gruntfile|setupProxy|setupTests)\.\w+$/i
/** First folders of what a build writes. */
const built = /^(dist|build|lib|out|output|\.build|prod|compiled|\.output|bundle|release)$/
const sourceFolders = ['src', '.', 'source', 'server', 'app', 'server/src', 'backend', 'lib']

/** Code that stands beside the app: tests, examples, built and browser files. */
export const isAsideScript = (path: Path): boolean => aside.test(path) || asideFile.test(path)

/** A file that Node can be told to run, with or without an extension: 'bin/www'. */
export const isRunnable = (repo: Snapshot, path: Path): boolean => extensions.some((end) => path.endsWith(end)) || /(^|\/)bin\/[\w-]+$/.test(path) || /^#!.*\bnode\b/.test(repo.text(path) ?? '')

/** The file that `node x` or `require('x')` takes for a path, repo-relative: extensions and a folder's index are tried; TypeScript's sources stand in for the .js names in their imports. */
export function fileAt(repo: Snapshot, path: Path): Path | undefined {
  if (path.startsWith('../') || path === '..') return undefined
  const held = (one: Path): boolean => repo.text(one) !== undefined
  if (held(path) && isRunnable(repo, path)) return path
  const end = /\.[cm]?js$/.exec(path)?.[0]
  for (const other of end === undefined ? [] : (typed[end] ?? [])) if (held(path.slice(0, -(end?.length ?? 0)) + other)) return path.slice(0, -(end?.length ?? 0)) + other
  for (const other of extensions) if (held(path + other)) return path + other
  if (!repo.hasDir(path)) return undefined
  const main = path === '.' ? undefined : manifestAt(repo, path)?.main
  return (main === undefined ? undefined : fileAt(repo, join(path, main))) ?? extensions.map((other) => join(path, `index${other}`)).find(held)
}

/**
 * The source of a built file ('dist/index.js' → 'src/index.ts'): through tsconfig's outDir, then through what the build scripts name,
 * then the one file in the usual places that has the same name. Undefined when it is not a built file, or none fits.
 */
export function sourceOf(repo: Snapshot, root: Path, path: Path): Path | undefined {
  const inside = root === '.' ? path : path.startsWith(`${root}/`) ? path.slice(root.length + 1) : undefined
  if (inside === undefined) return undefined
  const manifest = manifestAt(repo, root)
  const configs = tsconfigNames(manifest).flatMap((name) => tsconfigAt(repo, root, name) ?? [])
  for (const config of configs) {
    const rest = config.outDir === undefined || config.outDir === root ? undefined : below(config.outDir, path)
    if (rest === undefined) continue
    for (const home of [...(config.rootDir === undefined ? [] : [config.rootDir]), root, ...config.includes, join(root, 'src')]) {
      const file = sourceNamed(repo, join(home, rest))
      if (file !== undefined && file !== path) return file
    }
  }
  const named = manifest ? namedByBuild(repo, manifest, inside) : undefined
  if (named !== undefined) return named
  const [first = '', ...rest] = inside.split('/')
  if (rest.length === 0 || !built.test(first)) return undefined
  for (let parts = rest; parts.length > 0; parts = parts.slice(1))
    for (const home of sourceFolders) {
      const file = first === home ? undefined : sourceNamed(repo, join(join(root, home), parts.join('/')))
      if (file !== undefined && file !== path) return file
    }
  return undefined
}

/** `tsup src/index.ts`, `esbuild src/server.ts --outfile=dist/app.js`, `babel src -d dist`, `ncc build src/x.ts -o dist`: sources that the build is given. */
function namedByBuild(repo: Snapshot, manifest: Manifest, inside: Path): Path | undefined {
  const stem = stemOf(inside.split('/').at(-1) ?? '')
  const out = inside.split('/')[0] ?? ''
  for (const command of Object.values(manifest.scripts)) {
    if (!/\b(tsup|esbuild|babel|swc|ncc|rollup|tsdown|pkgroll|bun build|unbuild|vite build|webpack)\b/.test(command)) continue
    const files = [...command.matchAll(/(?:^|[\s"'=])((?:\.\/)?[\w./-]+\.[cm]?[jt]sx?)(?=$|[\s"'])/g)].flatMap(([, written]) => (written === undefined ? [] : [join(manifest.dir, written)])).filter((file) => repo.text(file) !== undefined)
    const same = files.find((file) => stemOf(file.split('/').at(-1) ?? '') === stem)
    if (same !== undefined) return same
    if (files.length === 1 && command.includes(inside)) return files[0]
    const [, from] = /\b(?:babel|swc)\s+(?:\.\/)?([\w./-]+)\s.*(?:-d|--out-dir)[\s=](?:\.\/)?[\w./-]+/.exec(command) ?? []
    const file = from === undefined || !command.includes(out) ? undefined : (sourceNamed(repo, join(join(manifest.dir, from), inside.split('/').slice(1).join('/'))) ?? sourceNamed(repo, join(manifest.dir, inside.split('/').slice(1).join('/'))))
    if (file !== undefined) return file
  }
  return undefined
}

function tsconfigNames(manifest: Manifest | undefined): readonly string[] {
  const given = Object.values(manifest?.scripts ?? {}).flatMap((command) => [...command.matchAll(/\btsc\b[^&|;]*?(?:-p|--project|-b|--build)[\s=](?:\.\/)?([\w./-]+\.json)/g)].flatMap(([, name]) => name ?? []))
  return [...new Set([...given, 'tsconfig.json', 'tsconfig.build.json', 'tsconfig.server.json'])]
}
function sourceNamed(repo: Snapshot, path: Path): Path | undefined {
  const stem = stemOf(path)
  const order = ['.ts', '.mts', '.cts', '.tsx', '.js', '.mjs', '.cjs', '.jsx']
  return [...order.map((end) => stem + end), ...order.map((end) => join(stem, `index${end}`))].find((one) => repo.text(one) !== undefined)
}
const stemOf = (path: Path): string => path.replace(/\.[cm]?[jt]sx?$/, '')
const below = (dir: Path, path: Path): Path | undefined => (dir === '.' ? path : path.startsWith(`${dir}/`) ? path.slice(dir.length + 1) : undefined)
