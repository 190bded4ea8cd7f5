import { endings, keepsData, writtenName } from '../../../src/lang/python/lifecycle/endings.js'
import { spotted } from '../../../src/lang/python/settings/spotted.js'
import type { PyNode } from '../../../src/lang/python/program.js'
import type { Problem, PythonProgram, Rule } from '../../../src/types.js'

export const lifeShutdownHooks = {
  id: 'life-shutdown-hooks',
  title: 'Data kept only when the app ends',
  hazard: 'process-signal',
  language: 'python',
  assumes: 'owns-process',
  severity: 'breaks',
  *check(program: PythonProgram): Generator<Problem> {
    const seen = new Set<PyNode>()
    for (const { calls, how, registered } of endings(program)) {
      const kept = calls.find((call) => keepsData(program, call))
      if (!kept) continue
      const site = registered ?? kept
      if (seen.has(site.node)) continue
      seen.add(site.node)
      const place = spotted(program, { ...site, runs: site.runs.map((run) => ({ ...run, background: false })) }, site.node, `runs ${how}`, 'breaks')
      if (!place) continue
      const what = writtenName(program, kept)
      yield {
        ...place,
        message: `${what} in ${kept.module.path}:${program.line(kept.node, kept.module)} keeps data ${how}. An instance on the host may be stopped at any moment, with half a second for this or none, so what was gathered since the start is lost. Write it when it comes up, in the request that brings it.`,
        remedy: { kind: 'manual', reason: 'Only the author knows which requests bring the data; keep the hook for local starts.' },
      }
    }
  },
} satisfies Rule
