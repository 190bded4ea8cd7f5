import type { Problem, PythonProgram, Rule, RuleContext, Severity } from '../../../src/types.js'
import { loopOf, ownCode } from '../../../src/lang/python/background/loops.js'
import { numberOf } from '../../../src/lang/python/background/seconds.js'
import { every } from '../../../src/lang/schedules.js'
import { isOfSocket } from '../../../src/lang/python/background/sockets.js'
import { rowLoops } from './rows.js'
import { milder, severityFor } from '../../../src/lang/python/severity.js'
import { ancestor, bare, field, type PyCall, type PyNode, type PySite, type Run } from '../../../src/lang/python/program.js'

/** Allowed remedy: review or more careful. */
export const bgLongRequest = {
  id: 'bg-long-request',
  title: 'Request that waits for long',
  hazard: 'long-running-request',
  language: 'python',
  assumes: 'long-request',
  severity: 'breaks',
  *check(program: PythonProgram, { target, plan }: RuleContext): Generator<Problem> {
    const limit = target.limits[plan].requestSeconds
    const seen = new Set<PyNode>()
    for (const call of program.calls('time.sleep', 'gevent.sleep', 'eventlet.sleep', 'asyncio.sleep')) {
      const run = servedRun(call)
      const wait = run && waitOf(program, call)
      if (!wait || seen.has(wait.at)) continue
      seen.add(wait.at)
      const severity: Severity = wait.seconds !== undefined && wait.seconds >= limit ? 'breaks' : 'degrades'
      yield problemAt(program, call, wait.at, run, severityFor(run, severity), wait.what, limit)
    }
    for (const call of program.callsMatching(longCalls)) {
      const run = servedRun(call)
      const name = call.names.find((one) => longCalls.test(one)) ?? ''
      if (run) yield problemAt(program, call, call.node, run, milder(severityFor(run, 'breaks')), `calls ${name.split('.').slice(-1)[0] ?? name}() of ${name.split('.')[0] ?? name}, which often takes minutes`, limit)
    }
    for (const { site } of rowLoops(program)) {
      const run = servedRun(site)
      if (run && !seen.has(site.node)) yield problemAt(program, site, site.node, run, milder(severityFor(run, 'breaks')), 'asks another server once for each row of a table, one after the other', limit)
    }
  },
} satisfies Rule

const longCalls = /^(moviepy\..*\.write_(videofile|gif)|whisper\..*\.transcribe|faster_whisper\.WhisperModel\(\)\.transcribe|yt_dlp\.YoutubeDL\(\)\.download|pytube\.YouTube\(\)\..*\.download|openai\.(OpenAI\(\)\.)?fine_tuning\.jobs\.\w+|instaloader\.Instaloader\(\)\.download_\w+)$/

function servedRun(call: PySite): Run | undefined {
  // A socket's handler waits for as long as its client stays.
  return call.runs.find((run) => run.when === 'request' && !run.background && !isOfSocket(run))
}

type Wait = { readonly at: PyNode; readonly seconds: number | undefined; readonly what: string }

/** A long pause, or a loop of pauses. Short ones, retries and streams are none of it. */
function waitOf(program: PythonProgram, call: PyCall): Wait | undefined {
  if (call.fn && [...ownCode(call.fn.body)].some((node) => node.kind === 'yield')) return undefined
  const known = call.args[0] && numberOf(program, call.args[0], call.scope)
  if (ancestor(call.node, 'except_clause')) return known && known.value >= 5 ? single(call, known.value) : undefined
  const loop = loopOf(call.node)
  if (!loop) return known && known.value >= 5 ? single(call, known.value) : undefined
  if (loop.kind === 'while_statement') return { at: loop, seconds: undefined, what: `waits in a loop until something has happened, looking ${known ? every(known.value) : 'again and again'}` }
  const rounds = roundsOf(program, loop, call)
  if (rounds !== undefined && known) return rounds * known.value >= 5 && !isRetry(loop) ? { at: loop, seconds: rounds * known.value, what: `pauses ${rounds} times for ${known.value} s` } : undefined
  return known && known.value >= 1 && !isRetry(loop) ? { at: loop, seconds: undefined, what: `pauses ${known.value} s for each item of a list` } : undefined
}
function single(call: PyCall, seconds: number): Wait {
  return { at: call.node, seconds, what: `sleeps for ${seconds} s` }
}
/** `for attempt in range(3): try … return`: ends early as a rule. */
function isRetry(loop: PyNode): boolean {
  return [...ownCode(loop)].some((node) => node.kind === 'return_statement' || (node.kind === 'break_statement' && loopOf(node) === loop))
}
function roundsOf(program: PythonProgram, loop: PyNode, call: PyCall): number | undefined {
  const over = field(loop, 'right')
  if (!over) return undefined
  const value = bare(over)
  if (value.kind === 'list' || value.kind === 'tuple') return value.children.filter((child) => child.kind !== 'comment').length
  const callee = value.kind === 'call' ? field(value, 'function') : undefined
  if (!callee || !program.origins(callee, call.scope).includes('builtins.range')) return undefined
  const bounds = (field(value, 'arguments')?.children ?? []).filter((child) => child.kind !== 'comment').map((child) => numberOf(program, child, call.scope)?.value)
  const [first, second] = bounds
  return bounds.length === 1 ? first : bounds.length === 2 && first !== undefined && second !== undefined ? Math.max(0, second - first) : undefined
}

function problemAt(program: PythonProgram, call: PySite, at: PyNode, run: Run, severity: Severity, what: string, limit: number): Problem {
  return {
    path: call.module.path, range: { start: at.start, end: at.kind === 'call' ? at.end : headEnd(at) }, when: 'request', severity,
    trace: program.trace({ ...call, node: at }, `the request ${what}`, run),
    message: `The request ${what}. The host ends requests after ${limit} s, bills the waiting, and browsers or proxies give up sooner. Answer at once and let the client ask again, or do the work where nothing waits for it (a queue or a worker).`,
    remedy: { kind: 'manual', reason: 'Splitting a request in two changes what the client has to do.' },
  }
}
function headEnd(loop: PyNode): number {
  return (field(loop, 'condition') ?? field(loop, 'right') ?? loop).end
}
