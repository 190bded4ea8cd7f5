import { isOfSocket } from '../../../src/lang/javascript/background/sockets.js'
import { numberOf } from '../../../src/lang/javascript/background/seconds.js'
import { eventStreams } from '../../../src/lang/javascript/background/streams.js'
import { settlesPromise, timersOf } from '../../../src/lang/javascript/background/timers.js'
import { ancestor, field, fieldsOf, functionAround, functionKinds, walk, type JsCall, type JsNode, type JsSite } from '../../../src/lang/javascript/program.js'
import type { Run } from '../../../src/lang/runs.js'
import { milder, severityFor } from '../../../src/lang/severity.js'
import type { JsProgram, Problem, Rule, RuleContext } from '../../../src/types.js'

/** Allowed remedy: review or more careful. */
export const bgLongRequest = {
  id: 'bg-long-request',
  title: 'Request that waits for long',
  hazard: 'long-running-request',
  language: 'javascript',
  assumes: 'long-request',
  severity: 'breaks',
  *check(program: JsProgram, { target, plan }: RuleContext): Generator<Problem> {
    const limit = target.limits[plan].requestSeconds
    const told = new Set<JsNode>()
    for (const { site, seconds } of pauses(program)) {
      const run = servedRun(site)
      const home = site.fn?.node ?? site.node
      if (!run || seconds < 5 || told.has(home)) continue
      told.add(home)
      const loop = loopAround(program, site.node)
      yield problemAt(program, site, site.node, run, severityFor(run, seconds >= limit ? 'breaks' : 'degrades'), `waits for ${seconds} s${loop ? ' at a time, in a loop' : ''}`, limit)
    }
    for (const call of program.callsMatching(longCalls)) {
      const run = servedRun(call)
      const name = call.names.find((one) => longCalls.test(one)) ?? ''
      if (run) yield problemAt(program, call, call.node, run, milder(severityFor(run, 'breaks')), `calls ${name.split('.').at(-1) ?? name}() of ${name.split(/[.(]/)[0] ?? name}, which often takes minutes`, limit)
    }
    for (const call of program.callsMatching(modelCalls)) {
      const run = servedRun(call)
      const loop = loopAround(program, call.node)
      const home = call.fn?.node
      if (!run || !loop || !isAwaited(call.node) || (home && told.has(home))) continue
      if (home) told.add(home)
      yield problemAt(program, call, outermost(loop), run, severityFor(run, 'breaks'), 'asks a model once for each piece of a list, one after the other', limit)
    }
    for (const { call, run, type, source } of eventStreams(program)) {
      const home = functionAround(call.node)
      if (source !== 'finite' || !home || told.has(home) || ![...walk(home)].some((node) => node.kind === 'ForOfStatement' && node.children.some((child) => child.kind === 'AwaitKeyword'))) continue
      told.add(home)
      yield problemAt(program, call, type, run, severityFor(run, 'degrades'), 'streams its answer until the work is done', limit)
    }
  },
} satisfies Rule

const longCalls = /^(openai(\.OpenAI)?\(\)\.(fineTuning\.jobs\.\w+|audio\.transcriptions\.create|videos\.\w+)|replicate(\.default)?\(\)\.run|ytdl-core(\.\w+)?|@distube\/ytdl-core|fluent-ffmpeg\(\)\.(save|saveToFile|run|mergeToFile|concat))$/
const modelCalls = /^(openai(\.OpenAI)?\(\)\.(chat\.completions|completions|embeddings|responses|images)\.\w+|@langchain\/[\w-]+.*\.(addDocuments|fromDocuments|fromTexts|embedDocuments|invoke|embedQuery)|langchain.*\.(addDocuments|fromDocuments|embedDocuments|invoke|call)|@huggingface\/inference.*\.\w+|@google\/(generative-ai|genai).*\.(generateContent|embedContent)|@anthropic-ai\/sdk.*\.messages\.create|cohere-ai.*\.(embed|chat|generate))$/

function servedRun(site: JsSite): Run | undefined {
  // A socket's handler waits for as long as its client stays.
  return site.runs.find((run) => run.when === 'request' && !run.background && !isOfSocket(run))
}

/** Waits on purpose: `await new Promise((resolve) => setTimeout(resolve, 5000))`, and calls of functions that do only that. */
function* pauses(program: JsProgram): Generator<{ readonly site: JsSite; readonly seconds: number }> {
  for (const timer of timersOf(program)) {
    if (timer.kind !== 'timeout' || !settles(program, timer.call)) continue
    const executor = functionAround(timer.call.node)
    const around = executor && functionAround(executor)
    const maker = around && program.functionAt(around)
    const index = maker ? maker.params.findIndex((param) => timer.call.args[1] !== undefined && program.text(field(param, 'name') ?? param) === program.text(timer.call.args[1])) : -1
    if (maker && index >= 0) {
      for (const call of program.callers(maker)) {
        const ms = numberOf(program, call.args[index])
        if (ms !== undefined && isAwaited(call.node)) yield { site: call, seconds: ms / 1000 }
      }
    } else if (timer.seconds !== undefined && !isGivenUp(timer.call)) yield { site: timer.call, seconds: timer.seconds }
  }
  for (const call of program.calls('timers.promises.setTimeout')) {
    const ms = numberOf(program, call.args[0])
    if (ms !== undefined && isAwaited(call.node)) yield { site: call, seconds: ms / 1000 }
  }
}
/** The timer's callback is the promise's resolve, or calls nothing else. */
function settles(program: JsProgram, { node, args, module }: JsCall): boolean {
  const executor = functionAround(node)
  const [resolve] = executor ? fieldsOf(executor, 'parameters') : []
  if (!resolve || !settlesPromise(program, node) || executor?.parent?.kind !== 'NewExpression') return false
  const name = module.text.slice(resolve.start, resolve.end).replace(/[:?].*/s, '').trim()
  return args[0] !== undefined && new RegExp(`\\b${name.replace(/\$/g, '\\$')}\\b`).test(program.text(args[0]))
}
/** `Promise.race([work, timeout])`: the wait is the most that it takes. */
function isGivenUp({ node }: JsCall): boolean {
  for (let at = node.parent; at; at = at.parent) {
    if (at.kind === 'ArrayLiteralExpression') return true
    if (at.kind === 'ExpressionStatement' || at.kind === 'ReturnStatement') return false
  }
  return false
}
function isAwaited(node: JsNode): boolean {
  for (let at = node.parent; at && !functionKinds.has(at.kind) && at.kind !== 'ExpressionStatement'; at = at.parent) if (at.kind === 'AwaitExpression') return true
  return node.parent?.kind === 'AwaitExpression'
}
/** A loop of the same function, or a callback that is run for each item in turn. */
function loopAround(program: JsProgram, node: JsNode): JsNode | undefined {
  const loop = ancestor(node, 'ForStatement', 'ForOfStatement', 'ForInStatement', 'WhileStatement', 'DoStatement', ...functionKinds)
  if (!loop) return undefined
  if (!functionKinds.has(loop.kind)) return loop
  const call = loop.parent
  if (call?.kind === 'NewExpression') return loopAround(program, call)
  const callee = call?.kind === 'CallExpression' && loop.field === 'arguments' ? field(call, 'expression') : undefined
  const method = callee?.kind === 'PropertyAccessExpression' ? field(callee, 'name') : undefined
  return call && method && /^(reduce|eachSeries|mapSeries)$/.test(program.text(method)) ? call : undefined
}
/** The handler, where a person would look for what a request does. */
function outermost(node: JsNode): JsNode {
  let at = node
  for (let around = functionAround(at); around; around = functionAround(around)) at = around
  return at
}

function problemAt(program: JsProgram, site: JsSite, at: JsNode, run: Run, severity: Problem['severity'], what: string, limit: number): Problem {
  return {
    path: site.module.path, range: { start: at.start, end: headEnd(at) }, when: 'request', ...(severity ? { severity } : {}),
    trace: program.trace({ ...site, node: at }, `the request ${what}`, run),
    message: `The request ${what}. The host ends requests after ${limit} s, bills the waiting, and browsers or proxies give up sooner. Answer at once and let the client ask again, or do the work where nothing waits for it (a queue or a worker).`,
    remedy: { kind: 'manual', reason: 'Splitting a request in two changes what the client has to do.' },
  }
}
function headEnd(at: JsNode): number {
  const body = field(at, 'statement') ?? (functionKinds.has(at.kind) ? field(at, 'body') : undefined)
  return body ? body.start : Math.min(at.end, at.start + 200)
}
