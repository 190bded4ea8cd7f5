/** What Vercel's Node builder is given: package.json, and the files that its tracing does not see. */
import { nodeProject } from '../../src/frameworks/node-project.js'
import { lockStep } from '../../src/lang/javascript/manifest/lock-step.js'
import { editManifest, type ManifestEdit } from '../../src/lang/javascript/manifest/package-json.js'
import type { Need, Path } from '../../src/types.js'
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
  // node_modules is left out by itself.
  ignored: [],
  furnish,
  settings,
}

function furnish({ repo, place, context }: Furnishing): Furnished {
  const { home } = place
  const path = below(home.root, 'package.json')
  const text = repo.text(path)
  const wanted = [...edits(context.needs)]
  const changes = text === undefined ? undefined : editManifest(path, text, wanted)
  if (changes === undefined) return { changes: [], steps: [`Give ${home.root} a package.json that parses: without one Vercel installs nothing.`] }
  const { packageManager, lock } = nodeProject(repo, home.root)
  const manager = (['npm', 'pnpm', 'yarn', 'bun'] as const).find(name => name === packageManager) ?? 'npm'
  const more = text === undefined ? undefined : editManifest(path, text, wanted.filter(({ kind }) => kind === 'dependency'))
  const step = more && more.length > 0 ? lockStep(manager, lock === undefined ? undefined : { path: lock, text: repo.text(lock) }) : undefined
  return { changes, steps: step ? [step.left] : [] }
}

function* edits(needs: readonly Need[]): Generator<ManifestEdit> {
  for (const need of needs) {
    if (need.kind === 'dependency') yield { kind: 'dependency', name: need.name, specifier: need.specifier ?? '*' }
    if (need.kind === 'runtime' && facts.nodeVersions.value.some(major => need.version.startsWith(major))) yield { kind: 'engine', node: need.version }
  }
}

/** Under the preset the duration belongs to "index.js", whatever the entry is called, and the files to the entry itself (CLI 64.0.2, run 2026-11). */
function settings(shape: Shape, { home, maxDuration, folders }: Parameters<Builder['settings']>[1]): readonly Setting[] {
  const include = shortened([...included(home, folders, shape)])
  const duration = maxDuration === undefined ? {} : { maxDuration }
  if (shape.way !== 'native' || shape.served === 'index.js') return [{ key: shape.served, include, ...duration }]
  return [{ key: shape.served, include }, ...(maxDuration === undefined ? [] : [{ key: 'index.js', ...duration }])]
}

/** The string that holds them all has a limit: folders are named by those above them, until they fit. */
function shortened(patterns: readonly string[]): readonly string[] {
  const depth = (pattern: string): number => pattern.split('/').length
  const longest = Math.max(...patterns.map(depth))
  if (longest <= 2 || patterns.join().length + 2 <= facts.patternLength.value) return patterns
  return shortened([...new Set(patterns.map(pattern => (depth(pattern) === longest && pattern.endsWith('/**') ? `${pattern.split('/').slice(0, -2).join('/')}/**` : pattern)))])
}

/** What the app reads and the builder's tracing does not see. A service names its files from the repo's root, and is not given its views. */
function* included(home: Folder, folders: readonly Path[], shape: Shape): Generator<string> {
  const lines = codeLines(home)
  const named = (own: Path): Path => (shape.way === 'services' ? below(home.root, own) : own)
  for (const dir of folders) {
    const own = inside(home.root, dir)
    if (own === undefined || own === '.' || own === 'node_modules' || (shape.way === 'native' && own === 'views')) continue
    // Code is traced by its imports.
    if (!home.list(own).every(path => script.test(path)) && !traced(lines, own)) yield `${named(own)}/**`
  }
  for (const path of home.list()) {
    if (!path.includes('/') && data.test(path) && !notData.test(path) && mentions(lines, path).length > 0 && !traced(lines, path)) yield named(path)
  }
}

/** Files of the root that an app may read: of folders, the reader of the program tells. */
const data = /\.(?:json|csv|tsv|txt|ya?ml|xml|html|pem|crt|key|db|sqlite3?)$/
const notData = /^(?:package(?:-lock)?|npm-shrinkwrap|[tj]sconfig[\w.-]*|vercel|nodemon|nest-cli|lerna|turbo|nx|pnpm-(?:lock|workspace)|render|docker-compose[\w.-]*|compose)\.\w+$/

const codeLines = (home: Folder): readonly string[] =>
  home.list().filter(path => script.test(path) || /^bin\/[\w-]+$/.test(path)).flatMap(path => (home.text(path) ?? '').split(/\r\n|\r|\n/)).filter(line => !/^\s*(?:\/\/|\*|import\b)|\brequire\(\s*["']\./.test(line))

function mentions(lines: readonly string[], path: Path): readonly string[] {
  const name = path.slice(path.lastIndexOf('/') + 1).replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
  const literal = new RegExp(`["'\`/]${name}(?:/[^"'\`]*)?["'\`]`)
  return lines.filter(line => literal.test(line))
}

/** Every mention in code starts from the file's own place: the builder's tracing sees those, and packs the files. */
function traced(lines: readonly string[], path: Path): boolean {
  const found = mentions(lines, path)
  return found.length > 0 && found.every(line => /\b__dirname\b|\bimport\.meta\b/.test(line))
}
