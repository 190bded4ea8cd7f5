import type { Problem, PythonProgram, Rule } from '../../../src/types.js'
import { placesOf, tellHabitsOnce } from '../../../src/lang/habits.js'
import { plural } from '../../../src/text.js'
import { milder, severityFor } from '../../../src/lang/python/severity.js'
import { managesHost } from '../../../src/lang/system-programs.js'
import { commands, drivers } from '../../../src/lang/python/background/subprocesses.js'
import type { PySite, Run } from '../../../src/lang/python/program.js'

/** Allowed remedy: review or more careful. */
export const bgSystemBinary = {
  id: 'bg-system-binary',
  title: 'Program that no Python package brings',
  hazard: 'system-binary',
  language: 'python',
  assumes: 'system-binaries',
  severity: 'breaks',
  *check(program: PythonProgram): Generator<Problem> {
    yield* tellHabitsOnce(needs(program), 2, ({ path, name }) => `${name} ${path}`, (first, others) => ({ ...first, message: `${first.message} The same in ${plural(others.length, 'more place')} of this file (${placesOf(others, first.path)}).` }))
  },
} satisfies Rule

type Needed = Problem & { readonly name: string }

function* needs(program: PythonProgram): Generator<Needed> {
  for (const { call, kind, name } of commands(program)) {
    const run = servedRun(call)
    if (kind !== 'system' || name === undefined || !run) continue
    yield problemAt(program, call, run, name, `starts ${name}`, managesHost.has(name) ? `An app that runs ${name} manages the machine it is on: keep it on a server of your own.` : 'Use a Python package that brings it, a service, or a host where it can be installed (Docker).')
  }
  const seen = new Set<string>()
  for (const { calls, program: name, instead } of drivers)
    for (const call of program.callsMatching(calls)) {
      const run = servedRun(call)
      const key = `${call.module.path} ${name}`
      if (!run || seen.has(key)) continue
      seen.add(key)
      yield problemAt(program, call, run, name, `needs ${name}`, `Use ${instead}, or a host where it can be installed (Docker).`)
    }
}

function servedRun(site: PySite): Run | undefined {
  return site.runs.find((run) => run.when === 'import' || run.when === 'startup' || run.when === 'request')
}
function problemAt(program: PythonProgram, call: PySite, run: Run, name: string, note: string, instead: string): Needed {
  const base = severityFor(run, 'breaks')
  return {
    name, path: call.module.path, range: { start: call.node.start, end: call.node.end }, when: run.when as Problem['when'], trace: program.trace(call, note, run),
    severity: call.handled && run.when !== 'request' ? milder(base) : base,
    message: `This needs ${name}, which no Python package of the app brings. The host has only the app and its packages, so the call fails there (${run.when === 'request' ? 'the request with it' : 'at each start'}). ${instead}`,
    remedy: { kind: 'manual', reason: `What may replace ${name} depends on what it is used for.` },
  }
}
