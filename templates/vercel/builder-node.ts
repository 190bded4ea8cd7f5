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
  ignored: ['node_modules/'],
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
