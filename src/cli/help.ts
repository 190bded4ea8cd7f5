import { wrap } from '../text.js'
import { commands, options, type CommandId, type Option } from './options.js'

const exits = ['0 done, nothing left that blocks or breaks', '1 hazards remain, or verification failed', '2 usage, or nothing to migrate found', '3 refused, nothing written', '70 an internal error', '130 cancelled, the tree is as before']

/** The help text, of one command or of all; at most 80 columns wide. */
export function help(command: CommandId | undefined): string {
  const lines: string[] = []
  const one = command && command !== 'migrate' ? commands.find((candidate) => candidate.id === command) : undefined
  if (one) lines.push(`to-serverless ${one.id} ${one.usage}`.trimEnd(), '', ...wrap(capital(one.text) + '.', 78), '')
  else {
    lines.push('to-serverless [dir]', '', 'Moves a server app to Vercel: reads it without running it, says what breaks', 'and when, previews every change, applies it so that it can be undone.', '', 'Commands')
    for (const item of commands) {
      const label = item.id === 'migrate' ? '[dir]' : `${item.id} ${item.usage}`.trimEnd()
      lines.push(...row(label, item.text))
    }
    lines.push('')
  }
  lines.push('Options')
  for (const option of options as readonly Option[]) {
    if (one && option.for !== 'all' && !option.for.includes(one.id)) continue
    lines.push(...row(`${option.short ? `-${option.short}, ` : '    '}--${option.name}${option.value ? ` ${option.value}` : ''}`, option.text))
  }
  if (!one) lines.push('', 'Exit codes', ...exits.map((text) => `  ${text}`))
  return lines.join('\n') + '\n'
}

const margin = 28
function row(label: string, text: string): readonly string[] {
  const body = wrap(text, 80 - margin)
  if (label.length + 3 > margin) return [`  ${label}`, ...body.map((line) => ' '.repeat(margin) + line)]
  return body.map((line, index) => (index === 0 ? `  ${label}`.padEnd(margin) : ' '.repeat(margin)) + line)
}

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1)
