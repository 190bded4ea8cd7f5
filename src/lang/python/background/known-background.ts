/** Background work that has a rule of its own: re-armed timers, scheduler loops, bots and consumers. */
import type { Start } from './background.js'
import { ownCode } from './loops.js'
import { field, walk } from '../tree.js'
import type { PythonProgram } from '../program.js'
import type { PyCall, PyFunction } from '../types.js'

/** Calls that take over the thread to wait for messages: bots, brokers, brokers' clients. */
export const pollingCall =
  /^(telegram\.ext\.[\w.()]*\.(run_polling|start_polling)|telebot\.(async_telebot\.)?(Async)?TeleBot\(\)\.(infinity_polling|polling)|aiogram\.[\w.()]*start_polling|aiogram\.utils\.executor\.start_polling|discord\.[\w.()]*(Client|Bot)\(\)\.(run|start)|nextcord\.[\w.()]*(Client|Bot)\(\)\.run|disnake\.[\w.()]*(Client|Bot)\(\)\.run|pyrogram\.Client\(\)\.run|paho\.mqtt\.client\.Client\(\)\.(loop_start|loop_forever)|flask_mqtt\.Mqtt|pika\.[\w.()]*\.start_consuming|tweepy\.\w+\(\)\.(filter|sample|userstream)|slack_bolt\.[\w.()]*SocketModeHandler\(\)\.start|slack_sdk\.rtm[\w.()]*\.start|praw\.[\w.()\[\]]*\.stream\.\w+|pymongo\.[\w.()\[\]]*\.watch|redis\.[\w.()]*pubsub\(\)\.(listen|run_in_thread)|kafka\.KafkaConsumer|confluent_kafka\.Consumer\(\)\.(poll|consume))$/

/** Is the start the matter of another rule? */
export function hasOtherRule(program: PythonProgram, start: Start): boolean {
  if (start.outside.some((origin) => pollingCall.test(origin)) || repeats(program, start)) return true
  if (start.targets.some((fn) => rearming(program, fn) !== undefined)) return true
  return start.targets.some((fn) => runsPending(program, fn) !== undefined || pollsIn(program, fn))
}

/** A subclass of Timer whose run() calls the timer's function again and again: `RepeatTimer(5, work)`. */
export function repeats(program: PythonProgram, { targets, target }: Start): boolean {
  const [fn] = targets
  if (target !== undefined || targets.length !== 1 || fn?.name !== 'run' || !fn.cls) return false
  const { cls } = fn
  const isTimer = cls.bases.some((base) => program.origins(base, cls.scope.parent ?? cls.scope).includes('threading.Timer'))
  return isTimer && [...ownCode(fn.body)].some((node) => node.kind === 'while_statement' && /self\.function\(/.test(program.text(node, fn.module)))
}

/** The `Timer(…, itself)` in a function that arms itself again. */
export function rearming(program: PythonProgram, fn: PyFunction): PyCall | undefined {
  for (const call of program.calls('threading.Timer')) {
    if (call.fn !== fn) continue
    const target = call.kwargs.get('function') ?? call.args[1]
    if (target && program.values(target, call.scope).some((value) => value.kind === 'function' && (value.fn === fn || armsOf(program, value.fn).includes(fn)))) return call
  }
  return undefined
}
/** Functions that a function starts by a timer or calls. */
function armsOf(program: PythonProgram, fn: PyFunction): readonly PyFunction[] {
  return [...program.calls()].flatMap((call) => {
    if (call.fn !== fn) return []
    const target = call.names.includes('threading.Timer') ? (call.kwargs.get('function') ?? call.args[1]) : undefined
    return target ? program.values(target, call.scope).flatMap((value) => (value.kind === 'function' ? [value.fn] : [])) : call.callees
  })
}

/** The `run_pending()` of the schedule package in a function's own code. */
export function runsPending(program: PythonProgram, fn: PyFunction): PyCall['node'] | undefined {
  for (const node of ownCode(fn.isLambda ? fn.node : fn.body)) {
    const callee = node.kind === 'call' ? field(node, 'function') : undefined
    if (callee && program.origins(callee, fn.scope).some((origin) => /^schedule\.(Scheduler\(\)\.)?run_pending$/.test(origin))) return node
  }
  return undefined
}
function pollsIn(program: PythonProgram, fn: PyFunction): boolean {
  for (const node of walk(fn.isLambda ? fn.node : fn.body)) {
    const callee = node.kind === 'call' ? field(node, 'function') : undefined
    if (callee && program.origins(callee, fn.scope).some((origin) => pollingCall.test(origin))) return true
  }
  return false
}
