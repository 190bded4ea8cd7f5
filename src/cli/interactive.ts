/** The run as a conversation: every question is also an option, and what was given as an option is not asked. */
import { UserError, type ExitCode } from '../errors.js'
import type { App, Finding, TargetId } from '../types.js'
import { print } from '../io/terminal.js'
import { draft, readRepo, survey, type Choices, type Draft, type Repo, type Survey } from '../migrate.js'
import { defaultDecisions } from '../plan.js'
import { summary } from '../preview.js'
import { counts, targetTitles } from '../report/verdict.js'
import { findingLines, outcomeLines, recommendationLines, stackLines, type Style } from '../report/terminal.js'
import { plural } from '../text.js'
import { answersOf, decide, refuseTarget, sideFiles, write } from './commands/migrate.js'
import { refuseDirty } from './dirty.js'
import { pageDiff } from './pager.js'
import * as ask from './prompts.js'
import { appNamed } from './select.js'
import { planOf, shapeOf, targetOf, type Session } from './session.js'

export async function interactive(session: Session, dir: string, chosen: ReadonlySet<string> | undefined): Promise<ExitCode> {
  const style = { ...session.screen, columns: Math.min(session.screen.columns, 80) - 8 }
  const answers = answersOf(session)
  ask.hello()
  const repo = await ask.busy('Reading the repo', () => readRepo(dir))
  const app = appNamed(repo.apps, session.value('app') ?? answers?.app) ?? (await ask.app(repo.apps))
  let plan = planOf(session) ?? answers?.plan
  let found = await ask.busy('Looking for what would break', async () => survey(repo, [app], { target: 'vercel', plan: plan ?? 'free' }))
  showFindings(found, style)
  const target = targetOf(session) ?? answers?.target ?? (await ask.target(found.inspection.recommendation.target))
  if (target !== 'vercel') return refuseTarget(session, undefined, target)
  if (plan === undefined) {
    plan = await ask.plan()
    // The plan's limits decide which schedules fit.
    if (plan !== 'free') found = survey(repo, [app], { target, plan })
  }
  let decisions = decide(session, found, chosen, answers)
  if (!answers && !session.has('unsafe')) decisions = new Map([...decisions, ...(await review(found, target, chosen))])
  const shape = shapeOf(session) ?? answers?.entry ?? 'auto'
  // Nobody is asked twice: of what only shows once other fixes are made, the safe ones are taken.
  let choices: Choices = { target, plan, shape, decisions, later: (findings) => defaultDecisions(findings, { unsafe: false, ...(chosen ? { chosen } : {}) }) }
  let drafted = await ask.busy('Planning', () => draft(repo, found, app, choices))
  if (shapeOf(session) === undefined && answers?.entry === undefined) ({ choices, drafted } = await chooseEntry(repo, found, app, choices, drafted))
  sideFiles(session, drafted, choices, app)
  const { files } = drafted.report.plan
  if (files.length === 0) return finish(session, drafted.report, style, (await write(session, repo, drafted, app)).exit)
  refuseDirty(session, dir, files)
  ask.box(summary(files, { color: style.color }).trimEnd(), `${plural(files.length, 'file')} would change`)
  while ((await ask.consent(files.length)) === 'show') await pageDiff(files, session.screen)
  const done = await write(session, repo, drafted, app, ask)
  return finish(session, done.report, style, done.exit)
}

function showFindings(found: Survey, style: Style): void {
  for (const item of found.inspection.apps) {
    ask.box([...stackLines(item, style)].join('\n'), 'The app')
    const text = [...findingLines(item.findings, style)].join('\n').trimEnd()
    ask.box(text || 'Nothing that a serverless host would mind.', item.findings.length > 0 ? `Found: ${counts(item.findings)}` : 'Found')
  }
  ask.box([...recommendationLines(found.inspection, style)].join('\n'), 'Recommendation')
}

/** Ticks for the reviewed fixes, then a question for each choice. */
async function review(found: Survey, target: TargetId, chosen: ReadonlySet<string> | undefined): Promise<ReadonlyMap<string, string>> {
  const open = found.inspection.apps.flatMap((item) => item.findings).filter((finding) => finding.fix.class === 'review' && finding.targets.includes(target) && (!chosen || chosen.has(finding.rule)))
  const fixes = open.filter((finding) => finding.problem.remedy.kind === 'fix')
  const decisions = new Map<string, string>()
  if (fixes.length > 0) {
    const ticked = await ask.fixes(fixes)
    for (const finding of fixes) decisions.set(finding.id, ticked.has(finding.id) ? 'take' : 'leave')
  }
  const asked = new Map<string, [Finding, ...Finding[]]>()
  for (const finding of open) {
    const { remedy } = finding.problem
    if (remedy.kind !== 'choice') continue
    // The same question on the same thing, put by two rules, has one answer.
    const key = JSON.stringify([remedy.question, remedy.byDefault, remedy.options.map((option) => [option.id, option.title])])
    const group = asked.get(key)
    if (group) group.push(finding)
    else asked.set(key, [finding])
  }
  for (const group of asked.values()) {
    const answer = await ask.choice(group)
    for (const finding of group) decisions.set(finding.id, answer)
  }
  return decisions
}

/** Asks how the platform enters the app, where both ways work. */
async function chooseEntry(repo: Repo, found: Survey, app: App, choices: Choices, drafted: Draft): Promise<{ readonly choices: Choices; readonly drafted: Draft }> {
  const other = drafted.report.plan.entry.shape === 'native' ? 'api' : 'native'
  if (drafted.report.plan.files.length === 0 || drafted.report.plan.entry.shape === 'services') return { choices, drafted }
  const alternative = await ask.busy('Looking for another way in', async () => {
    try {
      return await draft(repo, found, app, { ...choices, shape: other })
    } catch (error) {
      // Refused with a reason: then there is nothing to choose.
      if (error instanceof UserError) return undefined
      throw error
    }
  })
  if (!alternative || alternative.report.checks.some((check) => !check.ok)) return { choices, drafted }
  const taken = await ask.entry(drafted.report.plan.entry, alternative.report.plan.entry)
  return taken === 'first' ? { choices, drafted } : { choices: { ...choices, shape: other }, drafted: alternative }
}

function finish(session: Session, report: Draft['report'], style: Style, exit: ExitCode): ExitCode {
  print([...outcomeLines(report, { ...style, columns: session.screen.columns })].join('\n') + '\n')
  ask.bye(report.plan.files.length === 0 ? `Nothing to change for ${targetTitles[report.plan.target]}.` : 'MIGRATION.md says what was done and what is left.')
  return exit
}
