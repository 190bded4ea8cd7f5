/**
 * Bundles the CLI into dist/ (split, so that each command loads only what it needs) and copies the wasm files into assets/wasm.
 * Everything is built in memory first: a run of the old bundle in another terminal never meets half of a new one.
 */
import { copyFileSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { basename, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

const root = dirname(fileURLToPath(import.meta.url))
const require = createRequire(import.meta.url)
// Tests build into a folder of their own, so that they don't pull the bundle from under another run.
const dist = join(root, process.argv[2] ?? 'dist')

const result = await build({
  absWorkingDir: root,
  entryPoints: { cli: 'src/cli/main.ts' },
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node20.19',
  // jsonc-parser's main is UMD, whose inner requires a bundler can't follow.
  mainFields: ['module', 'main'],
  outdir: dist,
  chunkNames: 'chunks/[name]-[hash]',
  write: false,
  // Has wasm files of its own that it finds beside its code, so it stays a package.
  external: ['@vercel/python-analysis'],
  // Some bundled packages are CommonJS and call require() for Node's own modules.
  banner: { js: "import { createRequire as __createRequire } from 'node:module';\nconst require = __createRequire(import.meta.url);" },
  legalComments: 'none',
  metafile: true,
  logLevel: 'warning',
})

/** The licences of what was bundled, as their authors ask. */
function licences() {
  const packages = new Set(Object.keys(result.metafile.inputs).flatMap((input) => /^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+/.exec(input)?.[0] ?? []))
  const parts = [...packages].sort().map((dir) => {
    const { name, version, license } = JSON.parse(readFileSync(join(root, dir, 'package.json'), 'utf8'))
    const file = readdirSync(join(root, dir)).find((entry) => /^licen[cs]e(\.\w+)?$/i.test(entry))
    return `${name} ${version} (${license})\n\n${file ? readFileSync(join(root, dir, file), 'utf8').trim() : 'No licence file in the package.'}\n`
  })
  return parts.join(`\n${'-'.repeat(80)}\n\n`)
}

const written = new Set([join(dist, 'LICENSES.txt')])
for (const file of result.outputFiles) {
  mkdirSync(dirname(file.path), { recursive: true })
  writeFileSync(file.path, file.contents)
  written.add(file.path)
}
writeFileSync(join(dist, 'LICENSES.txt'), licences())
for (const entry of readdirSync(dist, { recursive: true, withFileTypes: true })) {
  const path = join(entry.parentPath ?? entry.path, entry.name)
  if (entry.isFile() && !written.has(path)) rmSync(path, { force: true })
}

const wasm = join(root, 'assets', 'wasm')
mkdirSync(wasm, { recursive: true })
const grammarDir = dirname(require.resolve('tree-sitter-python/package.json'))
const runtimeDir = dirname(require.resolve('web-tree-sitter'))
for (const source of [join(runtimeDir, 'web-tree-sitter.wasm'), join(grammarDir, 'tree-sitter-python.wasm')]) copyFileSync(source, join(wasm, basename(source)))
