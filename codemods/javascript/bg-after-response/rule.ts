import { insertAfter, insertAt, standsAlone } from '../../../src/lang/javascript/edit.js'
import { answeredBefore, floatingCalls, type Floating } from '../../../src/lang/javascript/background/floating.js'
import { ownCode } from '../../../src/lang/javascript/background/one-round.js'
import { isOfSocket } from '../../../src/lang/javascript/background/sockets.js'
import { isCleared, isUnreferenced, nameOf, onlyGivesUp, onlyTidies, settlesPromise, timersOf, type Timer } from '../../../src/lang/javascript/background/timers.js'
import { field, functionAround, literalText, walk, type JsFunction, type JsSite } from '../../../src/lang/javascript/program.js'
import { endStatement, styleOf } from '../../../src/lang/javascript/style.js'
import { placesOf, tellHabitsOnce } from '../../../src/lang/habits.js'
import type { Run } from '../../../src/lang/runs.js'
import { milder, severityFor } from '../../../src/lang/severity.js'
import { plural } from '../../../src/text.js'
import type { JsProgram, Problem, Remedy, Rule, RuleContext } from '../../../src/types.js'

/** Allowed remedy: review or more careful. */
export const bgAfterResponse = {
  id: 'bg-after-response',
  title: 'Work that goes on after the response',
  hazard: 'background-thread',
  language: 'javascript',
  assumes: 'background-work',
  severity: 'breaks',
  *check(program: JsProgram, context: RuleContext): Generator<Problem> {
    // The same work started in many places, and no edit at any of them: one decision.
    yield* tellHabitsOnce(all(program, context), 2, ({ remedy, path, message }) => (remedy.kind === 'manual' ? `${path} ${remedy.reason} ${message}` : undefined), (first, others) => ({ ...first, message: `${first.message} The same is started at ${plural(others.length, 'more place')} of this file (${placesOf(others, first.path)}).` }))
  },
} satisfies Rule

function* all(program: JsProgram, context: RuleContext): Generator<Problem> {
  for (const timer of timersOf(program)) {
    const run = requestRun(timer.call)
    if (run && goesOn(program, timer)) yield ofTimer(program, timer, run)
  }
  for (const floating of floatingCalls(program)) {
    const run = requestRun(floating.call)
    if (run && !isOfSocket(run)) yield ofPromise(program, context, floating, run)
  }
  for (const call of program.callsMatching(/^express\.response\.(on|once)$/)) {
    const run = requestRun(call)
    const [event, handler] = call.args
    const fn = handler && program.functionAt(handler)
    if (!run || !event || !fn?.isAsync || !/^(finish|close)$/.test(literalText(event, call.module.text) ?? '') || ![...ownCode(fn)].some((node) => node.kind === 'AwaitExpression')) continue
    yield {
      ...at(program, call, run, 'waits for the response to be out'), severity: severityFor(run, 'breaks'),
      message: 'This work begins when the response is out and then waits for something. On the host the process is frozen by then, so it finishes at some later request, or never. Do it before answering, or hand it to a queue.',
      remedy: { kind: 'manual', reason: 'What it writes, such as the status of the response, may be known only at the end: which part can move before the answer is a decision about the work.' },
    }
  }
}

function requestRun(site: JsSite): Run | undefined {
  return site.runs.find(({ when, background }) => when === 'request' && !background)
}
function at(program: JsProgram, site: JsSite, run: Run, note: string): Pick<Problem, 'path' | 'range' | 'when' | 'trace'> {
  return { path: site.module.path, range: { start: site.node.start, end: site.node.end }, when: 'request', trace: program.trace(site, note, run) }
}

/** Is there work that nobody waits for and that is not only about this request or this process? */
function goesOn(program: JsProgram, timer: Timer): boolean {
  const { call, callback, fns } = timer
  if (call.runs.some((run) => run.when === 'request' && isOfSocket(run))) return false
  if (settlesPromise(program, call.node) || onlyGivesUp(program, timer) || onlyTidies(program, timer) || isCleared(program, timer) || isUnreferenced(program, timer)) return false
  const answer = /\b(res|response|reply|next|resolve|reject|callback|cb|done)\b/
  const own = [callback, ...fns.filter((fn) => fn.node.start >= (functionAround(call.node)?.start ?? 0) && fn.module === call.module).map((fn) => fn.body)]
  const waitsForIt = own.some((node) => [...walk(node)].some((one) => one.kind === 'Identifier' && one.field !== 'name' && answer.test(program.text(one))))
  return !waitsForIt && fns.length > 0 && fns.some((fn) => [...walk(fn.body)].some((node) => node.kind === 'CallExpression' || node.kind === 'BinaryExpression'))
}
function ofTimer(program: JsProgram, timer: Timer, run: Run): Problem {
  const { call, kind, callback, fns } = timer
  const what = nameOf(program, callback, fns)
  return {
    ...at(program, call, run, `starts work beside the request: ${what}`), severity: severityFor(run, 'breaks'),
    message: kind === 'interval'
      ? `The request starts a timer that calls ${what} again and again, and answers. On the host the process is frozen when the response is out and another instance may serve the next request, so it stalls or runs in several copies. Let a schedule call a route that does it once, or run it as a worker elsewhere.`
      : `The request leaves ${what} to a timer and answers without waiting for it. On the host the process is frozen when the response is out, so the work is done at some later request, or never. Do it before answering, or hand it to a queue.`,
    remedy: { kind: 'manual', reason: kind === 'interval' ? 'How the work goes on after the request is a decision about what it does.' : 'Whether the visitor can wait for the work, or a queue has to carry it, is a decision about what it does.' },
  }
}

function ofPromise(program: JsProgram, { target }: RuleContext, floating: Floating, run: Run): Problem {
  const { call, what, shape } = floating
  const severity = severityFor(run, 'breaks')
  const logs = /log|track|analytics|audit|metric|lastSeen|touch/i.test(what)
  return {
    ...at(program, call, run, `starts ${what} and goes on`), severity: logs ? milder(severity) : severity,
    message: shape === 'each'
      ? 'forEach does not wait for an async function: the request goes on and answers while the work of the list is under way. On the host the process is frozen when the response is out, so the rest is done at some later request, or never. Use `for … of` with await, or `await Promise.all(list.map(…))`.'
      : `The request starts ${what} and goes on without waiting for it. On the host the process is frozen when the response is out, so the work finishes at some later request, or never. Await it before answering, or hand it to a queue.`,
    remedy: remedyFor(program, target, floating),
  }
}

/** On the host the request waits for it; elsewhere all stays as it was. */
function remedyFor(program: JsProgram, target: RuleContext['target'], { call, whole, statement, fns, shape, what }: Floating): Remedy {
  const manual = (reason: string): Remedy => ({ kind: 'manual', reason })
  const { module } = call
  if (shape === 'each') return manual('Whether the pieces may run at the same time, and what becomes of the rest when one fails, is a decision about the work.')
  if (shape === 'callback') return manual('It tells its end by a callback: leave that out and await the promise before answering.')
  if (module.brokenAt !== undefined) return manual(`${module.path} does not parse.`)
  const slow = fns.map(takesLong).find((one) => one !== undefined)
  if (slow !== undefined) return manual(`${what} ${slow}, so a request should not wait for it: hand it to a queue or a worker.`)
  const home = functionAround(call.node)
  if (!home?.children.some((child) => child.kind === 'AsyncKeyword')) return manual('The function around it is not async: make it so and await the call, or return its promise to whoever answers.')
  if (answeredBefore(program, call.node)) return manual('The answer is sent before: put the call above it and await it there, or hand the work to a queue.')
  if (statement.children[0] !== whole || !standsAlone(module, statement) || statement.parent?.kind !== 'Block') return manual('Its call is part of a larger statement; await it before answering.')
  const style = styleOf(module, { modules: program.modules })
  let name = 'pending'
  for (let n = 2; new RegExp(`\\b${name}\\b`).test(module.text); n++) name = `pending${n}`
  return {
    kind: 'fix', safety: 'review', title: `Wait for ${what} before answering, on ${target.title} only`,
    changes: [insertAt(module, statement.start, `const ${name} = `), insertAfter(module, statement, [`if (${target.guard.javascript}) ${endStatement(style, `await ${name}`)}`], style)],
    left: `Requests that start ${what} take as long as it does there, and fail where it fails; what must not be lost belongs in a queue.`,
  }
}
/** Signs that the work is a batch. */
function takesLong(fn: JsFunction): string | undefined {
  for (const node of ownCode(fn)) {
    if (node.kind === 'WhileStatement' || node.kind === 'DoStatement') return 'loops until something happens'
    if (/^For(Of|In)?Statement$/.test(node.kind)) return 'works through a list'
    const callee = node.kind === 'CallExpression' ? field(node, 'expression') : undefined
    if (callee && /^(sleep|delay|setTimeout|wait)$/.test(fn.module.text.slice(callee.start, callee.end))) return 'waits on purpose'
  }
  return undefined
}
