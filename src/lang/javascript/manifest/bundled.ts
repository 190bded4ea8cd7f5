/** Does the package's own build put the server into one file? Then the bundler resolves its imports, and Node sees none of them. */
import { dirOf, join } from '../../paths.js'
import type { Path, Snapshot } from '../../../types.js'
import { manifestsFrom, type Manifest } from './manifest.js'

const scripts = ['build', 'vercel-build', 'build:server', 'build:api', 'build:backend', 'build:prod', 'prestart', 'start']
/** Made for servers and libraries; the others bundle pages as often, so their command has to say that it is about Node. */
const always = /(^|[\s;&|/])(tsup|tsdown|pkgroll|unbuild|ncc\s+build)(\s|$)/
const forNode = /(^|[\s;&|/])(esbuild\b.*--bundle|bun\s+build)\b/

/** By the nearest package.json of a file. `entry`: the file that is served, whose name in a command says what is bundled. */
export function isBundled(repo: Snapshot, path: Path, entry: Path): boolean {
  const [manifest] = manifestsFrom(repo, dirOf(path))
  if (!manifest || keepsFiles(repo, manifest)) return false
  const file = entry.slice(entry.lastIndexOf('/') + 1)
  return scripts.some((name) => {
    const command = manifest.scripts[name] ?? ''
    return always.test(command) || (forNode.test(command) && (/--(platform|target)[= ](node|bun)\b/.test(command) || command.includes(file))) || /\bnode\s+\S*esbuild\S*/.test(command)
  })
}
/** `bundle: false` writes one file for each source. */
function keepsFiles(repo: Snapshot, { dir }: Manifest): boolean {
  return ['ts', 'mts', 'js', 'mjs', 'cjs'].some((ending) => ['tsup', 'tsdown'].some((tool) => /\b(bundle\s*:\s*false|unbundle\s*:\s*true)\b/.test(repo.text(join(dir, `${tool}.config.${ending}`)) ?? '')))
}
