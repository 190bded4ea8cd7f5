import { asgiConstructor, hooksOf, type Hook } from '../../../src/lang/python/lifecycle/hooks.js'
import { mergedHooks } from '../../../src/lang/python/lifecycle/merge-hooks.js'
import { pinnedVersion } from '../../../src/lang/python/manifest/requirement.js'
import { readManifests } from '../../../src/lang/python/manifest/manifest.js'
import { spotted } from '../../../src/lang/python/settings/spotted.js'
import type { PyCall } from '../../../src/lang/python/program.js'
import type { Problem, PythonProgram, Remedy, Rule, RuleContext, Severity } from '../../../src/types.js'

export const lifeOnEvent = {
  id: 'life-on-event',
  title: 'Start and end handlers in the old style',
  hazard: 'deprecated-lifecycle',
  language: 'python',
  assumes: 'nothing',
  severity: 'advice',
  *check(program: PythonProgram, context: RuleContext): Generator<Problem> {
    const hooks = hooksOf(program)
    const makers = new Map([...program.callsMatching(asgiConstructor)].map((call) => [call.node, call] as const))
    for (const hook of hooks) {
      const made = hook.owner && makers.get(hook.owner)
      // A router's handlers are run by the app that includes it.
      if (hook.onRouter || (!made && !hook.bare)) continue
      const name = hook.fn ? `${hook.fn.name}()` : 'the handler'
      const silenced = made?.kwargs.has('lifespan') === true
      const gone = hook.bare && !isOldStarlette(context)
      const place = spotted(program, { ...hook.call, runs: hook.call.runs }, hook.call.node, `registers ${name} for ${hook.event}`, severityOf(silenced, gone))
      if (!place) continue
      yield {
        ...place,
        message: silenced
          ? `${name} is registered for ${hook.event}, but the app is made with lifespan=, and then no such handler is ever called: what it does never happens. Move its body into the lifespan, ${hook.event === 'startup' ? 'before' : 'after'} the yield.`
          : gone
            ? `${name} is registered for ${hook.event} by a method that Starlette 1.0 took away: with a current version the import fails with AttributeError. Give the app a lifespan instead.`
            : `${name} is registered for ${hook.event} in a style that FastAPI has deprecated. It still runs, also on the host; but as soon as somebody passes lifespan= to the app, it is silently left out. One lifespan function says the same.`,
        remedy: silenced ? { kind: 'manual', reason: 'Code that never ran begins to run when it moves: only its author can say whether it still should.' } : remedyOf(program, context, made, hooks),
      }
    }
  },
} satisfies Rule

function severityOf(silenced: boolean, gone: boolean): Severity {
  return silenced ? 'breaks' : gone ? 'blocks' : 'advice'
}
function remedyOf(program: PythonProgram, { repo }: RuleContext, made: PyCall | undefined, hooks: readonly Hook[]): Remedy {
  const changes = made ? mergedHooks(program, repo, made, hooks.filter(({ owner }) => owner === made.node)) : { refused: 'the place where the app is made can not be told' }
  if ('refused' in changes) return { kind: 'manual', reason: `Write one lifespan function (@asynccontextmanager: start, yield, end) and pass it as lifespan=. It is not done here because ${changes.refused}.` }
  return { kind: 'fix', safety: 'safe', title: 'Put the handlers into one lifespan', changes }
}
/** A version below 1.0 is asked for. */
function isOldStarlette({ repo, app }: RuleContext): boolean {
  const { effective } = readManifests(repo, app)
  const found = [...(effective?.requirements ?? []), ...(effective?.elsewhere ?? [])].find(({ name }) => name === 'starlette')
  return found !== undefined && /^0\./.test(pinnedVersion(found) ?? /(?:<=?|~=)\s*(0\.[\d.]+)/.exec(found.specifier)?.[1] ?? (/<\s*1(\.0)*\s*(,|$)/.test(found.specifier) ? '0.' : ''))
}
