import { acceptedBindings, importsAnywhere, looksForEntry, servedNow, type Served } from '../../../src/lang/python/entry/entry.js'
import { field, walk, type PyFunction } from '../../../src/lang/python/program.js'
import type { Problem, PythonProgram, Rule, RuleContext } from '../../../src/types.js'

export const lifeLazyAppProxy = {
  id: 'life-lazy-app-proxy',
  title: 'App loaded by the first request',
  hazard: 'missing-entry',
  language: 'python',
  assumes: 'entry-by-convention',
  severity: 'degrades',
  *check(program: PythonProgram, context: RuleContext): Generator<Problem> {
    const served = looksForEntry(context) ? servedNow(program, context) : undefined
    const binding = served && acceptedBindings(served.module, context.target.lookup.names).at(-1)
    if (!served || binding?.kind !== 'function' || !isInterface(binding.fn)) return
    const loader = loaderOf(binding.fn, served, context)
    if (!loader) return
    yield {
      path: served.file,
      range: { start: binding.node.start, end: binding.node.end },
      when: 'request',
      trace: [
        { file: served.file, line: served.program.line(binding.node, served.module), note: `${binding.name} is called for each request` },
        { file: served.file, line: served.program.line(loader.node, served.module), note: 'loads the app when the first one comes' },
      ],
      message: `${binding.name}() of ${served.file} loads the app only when the first request comes. An error of the start is then an error of single requests, which no deployment shows; two first requests may load it at once; and the time it takes is the same. Import the app at the top level of the file.`,
      remedy: { kind: 'manual', reason: `Bind ${binding.name} to the app itself. Where most requests never need the app, serve those as files instead.` },
    }
  },
} satisfies Rule

/** A WSGI function takes two arguments, an ASGI one three and is async. */
function isInterface(fn: PyFunction): boolean {
  const needed = fn.params.filter((param) => param.fallback === undefined && param.star === '').length
  return fn.decorators.length === 0 && (needed === 2 || (needed === 3 && fn.isAsync))
}
/** The function, or one of the file that it calls, which imports the app in its body. */
function loaderOf(fn: PyFunction, served: Served, { app }: RuleContext): PyFunction | undefined {
  // The function is not run by the import, so its calls are read off here.
  const called = [...walk(fn.body)].flatMap((node) => (node.kind === 'call' ? served.program.values(field(node, 'function') ?? node, fn.scope).flatMap((value) => (value.kind === 'function' ? [value.fn] : [])) : []))
  // At the top level the app is there before any request.
  if (served.leadsToApp && [...served.program.imports()].some((one) => one.module === served.module && one.fn === undefined && one.resolved.includes(app.entry.file))) return undefined
  return [fn, ...called].find((one) => one.module === served.module && importsIn(one, served, app.entry.file))
}
function importsIn(fn: PyFunction, served: Served, file: string): boolean {
  const text = served.module.text.slice(fn.body.start, fn.body.end)
  const makesApp = [...walk(fn.body)].some((node) => node.kind === 'import_from_statement' && /\b(get_wsgi_application|get_asgi_application)\b/.test(served.module.text.slice(node.start, node.end)))
  return makesApp || (/\bimport\b/.test(text) && file !== served.file && importsAnywhere(served.program, { ...served.module, root: fn.body }, file))
}
