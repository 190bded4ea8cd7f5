/** The terminal and this process's own ends: arguments, output, colour, exit. */
import { atExit, onInterrupt } from './interrupt.js'

export { onInterrupt }

export function argv(): readonly string[] {
  return process.argv.slice(2)
}

export function env(name: string): string | undefined {
  return process.env[name] || undefined
}

export const nodeVersion = (): string => process.versions.node

export function cwd(): string {
  return process.cwd()
}

let reader: 'there' | 'gone' = 'there'
let lost: string | undefined
// `| head` closes the pipe early: what is left to say has no reader, and that is no error.
const failed = (error?: NodeJS.ErrnoException | null): void => {
  if (!error) return
  reader = 'gone'
  if (error.code !== 'EPIPE') lost ??= error.code ?? error.message
}
process.stdout.on('error', failed)
process.stderr.on('error', () => undefined)

/** Writes to stdout; bytes go out as they are. */
export function print(content: string | Uint8Array): void {
  if (reader === 'there') process.stdout.write(content, failed)
}

/** Writes a line to stderr: progress, notes and errors. */
export function note(line: string): void {
  process.stderr.write(line.endsWith('\n') ? line : line + '\n')
}

export type Screen = { readonly tty: boolean; readonly color: boolean; readonly columns: number; readonly rows: number }

/** What stdout can show. NO_COLOR and a dumb terminal are honoured; FORCE_COLOR asks for colour in a pipe. */
export function screen(noColor: boolean): Screen {
  const tty = process.stdout.isTTY === true
  const { NO_COLOR, FORCE_COLOR, TERM } = process.env
  // The prompts look for the variable alone.
  if (noColor) process.env['NO_COLOR'] = '1'
  const refused = noColor || (NO_COLOR !== undefined && NO_COLOR !== '') || TERM === 'dumb'
  const forced = FORCE_COLOR !== undefined && FORCE_COLOR !== '' && FORCE_COLOR !== '0'
  return { tty, color: !refused && (tty || forced), columns: tty ? Math.max(40, Math.min(process.stdout.columns || 80, 100)) : 80, rows: process.stdout.rows || 24 }
}

/** Waits for one key. 'q', Escape and Ctrl-C mean stop; anything else goes on. */
export function nextKey(): Promise<'go' | 'stop'> {
  const { stdin } = process
  return new Promise((done) => {
    stdin.setRawMode(true)
    stdin.resume()
    stdin.once('data', (key: Buffer) => {
      stdin.setRawMode(false)
      stdin.pause()
      const typed = key.toString('utf8')
      done(typed === 'q' || typed === '\u001b' || typed === '\u0003' ? 'stop' : 'go')
    })
  })
}

/** Ends the process once stdout has taken everything (pipes are asynchronous on some systems). */
export function exit(code: number): void {
  process.exitCode = code
  const end = (): never => {
    if (lost !== undefined) note(`error: What was to be printed could not be written (${lost}).`)
    return process.exit(lost !== undefined && code === 0 ? 1 : code)
  }
  if (reader === 'gone' || process.stdout.destroyed) end()
  process.stdout.write('', end)
}

export { atExit }
