/** The questions, in @clack/prompts. Each has an option of the same meaning in options.ts. */
import * as clack from '@clack/prompts'
import type { App, Finding, Plan, PlatformPlan, TargetId } from '../types.js'
import { UserError } from '../errors.js'
import { plain } from '../report/escape.js'
import { at, frameworkTitles, targetTitles } from '../report/verdict.js'
import { plural, wrap } from '../text.js'

export const hello = (): void => clack.intro('to-serverless')
export const bye = (text: string): void => clack.outro(text)
export const box = (text: string, title: string): void => clack.note(text, title, { format: (line) => line })

function answered<T>(value: T): Exclude<T, symbol> {
  if (!clack.isCancel(value)) return value as Exclude<T, symbol>
  throw new UserError('Cancelled. Nothing was changed.', 130)
}

/** A spinner around slow work. */
export async function busy<T>(title: string, work: () => Promise<T>): Promise<T> {
  const spinner = clack.spinner({ withGuide: true })
  spinner.start(title)
  try {
    const result = await work()
    spinner.stop(title)
    return result
  } catch (error) {
    spinner.error(title)
    throw error
  }
}

export async function app(apps: readonly App[]): Promise<App> {
  const options = apps.map((item, index) => ({ value: index, label: plain(item.root), hint: `${frameworkTitles[item.framework] ?? item.framework}, ${plain(item.entry.file)}` }))
  const picked = apps[answered(await clack.select({ message: 'Which app?', options }))]
  if (!picked) throw new UserError('Cancelled. Nothing was changed.', 130)
  return picked
}

export async function target(recommended: TargetId): Promise<TargetId> {
  const ids: readonly TargetId[] = ['vercel', 'render', 'hybrid']
  const options = ids.map((id) => ({ value: id, label: targetTitles[id], ...(id === recommended ? { hint: 'recommended' } : {}) }))
  return answered(await clack.select<TargetId>({ message: 'Where to?', options, initialValue: recommended }))
}

export async function plan(): Promise<PlatformPlan> {
  return answered(
    await clack.select<PlatformPlan>({
      message: 'On which plan? Its limits decide which schedules and durations fit.',
      options: [
        { value: 'free', label: 'free', hint: 'Hobby: cron jobs once a day at most' },
        { value: 'paid', label: 'paid', hint: 'Pro: cron jobs once a minute at most' },
      ],
    }),
  )
}

const short = (text: string): string => (text.length > 56 ? `${text.slice(0, 55)}…` : text)

export async function fixes(findings: readonly Finding[]): Promise<ReadonlySet<string>> {
  const options = findings.map((finding) => ({ value: finding.id, label: short(plain(`${at(finding)} ${finding.fix.title}`)), hint: finding.rule }))
  return new Set(answered(await clack.multiselect({ message: 'Which of these fixes? They change what the app does; the diff comes next.', options, initialValues: findings.map((finding) => finding.id), required: false })))
}

export async function choice(finding: Finding): Promise<string> {
  const { remedy } = finding.problem
  if (remedy.kind !== 'choice') return 'leave'
  const options = [...remedy.options.map((option) => ({ value: option.id, label: short(plain(option.title)) })), { value: 'leave', label: 'leave it as it is', hint: 'it stays a hazard' }]
  const message = wrap(`${plain(at(finding))}: ${plain(remedy.question)}`, 74).join('\n')
  return answered(await clack.select({ message, options, initialValue: remedy.byDefault }))
}

type Entry = Plan['entry']
export async function entry(first: Entry, second: Entry): Promise<'first' | 'second'> {
  const label = (item: Entry): string => (item.shape === 'native' ? `the platform enters ${plain(item.file)} itself` : `a small ${plain(item.file)} imports the app`)
  box([...wrap(plain(first.why), 70), '', ...wrap(plain(second.why), 70)].join('\n'), 'Two ways in')
  return answered(
    await clack.select<'first' | 'second'>({
      message: 'How should the platform enter the app?',
      options: [
        { value: 'first', label: label(first), hint: 'recommended' },
        { value: 'second', label: label(second) },
      ],
    }),
  )
}

export async function consent(files: number): Promise<'go' | 'show'> {
  const picked = answered(
    await clack.select<'show' | 'go' | 'stop'>({
      message: `Write ${plural(files, 'file')}? \`to-serverless undo\` puts them back.`,
      options: [
        { value: 'show', label: 'show the diff' },
        { value: 'go', label: 'write' },
        { value: 'stop', label: 'stop, change nothing' },
      ],
    }),
  )
  if (picked === 'stop') throw new UserError('Cancelled. Nothing was changed.', 130)
  return picked
}

/** Verification runs the person's code; nobody else may decide that. */
export async function mayRun(): Promise<boolean> {
  const value = await clack.confirm({ message: 'Boot the app now in an emulated serverless cell? This runs its code.', initialValue: true })
  // The files are written by now: not running is all that a cancel can still mean.
  return clack.isCancel(value) ? false : value
}
