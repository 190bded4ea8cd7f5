import type { JsProgram, Path, Problem, Remedy, Rule, RuleContext } from '../../../src/types.js'
import { replaceNode, wrapInIf } from '../../../src/lang/javascript/edit.js'
import { optionsOf } from '../../../src/lang/javascript/options.js'
import { callName } from '../../../src/lang/javascript/storage/clients.js'
import { repoPath } from '../../../src/lang/javascript/storage/files.js'
import { bare, field, statementOf, walk, type JsCall, type JsNode, type JsSite } from '../../../src/lang/javascript/program.js'
import { join } from '../../../src/lang/paths.js'
import { spotted } from '../../../src/lang/spotted.js'

export const cfgDotenv = {
  id: 'cfg-dotenv',
  title: 'Settings that only a .env file gives',
  hazard: 'env-required-at-import',
  language: 'javascript',
  assumes: 'persistent-disk',
  severity: 'blocks',
  *check(program: JsProgram, context: RuleContext): Generator<Problem> {
    yield* insists(program, context)
    // Node's own loader throws where dotenv only says that there was nothing.
    for (const call of program.calls('process.loadEnvFile')) {
      const file = absent(program, context, call.args[0], '.env')
      const place = file !== undefined && !call.handled && spotted(program, call, call.node, `needs ${file}`, 'blocks')
      if (!place) continue
      const statement = statementOf(call.node)
      const changes = call.module.brokenAt === undefined && call.node.parent === statement && statement.kind === 'ExpressionStatement' ? wrapInIf(call.module, statement, statement, `!${context.target.guard.javascript}`) : undefined
      yield { ...place, message: `process.loadEnvFile() throws when ${file} is missing, and the file is not in the repo: on the host the app does not start (ENOENT). Load it only where it is; the host gives the variables itself.`, remedy: changes ? { kind: 'fix', safety: 'safe', title: 'Leave the file to the developer\'s machine', changes } : byHand }
    }
    for (const call of program.callsMatching(/^fs(\.promises)?\.readFileSync$/)) {
      const [arg] = call.args
      if (!arg || !program.fold.path(arg).some(({ text }) => /(^|\/)\.env(\.\w+)?$/.test(text))) continue
      const file = absent(program, context, arg, undefined)
      const place = file !== undefined && !call.handled && spotted(program, call, call.node, `reads ${file}`, 'blocks')
      if (place) yield { ...place, message: `${callName(program, call)} reads ${file}, which is not in the repo: on the host it does not exist (ENOENT). Read the variables from process.env; the host gives them itself.`, remedy: byHand }
    }
  },
} satisfies Rule

const byHand: Remedy = { kind: 'manual', reason: 'Load the file only where it exists, and read the variables from process.env.' }

/** `const found = dotenv.config(); if (found.error) throw …` */
function* insists(program: JsProgram, { target, repo, app }: RuleContext): Generator<Problem> {
  for (const site of program.sites('IfStatement')) {
    const [test, body] = [field(site.node, 'expression'), field(site.node, 'thenStatement')]
    if (!test || !body || site.handled || !stops(program, body)) continue
    const loaded = errorOf(program, test)
    const file = loaded && absent(program, { repo, app, target }, pathOf(program, loaded), '.env')
    const place = file !== undefined && spotted(program, site as JsSite, test, `insists on ${file}`, 'blocks')
    if (!place || file === undefined) continue
    const { module } = site
    yield {
      ...place,
      message: `The app refuses to start when ${file} can not be read, and the file is not in the repo: on the host the variables come from its settings, and there is no such file. Do not insist on the file there.`,
      remedy: module.brokenAt === undefined && test.kind === 'PropertyAccessExpression'
        ? { kind: 'fix', safety: 'safe', title: 'Do not insist on the file on the host', changes: [replaceNode(module, test, `!${target.guard.javascript} && ${program.text(test)}`)] }
        : byHand,
    }
  }
}
function stops(program: JsProgram, body: JsNode): boolean {
  return [...walk(body)].some((node) => node.kind === 'ThrowStatement' || (node.kind === 'CallExpression' && program.origins(field(node, 'expression') ?? node).includes('process.exit')))
}
/** The call of dotenv whose error is asked for. */
function errorOf(program: JsProgram, outer: JsNode): JsNode | undefined {
  const test = bare(outer)
  const holder = test.kind === 'PropertyAccessExpression' && program.text(field(test, 'name') ?? test) === 'error' ? field(test, 'expression') : undefined
  if (!holder) return undefined
  return [bare(holder), ...program.definitions(holder).map(bare)].find((node) => node.kind === 'CallExpression' && program.origins(field(node, 'expression') ?? node).some((origin) => /^dotenv\.config$/.test(origin)))
}
function pathOf(program: JsProgram, call: JsNode): JsNode | undefined {
  const first = call.children.find((child) => child.field === 'arguments')
  return first && optionsOf(program, first).get('path')[0]
}
/** The file, when it is not among those that go up with the code. */
function absent(program: JsProgram, { repo, app }: Pick<RuleContext, 'repo' | 'app' | 'target'>, path: JsNode | JsCall['node'] | undefined, standard: string | undefined): Path | undefined {
  const places = path ? program.fold.path(path) : []
  const paths = path ? places.map((place) => repoPath(place, app.root)) : [standard === undefined ? undefined : join(app.root, standard)]
  const names = paths.flatMap((one) => one ?? [])
  if (names.length === 0 || names.length < paths.length) return undefined
  return names.some((name) => repo.has(name) && (repo.tracked?.has(name) ?? true)) ? undefined : names[0]
}
