import { targets } from '../../../templates/index.js'
import { UserError, type ExitCode } from '../../errors.js'
import { readRepo, survey } from '../../migrate.js'
import type { App, Entry, Path, Snapshot } from '../../types.js'
import { requireCell, verifyApp } from '../../verify/index.js'
import { deliverVerification } from '../output.js'
import { appNamed, severalApps } from '../select.js'
import { dirOf, planOf, type Session } from '../session.js'
import { probesOf, servedEntry, valuesFor } from '../verification.js'

/** Boots the repo as it stands, and compares its answers with those of a local start. */
export async function verifyCommand(session: Session): Promise<ExitCode> {
  if (session.has('with-vercel-build')) throw new UserError('--with-vercel-build is not available yet.', 2, 'Leave it out: the emulated cell needs nothing from Vercel.')
  const target = session.value('target') ?? 'vercel'
  if (target !== 'vercel') throw new UserError(`There is no emulated cell for ${target} yet.`, 2, 'Use --target vercel.')
  const probes = probesOf(session)
  const repo = await readRepo(dirOf(session))
  const app = appNamed(repo.apps, session.value('app'))
  if (!app) throw severalApps(repo.apps)
  const plan = planOf(session) ?? 'free'
  const { inspection, folders } = survey(repo, [app], { target: 'vercel', plan, chosen: new Set() })
  const variables = inspection.apps[0]?.env ?? []
  requireCell(app)
  session.say('Booting the app in an emulated cell, and asking its routes…')
  const verification = await verifyApp({
    repoDir: repo.dir,
    repo: repo.snapshot,
    app,
    entry: entryNow(repo.snapshot, app, folders.get(app) ?? []),
    before: { dir: repo.dir, entry: app.entry, repo: repo.snapshot },
    env: valuesFor(repo.dir, app, variables),
    probes,
  })
  await deliverVerification(session, verification)
  return verification.ok ? 0 : 1
}

/** What the platform would serve of the repo as it is: the shim of an earlier run, else the app itself. */
function entryNow(repo: Snapshot, app: App, folders: readonly Path[]): Entry {
  try {
    const { entry, changes } = targets.vercel.emit(repo, { app, needs: [{ kind: 'entry' }], plan: 'free', shape: 'auto', folders })
    if (repo.has(entry.file) && !changes.some((change) => change.path === entry.file)) return servedEntry(app, entry.file)
  } catch (error) {
    // A repo that can't be served yet is booted as it starts locally, and shows why.
    if (!(error instanceof UserError)) throw error
  }
  return app.entry
}
