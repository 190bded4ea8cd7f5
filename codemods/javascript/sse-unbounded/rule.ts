import { eventStreams, type EventStream } from '../../../src/lang/javascript/background/streams.js'
import { severityFor } from '../../../src/lang/severity.js'
import type { JsProgram, Problem, Rule, RuleContext } from '../../../src/types.js'

/** Allowed remedy: review or more careful. */
export const sseUnbounded = {
  id: 'sse-unbounded',
  title: 'Stream without an end',
  hazard: 'long-running-request',
  language: 'javascript',
  assumes: 'long-request',
  severity: 'breaks',
  *check(program: JsProgram, { target, plan }: RuleContext): Generator<Problem> {
    const seconds = target.limits[plan].requestSeconds
    for (const stream of eventStreams(program)) {
      if (stream.source === 'finite' || stream.source === undefined) continue
      const { call, run, at } = stream
      yield {
        path: call.module.path, range: { start: at.start, end: Math.min(at.end, at.start + 200) }, when: 'request',
        severity: severityFor(run, stream.source === 'timer' || stream.source === 'loop' ? 'degrades' : 'breaks'),
        trace: [...program.trace(call, 'answers with a stream of events', run), { file: call.module.path, line: program.line(at), note: 'writes to it without an end' }],
        message: `This stream of events has no end of its own, and the host cuts each request after ${seconds} seconds at most; until then it is billed as one that runs.${shared(stream)} End the stream in time, and the browser opens the next one by itself.`,
        remedy: { kind: 'manual', reason: stream.source === 'emitter' || stream.source === 'list' ? 'Feed the stream from a store that all instances see (Redis, the database), and end it in time.' : `End it after about ${Math.max(10, seconds - 10)} seconds, where what it writes is complete: setTimeout(() => res.end(), …), cleared when the client goes.` },
      }
    }
  },
} satisfies Rule

function shared({ source }: EventStream): string {
  if (source === 'emitter') return ' What it sends comes from an emitter in this process, which other instances do not reach: events get lost.'
  if (source === 'list') return ' The answers are kept in a list of this process, which other instances do not see: events get lost.'
  return ''
}
