/** What every command starts from: the folder, the screen, and the options as typed values. */
import { resolve } from 'node:path'
import type { EntryShape, PlatformPlan, TargetId } from '../types.js'
import { UserError } from '../errors.js'
import { cwd, note, screen, type Screen } from '../io/terminal.js'
import { plain } from '../report/escape.js'
import type { OptionName } from './options.js'
import type { Invocation } from './parse.js'

export type Session = {
  readonly invocation: Invocation
  /** `dir` is the folder as it was named, where it was. */
  readonly screen: Screen & { readonly dir?: string }
  has(flag: OptionName): boolean
  value(option: OptionName): string | undefined
  list(option: OptionName): readonly string[]
  /** A line on stderr for people; JSON on stdout stays alone. */
  say(line: string): void
}

export function startSession(invocation: Invocation): Session {
  const [dir] = invocation.operands
  const session: Session = {
    invocation,
    screen: { ...screen(invocation.flags.has('no-color')), ...(dir === undefined || resolve(cwd(), dir) === cwd() ? {} : { dir }) },
    has: (flag) => invocation.flags.has(flag),
    value: (option) => invocation.values.get(option),
    list: (option) => (invocation.values.get(option) ?? '').split(',').map((item) => item.trim()).filter((item) => item !== ''),
    say: (line) => note(plain(line)),
  }
  // Two forms for one stdout are refused before anything is done.
  formatOf(session)
  return session
}

/** The folder as named, absolute. */
export const dirOf = (session: Session): string => resolve(cwd(), session.invocation.operands[0] ?? '.')
export const fileOf = (path: string): string => resolve(cwd(), path)

// The parser has refused other values.
export const targetOf = (session: Session): TargetId | undefined => session.value('target') as TargetId | undefined
export const planOf = (session: Session): PlatformPlan | undefined => session.value('plan') as PlatformPlan | undefined
export const shapeOf = (session: Session): EntryShape | undefined => session.value('entry') as EntryShape | undefined

export type Format = 'text' | 'markdown' | 'html' | 'sarif' | 'json'

/** The report's form: as asked, else by the file's ending, else text. */
export function formatOf(session: Session): Format {
  const asked = session.value('format') as Format | undefined
  const output = session.value('output')
  if (session.has('json') && output === undefined) {
    if (asked && asked !== 'json') throw new UserError(`--json and --format ${asked} both want stdout.`, 2, 'Give one of them a file with -o FILE.')
    return 'json'
  }
  if (asked) return asked
  const ending = /\.([a-z]+)$/i.exec(output ?? '')?.[1]?.toLowerCase()
  return ({ md: 'markdown', html: 'html', htm: 'html', sarif: 'sarif', json: 'json' } as const)[ending ?? ''] ?? 'text'
}
