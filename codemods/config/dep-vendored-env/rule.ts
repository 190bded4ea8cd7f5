import ignore from 'ignore'
import type { Path, Problem, Program, Rule, RuleContext } from '../../../src/types.js'

/** What uploads leave out by themselves; the folder is still dead weight in the repo. */
const usuallyLeftOut = new Set(['venv', '.venv', 'node_modules'])

export const depVendoredEnv = {
  id: 'dep-vendored-env',
  title: 'Installed packages committed with the code',
  hazard: 'vendored-env',
  language: 'config',
  about: 'any',
  assumes: 'large-bundle',
  severity: 'degrades',
  *check(_program: Program, { app, repo, target }: RuleContext): Generator<Problem> {
    const ignored = ignore({ allowRelativePaths: true }).add(repo.text(`.${target.id}ignore`) ?? '')
    const folders = new Map<Path, { first: Path; count: number }>()
    for (const path of repo.list()) {
      if (repo.tracked && !repo.tracked.has(path)) continue
      const folder = installedFolder(path)
      if (folder === undefined) continue
      const known = folders.get(folder)
      if (known) known.count++
      else folders.set(folder, { first: path, count: 1 })
    }
    for (const [folder, { first, count }] of folders) {
      const pattern = `${folder}/`
      if (ignored.ignores(`${folder}/x`) || (app.root !== '.' && !folder.startsWith(`${app.root}/`) && folder.includes('/'))) continue
      const name = folder.slice(folder.lastIndexOf('/') + 1)
      const place = repo.has(`${folder}/pyvenv.cfg`) ? `${folder}/pyvenv.cfg` : first
      yield {
        path: place,
        range: { start: 0, end: 0 },
        when: 'build',
        trace: [{ file: place, line: 1, note: `${count} installed files are committed below ${pattern}` }],
        message: `${pattern} holds installed packages (${count} files) made for another machine: they swell the upload and the bundle, and the host installs its own. Keep the folder out of the upload, and out of git (git rm -r --cached ${folder}).`,
        severity: usuallyLeftOut.has(name) ? 'advice' : 'degrades',
        remedy: { kind: 'fix', safety: 'safe', title: `Keep ${pattern} out of the upload`, changes: [], needs: [{ kind: 'ignore', pattern }] },
      }
    }
  },
} satisfies Rule

/** The environment's folder, for a file that an installer put there. A skeleton without packages (pyvenv.cfg and scripts) is no weight. */
function installedFolder(path: Path): Path | undefined {
  const python = /^(.+?)\/(?:lib\/python3?\.?\d*\/|Lib\/)site-packages\//i.exec(path)
  if (python) return python[1]
  return /^((?:.*?\/)??node_modules)\//.exec(path)?.[1]
}
