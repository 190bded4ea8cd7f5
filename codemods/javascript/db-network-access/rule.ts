import type { JsProgram, Problem, Rule, RuleContext } from '../../../src/types.js'
import { guardedDatabases, guardedMessage, guardedRemedy } from '../../../src/lang/database-hosts.js'
import { sampleValues } from '../../../src/lang/env-samples.js'
import { surestRun } from '../../../src/lang/severity.js'

export const dbNetworkAccess = {
  id: 'db-network-access',
  title: 'Database that lets in listed addresses only',
  hazard: 'module-level-io',
  language: 'javascript',
  assumes: 'nothing',
  severity: 'breaks',
  *check(program: JsProgram, { app, repo }: RuleContext): Generator<Problem> {
    const told = new Set<string>()
    for (const site of program.sites('StringLiteral', 'NoSubstitutionTemplateLiteral', 'TemplateExpression')) {
      const database = guardedDatabases.find(({ host }) => host.test(program.text(site.node)))
      const run = surestRun(site)
      if (!database || told.has(database.name) || run.when === 'never' || run.when === 'main' || run.when === 'build') continue
      told.add(database.name)
      yield { path: site.module.path, range: { start: site.node.start, end: site.node.end }, when: 'request', trace: program.trace(site, `an address of ${database.name}`, run), severity: 'advice', message: guardedMessage('The address in the code', database), remedy: guardedRemedy }
    }
    for (const { path, name, value, range, line, read } of sampleValues(repo, app, program.env)) {
      const database = guardedDatabases.find(({ host }) => host.test(value))
      if (!database || told.has(database.name)) continue
      told.add(database.name)
      yield { path, range, when: 'request', trace: [read, { file: path, line, note: `an address of ${database.name}` }], severity: 'advice', message: guardedMessage(`The address shown for ${name}`, database), remedy: guardedRemedy }
    }
  },
} satisfies Rule
