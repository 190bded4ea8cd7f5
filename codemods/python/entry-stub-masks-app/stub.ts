/** An entry that answers by itself and never hands a request to the app. */
import { importsAnywhere, type Served } from '../../../src/lang/python/entry/entry.js'
import { walk, type PyBinding } from '../../../src/lang/python/program.js'

/** A WSGI function, or a class of http.server, that holds its answers in itself. */
export function isStub(binding: PyBinding, { program, module }: Served): boolean {
  if (binding.kind === 'class') return program.origins(binding.cls.bases[0] ?? binding.cls.node, binding.scope).some((origin) => /^http\.server\.\w+RequestHandler$/.test(origin))
  if (binding.kind !== 'function' || binding.fn.decorators.length > 0) return false
  if (binding.fn.params.filter((param) => param.fallback === undefined && param.star === '').length !== 2) return false
  // It hands on whatever it calls with its own two arguments.
  const own = binding.fn.params.map(({ name }) => name)
  for (const node of walk(binding.fn.body)) {
    if (node.kind !== 'argument_list') continue
    const given = node.children.filter((child) => child.kind === 'identifier').map((child) => module.text.slice(child.start, child.end))
    if (own.every((name) => given.includes(name))) return false
  }
  return true
}

/** Does the file load the app anywhere, also inside the functions? */
export function loadsApp(served: Served, file: string): boolean {
  return served.leadsToApp || importsAnywhere(served.program, served.module, file)
}
