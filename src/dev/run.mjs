// Node 20 can't run TypeScript by itself: bundle the tool, then start it.
import { build } from 'esbuild'
import { dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

const here = dirname(fileURLToPath(import.meta.url))
const outfile = join(here, '..', '..', 'node_modules', '.cache', 'to-serverless', 'dev.mjs')
await build({ entryPoints: [join(here, 'main.ts')], outfile, bundle: true, platform: 'node', format: 'esm', target: 'node20', packages: 'external', logLevel: 'error' })
const { main } = await import(pathToFileURL(outfile).href)
process.exitCode = await main(process.argv.slice(2), join(here, '..', '..'))
