import type { Problem, PythonProgram, Rule } from '../../../src/types.js'
import { milder, severityFor } from '../../../src/lang/python/severity.js'
import { commands, type Command } from '../../../src/lang/python/background/subprocesses.js'

/** Allowed remedy: manual. */
export const bgSubprocess = {
  id: 'bg-subprocess',
  title: 'Another process started by the app',
  hazard: 'subprocess',
  language: 'python',
  assumes: 'owns-process',
  severity: 'breaks',
  *check(program: PythonProgram): Generator<Problem> {
    for (const command of commands(program)) {
      const { call, kind, name } = command
      if (kind === 'system' || kind === 'packaged') continue
      const run = call.runs.find((one) => one.when === 'import' || one.when === 'startup' || one.when === 'request')
      if (!run) continue
      const base = severityFor(run, 'breaks')
      const what = name ?? 'a program that is known only while it runs'
      yield {
        path: call.module.path, range: { start: call.node.start, end: call.node.end }, when: run.when as Problem['when'],
        trace: program.trace(call, `starts ${what}`, run),
        severity: kind === 'basic' || call.handled && run.when !== 'request' ? milder(base) : base,
        message: `${run.when === 'request' ? 'A request' : 'The app'} starts ${what}. ${why(command)} ${run.when === 'request' ? 'It must also end before the response, and write nowhere but the temporary folder.' : 'It runs again at each cold start.'} ${instead(command)}`,
        remedy: { kind: 'manual', reason: kind === 'python' || kind === 'own' ? 'Turning a program into a call means knowing what it prints, returns and writes.' : 'Whether the host has the program, and what may replace it, is not in the code.' },
      }
    }
  },
} satisfies Rule

function why({ kind }: Command): string {
  if (kind === 'python') return 'On the host there may be no interpreter or command of that name on the path, and the child does not see the packages that were installed for the function.'
  if (kind === 'own') return 'On the host the file must be part of the upload, executable, and find everything it needs in a bare system.'
  if (kind === 'basic') return 'The host has few programs, and other versions than a usual server.'
  return 'On the host only the app and its Python packages are there.'
}
function instead({ kind }: Command): string {
  if (kind === 'python') return 'Import the script and call a function of it, in this process.'
  if (kind === 'basic') return 'Use the Python function for it.'
  return 'Do the work in Python, or move it to a worker on a host where the program can be installed.'
}
