/** What Vercel's Node builder is given: package.json, and the files that its tracing does not see. */
import { manifestAt } from '../../src/frameworks/node-manifest.js'
import { editConfig, replaced, type ConfigEdit } from '../../src/json-text.js'
import type { App, Need, Path } from '../../src/types.js'
import type { Builder, Furnished, Furnishing, Setting } from './builder.js'
import { facts } from './limits.js'
import { handedBy, runs } from './node-entry.js'
import { below, inside, type Folder } from './project.js'
import type { Shape } from './shape.js'

const script = /\.(?:[cm]?js|[cm]?tsx?|jsx)$/

export const nodeBuilder: Builder = {
  language: 'Node',
  slugs: ['express', 'node'],
  legacy: /^@(?:vercel|now)\/node(?:-server)?(?:@|$)/,
  isCode: path => script.test(path) && !path.endsWith('.d.ts'),
  isFunction: (_home, path) => /\.(?:[cm]?js|tsx?)$/.test(path) && !path.endsWith('.d.ts'),
  binds: (home, path) => runs(handedBy(home, path)),
  ignored: ['node_modules/'],
  furnish,
  settings,
}

type Dependency = Extract<Need, { readonly kind: 'dependency' }>

function furnish({ repo, place, context }: Furnishing): Furnished {
  const { home } = place
  const path = below(home.root, 'package.json')
  const text = repo.text(path)
  const manifest = manifestAt(repo, home.root)
  if (text === undefined || !manifest || manifest.brokenAt !== undefined) return { changes: [], steps: [`Give ${home.root} a package.json that parses: without one Vercel installs nothing.`] }
  const missing = context.needs.filter((need): need is Dependency => need.kind === 'dependency' && manifest.dependencies[need.name] === undefined)
  const fresh = missing.filter((need, index) => missing.findIndex(other => other.name === need.name) === index)
  const edits: ConfigEdit[] = fresh.map(need => ({ at: ['dependencies', need.name], value: need.specifier ?? '*' }))
  const runtime = context.needs.find((need): need is Extract<Need, { readonly kind: 'runtime' }> => need.kind === 'runtime')
  if (runtime && offered(runtime.version)) edits.push({ at: ['engines', 'node'], value: runtime.version })
  return { changes: [...replaced(path, text, editConfig(text, edits))], steps: fresh.length > 0 ? [lockStep(context.app, home.root)] : [] }
}

const offered = (version: string): boolean => facts.nodeVersions.value.some(major => version.startsWith(major))

const install: Readonly<Partial<Record<App['packageManager'], string>>> = { npm: 'npm install', pnpm: 'pnpm install', yarn: 'yarn install', bun: 'bun install' }
const lockStep = ({ packageManager }: App, dir: Path): string => `Run \`${install[packageManager] ?? 'npm install'}\` in ${dir}, because package.json has changed and the lock file has not.`

/** Under the preset the duration belongs to "index.js", whatever the entry is called, and the files to the entry itself (CLI 64.0.2, run 2026-11). */
function settings(shape: Shape, { home, maxDuration, folders }: Parameters<Builder['settings']>[1]): readonly Setting[] {
  const inService = shape.way === 'services'
  // A service's files are named from the repo's root, and its views are not found by themselves.
  const include = folders.flatMap(dir => {
    const own = inside(home.root, dir)
    // Code is traced by its imports.
    if (own === undefined || own === '.' || home.list(own).every(path => script.test(path)) || own === 'node_modules' || (shape.way === 'native' && own === 'views') || traced(home, own)) return []
    return [inService ? dir : own]
  })
  const duration = maxDuration === undefined ? {} : { maxDuration }
  if (shape.way !== 'native' || shape.served === 'index.js') return [{ key: shape.served, include, ...duration }]
  return [{ key: shape.served, include }, ...(maxDuration === undefined ? [] : [{ key: 'index.js', ...duration }])]
}

/** Every mention of the folder in code starts from the file's own place: the builder's tracing sees those, and packs the files. */
function traced(home: Folder, dir: Path): boolean {
  const name = dir.slice(dir.lastIndexOf('/') + 1).replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
  const mention = new RegExp(`["'\`/]${name}(?:/[^"'\`]*)?["'\`]`)
  const lines = home.list().filter(path => script.test(path) || /^bin\/[\w-]+$/.test(path)).flatMap(path => (home.text(path) ?? '').split(/\r\n|\r|\n/)).filter(line => mention.test(line) && !/^\s*(?:\/\/|\*|import\b)|\brequire\(\s*["']\./.test(line))
  return lines.length > 0 && lines.every(line => /\b__dirname\b|\bimport\.meta\b/.test(line))
}
