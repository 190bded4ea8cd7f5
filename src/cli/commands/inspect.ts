import { UserError, type ExitCode } from '../../errors.js'
import { isHard } from '../../inspect.js'
import { readRepo, survey, tool } from '../../migrate.js'
import { targetTitles } from '../../report/verdict.js'
import { plural } from '../../text.js'
import { deliver } from '../output.js'
import { appNamed, chosenRules, severalApps } from '../select.js'
import { dirOf, planOf, targetOf, type Session } from '../session.js'

/** All apps, or the one named; whatever is found, it succeeds. */
export async function inspectCommand(session: Session): Promise<ExitCode> {
  const chosen = chosenRules(session)
  const repo = await readRepo(dirOf(session))
  const asked = session.value('app')
  const named = asked === undefined ? undefined : appNamed(repo.apps, asked)
  const { inspection } = survey(repo, named ? [named] : repo.apps, { target: targetOf(session) ?? 'vercel', plan: planOf(session) ?? 'free', ...(chosen ? { chosen } : {}) })
  await deliver(session, { tool: tool(), inspection })
  return 0
}

/** The gate: fails while something blocks or breaks on the target. */
export async function checkCommand(session: Session): Promise<ExitCode> {
  const target = targetOf(session)
  if (!target) throw new UserError('`check` needs to know where the app goes.', 2, 'Say it with --target vercel, render or hybrid.')
  const chosen = chosenRules(session)
  const repo = await readRepo(dirOf(session))
  const app = appNamed(repo.apps, session.value('app'))
  if (!app) throw severalApps(repo.apps)
  const { inspection } = survey(repo, [app], { target, plan: planOf(session) ?? 'free', ...(chosen ? { chosen } : {}) })
  const apps = inspection.apps.map((item) => ({ ...item, findings: item.findings.filter((finding) => finding.targets.includes(target)) }))
  await deliver(session, { tool: tool(), inspection: { ...inspection, apps } })
  const hard = apps.flatMap((item) => item.findings).filter((finding) => isHard(finding, target))
  session.say(hard.length === 0 ? `check: nothing blocks or breaks on ${targetTitles[target]}.` : `check: ${plural(hard.length, 'finding')} ${hard.length === 1 ? 'blocks or breaks' : 'block or break'} on ${targetTitles[target]}.`)
  return hard.length === 0 ? 0 : 1
}
