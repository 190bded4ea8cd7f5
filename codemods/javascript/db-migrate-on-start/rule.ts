import type { JsProgram, Problem, Remedy, Rule, RuleContext } from '../../../src/types.js'
import { wrapInIf } from '../../../src/lang/javascript/edit.js'
import { manifestAt } from '../../../src/lang/javascript/manifest/manifest.js'
import { optionsOf } from '../../../src/lang/javascript/options.js'
import { callName } from '../../../src/lang/javascript/storage/clients.js'
import { isCaughtLater } from '../../../src/lang/javascript/waiting.js'
import { bare, statementOf, type JsCall, type JsNode } from '../../../src/lang/javascript/program.js'
import { lineAt } from '../../../src/text.js'
import { atMost, isCaught, severityFor, surestRun } from '../../../src/lang/severity.js'

const migrates = /^(sequelize(-typescript)?(\.Sequelize)?\(\)(\..+)?\.sync|knex(\.knex|\.default)?\(\)\.migrate\.(latest|up)|umzug(\.Umzug)?\(\)\.up|typeorm\.(DataSource\(\)|createConnection\(\))\.(runMigrations|synchronize)|node-pg-migrate(\.default|\.runner)?|drizzle-orm\/[\w-]+\/migrator\.migrate|@mikro-orm\/core\.MikroORM\.init\(\)\.(getMigrator\(\)\.up|schema\.\w+Schema))$/
const command = /\b(prisma\s+(migrate\s+deploy|db\s+push)|sequelize(-cli)?\s+db:migrate|knex\s+migrate:latest|typeorm\s+migration:run|drizzle-kit\s+(migrate|push)|node-pg-migrate\s+up|db-migrate\s+up|migrate-mongo\s+up)\b/

export const dbMigrateOnStart = {
  id: 'db-migrate-on-start',
  title: 'Tables made or migrated when the app starts',
  hazard: 'module-level-io',
  language: 'javascript',
  assumes: 'import-unbounded',
  severity: 'breaks',
  *check(program: JsProgram, context: RuleContext): Generator<Problem> {
    for (const { call, node, what } of [...atStart(program), ...bySetting(program)]) {
      const run = surestRun(call)
      if (run.when !== 'import' && run.when !== 'startup') continue
      const certain = severityFor(run, 'breaks')
      const drops = dropping(program, call)
      const caught = isCaught(program, call, run.when) || isCaughtLater(program, call.node)
      yield {
        path: program.moduleOf(node).path,
        range: { start: node.start, end: node.end },
        when: run.when,
        trace: program.trace({ ...call, node }, what, run),
        severity: caught && !drops ? atMost(certain, 'degrades') : certain,
        message: `${what} changes the database each time the app starts. On the host that is every new instance, often several at once: each start waits for the database, and they race each other${drops ? ', and each one deletes the data' : ''}. Do it once, when the app is deployed.`,
        remedy: remedyOf(context, call, node),
      }
    }
    yield* inScript(program, context)
  },
} satisfies Rule

type Found = { readonly call: JsCall; readonly node: JsNode; readonly what: string }
function* atStart(program: JsProgram): Generator<Found> {
  for (const call of program.callsMatching(migrates)) yield { call, node: call.node, what: callName(program, call) }
}
/** `synchronize: true` of TypeORM makes tables when it connects. */
function* bySetting(program: JsProgram): Generator<Found> {
  for (const call of program.callsMatching(/^typeorm\.(DataSource|createConnection)$/)) {
    const on = optionsOf(program, call.args[0]).get('synchronize').find((value) => value.kind === 'TrueKeyword')
    if (on) yield { call, node: on.parent ?? on, what: '`synchronize: true`' }
  }
}
/** `sync({ force: true })`, `dropSchema: true`: the tables are emptied. */
function dropping(program: JsProgram, { args }: JsCall): boolean {
  return args.some((arg) => {
    const options = optionsOf(program, arg)
    return ['force', 'dropSchema'].some((name) => options.get(name).some((value) => bare(value).kind === 'TrueKeyword'))
  })
}
/** The platform runs no start script: what it did before the app does not happen. */
function* inScript(program: JsProgram, { repo, app, target }: RuleContext): Generator<Problem> {
  const manifest = manifestAt(repo, app.root)
  const text = manifest && repo.text(manifest.path)
  if (!manifest || text === undefined || target.offers['owns-process'] === 'yes') return
  const name = ['prestart', 'start', 'start:prod'].find((one) => command.test(manifest.scripts[one] ?? ''))
  if (name === undefined || ['build', 'vercel-build', 'postinstall', 'postbuild'].some((one) => command.test(manifest.scripts[one] ?? ''))) return
  const start = text.indexOf(`"${name}"`)
  yield {
    path: manifest.path,
    range: { start, end: start + name.length + 2 },
    when: 'startup',
    trace: [{ file: program.app.entry.file, line: 1, note: 'the entry' }, { file: manifest.path, line: lineAt(text, start), note: `${name} runs the migrations` }],
    severity: 'degrades',
    message: `The migrations run in the script "${name}", which the host does not run: it loads the app by itself. New tables and columns are missing there ("relation does not exist"). Run \`${command.exec(manifest.scripts[name] ?? '')?.[0] ?? 'the migrations'}\` when the app is deployed.`,
    remedy: { kind: 'manual', reason: 'Put it into a script "vercel-build" before the build, or into the step that deploys; previews then need a database of their own.' },
  }
}

function remedyOf({ target }: RuleContext, call: JsCall, node: JsNode): Remedy {
  const { module } = call
  if (module.brokenAt !== undefined) return { kind: 'manual', reason: `${module.path} does not parse, so it is not edited.` }
  const statement = statementOf(call.node)
  const alone = node === call.node && statement.kind === 'ExpressionStatement' && (call.node.parent === statement || (call.node.parent?.kind === 'AwaitExpression' && call.node.parent.parent === statement))
  const changes = alone ? wrapInIf(module, statement, statement, `!${target.guard.javascript}`) : undefined
  if (!changes) return { kind: 'manual', reason: node === call.node ? 'What comes after it waits for it, so it can not be left out on the host by itself: move it into a script that the deployment runs.' : 'Turn it off, and let migrations make the tables in a step of the deployment.' }
  return { kind: 'fix', safety: 'review', title: 'Leave it to a step of the deployment on the host', changes, left: 'Before the first deploy and after each change of the tables, run it once with the host\'s database address set.' }
}
