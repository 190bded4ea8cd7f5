import type { Problem, PythonProgram, Remedy, Rule, RuleContext } from '../../../src/types.js'
import { looksForEntry } from '../../../src/lang/python/entry/entry.js'
import { removeStatement, standsAlone } from '../../../src/lang/python/edit.js'
import type { Effect } from '../../../src/lang/python/django/effective.js'
import { modulePath, projectRoots } from '../../../src/lang/python/django/project.js'
import { builtEffects, placeInBuild, servedList } from '../../../src/lang/python/django/served.js'
import { literalText } from '../../../src/lang/python/program.js'

export const djAsgiPreferred = {
  id: 'dj-asgi-preferred',
  title: 'ASGI chosen for an app that is not asynchronous',
  hazard: 'ambiguous-entry',
  language: 'config',
  about: 'python',
  assumes: 'entry-by-convention',
  severity: 'breaks',
  *check(program: PythonProgram, context: RuleContext): Generator<Problem> {
    const asgi = builtEffects(program, 'ASGI_APPLICATION').at(-1)
    if (!looksForEntry(context) || !asgi || asgi.uncertain || asgi.node.kind !== 'string') return
    const apps = servedList(program, 'INSTALLED_APPS').items.map(({ text }) => text.split('.')[0])
    const needs = asynchronous(program)
    if (needs !== undefined) return
    const { module } = asgi.scope
    yield {
      ...placeInBuild(program, asgi.statement, module, 'ASGI_APPLICATION is set'),
      severity: 'degrades',
      message: `ASGI_APPLICATION is set, and the host prefers it to WSGI_APPLICATION: the app runs under ASGI although no view, middleware or consumer of it is asynchronous. Every request then goes through a thread pool, and code that minds being called from an event loop fails (SynchronousOnlyOperation). Leave only WSGI_APPLICATION.`,
      remedy: remedyOf(program, context, asgi, apps),
    }
  },
} satisfies Rule

/** What of the app needs ASGI. */
function asynchronous(program: PythonProgram): string | undefined {
  for (const { fn, runs } of program.functions()) if (fn.isAsync && runs.some(({ when }) => when === 'request' || when === 'startup')) return fn.qualname
  for (const site of program.imports()) if (/^(channels|strawberry\.channels|mangum|socketio|starlette|fastapi)(\.|$)/.test(site.target) && site.runs.some(({ when }) => when !== 'main' && when !== 'build')) return site.target
  return undefined
}

function remedyOf(program: PythonProgram, { repo, app }: RuleContext, { scope, statement }: Effect, apps: readonly (string | undefined)[]): Remedy {
  const { module } = scope
  const wsgi = builtEffects(program, 'WSGI_APPLICATION').at(-1)
  const name = wsgi && literalText(wsgi.node, wsgi.scope.module.text)
  const there = name !== undefined && modulePath(repo, projectRoots(repo, app.entry.file), name.split('.').slice(0, -1).join('.')) !== undefined
  const server = apps.find((text) => text === 'daphne' || text === 'channels')
  if (server !== undefined) return { kind: 'manual', reason: `${server} in INSTALLED_APPS wants ASGI_APPLICATION for its own development server. If nothing is asynchronous, take both out together.` }
  if (!there) return { kind: 'manual', reason: 'Set WSGI_APPLICATION to the application of wsgi.py first, then take ASGI_APPLICATION out.' }
  if (module.brokenAt !== undefined || !standsAlone(module, statement)) return { kind: 'manual', reason: `Take ASGI_APPLICATION out of ${module.path}.` }
  return { kind: 'fix', safety: 'safe', title: 'Leave only WSGI_APPLICATION', changes: [removeStatement(module, statement)] }
}
