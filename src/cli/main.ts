/** Where the process starts: parses, loads the one command that was asked for, and turns every end into an exit code. */
import { UserError, type ExitCode } from '../errors.js'
import { argv, env, exit, nodeVersion, note, onInterrupt, print } from '../io/terminal.js'
import { plain } from '../report/escape.js'
import { help } from './help.js'
import { parse, type Invocation } from './parse.js'
import { startSession } from './session.js'

async function start(invocation: Invocation): Promise<ExitCode> {
  if (invocation.flags.has('help')) {
    print(help(invocation.command))
    return 0
  }
  if (invocation.flags.has('version')) {
    print(`${(await import('../io/assets.js')).packageVersion()}\n`)
    return 0
  }
  const session = startSession(invocation)
  switch (invocation.command) {
    case 'migrate':
      return (await import('./commands/migrate.js')).migrateCommand(session)
    case 'inspect':
      return (await import('./commands/inspect.js')).inspectCommand(session)
    case 'check':
      return (await import('./commands/inspect.js')).checkCommand(session)
    case 'verify':
      return (await import('./commands/verify.js')).verifyCommand(session)
    case 'undo':
      return (await import('./commands/undo.js')).undoCommand(session)
    case 'explain':
      return (await import('./commands/explain.js')).explainCommand(session)
    case 'apply':
      return (await import('./commands/apply.js')).applyCommand(session)
    case 'rules':
      return (await import('./commands/rules.js')).rulesCommand(session)
  }
}

/** A person's error is one sentence and a hint; anything else is a defect, and says what to report. */
async function fail(error: unknown): Promise<ExitCode> {
  if (error instanceof UserError) {
    note(`${error.exit === 130 ? '' : 'error: '}${plain(error.message)}`)
    if (error.hint) note(`hint: ${plain(error.hint)}`)
    return error.exit
  }
  const { packageVersion } = await import('../io/assets.js')
  const what = error instanceof Error ? `${error.name}: ${error.message}` : String(error)
  note(`error: to-serverless failed on its own account: ${plain(what)}`)
  note(`hint: Please report this with the command line and "to-serverless ${packageVersion()}, Node ${nodeVersion()}". DEBUG=1 shows where it happened.`)
  if (env('DEBUG') && error instanceof Error) note(error.stack ?? '')
  return 70
}

// A cancelled run has a code of its own; what must be put back, or not be said so, is answered where the work is done.
onInterrupt(() => note('Cancelled.'))
try {
  exit(await start(parse(argv())))
} catch (error) {
  exit(await fail(error))
}
