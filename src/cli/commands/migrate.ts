/** The main job, with and without questions. */
import type { App, Check, Finding, Verification } from '../../types.js'
import { UserError, type ExitCode } from '../../errors.js'
import { ruleIds } from '../../catalogue.js'
import { applyAnswers, parseAnswers, serializeAnswers, type Answers } from '../../answers.js'
import { isHard } from '../../inspect.js'
import { exists, readBytes } from '../../io/files.js'
import { isTTY } from '../../io/process.js'
import { exit, onInterrupt, print } from '../../io/terminal.js'
import { apply, draft, readRepo, survey, type Choices, type Draft, type Repo, type Survey } from '../../migrate.js'
import { defaultDecisions } from '../../plan.js'
import { nearest } from '../../nearest.js'
import { serializePlan } from '../../plan-file.js'
import { diffBytes } from '../../preview.js'
import { targetTitles, verdict } from '../../report/verdict.js'
import { refuseDirty } from '../dirty.js'
import { deliver, save } from '../output.js'
import { pageDiff } from '../pager.js'
import { recoverAndSay } from '../recovery.js'
import { appNamed, chosenRules, severalApps } from '../select.js'
import { dirOf, fileOf, planOf, shapeOf, targetOf, type Session } from '../session.js'
import { hasCell } from '../../verify/index.js'
import { probesOf, verifyRun, type Busy } from '../verification.js'

export async function migrateCommand(session: Session): Promise<ExitCode> {
  const dryRun = session.has('dry-run')
  const silent = dryRun || session.has('yes')
  if (!silent && (!isTTY() || session.has('json'))) {
    throw new UserError('There is nobody to ask: this is not a terminal.', 2, 'Say --yes to take every default, or --dry-run to see the changes first.')
  }
  const chosen = chosenRules(session)
  const dir = dirOf(session)
  if (!dryRun) recoverAndSay(session, dir)
  if (!silent) return (await import('../interactive.js')).interactive(session, dir, chosen)

  const answers = answersOf(session)
  const repo = await readRepo(dir)
  const app = appNamed(repo.apps, session.value('app') ?? answers?.app)
  if (!app) throw severalApps(repo.apps)
  const plan = planOf(session) ?? answers?.plan ?? 'free'
  const found = survey(repo, [app], { target: 'vercel', plan })
  const target = targetOf(session) ?? answers?.target ?? found.inspection.recommendation.target
  if (target !== 'vercel') return refuseTarget(session, found, target)
  const choices: Choices = { target, plan, shape: shapeOf(session) ?? answers?.entry ?? 'auto', decisions: decide(session, found, chosen, answers), later: (findings) => decideOn(session, findings, chosen, answers) }
  const drafted = await draft(repo, found, app, choices)
  sideFiles(session, drafted, choices, app)
  if (dryRun) return showDiff(session, drafted)
  const done = await write(session, repo, drafted, app)
  try {
    await deliver(session, done.report)
  } catch (error) {
    if (!(error instanceof UserError) || !('receipt' in done.report)) throw error
    throw new UserError(`${error.message} The project itself was changed as planned.`, 1, error.hint)
  }
  return done.exit
}

/** Defaults, then what --only and --skip leave, then the answers. */
export function decide(session: Session, found: Survey, chosen: ReadonlySet<string> | undefined, answers: Answers | undefined): ReadonlyMap<string, string> {
  return decideOn(session, found.inspection.apps.flatMap((item) => item.findings), chosen, answers)
}
function decideOn(session: Session, findings: readonly Finding[], chosen: ReadonlySet<string> | undefined, answers: Answers | undefined): ReadonlyMap<string, string> {
  const defaults = defaultDecisions(findings, { unsafe: session.has('unsafe'), ...(chosen ? { chosen } : {}) })
  const answered = answers ? applyAnswers(defaults, findings, answers, session.value('answers') ?? '--answers') : defaults
  if (!chosen) return answered
  return new Map([...answered].map(([id, answer]) => [id, findings.some((finding) => finding.id === id && chosen.has(finding.rule)) ? answer : 'leave']))
}

/** The answers file, when it exists; else it will be written. */
export function answersOf(session: Session): Answers | undefined {
  const name = session.value('answers')
  if (name === undefined || !exists(fileOf(name))) return undefined
  const answers = parseAnswers(readAnswers(name), name)
  const known = ruleIds()
  for (const key of Object.keys(answers.decisions)) {
    const rule = key.split(':', 1)[0] ?? ''
    if (known.includes(rule)) continue
    const meant = nearest(rule, known)
    throw new UserError(`${name}: ${JSON.stringify(key)} names no rule.`, 2, meant ? `Did you mean ${meant}?` : 'Answers are kept by rule, or by rule:file:line; `to-serverless rules` lists the rules.')
  }
  return answers
}

function readAnswers(name: string): string {
  try {
    return new TextDecoder().decode(readBytes(fileOf(name)))
  } catch {
    throw new UserError(`${name} could not be read as a file of answers.`, 2)
  }
}

/** --patch, --plan-out and a new --answers file. */
export function sideFiles(session: Session, drafted: Draft, choices: Choices, app: App): void {
  const { plan, tool } = drafted.report
  const patch = session.value('patch')
  if (patch !== undefined) save(patch, diffBytes(plan.files))
  const planOut = session.value('plan-out')
  if (planOut !== undefined) save(planOut, serializePlan(plan, plan.files, `${tool.name} ${tool.version}`))
  const answers = session.value('answers')
  if (answers === undefined || exists(fileOf(answers))) return
  save(answers, serializeAnswers({ target: choices.target, plan: choices.plan, app: app.root, entry: choices.shape, decisions: Object.fromEntries(choices.decisions) }))
}

/** Until Render and hybrid are written: says what is recommended and why (unless it was just said), and stops. */
export async function refuseTarget(session: Session, found: Survey | undefined, target: 'render' | 'hybrid'): Promise<never> {
  const { recommendationLines } = await import('../../report/terminal.js')
  if (found) for (const line of recommendationLines(found.inspection, { color: false, columns: 80 })) session.say(line)
  throw new UserError(`Migrating to ${targetTitles[target]} is not available yet.`, 2, '`--target vercel` shows what it would take there.')
}

async function showDiff(session: Session, drafted: Draft): Promise<ExitCode> {
  const { plan } = drafted.report
  if (session.has('json') || session.value('format') !== undefined || session.value('output') !== undefined) {
    await deliver(session, drafted.report)
    return 0
  }
  if (plan.files.length === 0) session.say('Nothing to change.')
  else if (session.screen.tty) await pageDiff(plan.files, session.screen)
  else print(diffBytes(plan.files))
  for (const check of drafted.report.checks) if (!check.ok) session.say(`failed: ${check.title}: ${check.detail}`)
  session.say(verdict(drafted.report))
  return 0
}

export type Done = { readonly report: Draft['report'] & { readonly verification?: Verification }; readonly exit: ExitCode }

/** Applies the plan, boots the result, and judges. */
export async function write(session: Session, repo: Repo, drafted: Draft, app: App, asks?: { readonly mayRun: () => Promise<boolean>; readonly busy: Busy }): Promise<Done> {
  const { plan } = drafted.report
  if (plan.files.length === 0) return { report: drafted.report, exit: exitOf(drafted.report) }
  refuseDirty(session, repo.dir, plan.files)
  const probes = probesOf(session)
  const receipt = await apply(repo, plan.files)
  const report = { ...drafted.report, receipt }
  // The files are written by now, so a Ctrl-C from here on is no "tree as before": it ends the check, and that counts as not passed.
  const release = onInterrupt(() => {
    session.say('The check was cancelled; the files stay as written. `npx to-serverless undo` puts them back.')
    exit(1)
    return true
  })
  // Where there is no cell, nobody is asked whether the app may run in it.
  const verification = !asks || !hasCell(app) || (await asks.mayRun()) ? await verifyRun(session, repo, app, drafted, probes, asks?.busy) : undefined
  release()
  if (!verification) return { report, exit: exitOf(report) }
  const check: Check = { title: 'It boots in an emulated cell and answers as before', ok: verification.ok, detail: verification.failure ?? '' }
  const proved = { ...report, verification, checks: [...report.checks, check] }
  return { report: proved, exit: exitOf(proved) }
}

function exitOf({ plan, checks }: Draft['report']): ExitCode {
  return plan.remaining.some((finding) => isHard(finding, plan.target)) || checks.some((check) => !check.ok) ? 1 : 0
}
