import { blockLines, insertAfter, removeStatement, standsAlone } from '../../../src/lang/python/edit.js'
import { ownCode } from '../../../src/lang/python/background/loops.js'
import { spotted } from '../../../src/lang/python/settings/spotted.js'
import { ancestor, field, statementOf, type PyCall, type PyFunction, type PyNode } from '../../../src/lang/python/program.js'
import type { Problem, PythonProgram, Remedy, Rule } from '../../../src/types.js'

const app = String.raw`^(fastapi\.(applications\.)?FastAPI|starlette\.applications\.Starlette)\(\)`
const adds = new RegExp(String.raw`${app}\.add_middleware$`)
const decorates = new RegExp(String.raw`${app}\.middleware$`)
const cors = /^(fastapi|starlette)\.middleware\.cors\.CORSMiddleware$/
const answers = /^(fastapi|starlette)\.responses\.\w*Response$|^fastapi\.Response$/

export const faMiddlewareOrder = {
  id: 'fa-middleware-order',
  title: 'Middleware added too late or in the wrong order',
  hazard: 'latent-bug',
  language: 'python',
  assumes: 'nothing',
  severity: 'breaks',
  *check(program: PythonProgram): Generator<Problem> {
    for (const call of program.callsMatching(adds)) {
      const run = program.first(call)
      if ((run.when !== 'startup' && run.when !== 'request') || run.weak) continue
      const place = spotted(program, call, call.node, 'adds middleware to an app that runs', 'breaks')
      if (place) yield { ...place, message: `Middleware is added ${run.when === 'startup' ? 'while the app starts' : 'by a request'}: by then Starlette has put the middleware together, and answers "Cannot add middleware after an application has started". Add it right after the app is made.`, remedy: { kind: 'manual', reason: 'What the middleware is given may be made at the start only: read it from app.state when a request comes.' } }
    }
    yield* corsInside(program)
  },
} satisfies Rule

type Added = { readonly call: PyCall; readonly fns: readonly PyFunction[]; readonly name: string }

/** What is added last is outermost: an answer of a middleware outside of CORS has no CORS headers. */
function* corsInside(program: PythonProgram): Generator<Problem> {
  const added = [...program.callsMatching(adds), ...program.callsMatching(decorates)].flatMap((call) => describe(program, call))
  for (const { call } of added) {
    const [cls] = call.args
    if (!cls || !program.origins(cls, call.scope).some((origin) => cors.test(origin)) || call.fn) continue
    const outside = added.filter((other) => other.call.module === call.module && !other.call.fn && other.call.node.start > call.node.end)
    const first = outside.find(({ fns }) => fns.some((fn) => answersItself(program, fn)))
    const last = outside.at(-1)
    const place = first && last && spotted(program, call, call.node, 'adds the CORS headers', 'degrades')
    if (!first || !last || !place) continue
    yield {
      ...place,
      message: `CORS is added before ${first.name} (line ${program.line(first.call.node, call.module)}), and what is added last is outermost: when ${first.name} answers by itself, the answer has no CORS headers, and the browser shows a CORS error in place of the real one. Add CORSMiddleware last.`,
      remedy: remedyOf(call, last.call),
    }
  }
}
function describe(program: PythonProgram, call: PyCall): readonly Added[] {
  const [given] = call.args
  if (call.node.parent?.kind === 'decorator') {
    const definition = call.node.parent.parent && field(call.node.parent.parent, 'definition')
    const fn = [...program.functions()].find((one) => one.fn.node === definition)?.fn
    return fn ? [{ call, fns: [fn], name: `${fn.name}()` }] : []
  }
  const classes = given ? program.values(given, call.scope).flatMap((value) => (value.kind === 'class' ? [value.cls] : [])) : []
  const fns = classes.flatMap((cls) => [...cls.scope.bindings.values()].flat().flatMap((binding) => (binding.kind === 'function' ? [binding.fn] : [])))
  return [{ call, fns, name: given ? program.text(given, call.module) : 'another one' }]
}
/** It makes an answer of its own, as a refusal does. */
function answersItself(program: PythonProgram, fn: PyFunction): boolean {
  return [...ownCode(fn.body)].some((node) => node.kind === 'call' && program.origins(field(node, 'function') ?? node, fn.scope).some((origin) => answers.test(origin)))
}

function remedyOf(call: PyCall, last: PyCall): Remedy {
  const { module } = call
  const statement = statementOf(call.node)
  const after: PyNode = ancestor(last.node, 'decorated_definition') ?? statementOf(last.node)
  if (module.brokenAt !== undefined || statement.parent !== module.root || after.parent !== module.root || !standsAlone(module, statement) || !standsAlone(module, after)) return { kind: 'manual', reason: 'The calls do not stand side by side at the top level of the file; move the one for CORS behind the others.' }
  return { kind: 'fix', safety: 'review', title: 'Add CORSMiddleware last', changes: [removeStatement(module, statement), insertAfter(module, after, ['', ...blockLines(module, { ...module.root, children: [statement] })])] }
}
