/** Django: signal handlers that an AppConfig leaves out on a platform, and migrations that settings switch off there. */
import type { Problem, PythonProgram, RuleContext } from '../../../src/types.js'
import { settingEffects } from '../../../src/lang/python/django/settings.js'
import { spotted } from '../../../src/lang/python/settings/spotted.js'
import { field, hostMarks, walk, type PyNode, type PySite } from '../../../src/lang/python/program.js'

export function* djangoSniffing(program: PythonProgram, { target }: RuleContext, skipped: (site: PySite, condition: PyNode) => readonly PyNode[]): Generator<Problem> {
  if (program.app.framework !== 'django') return
  const marksIn = (test: PyNode, site: PySite): readonly string[] => program.guards.reads(test, site.scope).filter((name) => hostMarks.has(name) || name in target.hostEnv || /SERVERLESS|LAMBDA/i.test(name))
  for (const site of program.sites('if_statement')) {
    const condition = field(site.node, 'condition')
    const marks = condition ? marksIn(condition, site) : []
    if (!condition || marks.length === 0 || site.fn?.name !== 'ready' || !site.fn.cls) continue
    const left = skipped(site, condition).flatMap((statement) => [...walk(statement)]).find((node) => isSignals(program, node, site))
    const place = left && spotted(program, site, condition, `asks for ${marks.slice(0, 2).join(', ')}`, 'breaks')
    if (!place) continue
    yield {
      ...place,
      message: `${site.fn.qualname}() looks for ${marks.slice(0, 3).join(', ')}, and then leaves out the signal handlers: what they do when a row is saved (numbers, mail, profiles) does not happen on the host, and nothing says so. Load them there as well: connecting a handler costs next to nothing.`,
      remedy: { kind: 'manual', reason: 'Whether the handlers do something that the host does not allow has to be looked at before they are loaded there.' },
    }
  }
  for (const { op, node, scope, statement } of settingEffects(program, 'MIGRATION_MODULES')) {
    const site = program.siteOf(node, scope)
    const test = site && [...testsAround(statement)].find((one) => marksIn(one, site).length > 0)
    const run = site && program.first(site)
    if (op !== 'set' || !site || !test || !run || run.when === 'main' || run.when === 'never') continue
    const marks = marksIn(test, site)
    yield {
      path: site.module.path,
      range: { start: node.start, end: node.end },
      when: run.when,
      trace: program.trace({ ...site, node }, 'migrations are switched off here', run),
      severity: 'breaks',
      message: `The settings look for ${marks.slice(0, 2).join(', ')} and then switch migrations off (MIGRATION_MODULES): on the host the tables are never changed to what the models say, and \`migrate\` in a build step may do nothing or make tables without history. Leave the setting alone, and run the migrations when a version is deployed.`,
      remedy: { kind: 'manual', reason: 'The database may have been made without migrations: that has to be looked at before they are turned on again.' },
    }
  }
}
/** `from . import signals`, `import shop.signals`. */
function isSignals(program: PythonProgram, node: PyNode, { module }: PySite): boolean {
  return (node.kind === 'import_from_statement' || node.kind === 'import_statement') && /\b(signals?|receivers|handlers)\b/.test(program.text(node, module))
}
function* testsAround(node: PyNode): Generator<PyNode> {
  for (let at: PyNode = node; at.parent && at.kind !== 'function_definition'; at = at.parent) {
    const test = at.field === 'consequence' ? field(at.parent, 'condition') : undefined
    if (test) yield test
  }
}
