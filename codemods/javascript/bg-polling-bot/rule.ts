import { property } from '../../../src/lang/javascript/background/scheduler-jobs.js'
import { bare, type JsCall } from '../../../src/lang/javascript/program.js'
import { severityFor } from '../../../src/lang/severity.js'
import type { JsProgram, Problem, Rule } from '../../../src/types.js'

/** Allowed remedy: review or more careful. */
export const bgPollingBot = {
  id: 'bg-polling-bot',
  title: 'Bot or consumer that waits for messages',
  hazard: 'background-thread',
  language: 'javascript',
  assumes: 'background-work',
  severity: 'breaks',
  *check(program: JsProgram): Generator<Problem> {
    for (const bot of bots)
      for (const call of program.callsMatching(bot.calls)) {
        const run = call.runs.find(({ when }) => when === 'import' || when === 'startup' || when === 'request')
        if (!run || !(bot.polls?.(program, call) ?? true)) continue
        yield {
          path: call.module.path, range: { start: call.node.start, end: call.node.end }, when: run.when as Problem['when'], severity: severityFor(run, 'breaks'),
          trace: program.trace(call, `${bot.library} waits for messages`, run),
          message: `${bot.what} keeps the process waiting for messages. On the host the process sleeps between requests and exists several times or not at all, so messages are answered only while someone loads a page, or twice. ${bot.instead}`,
          remedy: { kind: 'manual', reason: bot.reason ?? 'A webhook needs an address and a secret at the service that sends the messages; nothing in the repo tells them.' },
        }
      }
  },
} satisfies Rule

type Bot = { readonly calls: RegExp; readonly library: string; readonly what: string; readonly instead: string; readonly reason?: string; polls?(program: JsProgram, call: JsCall): boolean }

const telegram = 'Switch the bot to a webhook: a route that checks the secret token and hands the update to the bot.'
const worker = 'Run the consumer as a worker on a host that keeps processes, or let the broker push to a route.'
const byHand = 'The consumer has to run where a process lasts, with the same broker; what it does with a message can\'t be moved to a route without a broker that pushes.'
const bots: readonly Bot[] = [
  { calls: /^telegraf\.Telegraf\(\)\.launch$/, library: 'telegraf', what: 'launch() of telegraf', instead: telegram, polls: (program, { args }) => property(program, args[0], 'webhook') === undefined },
  { calls: /^grammy\.Bot\(\)\.start$|^@grammyjs\/runner\.run$/, library: 'grammy', what: 'start() of grammy', instead: telegram },
  { calls: /^node-telegram-bot-api(\.default)?$/, library: 'node-telegram-bot-api', what: 'A bot of node-telegram-bot-api with polling', instead: telegram, polls: (program, { args }) => isOn(program, args[1]) },
  { calls: /^node-telegram-bot-api\(\)\.startPolling$/, library: 'node-telegram-bot-api', what: 'startPolling() of node-telegram-bot-api', instead: telegram },
  { calls: /^discord\.js\.Client\(\)\.login$|^eris(\.Client)?\(\)\.connect$/, library: 'discord.js', what: 'A client of Discord\'s gateway', instead: 'Answer Discord\'s interactions by a route that checks their signature, or run the bot as a worker elsewhere.' },
  { calls: /^whatsapp-web\.js\.Client\(\)\.initialize$|^(@whiskeysockets\/baileys|@adiwajshing\/baileys|baileys)(\.makeWASocket|\.default)?$/, library: 'WhatsApp', what: 'A WhatsApp client', instead: 'Use the webhooks of the WhatsApp Business API, or run the client as a worker elsewhere.' },
  { calls: /^@slack\/bolt\.App$/, library: 'Slack', what: 'Bolt in socket mode', instead: 'Use the Events API: Bolt\'s ExpressReceiver checks Slack\'s signature.', polls: (program, { args }) => isTrue(program, args[0], 'socketMode') },
  { calls: /^tmi\.js\.(Client|client)\(\)\.connect$/, library: 'tmi.js', what: 'connect() of tmi.js', instead: worker, reason: byHand },
  { calls: /^amqplib(\.\w+)*\(\)(\.\w+\(\))*\.consume$|^amqplib.*\.consume$/, library: 'amqplib', what: 'consume() of amqplib', instead: worker, reason: byHand },
  { calls: /^kafkajs.*\.consumer\(\)\.run$/, library: 'kafkajs', what: 'run() of a kafkajs consumer', instead: worker, reason: byHand },
  { calls: /^mqtt(\.\w+)?\(\)\.subscribe$/, library: 'mqtt', what: 'subscribe() of mqtt', instead: worker, reason: byHand },
  { calls: /^mongoose\.model\(\)\.watch$|^mongodb\..*\.watch$/, library: 'MongoDB', what: 'watch() of MongoDB', instead: worker, reason: byHand, polls: (_program, { runs }) => runs.some(({ when }) => when !== 'request') },
]
function isOn(program: JsProgram, options: JsCall['args'][number] | undefined): boolean {
  const polling = property(program, options, 'polling')
  return polling !== undefined && bare(polling).kind !== 'FalseKeyword'
}
function isTrue(program: JsProgram, options: JsCall['args'][number] | undefined, name: string): boolean {
  const value = property(program, options, name)
  return value !== undefined && bare(value).kind === 'TrueKeyword'
}
