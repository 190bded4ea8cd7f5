import type { Problem, PythonProgram, Rule, RuleContext } from '../../../src/types.js'
import { backgroundStarts, waitedFor, type Start } from '../../../src/lang/python/background/background.js'
import { loopBehind, paceOf, remedyForStart } from '../../../src/lang/python/background/cron-from-start.js'
import { hasOtherRule } from '../../../src/lang/python/background/known-background.js'
import { ownCode } from '../../../src/lang/python/background/loops.js'
import { serverStart } from '../../../src/lang/python/entry/server-start.js'
import { severityFor } from '../../../src/lang/python/severity.js'
import { guardStart } from '../../../src/lang/python/background/start-guard.js'
import { field } from '../../../src/lang/python/program.js'

/** Allowed remedy: review or more careful. */
export const bgThreadAtImport = {
  id: 'bg-thread-at-import',
  title: 'Thread started with the app',
  hazard: 'background-thread',
  language: 'python',
  assumes: 'background-work',
  severity: 'breaks',
  *check(program: PythonProgram, context: RuleContext): Generator<Problem> {
    for (const start of backgroundStarts(program)) {
      if (start.run.when !== 'import' && start.run.when !== 'startup') continue
      if (hasOtherRule(program, start) || waitedFor(program, start) === 'yes') continue
      yield problemOf(program, context, start)
    }
  },
} satisfies Rule

function problemOf(program: PythonProgram, context: RuleContext, start: Start): Problem {
  const { made, run } = start
  const behind = loopBehind(program, start)
  const what = behind ? `${behind.loop.fn.qualname}()` : nameOf(program, start)
  const means = start.means === 'process' ? 'process' : start.means === 'task' ? 'background task' : 'thread'
  const base = { path: made.module.path, range: { start: made.node.start, end: made.node.end }, when: run.when === 'startup' ? ('startup' as const) : ('import' as const), trace: program.trace(made, `starts a ${means} for ${what}`, run) }
  if (behind) {
    const pace = behind.loop.kind === 'poller' ? ` and repeats its work ${paceOf(behind.loop, '').text}` : ' and never ends'
    return {
      ...base, severity: severityFor(run, 'breaks'),
      message: `${what} runs in a ${means} that starts with the app${pace}. On the host the process sleeps between requests and exists several times or not at all, so the work is skipped or done twice, without an error. Let a schedule call one round of it, or run it as a worker elsewhere.`,
      remedy: remedyForStart(program, context, start, behind),
    }
  }
  const served = serves(program, start)
  if (served) {
    const guard = guardStart(program, context.target, start.begun, made)
    return {
      ...base, severity: severityFor(run, 'degrades'),
      message: `${what} starts a web server in a ${means} while the app is imported. The host serves the app itself, so nobody reaches this one, and each instance starts it again. Start it only where no host does.`,
      remedy: 'refused' in guard ? { kind: 'manual', reason: `It was not put under a guard, because ${guard.refused}.` } : { kind: 'fix', safety: 'review', title: `Start the server only where ${context.target.title} does not`, changes: guard },
    }
  }
  if (start.targets.length > 0) {
    return {
      ...base, severity: severityFor(run, 'degrades'),
      message: `${what} runs in a ${means} that starts with the app. On the host it starts again in each new instance and is frozen when no request is running, so it may finish late or never. Do the work at build time, before the first use, or while the app is imported if it is short.`,
      remedy: { kind: 'manual', reason: `Whether ${what} may run later, once, or not at all is a decision about what it prepares.` },
    }
  }
  return {
    ...base, severity: severityFor(run, 'breaks'),
    message: `${what} runs in a ${means} that starts with the app. On the host the process sleeps between requests and exists several times or not at all, so what it does is lost or done twice. Run it as a worker on a host that keeps processes.`,
    remedy: { kind: 'manual', reason: `What ${what} does is not in the repo or can't be told from the code.` },
  }
}

/** Is it a server of its own? */
function serves(program: PythonProgram, { outside, targets }: Start): boolean {
  if (outside.some((origin) => serverStart.test(origin))) return true
  return targets.some((fn) => [...ownCode(fn.isLambda ? fn.node : fn.body)].some((node) => node.kind === 'call' && program.origins(field(node, 'function') ?? node, fn.scope).some((origin) => serverStart.test(origin))))
}

function nameOf(program: PythonProgram, { targets, target, made }: Start): string {
  const [fn] = targets
  if (fn && targets.length === 1) return fn.isLambda ? shown(program.text(fn.body, fn.module)) : `${fn.qualname}()`
  return target ? shown(program.text(target, made.module)) : 'something'
}
function shown(text: string): string {
  return (text.split(/\r|\n/)[0] ?? '').slice(0, 60)
}
