import { commands, drivers, hasPackage } from '../../../src/lang/javascript/background/commands.js'
import type { JsSite } from '../../../src/lang/javascript/program.js'
import { placesOf, tellHabitsOnce } from '../../../src/lang/habits.js'
import type { Run } from '../../../src/lang/runs.js'
import { milder, severityFor } from '../../../src/lang/severity.js'
import { managesHost } from '../../../src/lang/system-programs.js'
import { plural } from '../../../src/text.js'
import type { JsProgram, Problem, Rule } from '../../../src/types.js'

/** Allowed remedy: review or more careful. */
export const bgSystemBinary = {
  id: 'bg-system-binary',
  title: 'Program that no package brings',
  hazard: 'system-binary',
  language: 'javascript',
  assumes: 'system-binaries',
  severity: 'breaks',
  *check(program: JsProgram): Generator<Problem> {
    yield* tellHabitsOnce(needs(program), 2, ({ path, name }) => `${name} ${path}`, (first, others) => ({ ...first, message: `${first.message} The same in ${plural(others.length, 'more place')} of this file (${placesOf(others, first.path)}).` }))
  },
} satisfies Rule

type Needed = Problem & { readonly name: string }

function* needs(program: JsProgram): Generator<Needed> {
  for (const { call, kind, name } of commands(program)) {
    const run = servedRun(call)
    if (kind !== 'system' || name === undefined || !run) continue
    yield problemAt(program, call, run, name, `starts ${name}`, managesHost.has(name) ? `An app that runs ${name} manages the machine it is on: keep it on a server of your own.` : 'Use a package that brings it, a service, or a host where it can be installed (Docker).')
  }
  const seen = new Set<string>()
  for (const { calls, program: name, instead, brought } of drivers) {
    if (brought && hasPackage(program, brought)) continue
    for (const call of program.callsMatching(calls)) {
      const run = servedRun(call)
      const key = `${call.module.path} ${name}`
      if (!run || seen.has(key)) continue
      seen.add(key)
      yield problemAt(program, call, run, name, `needs ${name}`, `Use ${instead}, or a host where it can be installed (Docker).`)
    }
  }
}
function servedRun(site: JsSite): Run | undefined {
  return site.runs.find(({ when }) => when === 'import' || when === 'startup' || when === 'request')
}
function problemAt(program: JsProgram, call: JsSite, run: Run, name: string, note: string, instead: string): Needed {
  const base = severityFor(run, 'breaks')
  return {
    name, path: call.module.path, range: { start: call.node.start, end: call.node.end }, when: run.when as Problem['when'], trace: program.trace(call, note, run),
    severity: call.handled && run.when !== 'request' ? milder(base) : base,
    message: `This needs ${name}, which no package of the app brings. The host has only the app and its packages, so the call fails there (${run.when === 'request' ? 'the request with it' : 'at each start'}). ${instead}`,
    remedy: { kind: 'manual', reason: `What may replace ${name} depends on what it is used for.` },
  }
}
