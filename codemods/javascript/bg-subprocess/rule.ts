import { commands, type Command } from '../../../src/lang/javascript/background/commands.js'
import { milder, severityFor } from '../../../src/lang/severity.js'
import type { JsProgram, Problem, Rule } from '../../../src/types.js'

/** Allowed remedy: manual. */
export const bgSubprocess = {
  id: 'bg-subprocess',
  title: 'Another process started by the app',
  hazard: 'subprocess',
  language: 'javascript',
  assumes: 'owns-process',
  severity: 'breaks',
  *check(program: JsProgram): Generator<Problem> {
    for (const command of commands(program)) {
      const { call, kind, name } = command
      if (kind === 'system' || kind === 'packaged') continue
      const run = call.runs.find(({ when }) => when === 'import' || when === 'startup' || when === 'request')
      if (!run) continue
      const base = severityFor(run, 'breaks')
      const what = name ?? 'a program that is known only while it runs'
      yield {
        path: call.module.path, range: { start: call.node.start, end: call.node.end }, when: run.when as Problem['when'],
        trace: program.trace(call, `starts ${what}`, run),
        severity: kind === 'basic' || (call.handled && run.when !== 'request') ? milder(base) : base,
        message: `${run.when === 'request' ? 'A request' : 'The app'} starts ${what}. ${why(command)} ${run.when === 'request' ? 'It must also end before the response, and write nowhere but the temporary folder.' : 'It runs again at each cold start.'} ${instead(command)}`,
        remedy: { kind: 'manual', reason: kind === 'node' || kind === 'own' || kind === 'python' ? 'Turning a program into a call means knowing what it prints, returns and writes.' : 'Whether the host has the program, and what may replace it, is not in the code.' },
      }
    }
  },
} satisfies Rule

function why({ kind, name }: Command): string {
  if (kind === 'node') return name === 'node' ? 'On the host the script must be part of the bundle, and a bundler does not see that it is needed.' : `On the host there is no ${name ?? 'package manager'}, and the app's folder can't be written.`
  if (kind === 'python') return 'On the host a function of Node has no Python beside it, and none of its packages.'
  if (kind === 'own') return 'On the host the file must be part of the bundle, executable, and find everything it needs in a bare system.'
  if (kind === 'basic') return 'The host has few programs, and other versions than a usual server.'
  return 'On the host only the app and its packages are there.'
}
function instead({ kind }: Command): string {
  if (kind === 'node') return 'Import the script and call a function of it, in this process.'
  if (kind === 'python') return 'Put the script behind an address of its own, or do the work in JavaScript.'
  if (kind === 'basic') return 'Use the function of Node for it.'
  return 'Do the work in JavaScript, or move it to a worker on a host where the program can be installed.'
}
