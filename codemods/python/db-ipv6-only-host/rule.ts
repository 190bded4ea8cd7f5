import type { Problem, PythonProgram, Rule, RuleContext } from '../../../src/types.js'
import { ipv6Message, ipv6Only, ipv6Remedy } from '../../../src/lang/database-hosts.js'
import { sampleValues } from '../../../src/lang/env-samples.js'
import { atMost, severityFor, surestRun } from '../../../src/lang/python/severity.js'
import { literalText } from '../../../src/lang/python/program.js'

export const dbIpv6OnlyHost = {
  id: 'db-ipv6-only-host',
  title: 'Database address that has IPv6 only',
  hazard: 'module-level-io',
  language: 'python',
  assumes: 'nothing',
  severity: 'breaks',
  *check(program: PythonProgram, { app, repo }: RuleContext): Generator<Problem> {
    for (const site of program.sites('string')) {
      const text = literalText(site.node, site.module.text) ?? program.text(site.node, site.module)
      if (!ipv6Only.test(text) || isDocstring(site.node.parent?.kind)) continue
      const run = surestRun(site)
      if (run.when === 'never' || run.when === 'main') continue
      yield { path: site.module.path, range: { start: site.node.start, end: site.node.end }, when: run.when, trace: program.trace(site, 'the direct address of a Supabase project', run), severity: severityFor(run, 'breaks'), message: ipv6Message('The address in the code'), remedy: ipv6Remedy }
    }
    for (const { path, name, value, range, line, read } of sampleValues(repo, app, program.env)) {
      if (!ipv6Only.test(value)) continue
      yield {
        path,
        range,
        when: 'request',
        trace: [read, { file: path, line, note: 'the direct address of a Supabase project' }],
        // The value on the host may be another one.
        severity: atMost('breaks', 'degrades'),
        message: ipv6Message(`The address shown for ${name}`),
        remedy: ipv6Remedy,
      }
    }
  },
} satisfies Rule

const isDocstring = (parent: string | undefined): boolean => parent === 'expression_statement'
