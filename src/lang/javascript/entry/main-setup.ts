/** What an entry sets up only when it is started by hand: under `require.main === module` and its kin. */
import { ancestor, statementOf, type JsCall, type JsNode, type JsProgram } from '../program.js'

export type SetupKind = 'wiring' | 'setting' | 'connection'
export type MainSetup = {
  readonly call: JsCall
  readonly kind: SetupKind
  /** The statement of the entry that leads to it, and the block under the test. */
  readonly statement: JsNode
  readonly block: JsNode
}

const kinds: readonly (readonly [RegExp, SetupKind])[] = [
  [/^express\(\)\.(use|get|post|put|patch|delete|all|route|param|options|head)$/, 'wiring'],
  [/^express\(\)\.(set|engine|enable|disable)$/, 'setting'],
  [/^mongoose\.connect$|^sequelize(\.Sequelize)?\(\)\.(authenticate|sync)$|^redis\.createClient\(\)\.connect$|^pg\.Client\(\)\.connect$|^mongodb\.MongoClient(\(\))?\.connect$|^typeorm\.(DataSource\(\)\.initialize|createConnection)$/, 'connection'],
]

/** One for each statement. */
export function* setupUnderMain(program: JsProgram): Generator<MainSetup> {
  const { entry } = program
  if (!entry) return
  const seen = new Set<JsNode>()
  for (const [pattern, kind] of kinds) {
    for (const call of program.callsMatching(pattern)) {
      // What the import does as well is there.
      if (call.runs.some(({ when }) => when !== 'main') || (call.args.length < 2 && call.names.some((name) => name === 'express().get'))) continue
      // A callback that stands in the block is a part of it.
      const place = call.module === entry && (!call.fn || mainBlock(program, call.node)) ? call.node : ledFrom(program, call)
      const block = place && mainBlock(program, place)
      const statement = place && statementOf(place)
      if (!block || !statement || seen.has(statement)) continue
      seen.add(statement)
      yield { call, kind, statement, block }
    }
  }
}

/** The call at the entry's top level that the way to this one begins with. */
function ledFrom(program: JsProgram, call: JsCall): JsNode | undefined {
  const step = call.runs[0]?.trace.find(({ file, note }) => file === program.entry?.path && note.startsWith('calls '))
  if (!step) return undefined
  for (const one of program.calls()) if (one.module === program.entry && !one.fn && program.line(one.node) === step.line && one.runs[0]?.when === 'main') return one.node
  return undefined
}
function mainBlock(program: JsProgram, node: JsNode): JsNode | undefined {
  for (let at = ancestor(node, 'IfStatement'); at; at = ancestor(at, 'IfStatement')) {
    const test = at.children.find((child) => child.field === 'expression')
    const then = at.children.find((child) => child.field === 'thenStatement')
    if (test && then?.kind === 'Block' && program.guards.test(test) === 'main') return then
  }
  return undefined
}
