/** Files of platforms and process managers that a repo may hold, whatever its language. */
import { join } from '../lang/paths.js'
import type { Path, PlatformFile, Snapshot } from '../types.js'

/** Files that hold the command which starts an app, in the order in which they speak for it. */
export const commandFiles: readonly string[] = ['Procfile', 'render.yaml', 'Dockerfile', 'docker-compose.yml', 'docker-compose.yaml', 'compose.yaml', 'compose.yml', 'fly.toml', 'railway.json', 'railway.toml', 'nixpacks.toml', 'app.yaml']
/** Shell scripts that often do. */
export const shellFiles: readonly string[] = ['start.sh', 'run.sh', 'entrypoint.sh', 'docker-entrypoint.sh', 'startup.sh', 'build.sh', 'dev.sh']

/** Whose files lie beside the app or at the top of the repo. */
export function platformFiles(repo: Snapshot, root: Path): readonly PlatformFile[] {
  const out: PlatformFile[] = []
  const has = (...names: readonly string[]): boolean => names.some((name) => repo.has(join(root, name)) || repo.has(name))
  if (has('vercel.json', 'vercel.toml', 'vercel.ts', 'now.json')) out.push('vercel')
  if (has('render.yaml')) out.push('render')
  if (has('Dockerfile', 'docker-compose.yml', 'docker-compose.yaml', 'compose.yaml', 'compose.yml')) out.push('docker')
  if (has('Procfile')) out.push('procfile')
  return out
}
