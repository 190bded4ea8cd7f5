import type { JsProgram, Problem, Rule, RuleContext } from '../../../src/types.js'
import { ipv6Message, ipv6Only, ipv6Remedy } from '../../../src/lang/database-hosts.js'
import { sampleValues } from '../../../src/lang/env-samples.js'
import { severityFor, surestRun } from '../../../src/lang/severity.js'

export const dbIpv6OnlyHost = {
  id: 'db-ipv6-only-host',
  title: 'Database address that has IPv6 only',
  hazard: 'module-level-io',
  language: 'javascript',
  assumes: 'nothing',
  severity: 'breaks',
  *check(program: JsProgram, { app, repo }: RuleContext): Generator<Problem> {
    for (const site of program.sites('StringLiteral', 'NoSubstitutionTemplateLiteral', 'TemplateExpression')) {
      if (!ipv6Only.test(program.text(site.node))) continue
      const run = surestRun(site)
      if (run.when === 'never' || run.when === 'main' || run.when === 'build') continue
      yield { path: site.module.path, range: { start: site.node.start, end: site.node.end }, when: run.when, trace: program.trace(site, 'the direct address of a Supabase project', run), severity: severityFor(run, 'breaks'), message: ipv6Message('The address in the code'), remedy: ipv6Remedy }
    }
    for (const { path, name, value, range, line, read } of sampleValues(repo, app, program.env)) {
      if (!ipv6Only.test(value)) continue
      // The value on the host may be another one.
      yield { path, range, when: 'request', trace: [read, { file: path, line, note: 'the direct address of a Supabase project' }], severity: 'degrades', message: ipv6Message(`The address shown for ${name}`), remedy: ipv6Remedy }
    }
  },
} satisfies Rule
