/** The questions, in @clack/prompts. Each has an option of the same meaning in options.ts. */
import * as clack from '@clack/prompts'
import colors from 'picocolors'
import type { App, Finding, Plan, PlatformPlan, TargetId } from '../types.js'
import { UserError } from '../errors.js'
import { onInterrupt, print } from '../io/terminal.js'
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

/** A spinner around slow work. Not clack's: that one reads the keys, and turns Ctrl-C into an exit with 0. */
export async function busy<T>(title: string, work: () => Promise<T>): Promise<T> {
  const frames = clack.unicode ? ['◒', '◐', '◓', '◑'] : ['•', 'o', 'O', '0']
  let turn = 0
  const draw = (mark: string): void => print(`\r${mark}  ${title}\u001b[K`)
  const end = (mark: string): void => {
    clearInterval(timer)
    draw(mark)
    print('\n')
  }
  print(`${colors.gray(clack.S_BAR)}\n`)
  draw(colors.magenta(frames[0]))
  const timer = setInterval(() => draw(colors.magenta(frames[++turn % frames.length])), 100)
  const release = onInterrupt(() => end(colors.red(clack.S_STEP_ERROR)))
  try {
    const result = await work()
    end(colors.green(clack.S_STEP_SUBMIT))
    return result
  } catch (error) {
    end(colors.red(clack.S_STEP_ERROR))
    throw error
  } finally {
    release()
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
  // A hint is shown of the option under the cursor only.
  const options = ids.map((id) => ({ value: id, label: id === 'vercel' ? targetTitles[id] : `${targetTitles[id]} (not available yet)`, ...(id === recommended ? { hint: 'recommended' } : {}) }))
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

/** Two lines of the list at most. */
const short = (text: string): string => (text.length > 120 ? `${text.slice(0, 119)}…` : text)

export async function fixes(findings: readonly Finding[]): Promise<ReadonlySet<string>> {
  const options = findings.map((finding) => ({ value: finding.id, label: short(plain(`${at(finding)} ${finding.fix.title}`)), hint: finding.rule }))
  return new Set(answered(await clack.multiselect({ message: 'Which of these fixes? They change what the app does; the diff comes next.', options, initialValues: findings.map((finding) => finding.id), required: false })))
}

/** One answer for findings that ask the same. */
export async function choice(findings: readonly [Finding, ...Finding[]]): Promise<string> {
  const { remedy } = findings[0].problem
  if (remedy.kind !== 'choice') return 'leave'
  const options = [...remedy.options.map((option) => ({ value: option.id, label: short(plain(option.title)) })), { value: 'leave', label: 'Leave it as it is', hint: 'it stays a hazard' }]
  const message = wrap(`${plain([...new Set(findings.map(at))].join(', '))}: ${plain(remedy.question)}`, 74).join('\n')
  return answered(await clack.select({ message, options, initialValue: remedy.byDefault }))
}

type Entry = Plan['entry']
export async function entry(first: Entry, second: Entry): Promise<'first' | 'second'> {
  const label = (item: Entry): string => (item.shape === 'native' ? `The platform enters ${plain(item.file)} itself` : `A small ${plain(item.file)} imports the app`)
  const text = (item: Entry): readonly string[] => wrap(`${label(item)}. ${plain(item.why)}`, 70)
  box([...text(first), '', ...text(second)].join('\n'), 'Two ways in')
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
      message: `Write ${plural(files, 'file')}? \`npx to-serverless undo\` puts them back.`,
      options: [
        { value: 'show', label: 'Show the diff first' },
        { value: 'go', label: 'Write them' },
        { value: 'stop', label: 'Stop, change nothing' },
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
