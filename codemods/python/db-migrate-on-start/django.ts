/** `call_command('migrate')` where the app starts: wsgi.py, an AppConfig's ready(), settings. */
import type { Problem, PythonProgram, Remedy, RuleContext } from '../../../src/types.js'
import { guardedOff } from '../../../src/lang/python/settings/host-guard.js'
import { atMost, severityFor, surestRun } from '../../../src/lang/python/severity.js'
import { bare, literalText, statementOf, type PyCall } from '../../../src/lang/python/program.js'

/** Commands that change tables or rows. */
const commands = /^(migrate|makemigrations|syncdb|migrate_schemas|createcachetable|loaddata|flush)$/

export function* djangoMigrations(program: PythonProgram, { target }: RuleContext): Generator<Problem> {
  for (const call of program.calls('django.core.management.call_command', 'django.core.management.execute_from_command_line')) {
    const run = surestRun(call)
    const command = commandOf(call)
    if (command === undefined || (run.when !== 'import' && run.when !== 'startup') || run.weak) continue
    const certain = severityFor(run, 'breaks')
    yield {
      path: call.module.path,
      range: { start: call.node.start, end: call.node.end },
      when: run.when,
      trace: program.trace(call, `runs ${command}`, run),
      severity: call.handled ? atMost(certain, 'degrades') : certain,
      message: `'${command}' runs each time the app starts. On the host that is every new instance, often several at once: each start waits for the database${call.handled ? '' : ', fails when it does not answer,'} and they race each other${command === 'flush' ? ', and each one deletes the data' : ''}. Do it once, when a version is deployed.`,
      remedy: remedyOf(call, target, command),
    }
  }
}
function commandOf({ args, module }: PyCall): string | undefined {
  const [first] = args
  const words = first && ['list', 'tuple'].includes(bare(first).kind) ? bare(first).children.filter((child) => child.kind === 'string') : first?.kind === 'string' ? [first] : []
  return words.map((word) => literalText(word, module.text) ?? '').find((word) => commands.test(word))
}
function remedyOf(call: PyCall, target: RuleContext['target'], command: string): Remedy {
  const { module, scope } = call
  if (module.brokenAt !== undefined) return { kind: 'manual', reason: `${module.path} does not parse, so it is not edited.` }
  const statement = statementOf(call.node)
  const changes = statement.kind === 'expression_statement' && bare(statement.children[0] ?? statement) === call.node ? guardedOff(target, module, scope, statement) : undefined
  if (!changes) return { kind: 'manual', reason: 'The call is part of a larger expression, so it can not be left out on the host by itself.' }
  return { kind: 'fix', safety: 'review', title: 'Leave it to a step of the deployment on the host', changes, left: `Before the first deploy and after each change of the models, with the host's database address set: run \`python manage.py ${command === 'makemigrations' ? 'migrate' : command}\`${command === 'makemigrations' ? ', and commit the migrations' : ''}.` }
}
