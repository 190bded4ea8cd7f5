/** What a change of the dependencies asks of the lock file, which only the package manager itself can write. */
import type { PackageManager, Path } from '../../../types.js'

export type NodeManager = Extract<PackageManager, 'npm' | 'pnpm' | 'yarn' | 'bun'>
export type LockStep = {
  /** What a person runs and commits. */
  readonly command: string
  /** A plain install on a build machine (`CI` set) fails until then: the fix is to be shown, not applied unasked. */
  readonly blocksInstall: boolean
  /** A checklist line. */
  readonly left: string
}

/**
 * pnpm and Yarn 2+ install from a frozen lock where `CI` is set, as platforms set it (seen in a Vercel build: `pnpm install`, ERR_PNPM_OUTDATED_LOCKFILE);
 * `npm install`, Yarn 1 and Bun add what the lock lacks, and only `npm ci` and `--frozen-lockfile` refuse.
 */
export function lockStep(manager: NodeManager, lock: { readonly path: Path; readonly text: string | undefined } | undefined): LockStep | undefined {
  if (!lock) return undefined
  const isYarn1 = manager === 'yarn' && !/^__metadata:/m.test(lock.text ?? '')
  const command = { npm: 'npm install --package-lock-only', pnpm: 'pnpm install --lockfile-only', yarn: isYarn1 ? 'yarn install' : 'yarn install --mode=update-lockfile', bun: 'bun install --lockfile-only' }[manager]
  const blocksInstall = manager === 'pnpm' || (manager === 'yarn' && !isYarn1)
  const until = blocksInstall ? 'until then the host refuses to install, because it takes the lock as frozen' : `until then a frozen install (${manager === 'npm' ? '`npm ci`' : '`--frozen-lockfile`'}) fails, a plain one works`
  return { command, blocksInstall, left: `Run \`${command}\` and commit ${lock.path}: ${until}.` }
}
