import type { Problem, PythonProgram, Rule } from '../../../src/types.js'
import { backgroundStarts } from '../../../src/lang/python/background/background.js'
import { pollingCall } from '../../../src/lang/python/background/known-background.js'
import { severityFor } from '../../../src/lang/python/severity.js'
import { isInside, type PyNode, type PySite, type Run } from '../../../src/lang/python/program.js'

/** Allowed remedy: review or more careful. */
export const bgPollingBot = {
  id: 'bg-polling-bot',
  title: 'Bot or consumer that waits for messages',
  hazard: 'background-thread',
  language: 'python',
  assumes: 'background-work',
  severity: 'breaks',
  *check(program: PythonProgram): Generator<Problem> {
    const seen = new Set<PyNode>()
    for (const start of backgroundStarts(program)) {
      const origin = start.outside.find((name) => pollingCall.test(name))
      if (origin === undefined) continue
      seen.add(start.made.node)
      yield problemAt(program, start.made, start.run, origin)
    }
    for (const call of program.callsMatching(pollingCall)) {
      const run = call.runs.find((one) => one.when === 'import' || one.when === 'startup' || one.when === 'request')
      const origin = call.names.find((name) => pollingCall.test(name))
      // `create_task(bot.start_polling())` names the call itself.
      if (!run || origin === undefined || [...seen].some((node) => node === call.node || isInside(call.node, node) && call.module.root === rootOf(node))) continue
      yield problemAt(program, call, run, origin)
    }
  },
} satisfies Rule

function rootOf(node: PyNode): PyNode {
  let at = node
  while (at.parent) at = at.parent
  return at
}

function problemAt(program: PythonProgram, site: PySite, run: Run, origin: string): Problem {
  const method = `${origin.split('.').at(-1) ?? origin}()`
  const library = origin.split('.')[0] ?? origin
  return {
    path: site.module.path, range: { start: site.node.start, end: site.node.end }, when: run.when as Problem['when'], severity: severityFor(run, 'breaks'),
    trace: program.trace(site, `${library} waits for messages`, run),
    message: `${method} of ${library} keeps the process waiting for messages. On the host the process sleeps between requests and exists several times or not at all, so messages are answered only while someone loads a page, or twice. ${insteadOf(library)}`,
    remedy: { kind: 'manual', reason: 'A webhook needs an address and a secret at the service that sends the messages; nothing in the repo tells them.' },
  }
}
function insteadOf(library: string): string {
  if (/^(telegram|telebot|aiogram|pyrogram)$/.test(library)) return 'Switch the bot to a webhook: a route that checks the secret token and hands the update to the bot.'
  if (/^(discord|nextcord|disnake)$/.test(library)) return 'Answer Discord\'s interactions by a route that checks their signature, or run the bot as a worker elsewhere.'
  if (/^slack/.test(library)) return 'Use the Events API: a route that checks Slack\'s signature.'
  return 'Run the consumer as a worker on a host that keeps processes, or let the broker push to a route.'
}
