/** Adapters between AWS Lambda's events and an app, and the handlers that call them. */
import { field, statementOf, walk } from '../tree.js'
import type { PythonProgram } from '../program.js'
import type { PyFunction, PyModule, PyNode, PyScope } from '../types.js'

/** Full name of a call that makes a Lambda handler of an app. */
export const lambdaAdapter =
  /^(mangum\.Mangum|serverless_wsgi\.(handle_request|handle)|awsgi2?\.response|aws_wsgi\.response|apig_wsgi\.make_lambda_handler|flask_lambda\.FlaskLambda|zappa\.handler\.lambda_handler|vercel_wsgi\.\w+|vercel_python_wsgi\.[\w.]+)$/

export type Adapter = {
  readonly module: PyModule
  readonly node: PyNode
  /** The adapter's full name. */
  readonly name: string
  readonly statement: PyNode
  /** The name of the handler. */
  readonly bound: string | undefined
}

/** `handler = adapter(app)` at the top level, and `def handler(event, context): return adapter(app, event, context)`, which nothing of the app calls. */
export function* lambdaAdapters(module: PyModule, program: PythonProgram): Generator<Adapter> {
  const callsIn = function* (root: PyNode, scope: PyScope, statement: PyNode | undefined, bound: string | undefined): Generator<Adapter> {
    for (const node of walk(root, (child) => child.kind !== 'function_definition' && child.kind !== 'class_definition')) {
      const callee = node.kind === 'call' ? field(node, 'function') : undefined
      const name = callee && program.origins(callee, scope).find((origin) => lambdaAdapter.test(origin))
      if (name === undefined) continue
      const own = statement ?? statementOf(node)
      yield { module, node, name, statement: own, bound: bound ?? boundBy(own, module) }
    }
  }
  yield* callsIn(module.root, module.scope, undefined, undefined)
  for (const bindings of module.scope.bindings.values())
    for (const binding of bindings) if (binding.kind === 'function' && isHandler(binding.fn)) yield* callsIn(binding.fn.body, binding.fn.scope, binding.fn.node, binding.fn.name)
}
function isHandler(fn: PyFunction): boolean {
  return fn.params.length <= 2 && fn.decorators.length === 0
}
function boundBy(statement: PyNode, module: PyModule): string | undefined {
  const assignment = statement.kind === 'expression_statement' ? statement.children[0] : undefined
  const left = assignment?.kind === 'assignment' ? field(assignment, 'left') : undefined
  return left?.kind === 'identifier' ? module.text.slice(left.start, left.end) : undefined
}
