/** Tables made by the app itself, and the connection that is opened for nothing else. */
import { field, type PyCall, type PyNode, type PythonProgram } from '../program.js'

/** Calls that make, change or drop tables, as origins. */
export const makesTables = /^(flask_sqlalchemy|sqlalchemy|sqlmodel|flask_appbuilder)\b.*\.(create_all|drop_all)$|^(flask_migrate\.upgrade|alembic\.command\.(upgrade|stamp))$|^peewee\..*\.create_tables$|^tortoise\.Tortoise\.generate_schemas$/
const opens = /^sqlalchemy\b.*\.(begin|connect)$/
const besides = /^(builtins\.print|logging\b.*|.*\.logger\.\w+|sqlalchemy\b.*\.(begin|connect)\(\)\.commit)$/

/** `await connection.run_sync(Base.metadata.create_all)`: what is handed on makes tables. */
export function handsOnTables(program: PythonProgram, call: PyCall): boolean {
  const [first] = call.args
  return first !== undefined && call.names.some((name) => name.endsWith('.run_sync')) && program.origins(first, call.scope).some((name) => makesTables.test(name))
}

/**
 * The `with engine.begin() as connection:` around a call, or opened by it, when tables are made in it and nothing else is done:
 * without the tables nobody needs the connection either.
 */
export function connectionForTables(program: PythonProgram, call: PyCall): PyNode | undefined {
  let block: PyNode | undefined = call.node
  while (block && block.kind !== 'with_statement') block = block.kind === 'function_definition' ? undefined : block.parent
  const body = block && field(block, 'body')
  const [clause] = block?.children.filter(({ kind }) => kind === 'with_clause') ?? []
  const [item, second] = clause?.children ?? []
  const value = item && field(item, 'value')
  const opened = value?.kind === 'as_pattern' ? value.children[0] : value
  if (!body || second || opened?.kind !== 'call' || !program.callAt({ ...call, node: opened }).names.some((name) => opens.test(name))) return undefined
  let makes = false
  for (const statement of body.children) {
    if (statement.kind === 'comment') continue
    const [only] = statement.kind === 'expression_statement' ? statement.children : []
    const made = only?.kind === 'await' ? only.children[0] : only
    if (made?.kind !== 'call') return undefined
    const inner = program.callAt({ ...call, node: made })
    if (inner.names.some((name) => makesTables.test(name)) || handsOnTables(program, inner)) makes = true
    else if (!inner.names.some((name) => besides.test(name))) return undefined
  }
  return makes ? block : undefined
}
