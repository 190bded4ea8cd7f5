/**
 * Bundles the CLI into dist/ (split, so that each command loads only what it needs) and copies the wasm files into assets/wasm.
 * Everything is built in memory first: a run of the old bundle in another terminal never meets half of a new one.
 */
import { copyFileSync, mkdirSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { basename, dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build, transform } from 'esbuild'

const root = dirname(fileURLToPath(import.meta.url))
const require = createRequire(import.meta.url)
// Tests build into a folder of their own, so that they don't pull the bundle from under another run.
const dist = join(root, process.argv[2] ?? 'dist')

/**
 * ts-morph brings TypeScript's compiler and jscodeshift Babel's parser. Both are CommonJS and are loaded by `import()` on need only: in a chunk
 * of its own, a CommonJS package has nothing but a default export, so ts-morph gets the names that Node would give it.
 * flow-parser (1.8 MB) is for a parser of jscodeshift's that is never asked for.
 */
const javascript = {
  name: 'javascript-on-need',
  setup(builder) {
    builder.onResolve({ filter: /^ts-morph$/, namespace: 'file' }, () => ({ path: 'ts-morph', namespace: 'named' }))
    builder.onLoad({ filter: /.*/, namespace: 'named' }, () => ({
      contents: `import morph from ${JSON.stringify(require.resolve('ts-morph'))}\nexport const { ${Object.keys(require('ts-morph')).join(', ')} } = morph`,
      resolveDir: root,
    }))
    builder.onResolve({ filter: /^flow-parser$/ }, () => ({ path: 'flow-parser', namespace: 'left-out' }))
    builder.onLoad({ filter: /.*/, namespace: 'left-out' }, () => ({ contents: 'module.exports = {}' }))
  },
}

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
  plugins: [javascript],
  // Some bundled packages are CommonJS: they call require() for Node's own modules, and TypeScript's compiler asks where it lies.
  banner: {
    js: [
      "import { createRequire as __createRequire } from 'node:module';",
      "import { fileURLToPath as __fileURLToPath } from 'node:url';",
      'const require = __createRequire(import.meta.url), __filename = __fileURLToPath(import.meta.url);',
    ].join('\n'),
  },
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
  // Its compiler lies inside ts-morph's package, without its licence.
  if ([...packages].some((dir) => dir.endsWith('@ts-morph/common'))) {
    const [licence, notices] = ['LICENSE.txt', 'ThirdPartyNoticeText.txt'].map((file) => readFileSync(join(root, 'node_modules/typescript', file), 'utf8').trim())
    parts.push(`typescript ${require('ts-morph').ts.version} (Apache-2.0), inside @ts-morph/common\n\n${licence}\n\n${notices}\n`)
  }
  return parts.join(`\n${'-'.repeat(80)}\n\n`)
}

/** A compiler's chunk halves in size and loads sooner when minified; our own code keeps its lines, for the stack of a bug report. */
async function slim({ path, text }) {
  const inputs = Object.keys(result.metafile.outputs[relative(root, path).replaceAll('\\', '/')].inputs)
  if (text.length < 1_000_000 || !inputs.every((input) => /(^|\/)node_modules\/|^[a-z-]+:/.test(input))) return text
  return (await transform(text, { minify: true, lineLimit: 200, format: 'esm', platform: 'node', target: 'node20.19', legalComments: 'none' })).code
}

const written = new Set([join(dist, 'LICENSES.txt')])
const texts = await Promise.all(result.outputFiles.map(slim))
for (const [index, file] of result.outputFiles.entries()) {
  mkdirSync(dirname(file.path), { recursive: true })
  writeFileSync(file.path, texts[index])
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
// One that is there already is left alone: another build may be reading it.
for (const source of [join(runtimeDir, 'web-tree-sitter.wasm'), join(grammarDir, 'tree-sitter-python.wasm')]) if (statSync(source).size !== statSync(join(wasm, basename(source)), { throwIfNoEntry: false })?.size) copyFileSync(source, join(wasm, basename(source)))
