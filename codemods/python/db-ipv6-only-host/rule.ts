import type { Problem, PythonProgram, Remedy, Rule, RuleContext } from '../../../src/types.js'
import { sampleValues } from '../../../src/lang/env-samples.js'
import { atMost, severityFor, surestRun } from '../../../src/lang/python/severity.js'
import { literalText } from '../../../src/lang/python/program.js'

/** Supabase's direct address, which has no IPv4 record; the pooler's is another. */
const direct = /\bdb\.[A-Za-z0-9_<>[\]{}$-]+\.supabase\.(co|com|net)\b/

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
      if (!direct.test(text) || isDocstring(site.node.parent?.kind)) continue
      const run = surestRun(site)
      if (run.when === 'never' || run.when === 'main') continue
      yield { path: site.module.path, range: { start: site.node.start, end: site.node.end }, when: run.when, trace: program.trace(site, 'the direct address of a Supabase project', run), severity: severityFor(run, 'breaks'), message: told('The address in the code'), remedy }
    }
    for (const { path, name, value, range, line, read } of sampleValues(repo, app, program.env)) {
      if (!direct.test(value)) continue
      yield {
        path,
        range,
        when: 'request',
        trace: [read, { file: path, line, note: 'the direct address of a Supabase project' }],
        // The value on the host may be another one.
        severity: atMost('breaks', 'degrades'),
        message: told(`The address shown for ${name}`),
        remedy,
      }
    }
  },
} satisfies Rule

const remedy: Remedy = { kind: 'manual', reason: 'Copy the connection string of the shared pooler from the project\'s dashboard: its host and user name differ, and the number in the host cannot be guessed.' }
const told = (subject: string): string => `${subject} is Supabase's direct one (db.….supabase.co), which has no IPv4 address unless the project pays for one. The host's network speaks IPv4: "Network is unreachable", "Cannot assign requested address". Use the address of the shared pooler.`
const isDocstring = (parent: string | undefined): boolean => parent === 'expression_statement'
