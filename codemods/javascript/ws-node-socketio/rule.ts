import { property } from '../../../src/lang/javascript/background/scheduler-jobs.js'
import type { JsCall } from '../../../src/lang/javascript/program.js'
import { severityFor } from '../../../src/lang/severity.js'
import type { JsProgram, Problem, Rule } from '../../../src/types.js'

/** Allowed remedy: review or more careful. */
export const wsNodeSocketio = {
  id: 'ws-node-socketio',
  title: 'Sockets served by the app itself',
  hazard: 'websocket',
  language: 'javascript',
  assumes: 'rooms',
  severity: 'breaks',
  *check(program: JsProgram): Generator<Problem> {
    const seen = new Set<string>()
    for (const server of servers)
      for (const call of program.callsMatching(server.makes)) {
        const run = call.runs.find(({ when, background }) => !background && (when === 'import' || when === 'startup' || when === 'request'))
        const place = `${call.module.path}:${call.node.start}`
        if (!run || seen.has(place) || (server.isClient?.(program, call) ?? false)) continue
        seen.add(place)
        const shared = server.title === 'Socket.IO' && hasAdapter(program, call)
        yield {
          path: call.module.path, range: { start: call.node.start, end: call.node.end }, when: run.when as Problem['when'], severity: severityFor(run, shared || server.mild ? 'degrades' : 'breaks'),
          trace: program.trace(call, `makes a server of ${server.title}`, run),
          message: shared
            ? `${server.title} keeps each connection in one process, and its long polling spreads over several requests. Its adapter carries messages between instances, but on the host polling requests meet different ones, and each connection is cut when the longest request time is over. Let clients use WebSocket only (transports: ['websocket']) and connect again by themselves, or run the sockets on a host with a lasting process.`
            : server.message,
          remedy: { kind: 'manual', reason: server.reason },
        }
      }
  },
} satisfies Rule

type Server = { readonly title: string; readonly makes: RegExp; readonly message: string; readonly reason: string; readonly mild?: boolean; isClient?(program: JsProgram, call: JsCall): boolean }
const ways = 'Run the sockets on a host with one lasting process, or move to a messaging service'
const servers: readonly Server[] = [
  {
    title: 'Socket.IO', makes: /^socket\.io(\.Server|\.default)?$/,
    message: `Socket.IO keeps its sessions and rooms in one process, and its long polling spreads over several requests. On the host those meet different instances: clients see "Session ID unknown" and reconnect for ever, and messages reach only some of them. ${ways}, or serve WebSocket only (transports: ['websocket'], the http server exported) with an adapter that all instances share, such as Redis.`,
    reason: 'It changes the server, the client and where rooms are kept, and one of the three ways has to be chosen.',
  },
  {
    title: 'ws', makes: /^ws\.(WebSocketServer|Server)$/,
    isClient: () => false,
    message: `This WebSocket server holds the sockets of its clients in one process. On the host several instances run, so a message reaches only the clients that happen to be on the same one, and each connection is cut when the longest request time is over. The app's http server has to be what the entry exports, too. ${ways}, or send messages through a store that all instances listen to and let clients connect again.`,
    reason: 'How messages come to all instances, and how clients connect again, has to be chosen; or the sockets go to a host with one lasting process.',
  },
  {
    title: 'express-ws', makes: /^express-ws(\.default)?$/,
    message: `express-ws holds the sockets of its clients in one process and takes over how the app listens. On the host several instances run, so a message reaches only the clients that happen to be on the same one, and each connection is cut when the longest request time is over. ${ways}.`,
    reason: 'How messages come to all instances, and how clients connect again, has to be chosen; or the sockets go to a host with one lasting process.',
  },
  {
    title: 'PeerJS', makes: /^peer\.(ExpressPeerServer|PeerServer)$/,
    message: `The PeerJS server knows its peers in the memory of one process. On the host two peers may be on different instances and never find each other. ${ways}.`,
    reason: 'The server has to run where one process lasts; the clients then need its address.',
  },
]

/** Messages go through a store: `adapter:` among the options, or `io.adapter(…)`. */
function hasAdapter(program: JsProgram, call: JsCall): boolean {
  if (call.args.some((arg) => property(program, arg, 'adapter') !== undefined)) return true
  return [...program.callsMatching(/^socket\.io(\.Server)?\(\)\.adapter$/)].length > 0
}
