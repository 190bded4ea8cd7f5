import type { Problem, Program, Rule } from '../../../src/types.js'
import { severityFor } from '../../../src/lang/python/severity.js'

/** Allowed remedy: review or more careful. */
export const wsFlaskSocketio = {
  id: 'ws-flask-socketio',
  title: 'Sockets served by the app itself',
  hazard: 'websocket',
  language: 'python',
  assumes: 'rooms',
  severity: 'breaks',
  *check(program: Program): Generator<Problem> {
    for (const call of program.callsMatching(/^(flask_socketio\.SocketIO|socketio\.(Async)?Server|flask_sock\.Sock|flask_sockets\.Sockets|geventwebsocket\.\w+)$/)) {
      const run = call.runs.find((one) => one.when === 'import' || one.when === 'startup' || one.when === 'request')
      const name = call.names[0] ?? ''
      if (!run || isClientOnly(call.kwargs, call.args.length, name)) continue
      const plain = name.startsWith('flask_sock.')
      yield {
        path: call.module.path, range: { start: call.node.start, end: call.node.end }, when: run.when as Problem['when'], severity: severityFor(run, plain ? 'degrades' : 'breaks'),
        trace: program.trace(call, plain ? 'opens WebSocket routes' : 'makes a Socket.IO server', run),
        message: plain
          ? 'WebSocket routes of flask-sock work on the host, but each connection stays with one instance and is cut when the longest request time is over. Let the client connect again by itself, and keep nothing in memory that other connections need.'
          : 'Socket.IO keeps its sessions and rooms in one process, and its long polling spreads over several requests. On the host those meet different instances: clients see "Invalid session" and reconnect for ever, and messages reach only some of them. Run the sockets on a host with one lasting process, or move to a messaging service, or to a python-socketio ASGI server with WebSocket only and a shared client manager.',
        remedy: { kind: 'manual', reason: plain ? 'How the client connects again is in the client.' : 'It changes the server, the client and where rooms are kept, and one of the three ways has to be chosen.' },
      }
    }
  },
} satisfies Rule

/** `SocketIO(message_queue=…)` without an app only sends from another process. */
function isClientOnly(kwargs: ReadonlyMap<string, unknown>, args: number, name: string): boolean {
  return name === 'flask_socketio.SocketIO' && args === 0 && kwargs.has('message_queue') && !kwargs.has('app')
}
