import type { Problem, PythonProgram, Rule } from '../../../src/types.js'
import { dictSetting, settingAt } from '../../../src/lang/python/django/settings.js'
import { replacedBelow } from '../../../src/lang/python/settings/replaced.js'
import { underTests } from '../../../src/lang/python/settings/tested.js'
import { severityFor } from '../../../src/lang/python/severity.js'
import { keptSockets } from './kept-sockets.js'

/** Allowed remedy: review or more careful. */
export const wsFlaskSocketio = {
  id: 'ws-flask-socketio',
  title: 'Sockets served by the app itself',
  hazard: 'websocket',
  language: 'python',
  assumes: 'rooms',
  severity: 'breaks',
  *check(program: PythonProgram): Generator<Problem> {
    yield* ofServers(program)
    yield* ofKeptSockets(program)
    yield* ofChannels(program)
  },
} satisfies Rule

function* ofServers(program: PythonProgram): Generator<Problem> {
  for (const call of program.callsMatching(/^(flask_socketio\.SocketIO|socketio\.(Async)?Server|flask_sock\.Sock|flask_sockets\.Sockets|geventwebsocket\.\w+)$/)) {
    const run = call.runs.find((one) => one.when === 'import' || one.when === 'startup' || one.when === 'request')
    const name = call.names[0] ?? ''
    if (!run || isClientOnly(call.kwargs, call.args.length, name)) continue
    const plain = name.startsWith('flask_sock.')
    const way = name === 'socketio.AsyncServer' ? 'serve them by WebSocket only, with a client manager that all instances share (socketio.AsyncRedisManager)' : 'to a python-socketio ASGI server with WebSocket only and a shared client manager'
    yield {
      path: call.module.path, range: { start: call.node.start, end: call.node.end }, when: run.when as Problem['when'], severity: severityFor(run, plain || call.kwargs.has('client_manager') ? 'degrades' : 'breaks'),
      trace: program.trace(call, plain ? 'opens WebSocket routes' : 'makes a Socket.IO server', run),
      message: plain
        ? 'WebSocket routes of flask-sock work on the host, but each connection stays with one instance and is cut when the longest request time is over. Let the client connect again by itself, and keep nothing in memory that other connections need.'
        : `Socket.IO keeps its sessions and rooms in one process, and its long polling spreads over several requests. On the host those meet different instances: clients see "Invalid session" and reconnect for ever, and messages reach only some of them. Run the sockets on a host with one lasting process, or move to a messaging service, or ${way}.`,
      remedy: { kind: 'manual', reason: plain ? 'How the client connects again is in the client.' : 'It changes the server, the client and where rooms are kept, and one of the three ways has to be chosen.' },
    }
  }
}

/** Rooms made by hand: a list or dictionary of the sockets that this process holds. */
function* ofKeptSockets(program: PythonProgram): Generator<Problem> {
  for (const { site, put, name } of keptSockets(program)) {
    const run = put.runs.find(({ when }) => when === 'request')
    if (!run) continue
    yield {
      path: site.module.path, range: { start: site.node.start, end: site.node.end }, when: 'request', severity: severityFor(run, 'breaks'),
      trace: program.trace(put, `keeps a socket in ${name}`, run),
      message: `${name} keeps the sockets of all clients in the memory of one process. On the host several instances run, so a message reaches only the clients that happen to be on the same one, and each socket is cut when the longest request time is over. Send messages through a store that all instances listen to, such as Redis, and let clients connect again.`,
      remedy: { kind: 'manual', reason: 'Which store carries the messages, and how clients connect again, has to be chosen; or keep the sockets on a host with one lasting process.' },
    }
  }
}
/** Django Channels with groups in memory. */
function* ofChannels(program: PythonProgram): Generator<Problem> {
  const layers = dictSetting(program, 'CHANNEL_LAYERS')
  for (const { node, scope } of settingAt(program, 'CHANNEL_LAYERS', 'default', 'BACKEND')) {
    if (underTests(node, scope)) continue
    const own = layers.find((layer) => layer.scope.module === scope.module && layer.node.start <= node.start && node.end <= layer.node.end)
    const unless = own && replacedBelow(program, own, layers, /InMemory/)
    const site = program.siteOf(node, scope)
    const run = site?.runs.find(({ when }) => when === 'import' || when === 'startup' || when === 'request')
    if (!site || !run || !program.values(node, scope).some((value) => value.kind === 'literal' && value.value === 'channels.layers.InMemoryChannelLayer')) continue
    yield {
      path: site.module.path, range: { start: node.start, end: node.end }, when: run.when as Problem['when'], severity: unless === undefined ? severityFor(run, 'breaks') : 'degrades',
      trace: program.trace(site, 'keeps the groups of Channels in memory', run),
      message: `Channels keeps its groups in the memory of one process${unless === undefined ? '' : ` unless ${unless} is set`}. On the host several instances run, so a message to a group reaches only the clients that happen to be on the same one. ${unless === undefined ? 'Use the Redis layer of channels-redis, which all instances share.' : `Set ${unless} there.`}`,
      remedy: unless !== undefined ? { kind: 'fix', safety: 'review', title: `Have ${unless} set on the host`, changes: [], needs: [{ kind: 'env', name: unless, secret: /UR[LI]/.test(unless), why: 'leads to the shared channel layer' }] } : { kind: 'manual', reason: 'The layer needs a Redis that all instances reach, and its address in a variable: "BACKEND": "channels_redis.core.RedisChannelLayer" with "CONFIG": {"hosts": […]}.' },
    }
  }
}

/** `SocketIO(message_queue=…)` without an app only sends from another process. */
function isClientOnly(kwargs: ReadonlyMap<string, unknown>, args: number, name: string): boolean {
  return name === 'flask_socketio.SocketIO' && args === 0 && kwargs.has('message_queue') && !kwargs.has('app')
}
