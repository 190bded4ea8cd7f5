import type { Change, Problem, PythonProgram, Remedy, Rule, RuleContext } from '../../../src/types.js'
import { backgroundStarts, waitedFor, type Start } from '../../../src/lang/python/background/background.js'
import { loopBehind, remedyForStart } from '../../../src/lang/python/background/cron-from-start.js'
import { eol, indentOf, indentUnit, insertAfter, insertAt, lineStart, replaceNode, standsAlone, wrapUnder } from '../../../src/lang/python/edit.js'
import { hostGuard } from '../../../src/lang/python/settings/host-guard.js'
import { hasOtherRule } from '../../../src/lang/python/background/known-background.js'
import { ownCode } from '../../../src/lang/python/background/loops.js'
import { placesOf, tellHabitsOnce } from '../../../src/lang/habits.js'
import { plural } from '../../../src/text.js'
import { isOfSocket } from '../../../src/lang/python/background/sockets.js'
import { milder, severityFor } from '../../../src/lang/python/severity.js'
import { problemWithState } from '../../../src/lang/python/background/cron-route.js'
import { bare, field, statementOf, walk, type PyFunction, type PyModule, type PyNode } from '../../../src/lang/python/program.js'

/** Allowed remedy: review or more careful. */
export const bgAfterResponse = {
  id: 'bg-after-response',
  title: 'Work that goes on after the response',
  hazard: 'background-thread',
  language: 'python',
  assumes: 'background-work',
  severity: 'breaks',
  *check(program: PythonProgram, context: RuleContext): Generator<Problem> {
    // The same work started in many places, and no edit at any of them: one decision.
    yield* tellHabitsOnce(all(program, context), 2, ({ remedy, path, message }) => (remedy.kind === 'manual' ? `${path} ${remedy.reason} ${message}` : undefined), (first, others) => ({ ...first, message: `${first.message} The same is started at ${plural(others.length, 'more place')} of this file (${placesOf(others, first.path)}).` }))
  },
} satisfies Rule

function* all(program: PythonProgram, context: RuleContext): Generator<Problem> {
  for (const start of backgroundStarts(program)) {
    if (start.run.when !== 'request' || hasOtherRule(program, start)) continue
    const waited = waitedFor(program, start)
    if (waited !== 'yes' && !endsWithRequest(program, start)) yield* problemsOf(program, context, start, waited === 'bounded')
  }
}

/** A task that the same function cancels lives no longer than the request or the socket; a task beside an open socket is not frozen. */
function endsWithRequest(program: PythonProgram, { means, begun, run }: Start): boolean {
  if (means === 'task' && isOfSocket(run)) return true
  const assignment = statementOf(begun.node).children[0]
  const left = means === 'task' && assignment?.kind === 'assignment' ? field(assignment, 'left') : undefined
  if (left?.kind !== 'identifier' || !begun.fn) return false
  return new RegExp(`\\b${program.text(left, begun.module)}\\.cancel\\(`).test(program.text(begun.fn.body, begun.module))
}

function* problemsOf(program: PythonProgram, context: RuleContext, start: Start, bounded: boolean): Generator<Problem> {
  const { made, run } = start
  const what = nameOf(program, start)
  const severity = severityFor(run, 'breaks')
  const at = { path: made.module.path, range: { start: made.node.start, end: made.node.end }, when: 'request' as const, trace: program.trace(made, `starts work beside the request: ${what}`, run) }
  const behind = loopBehind(program, start)
  if (behind) {
    // The usual way to begin a loop with the app before Flask 2.3.
    const once = run.trace.some((step) => /\.before_(app_)?first_request\b/.test(step.note))
    yield {
      ...at, severity,
      message: `${behind.loop.fn.qualname}() loops for ever in a thread that a request starts. On the host the process sleeps between requests and exists several times or not at all, so the loop stalls, or runs in several copies. Let a schedule call one round of it, or run it as a worker elsewhere.`,
      remedy: once ? remedyForStart(program, context, start, behind) : { kind: 'manual', reason: `${behind.loop.fn.qualname}() runs from when a request starts it: only a worker on a host that keeps processes can do that.` },
    }
    return
  }
  yield {
    ...at, severity: bounded ? milder(severity) : severity,
    message: bounded
      ? `The request waits for ${what} only until a timeout, and leaves it running then. On the host it is frozen as soon as the response is out, and goes on at the next request or never. Do the work in the request with a timeout of its own.`
      : `The request starts ${what} and answers without waiting for it. On the host the process is frozen when the response is out, so the work finishes at some later request, or never. Wait for it before answering, or hand it to a queue.`,
    remedy: bounded ? { kind: 'manual', reason: 'The work itself needs a timeout, at the call that may hang; then no thread is needed.' } : remedyFor(program, context, start),
  }
  for (const fn of decoratedBy(program, start)) {
    const mark = fn.decorators[0]
    const reached = [...program.functions()].find((one) => one.fn === fn)?.runs.find((one) => one.when === 'request') ?? run
    if (!mark) continue
    yield {
      path: fn.module.path, range: { start: mark.start, end: mark.end }, when: 'request', severity,
      trace: [...reached.trace, { file: fn.module.path, line: program.line(mark, fn.module), note: `${fn.qualname}() runs in a thread of its decorator` }],
      message: `${fn.qualname}() runs in a thread that its decorator starts, and the request answers without waiting for it. On the host the process is frozen when the response is out, so the work finishes late or never. Hand it to a queue or a worker, or do it in pieces that requests wait for.`,
      remedy: { kind: 'manual', reason: `How ${fn.qualname}() may be split or handed on is a decision about what it does.` },
    }
  }
}

/** Functions of the repo that the starting code is the decorator of: the thread's target is its parameter. */
function decoratedBy(program: PythonProgram, { target, made }: Start): readonly PyFunction[] {
  if (!target || bare(target).kind !== 'identifier') return []
  const [param] = program.bindings(program.text(target, made.module), made.scope).filter((binding) => binding.kind === 'param')
  if (param?.kind !== 'param' || param.fn === made.fn) return []
  return [...program.functions()].flatMap(({ fn }) => (fn.decorators.some((mark) => program.values(mark, fn.scope.parent ?? fn.scope).some((value) => value.kind === 'function' && value.fn === param.fn)) ? [fn] : []))
}

/** On the host the request waits for the thread; elsewhere all stays as it was. Only for work that ends soon and that requests don't watch. */
function remedyFor(program: PythonProgram, { target: host }: RuleContext, start: Start): Remedy {
  const manual = (reason: string): Remedy => ({ kind: 'manual', reason })
  const { made, begun, means, targets } = start
  const [fn] = targets
  if (means === 'task') return awaitOnHost(program, host, start) ?? manual('Keep the result of the call and wait for it before answering, or hand the work to a queue.')
  if (means !== 'thread') return manual('Keep the result of the call and wait for it before answering, or hand the work to a queue.')
  if (!fn || targets.length !== 1) return manual('What it runs can\'t be told from the code; wait for it before answering, or hand it to a queue.')
  if (begun.module.brokenAt !== undefined) return manual(`${begun.module.path} does not parse.`)
  const slow = takesLong(program, fn)
  if (slow !== undefined) return manual(`${fn.qualname}() ${slow}, so a request should not wait for it: hand it to a queue or a worker.`)
  const state = problemWithState(program, [fn])
  if (state.blocking !== undefined) return manual(`Waiting would not be enough, because ${state.blocking}. Keep its progress in a database.`)
  const statement = statementOf(begun.node)
  const call = statement.kind === 'expression_statement' && statement.children[0] === begun.node ? begun.node : undefined
  const callee = call && field(call, 'function')
  const object = callee && bare(field(callee, 'object') ?? callee)
  const lineEnd = /^[ \t]*(#[^\r\n]*)?(\r|\n|$)/.test(begun.module.text.slice(statement.end))
  const lineStart = /(^|[\r\n])[ \t]*$/.test(begun.module.text.slice(0, statement.start))
  if (!call || !object || !lineEnd || !lineStart) return manual('Its start is part of a larger statement; wait for the thread before answering.')
  const guard = hostGuard(host, begun.module, begun.scope, statement)
  const unit = indentUnit(begun.module)
  const title = `Wait for ${nameOf(program, start)} before answering, on ${host.title} only`
  const left = `Requests that start ${nameOf(program, start)} take as long as it does; what must not be lost belongs in a queue.`
  if (object.kind === 'identifier') return fix(title, left, [...guard.changes, insertAfter(begun.module, statement, [`if ${guard.text}:`, `${unit}${program.text(object, begun.module)}.join()`])])
  if (object !== made.node) return manual('The thread is kept where the request can\'t wait for it by a plain name.')
  // `Thread(…).start()`: it gets a name.
  const names = new Set([...(begun.scope.bindings.keys()), ...(begun.module.scope.bindings.keys())])
  let name = 'thread'
  for (let n = 2; names.has(name); n++) name = `thread_${n}`
  const indent = indentOf(begun.module, statement)
  const end = eol(begun.module)
  return fix(title, left, [...guard.changes, replaceNode(begun.module, statement, [`${name} = ${program.text(object, begun.module)}`, `${name}.start()`, `if ${guard.text}:`, `${unit}${name}.join()`].join(end + indent))])
}
/** `asyncio.create_task(send(…))` in a coroutine: on the host it is awaited, elsewhere all stays as it was. */
function awaitOnHost(program: PythonProgram, host: RuleContext['target'], start: Start): Remedy | undefined {
  const { made, targets } = start
  const { module } = made
  const [fn] = targets
  const statement = statementOf(made.node)
  const [given, ...more] = made.args
  const isPlain = statement.kind === 'expression_statement' && statement.children[0] === made.node && standsAlone(module, statement)
  if (!fn?.isAsync || targets.length !== 1 || !made.fn?.isAsync || !isPlain || given?.kind !== 'call' || more.length > 0 || module.brokenAt !== undefined) return undefined
  const slow = takesLong(program, fn)
  if (slow !== undefined) return { kind: 'manual', reason: `${fn.qualname}() ${slow}, so a request should not wait for it: hand it to a queue or a worker.` }
  const state = problemWithState(program, [fn])
  if (state.blocking !== undefined) return { kind: 'manual', reason: `Waiting would not be enough, because ${state.blocking}. Keep its progress in a database.` }
  const guard = hostGuard(host, module, made.scope, statement)
  const unit = indentUnit(module)
  const [indent, end] = [indentOf(module, statement), eol(module)]
  const awaited = insertAt(module, lineStart(module, statement.start), `${indent}if ${guard.text}:${end}${indent}${unit}await ${movedTo(module, given, indent + unit)}${end}`)
  return fix(`Await ${nameOf(program, start)} before answering, on ${host.title} only`, `Requests that start ${nameOf(program, start)} take as long as it does, and fail where it fails; what must not be lost belongs in a queue.`, [...guard.changes, awaited, ...wrapUnder(module, statement, statement, 'else')])
}
/** An expression's text with its further lines indented as they are where it begins. */
function movedTo(module: PyModule, node: PyNode, indent: string): string {
  const text = module.text.slice(node.start, node.end)
  if ([...walk(node)].some((part) => part.kind === 'string' && /[\r\n]/.test(module.text.slice(part.start, part.end)))) return text
  const base = /^[ \t]*/.exec(module.text.slice(lineStart(module, node.start)))?.[0] ?? ''
  return text.replace(new RegExp(`(\\r\\n|\\n|\\r)${base}`, 'g'), `$1${indent}`)
}
function fix(title: string, left: string, changes: readonly Change[]): Remedy {
  return { kind: 'fix', safety: 'review', title, changes, left }
}
/** Signs that the work is a batch. */
function takesLong(program: PythonProgram, fn: PyFunction): string | undefined {
  for (const node of ownCode(fn.isLambda ? fn.node : fn.body)) {
    if (node.kind === 'while_statement') return 'loops until something happens'
    if (node.kind === 'for_statement') return 'works through a list'
    const callee = node.kind === 'call' ? field(node, 'function') : undefined
    if (callee && program.origins(callee, fn.scope).some((origin) => /^(time\.sleep|asyncio\.sleep|subprocess\.|os\.system|gevent\.sleep|eventlet\.sleep)/.test(origin))) return 'sleeps or runs another program'
  }
  return undefined
}

function nameOf(program: PythonProgram, { targets, target, made }: Start): string {
  const [fn] = targets
  if (fn && targets.length === 1) return fn.isLambda ? shown(program.text(fn.body, fn.module)) : `${fn.qualname}()`
  return target ? shown(program.text(target, made.module)) : 'something'
}
function shown(text: string): string {
  return (text.split(/\r|\n/)[0] ?? '').slice(0, 60)
}
