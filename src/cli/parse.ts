import { parseArgs } from 'node:util'
import { UserError } from '../errors.js'
import { nearest } from '../nearest.js'
import { commands, options, type Command, type CommandId, type Option, type OptionName } from './options.js'

export type Invocation = {
  readonly command: CommandId
  readonly operands: readonly string[]
  /** Flags that were given, and values as typed; lists joined with commas. */
  readonly flags: ReadonlySet<OptionName>
  readonly values: ReadonlyMap<OptionName, string>
}

const table: readonly Option[] = options
const named = new Map<string, Option>(table.map((option) => [option.name, option]))

/** Reads a command line. Every refusal names what was typed and what was probably meant. */
export function parse(argv: readonly string[]): Invocation {
  const { tokens } = parseArgs({
    args: [...argv],
    strict: false,
    allowPositionals: true,
    tokens: true,
    options: Object.fromEntries(table.map((option) => [option.name, { type: option.value ? ('string' as const) : ('boolean' as const), ...(option.short ? { short: option.short } : {}) }])),
  })
  const words: string[] = []
  const given: { readonly option: Option; readonly value: string | undefined; readonly typed: string }[] = []
  let afterEnd = false
  let firstIsCommand = false
  for (const token of tokens) {
    if (token.kind === 'option-terminator') {
      afterEnd = true
      continue
    }
    if (token.kind === 'positional') {
      if (words.length === 0 && !afterEnd) firstIsCommand = true
      words.push(token.value)
      continue
    }
    given.push({ option: known(token.rawName, token.name), value: valueOf(token.rawName, token.name, token.value, token.inlineValue), typed: token.rawName })
  }
  const command = firstIsCommand ? commands.find((candidate) => candidate.id === words[0] && candidate.id !== 'migrate') : undefined
  const operands = command ? words.slice(1) : words
  const chosen: Command = command ?? commands[0]
  const flags = new Set<OptionName>()
  const values = new Map<OptionName, string>()
  for (const { option, value, typed } of given) {
    const name = option.name as OptionName
    if (option.for !== 'all' && !option.for.includes(chosen.id)) throw new UserError(`${typed} means nothing to \`to-serverless${command ? ` ${chosen.id}` : ''}\`.`, 2, `It belongs to: ${option.for.join(', ')}. See --help.`)
    if (!option.value) {
      flags.add(name)
      continue
    }
    if (option.choices && !option.choices.includes(value ?? '')) throw new UserError(`${typed} ${value}: not one of ${option.choices.join(', ')}.`, 2, suggestion(value ?? '', option.choices))
    const before = values.get(name)
    values.set(name, option.list && before !== undefined ? `${before},${value}` : (value ?? ''))
  }
  if (!flags.has('help') && !flags.has('version')) countOperands(chosen, operands)
  return { command: chosen.id, operands, flags, values }
}

function known(typed: string, name: string): Option {
  const option = named.get(name)
  if (option) return option
  throw new UserError(`Unknown option ${typed}.`, 2, suggestion(name, [...named.keys()], '--') ?? 'See `to-serverless --help`.')
}

function valueOf(typed: string, name: string, value: string | undefined, inline: boolean | undefined): string | undefined {
  const option = named.get(name)
  if (!option?.value) {
    if (value !== undefined) throw new UserError(`${typed} takes no value.`, 2)
    return undefined
  }
  // A value that looks like an option is one that was forgotten; `--x=-y` says that it is meant.
  if (value === undefined || value === '' || (!inline && value.startsWith('-'))) throw new UserError(`${typed} needs a value: ${typed} ${option.value}.`, 2)
  return value
}

function countOperands(command: Command, operands: readonly string[]): void {
  const called = command.id === 'migrate' ? 'to-serverless' : `to-serverless ${command.id}`
  if (operands.length < command.operands.min) throw new UserError(`\`${called}\` needs ${command.usage}.`, 2)
  if (operands.length <= command.operands.max) return
  const extra = operands[command.operands.max] ?? ''
  const meant = command.id === 'migrate' ? nearest(operands[0] ?? '', commands.map((candidate) => candidate.id)) : undefined
  throw new UserError(`\`${called}\` takes ${command.operands.max === 0 ? 'no argument' : command.id === 'apply' ? 'one plan' : 'one folder'}; what is ${JSON.stringify(extra)}?`, 2, meant ? `Did you mean \`to-serverless ${meant}\`?` : undefined)
}

function suggestion(typed: string, names: readonly string[], prefix = ''): string | undefined {
  const meant = nearest(typed, names)
  return meant ? `Did you mean ${prefix}${meant}?` : undefined
}
