import ignore from 'ignore'
import type { Path, Snapshot } from '../types.js'
import { vercel } from '../../templates/vercel/target.js'

/** What a platform does to a project before it runs: the part of the cell that differs between platforms. */
export type CellRules = {
  /** Variables that are always set there. */
  readonly hostEnv: Readonly<Record<string, string>>
  /** Is this file of the task root in the deployed function? */
  readonly bundled: (path: Path) => boolean
}

// @vercel/client 18.4.2 getVercelIgnore: never uploaded, unless .vercelignore takes a line back with "!".
const notUploaded = [
  ...['.hg', '.git', '.gitmodules', '.svn', '.cache', '.next', '.now', '.vercel', '.npmignore', '.dockerignore', '.gitignore', '.*.swp', '.DS_Store'],
  ...['.wafpickle-*', '.lock-wscript', '.env.local', '.env.*.local', '.venv', '.yarn/cache', '.pnp*', 'npm-debug.log', 'config.gypi', 'node_modules'],
  ...['__pycache__', 'venv', 'CVS'],
]
// @vercel/python 25.0.0 packFunctionBundle: uploaded, and left out of the function. `public` is served by the CDN.
const notBundled = [
  ...['/.git', '/.gitignore', '/.vercel', '/.pnpm-store', 'node_modules/', '.next/', '.nuxt/', '.venv/', 'venv/', '__pycache__/', '.mypy_cache/', '.ruff_cache/'],
  ...['public/', 'pnpm-lock.yaml', 'yarn.lock', 'package-lock.json'],
]

/** Vercel's rules for the project that lies at the root of `repo`; `more` are further ignore lines. */
export function vercelRules(repo: Snapshot, more: readonly string[] = []): CellRules {
  const lines = (repo.text('.vercelignore') ?? repo.text('.nowignore') ?? '').split(/\r?\n/).map((line) => line.replace(/^(!?)\.\//, '$1'))
  const upload = ignore({ allowRelativePaths: true }).add([...notUploaded, ...lines, ...more])
  const bundle = ignore({ allowRelativePaths: true }).add(notBundled)
  return { hostEnv: vercel.hostEnv, bundled: (path) => !upload.ignores(path) && !bundle.ignores(path) }
}
