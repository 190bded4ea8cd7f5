import { sampleValues } from '../../../src/lang/env-samples.js'
import { surestRun } from '../../../src/lang/python/severity.js'
import { literalText } from '../../../src/lang/python/program.js'
import type { Problem, PythonProgram, Remedy, Rule, RuleContext } from '../../../src/types.js'

/** Databases that let in only addresses on a list of theirs, unless their owner opens it. */
const guarded: readonly { readonly host: RegExp; readonly name: string; readonly list: string }[] = [
  { host: /\bmongodb(\+srv)?:\/\/.*\.mongodb\.net\b/i, name: 'MongoDB Atlas', list: 'Network Access' },
  { host: /\.rds\.amazonaws\.com\b/i, name: 'Amazon RDS', list: 'the security group' },
  { host: /\.(postgres|mysql|mariadb)\.database\.azure\.com\b|\.database\.windows\.net\b/i, name: 'a database on Azure', list: 'the firewall rules' },
  { host: /\b[\w-]+\.(redis-cloud|redislabs)\.com\b/i, name: 'Redis Cloud', list: 'the CIDR allow list' },
]

export const dbNetworkAccess = {
  id: 'db-network-access',
  title: 'Database that lets in listed addresses only',
  hazard: 'module-level-io',
  language: 'python',
  assumes: 'nothing',
  severity: 'breaks',
  *check(program: PythonProgram, { app, repo }: RuleContext): Generator<Problem> {
    const told = new Set<string>()
    for (const site of program.sites('string')) {
      if (site.node.parent?.kind === 'expression_statement') continue
      const text = literalText(site.node, site.module.text) ?? program.text(site.node, site.module)
      const database = guarded.find(({ host }) => host.test(text))
      const run = surestRun(site)
      if (!database || told.has(database.name) || run.when === 'never' || run.when === 'main' || run.when === 'build') continue
      told.add(database.name)
      yield { path: site.module.path, range: { start: site.node.start, end: site.node.end }, when: 'request', trace: program.trace(site, `an address of ${database.name}`, run), severity: 'advice', message: message('The address in the code', database), remedy }
    }
    for (const { path, name, value, range, line, read } of sampleValues(repo, app, program.env)) {
      const database = guarded.find(({ host }) => host.test(value))
      if (!database || told.has(database.name)) continue
      told.add(database.name)
      yield { path, range, when: 'request', trace: [read, { file: path, line, note: `an address of ${database.name}` }], severity: 'advice', message: message(`The address shown for ${name}`, database), remedy }
    }
  },
} satisfies Rule

const message = (subject: string, { name, list }: (typeof guarded)[number]): string =>
  `${subject} is one of ${name}, which answers only to addresses on its list (${list}). Instances of the host call from addresses that change, so the app waits for the database until it gives up ("server selection timed out", "connection timed out"). Let in all addresses with a strong password, or use the host's integration or fixed outgoing addresses where it sells them.`
const remedy: Remedy = { kind: 'manual', reason: 'The list is kept at the database\'s provider: look there before the first deployment.' }
